"""WARC files as anybody wrote them (ISO 28500): their records, their digests, and what the records hold."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ledger.core.http1 import HttpAnswer, content_of, parse_answer, unpack
from ledger.errors import FormatError

MAX_UNPACKED = 1 << 30
_MOST_RECORDS = 200_000
_END = b"\r\n\r\n"
_HASHES = ("sha1", "sha256", "md5", "sha512")


@dataclass(frozen=True)
class WarcRecord:
    """`headers` are by their names in small letters; `block` is all between them and the next record, `raw` all of it."""

    type: str
    headers: Mapping[str, str]
    block: bytes
    raw: bytes = b""

    @property
    def url(self) -> str:
        return self.headers.get("warc-target-uri", "").strip("<>")

    @property
    def answer(self) -> HttpAnswer:
        return parse_answer(self.block)

    @property
    def holds_answer(self) -> bool:
        return self.type == "response" and self._is_http

    @property
    def payload(self) -> bytes:
        """What the payload digest is of, as those who write WARC files have it: all behind the headers of HTTP, as it came."""
        if self.holds_answer:
            return self.answer.body
        return self.block.partition(_END)[2] if self._is_http else self.block

    @property
    def _is_http(self) -> bool:
        return self.headers.get("content-type", "").lower().startswith("application/http")


def read_warc(data: bytes, *, most: int = MAX_UNPACKED) -> list[WarcRecord]:
    """The records, in order. FormatError for what is no WARC file, TooLargeError where it unpacks to more than `most` bytes."""
    if data.startswith(b"\x1f\x8b"):
        data = unpack(data, most=most)
    records: list[WarcRecord] = []
    at = 0
    while at < len(data):
        record, at = _record(data, at)
        records.append(record)
        if len(records) > _MOST_RECORDS:
            raise FormatError(f"more than {_MOST_RECORDS} records in one WARC file")
    if not records:
        raise FormatError("no record in the WARC file")
    return records


def _record(data: bytes, at: int) -> tuple[WarcRecord, int]:
    end = data.find(_END, at, at + (1 << 20))
    if end < 0 or not data.startswith((b"WARC/1.0\r\n", b"WARC/1.1\r\n"), at):
        raise FormatError(f"no WARC record at byte {at}")
    try:
        lines = data[at:end].decode("utf-8").split("\r\n")[1:]
    except UnicodeDecodeError:
        raise FormatError(f"headers that are not UTF-8 at byte {at}") from None
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal() and len(length) < 16):
        raise FormatError(f"a WARC record without a length at byte {at}")
    start = end + len(_END)
    stop = start + int(length)
    if data[stop : stop + 4] != _END:
        raise FormatError(f"a WARC record that is cut short at byte {at}")
    return WarcRecord(headers.get("warc-type", ""), headers, data[start:stop], data[at : stop + 4]), stop + 4


def digest_fault(record: WarcRecord) -> str | None:
    """What is wrong with the record's digests; None where those that it has are right. A revisit holds no payload."""
    checked = [("warc-block-digest", record.block)]
    if record.type != "revisit":
        try:
            checked.append(("warc-payload-digest", record.payload))
        except FormatError as error:
            return error.message
    for name, content in checked:
        stated = record.headers.get(name)
        if stated is not None and not _is_digest(stated, content):
            return f"{name} {stated[:100]} is not that of its bytes"
    return None


def _is_digest(stated: str, content: bytes) -> bool:
    """By the algorithm that it names, in hex or base32. One that we do not know is no digest."""
    name, _, value = stated.partition(":")
    algorithm = name.strip().lower().replace("-", "")
    if algorithm not in _HASHES:
        return False
    found = hashlib.new(algorithm, content, usedforsecurity=False).digest()
    value = value.strip()
    try:
        return found == (bytes.fromhex(value) if len(value) == 2 * len(found) else base64.b32decode(value.upper()))
    except (ValueError, binascii.Error):
        return False


def held(record: WarcRecord, *, most: int = MAX_UNPACKED) -> bytes:
    """What the record holds of its address: the content of an answer as a browser would save it, or a file as it is."""
    return content_of(record.answer, most=most) if record.holds_answer else record.block
