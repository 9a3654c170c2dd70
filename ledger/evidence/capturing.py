"""From an address or a file to what is kept of it."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from urllib.parse import quote

from ledger.core.sniffing import Found, contradicts, plain_type, sniff
from ledger.errors import FormatError, NotFoundError, StoreError
from ledger.evidence.extracting import Extract, extract, load_readers
from ledger.evidence.store import EvidenceStore, digest_of
from ledger.evidence.writing import Earlier, print_capture, print_file
from ledger.net.fetching import Fetched, Fetcher
from schemas.evidence import Capture, Kept


@dataclass(frozen=True)
class Captured:
    """What was kept now. `new` says that these bytes had not been seen before; `warnings` are for whoever watches."""

    kept: Kept
    capture: Capture
    found: Extract
    new: bool
    warnings: tuple[str, ...] = ()

    @property
    def url(self) -> str | None:
        """Where it is: at the address that the page gives itself, else where the redirects led."""
        if self.capture.kind == "resource":
            return None
        return self.found.canonical or self.capture.final or self.capture.url


def capture_page(store: EvidenceStore, fetcher: Fetcher, url: str, *, as_found: bool = False) -> Captured:
    """The page is kept as it came. NotFoundError where it is gone; nothing is kept of what failed or deceives."""
    load_readers()
    return keep_page(store, fetcher, fetch_page(fetcher, url), as_found=as_found)


def fetch_page(fetcher: Fetcher, url: str) -> Fetched:
    fetched = fetcher.fetch(url)
    status = fetched.last.answer.status
    if status in (404, 410):
        raise NotFoundError(f"the page is gone: {fetched.last.url} answers {status}")
    if status != 200:
        raise StoreError(f"{fetched.last.url} answers {status}, wanted 200", hint="nothing was kept")
    return fetched


def keep_page(store: EvidenceStore, fetcher: Fetcher, fetched: Fetched, *, as_found: bool = False) -> Captured:
    last = fetched.last
    said = plain_type(last.answer.header("content-type"))
    content = fetched.content
    what, warnings = _look(content, said, f"{last.url} is sent", as_found)
    sha256, found = digest_of(content), extract(content, what, last.url)
    known = store.kept(sha256)
    earlier = _earlier(store, known, last.answer.body) if known else None
    warc = print_capture(fetched.exchanges, sha256, found, fetcher.agent, earlier)
    first = fetched.exchanges[0]
    seen = Capture(
        warc=digest_of(warc),
        at=_time(last.at),
        url=first.url,
        final=last.url if last.url != first.url else None,
        kind="revisit" if earlier else "response",
    )
    kept = store.keep(sha256, found.media_type, len(content), warc, seen)
    return Captured(kept, seen, found, known is None, (*warnings, *([found.trouble] if found.trouble else [])))


def capture_file(
    store: EvidenceStore, name: str, content: bytes, clock: Callable[[], int], agent: str, *, as_found: bool = False
) -> Captured:
    """The file is kept; one that was kept before is not kept again."""
    if not content:
        raise FormatError(f"{name} is empty")
    base = PurePath(name).name
    what, warnings = _look(content, mimetypes.guess_type(base)[0], f"{base} is named", as_found)
    sha256, found = digest_of(content), extract(content, what)
    known = store.kept(sha256)
    if known is not None:
        return Captured(known, known.captures[0], found, False, tuple(warnings))
    at = clock()
    address = f"file:///{quote(base)}"
    warc = print_file(address, content, at, found, agent)
    seen = Capture(warc=digest_of(warc), at=_time(at), url=address, kind="resource")
    kept = store.keep(sha256, found.media_type, len(content), warc, seen)
    return Captured(kept, seen, found, True, (*warnings, *([found.trouble] if found.trouble else [])))


def _look(content: bytes, said: str | None, how: str, as_found: bool) -> tuple[Found, list[str]]:
    """What it is by its bytes. FormatError where whoever trusted its name would be deceived."""
    found = sniff(content, said)
    if contradicts(said, found) and not as_found:
        raise FormatError(
            f"{how} as {said}, and is {found.media_type} by its bytes",
            hint="nothing was kept; --as-found keeps it as what it is",
        )
    if said in (None, found.media_type) or found.media_type == "application/octet-stream":
        return found, []
    return found, [f"{how} as {said}, and is {found.media_type} by its bytes"]


def _earlier(store: EvidenceStore, known: Kept, body: bytes) -> Earlier | None:
    """The record whose body, as it came over the wire, is this one; packed otherwise it is another."""
    payload = digest_of(body)
    for one in known.captures:
        if one.kind == "revisit":
            continue
        for record in store.records(one.warc):
            if record.type in ("response", "resource") and record.headers.get("warc-payload-digest") == payload:
                headers = record.headers
                return Earlier(headers["warc-record-id"], headers["warc-target-uri"], headers["warc-date"], payload)
    return None


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
