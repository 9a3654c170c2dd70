"""Pages out of a WACZ file (WACZ 1.1.1, WACZ Auth 0.1.0): each with its capture as somebody else made it, nothing fetched."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.core.sniffing import plain_type, sniff
from ledger.core.warcs import WarcRecord, digest_fault, held, read_warc
from ledger.errors import FormatError, TooLargeError, VerificationError
from ledger.evidence.extracting import Extract, extract
from ledger.evidence.store import EvidenceStore, digest_of
from ledger.evidence.wacz_signing import Signer, Trust, check_signed
from schemas.evidence import Capture, Kept

MAX_WACZ_BYTES = 512 << 20
MOST_PAGES = 5_000
_MOST_FILES = 10_000
_MOST_TIMES_LARGER = 200
_SMALL = 1 << 20
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?Z")


@dataclass(frozen=True)
class Archive:
    """A WACZ file whose hashes and whose signature hold: its WARC files, its pages (address, title), and who signed it."""

    warcs: Mapping[str, bytes]
    pages: tuple[tuple[str, str | None], ...]
    signer: Signer | None


@dataclass(frozen=True)
class Page:
    """What the archive holds of a page: the records of its answer and its request, word for word."""

    url: str
    title: str | None
    at: str
    content: bytes
    warc: bytes
    found: Extract

    @property
    def sha256(self) -> str:
        return digest_of(self.content)


def read_wacz(content: bytes, trust: Trust | None = None) -> Archive:
    """FormatError for what is no WACZ file, VerificationError where a hash or the signature does not hold, or not what `trust`
    names of it."""
    files = _unzipped(content)
    package = _json(files, "datapackage.json")
    resources = package.get("resources")
    if not isinstance(resources, list) or not resources:
        raise FormatError("datapackage.json lists no resources")
    listed = {}
    for one in resources:
        path, stated = (one.get("path"), one.get("hash")) if isinstance(one, dict) else (None, None)
        if not isinstance(path, str) or path not in files:
            raise VerificationError(f"{str(path)[:200]} is listed and not there", step="files")
        if stated != digest_of(files[path]):
            raise VerificationError(f"{path} is not what was packed: its bytes have another hash", step="files")
        listed[path] = files[path]
    signer = _signer(files, trust or Trust())
    warcs = {path: one for path, one in listed.items() if path.startswith("archive/") and path.endswith((".warc", ".warc.gz"))}
    if not warcs:
        raise FormatError("the archive holds no WARC file")
    return Archive(warcs, tuple(_page_list(listed.get("pages/pages.jsonl", b""))), signer)


def pages_in(archive: Archive) -> Iterator[Page]:
    """Every page that the archive lists and holds whole. VerificationError where a record has other bytes than it says."""
    answers: dict[str, tuple[WarcRecord, WarcRecord | None]] = {}
    for path, warc in archive.warcs.items():
        records = read_warc(warc)
        for record in records:
            if fault := digest_fault(record):
                raise VerificationError(f"{path}: {fault}", step="captures")
        requests = {one.headers.get("warc-concurrent-to", ""): one for one in records if one.type == "request"}
        by_url = {one.url: one for one in records if one.type == "request"}
        for record in records:
            kept = record.type == "resource" or (record.holds_answer and record.answer.status == 200)
            if kept and record.url not in answers:
                asked = requests.get(record.headers.get("warc-record-id", "")) or by_url.get(record.url)
                answers[record.url] = (record, asked)
    for url, title in archive.pages:
        if url in answers:
            yield _page(url, title, *answers[url])


def keep_page(store: EvidenceStore, page: Page) -> tuple[Kept, bool]:
    """The page is kept as it was captured; whether that is new."""
    seen = Capture(warc=digest_of(page.warc), at=page.at, url=page.url, kind="response")
    known = store.kept(page.sha256)
    if known is not None and any(one.url == page.url and one.at == page.at for one in known.captures):
        return known, False
    return store.keep(page.sha256, page.found.media_type, len(page.content), page.warc, seen), True


def _page(url: str, title: str | None, record: WarcRecord, request: WarcRecord | None) -> Page:
    content = held(record)
    said = plain_type(record.answer.header("content-type") if record.holds_answer else record.headers.get("content-type"))
    found = extract(content, sniff(content, said), url)
    at = _TIME.fullmatch(record.headers.get("warc-date", ""))
    if at is None:
        raise FormatError(f"the record of {url[:200]} has no WARC-Date")
    text = [_conversion(record, digest_of(content), found.text, at[1] + "Z")] if found.text else []
    parts = [record.raw, *([request.raw] if request else []), *text]
    return Page(url, title, at[1] + "Z", content, b"".join(gzip.compress(part, mtime=0) for part in parts), found)


def _conversion(record: WarcRecord, content: str, text: str, at: str) -> bytes:
    """The words of the page as we read them, beside what was captured by others."""
    block = text.encode("utf-8", "replace")
    name = hashlib.sha256(f"{content}\0{at}\0conversion".encode()).hexdigest()
    id = f"{name[:8]}-{name[8:12]}-5{name[13:16]}-8{name[17:20]}-{name[20:32]}"
    lines = [
        "WARC/1.1", "WARC-Type: conversion", f"WARC-Record-ID: <urn:uuid:{id}>", f"WARC-Date: {at}",
        f"WARC-Target-URI: {record.url}", f"WARC-Refers-To: {record.headers.get('warc-record-id', '')}",
        f"OnRecord-Content: {content}", f"WARC-Block-Digest: {digest_of(block)}", "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(block)}",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def _page_list(lines: bytes) -> Iterator[tuple[str, str | None]]:
    seen: set[str] = set()
    for number, line in enumerate(lines.splitlines(), 1):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except ValueError:
            raise FormatError(f"pages/pages.jsonl: line {number} is no JSON") from None
        url = one.get("url") if isinstance(one, dict) else None
        if not isinstance(url, str) or not url.startswith(("https://", "http://")) or url in seen:
            continue
        seen.add(url)
        if len(seen) > MOST_PAGES:
            raise TooLargeError(f"more than {MOST_PAGES} pages in one archive")
        title = one.get("title")
        yield url, title if isinstance(title, str) and title.strip() else None


def _signer(files: Mapping[str, bytes], trust: Trust) -> Signer | None:
    """Who signed the list of all files. VerificationError where that is not what was signed; None where nobody did."""
    if "datapackage-digest.json" not in files:
        return None
    told = _json(files, "datapackage-digest.json")
    own = digest_of(files["datapackage.json"])
    if told.get("hash") != own:
        raise VerificationError("datapackage.json is not what was packed: its bytes have another hash", step="signature")
    signed = told.get("signedData")
    return None if signed is None else check_signed(signed, own, trust)


# The zip


def _json(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    try:
        found = json.loads(files[name])
    except KeyError:
        raise FormatError(f"no WACZ file: it holds no {name}") from None
    except (ValueError, RecursionError):
        raise FormatError(f"{name} is no JSON") from None
    if not isinstance(found, dict):
        raise FormatError(f"{name} is no JSON object")
    return found


def _unzipped(content: bytes) -> dict[str, bytes]:
    if len(content) > MAX_WACZ_BYTES:
        raise TooLargeError(f"an archive of more than {MAX_WACZ_BYTES} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as made:
            entries = [entry for entry in made.infolist() if not entry.is_dir()]
            if len(entries) > _MOST_FILES or len({entry.filename for entry in entries}) != len(entries):
                raise FormatError("an archive of too many files, or of two of one name")
            for entry in entries:
                if entry.file_size > max(_SMALL, entry.compress_size * _MOST_TIMES_LARGER):
                    raise TooLargeError(f"{entry.filename[:80]!r} unpacks to more than {_MOST_TIMES_LARGER} times its size")
            if sum(entry.file_size for entry in entries) > 2 * MAX_WACZ_BYTES:
                raise TooLargeError(f"the archive unpacks to more than {2 * MAX_WACZ_BYTES} bytes")
            return {entry.filename: made.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, RuntimeError, OSError) as error:
        raise FormatError(f"no WACZ file: {str(error)[:200]}") from None
