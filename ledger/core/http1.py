"""An HTTP/1.1 answer as it came over the wire, and what it carries (RFC 9112)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from ledger.errors import FormatError, TooLargeError

_END = b"\r\n\r\n"
_MOST_CHUNKS = 1_000_000
_HEX = frozenset(b"0123456789abcdefABCDEF")


@dataclass(frozen=True)
class HttpAnswer:
    """`head` and `body` are the bytes as they came: the body with its chunks and its compression."""

    status: int
    headers: tuple[tuple[str, str], ...]
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for found, value in self.headers if found == name), None)

    @property
    def raw(self) -> bytes:
        return self.head + self.body


def parse_answer(raw: bytes) -> HttpAnswer:
    """The answer in these bytes: what only says that one is coming (1xx) is passed over, and what follows its end is cut."""
    while True:
        at = raw.find(_END)
        if at < 0 or not raw.startswith(b"HTTP/"):
            raise FormatError("no HTTP answer, wanted a status line and headers")
        head, body = raw[: at + len(_END)], raw[at + len(_END) :]
        first, *lines = head[: -len(_END)].split(b"\r\n")
        status = first.split(b" ", 2)[1:2]
        if not status or len(status[0]) != 3 or not status[0].isdigit():
            raise FormatError(f"no status line of HTTP: {first[:80]!r}")
        if status[0].startswith(b"1") and status[0] != b"101":
            raw = body
            continue
        pairs = (line.decode("latin-1").partition(":") for line in lines)
        headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
        answer = HttpAnswer(int(status[0]), headers, head, body)
        length = answer.header("content-length")
        if answer.header("transfer-encoding") is None and length is not None and length.isascii() and length.isdecimal():
            return HttpAnswer(answer.status, headers, head, body[: int(length[:18])])
        return answer


def content_of(answer: HttpAnswer, *, most: int) -> bytes:
    """What a browser would save: without chunks and compression. TooLargeError past `most` bytes, be it ever so well packed."""
    # decision 0040: a document's hash is that of this. Charset and line ends stay, or no browser would save the same bytes.
    body = answer.body
    coding = (answer.header("transfer-encoding") or "identity").lower()
    if coding == "chunked":
        body = _joined(body)
    elif coding != "identity":
        raise FormatError(f"the answer is sent as {coding[:40]!r}, wanted chunked or as it is")
    packed = [one.strip().lower() for one in (answer.header("content-encoding") or "").split(",") if one.strip()]
    for name in reversed(packed):
        if name in ("gzip", "x-gzip"):
            body = unpack(body, most=most)
        elif name != "identity":
            raise FormatError(f"the answer is packed as {name[:40]!r}, which was not asked for")
    if len(body) > most:
        raise TooLargeError(f"more than {most} bytes")
    return body


def unpack(data: bytes, *, most: int) -> bytes:
    """The content of one gzip member or several. FormatError for what is cut short or damaged."""
    found = bytearray()
    while data:
        member = zlib.decompressobj(zlib.MAX_WBITS + 16)
        try:
            found += member.decompress(data, most + 1 - len(found))
        except zlib.error as error:
            raise FormatError(f"what is packed with gzip cannot be unpacked: {error}") from None
        if len(found) > most:
            raise TooLargeError(f"unpacks to more than {most} bytes")
        if not member.eof:
            raise FormatError("what is packed with gzip is cut short")
        data = member.unused_data
    return bytes(found)


def _joined(body: bytes) -> bytes:
    """The chunks without their frames."""
    found, at = bytearray(), 0
    for _ in range(_MOST_CHUNKS):
        end = body.find(b"\r\n", at, at + 4_096)
        size = body[at:end].partition(b";")[0].strip() if end >= 0 else b""
        if not size or len(size) > 15 or not _HEX.issuperset(size):
            raise FormatError("chunks that do not follow each other")
        length = int(size, 16)
        if length == 0:
            return bytes(found)
        start = end + 2
        if body[start + length : start + length + 2] != b"\r\n":
            raise FormatError("a chunk is cut short")
        found += body[start : start + length]
        at = start + length + 2
    raise FormatError(f"more than {_MOST_CHUNKS} chunks")
