"""What the captures in a zip of evidence hold, found again from their bytes alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.core.sniffing import Found, plain_type, sniff
from ledger.core.warcs import MAX_UNPACKED, WarcRecord, digest_fault, held, read_warc
from ledger.errors import FormatError, VerificationError
from ledger.evidence.store import digest_of
from ledger.evidence.zipping import SHOWN

_WARC = re.compile(r"warc/[0-9a-f]{64}\.warc\.gz")
_PICTURE = re.compile(r"pictures/[0-9a-f]{64}\.png")
_TOKEN = re.compile(r"tokens/([0-9a-f]{64}\.warc\.gz)\.(?:[^/]*\.)?(tsr|ots)")


@dataclass(frozen=True)
class Seen:
    """A content that has the signed hash, where it was seen first, and what kinds of file its captures say that it is."""

    content: bytes
    url: str | None
    media_types: Sequence[str]

    def of(self, media_type: str | None) -> Seen:
        return replace(self, media_types=[one for one in self.media_types if one == media_type])


def is_of(path: str, sha256: str | None, files: Sequence[str], form: int) -> bool:
    """Whether a document whose content has that hash may have such a file: its captures, their time stamps, what was seen; and
    pictures, where the page is of a form that says what these are."""
    if _PICTURE.fullmatch(path):
        return form >= 2
    if _WARC.fullmatch(path):
        return True
    token = _TOKEN.fullmatch(path)
    if token is not None:
        return (token[2] == "tsr" or form >= 2) and f"warc/{token[1]}" in files
    digits = (sha256 or "").removeprefix("sha256:")
    return path in {f"seen/{digits}.{end}" for end in ("txt", *SHOWN.values())}


def seen_in(warcs: Mapping[str, bytes], sha256: str) -> Seen | None:
    """What the captures hold of that hash; None where none of them does.

    VerificationError where a capture is damaged, and where one neither holds it nor is a later visit that found the same bytes.
    """
    found: Seen | None = None
    payloads: set[str] = set()
    visits: dict[str, set[str]] = {}
    for path, content in warcs.items():
        for record in _whole(path, content):
            payload = record.headers.get("warc-payload-digest", "")
            if record.type == "revisit":
                visits.setdefault(path, set()).add(payload)
            elif record.type in ("response", "resource") and (body := _content(record, sha256)) is not None:
                payloads.add(payload)
                visits.setdefault(path, set()).add(payload)
                one = _seen(record, body)
                found = one if found is None else replace(found, media_types=[*found.media_types, *one.media_types])
    for path in warcs if found is not None else ():
        if not visits.get(path, set()) & payloads:
            raise VerificationError(f"{path} holds nothing that the signed record names", step="captures")
    return found


def text_of(seen: Seen) -> str:
    """The words of it, read as they are when it is captured. UsageError where what reads such files is not installed."""
    from ledger.evidence.extracting import extract

    return extract(seen.content, Found(seen.media_types[0], "text"), seen.url).text


def _whole(path: str, content: bytes) -> list[WarcRecord]:
    records = read_warc(content, most=MAX_UNPACKED)
    for record in records:
        fault = digest_fault(record)
        if fault is not None:
            raise VerificationError(f"{path}: {fault}", step="captures")
    return records


def _content(record: WarcRecord, sha256: str) -> bytes | None:
    try:
        content = held(record)
    except FormatError:
        return None
    return content if digest_of(content) == sha256 else None


def _seen(record: WarcRecord, content: bytes) -> Seen:
    answered = record.holds_answer
    said = plain_type(record.answer.header("content-type") if answered else record.headers.get("content-type"))
    return Seen(content, record.url if answered else None, [sniff(content, said).media_type])
