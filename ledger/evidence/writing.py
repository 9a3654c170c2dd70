"""A capture as a WARC 1.1 file, written by warcio: byte for byte what went over the wire, and digests of it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING
from uuid import UUID

from ledger.errors import UsageError

if TYPE_CHECKING:
    from ledger.evidence.extracting import Extract
    from ledger.net.fetching import Exchange

IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_END = b"\r\n\r\n"
CONTENT = "OnRecord-Content"
"""Header of a record that is about a content: the hash by which records of the ledger name it."""


@dataclass(frozen=True)
class Earlier:
    """The record that holds the same bytes already."""

    id: str
    url: str
    at: str
    payload: str


def print_capture(
    exchanges: Sequence[Exchange], content: str, found: Extract, agent: str, earlier: Earlier | None = None
) -> bytes:
    """All requests and answers in their order; the last answer as a revisit where its body is kept already."""
    file = _File(agent)
    for exchange in exchanges:
        at, last = _time(exchange.at), exchange is exchanges[-1]
        common = {"WARC-Target-URI": exchange.url, "WARC-Date": at, "WARC-IP-Address": exchange.address}
        own = {CONTENT: content} if last else {}
        answer = exchange.answer
        if last and earlier is not None:
            refers = {"WARC-Refers-To": earlier.id, "WARC-Refers-To-Target-URI": earlier.url, "WARC-Refers-To-Date": earlier.at}
            more = common | own | refers | {"WARC-Profile": IDENTICAL, "WARC-Payload-Digest": earlier.payload}
            response = file.add("revisit", "application/http; msgtype=response", answer.head, more)
        else:
            more = common | own | {"WARC-Payload-Digest": _digest(answer.body)}
            response = file.add("response", "application/http; msgtype=response", answer.raw, more)
        asked = common | {"WARC-Concurrent-To": response, "WARC-Payload-Digest": _digest(exchange.request.partition(_END)[2])}
        file.add("request", "application/http; msgtype=request", exchange.request, asked)
    if earlier is None:
        _add_text(file, exchanges[-1].url, _time(exchanges[-1].at), content, found, response)
    return file.close()


def print_file(address: str, content: bytes, at: int, found: Extract, agent: str) -> bytes:
    """A file that somebody has, as a resource."""
    file, name = _File(agent), _digest(content)
    headers = {"WARC-Target-URI": address, "WARC-Date": _time(at), CONTENT: name, "WARC-Payload-Digest": name}
    own = file.add("resource", found.media_type, content, headers)
    _add_text(file, address, _time(at), name, found, own)
    return file.close()


def _add_text(file: _File, url: str, at: str, content: str, found: Extract, refers: str) -> None:
    if found.text:
        block = found.text.encode("utf-8", "replace")
        headers = {"WARC-Target-URI": url, "WARC-Date": at, CONTENT: content, "WARC-Refers-To": refers}
        file.add("conversion", "text/plain; charset=utf-8", block, headers | {"WARC-Payload-Digest": _digest(block)})


class _File:
    """Record ids follow from what the records hold: the same capture gives the same file."""

    def __init__(self, agent: str) -> None:
        try:
            from warcio.warcwriter import WARCWriter
        except ImportError:
            raise needs_evidence("warcio") from None
        self._out = io.BytesIO()
        self._writer = WARCWriter(self._out, gzip=True, warc_version="1.1")
        fields = f"software: {agent}\r\nformat: WARC File Format 1.1\r\n"
        self._agent = fields.encode()
        self._begun = False

    def add(self, type: str, content_type: str, block: bytes, headers: Mapping[str, str]) -> str:
        """The id of the record that is added."""
        if not self._begun:
            self._begun = True
            self.add("warcinfo", "application/warc-fields", self._agent, {"WARC-Date": headers["WARC-Date"]})
        from warcio.recordloader import ArcWarcRecord
        from warcio.statusandheaders import StatusAndHeaders

        digest = _digest(block)
        seed = "\0".join([type, digest, *headers.values()]).encode()
        id = f"<urn:uuid:{UUID(bytes=hashlib.sha256(seed).digest()[:16], version=5)}>"
        stated = {"WARC-Type": type, "WARC-Record-ID": id, "WARC-Block-Digest": digest, **headers}
        # Made without warcio's builder, which reads headers of HTTP and writes them anew: they stay as they came.
        own = StatusAndHeaders("", list(stated.items()), protocol="WARC/1.1")
        record = ArcWarcRecord("warc", type, own, io.BytesIO(block), None, content_type, len(block))
        if type == "revisit":
            # Of these warcio writes the headers of HTTP alone, and asks them for their bytes.
            record.http_headers = SimpleNamespace(headers_buff=block, compute_headers_buffer=lambda _: None)
        self._writer.write_record(record)
        return id

    def close(self) -> bytes:
        return self._out.getvalue()


def needs_evidence(library: str) -> UsageError:
    return UsageError(f"capturing needs the library {library}", hint="pip install 'onrecord[evidence]'")


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
