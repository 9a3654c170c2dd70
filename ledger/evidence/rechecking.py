"""Pages that were captured, looked at again: what changed, what is gone, and what became of the words quoted from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlsplit

from ledger.core.edits import QuoteFate, differences, fates
from ledger.errors import NotFoundError, OnRecordError, StoreError
from ledger.evidence.capturing import Captured, fetch_page, keep_page
from ledger.evidence.store import EvidenceStore
from ledger.net.fetching import Fetcher
from schemas.dates import time_of
from schemas.evidence import Kept
from schemas.feeds import Feed, FeedItem

Outcome = Literal["the same", "other bytes, the same words", "changed", "vanished", "not reached"]


@dataclass(frozen=True)
class Watched:
    """A page on record: its newest content, the document that it is the content of, and every other document of the address."""

    url: str
    kept: Kept
    document: str
    seen: str
    others: Sequence[str] = ()

    @property
    def documents(self) -> list[str]:
        return list(dict.fromkeys([self.document, *self.others]))


@dataclass(frozen=True)
class Rechecked:
    """`captured` is what was kept now; `lines` is what changed in it, `quotes` what became of each quote."""

    watched: Watched
    outcome: Outcome
    at: str
    captured: Captured | None = None
    lines: Sequence[str] = ()
    quotes: Sequence[QuoteFate] = ()
    why: str | None = None

    @property
    def lost(self) -> list[QuoteFate]:
        return [one for one in self.quotes if one.fate != "stands"]


@dataclass
class Pace:
    """No host is asked twice within so many seconds."""

    delay: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    _asked: dict[str, float] = field(default_factory=dict)

    def wait(self, url: str) -> None:
        host = urlsplit(url).netloc
        last = self._asked.get(host)
        if last is not None and (left := last + self.delay - self.clock()) > 0:
            self.sleep(left)
        self._asked[host] = self.clock()


def watched(store: EvidenceStore, since: str | None = None) -> list[Watched]:
    """Every address whose content is a document on record, once, with what was seen there last; if seen since that time."""
    newest: dict[str, Watched] = {}
    documents: dict[str, list[str]] = {}
    for kept in store.everything():
        seen = kept.captures[-1]
        if seen.kind == "resource" or not kept.documents:
            continue
        one = Watched(seen.url, kept, kept.documents[-1], seen.at)
        for url in {each.url for each in kept.captures if each.kind != "resource"}:
            documents.setdefault(url, []).extend(kept.documents)
        if seen.url not in newest or newest[seen.url].seen < seen.at:
            newest[seen.url] = one
    found = (replace(one, others=documents[url]) for url, one in newest.items())
    return _spread(one for one in found if since is None or one.seen >= since)


def recheck(
    store: EvidenceStore, fetcher: Fetcher, pages: Iterable[Watched], quotes: Callable[[str], Sequence[str]], pace: Pace
) -> Iterator[Rechecked]:
    """Each page in turn; one that fails stops no other. `quotes` gives the words that statements quote from a document."""
    for one in pages:
        pace.wait(one.url)
        at = time_of(fetcher.clock())
        try:
            captured = keep_page(store, fetcher, fetch_page(fetcher, one.url), as_found=True)
        except NotFoundError as error:
            gone = [QuoteFate(quote, "gone") for quote in _quoted(one, quotes)]
            yield Rechecked(one, "vanished", at, quotes=gone, why=error.message)
            continue
        except OnRecordError as error:
            if isinstance(error, StoreError) and error.message.startswith("/"):  # our own disk, which stops everything
                raise
            yield Rechecked(one, "not reached", at, why=error.message)
            continue
        yield _compared(store, one, captured, quotes)


def _quoted(one: Watched, quotes: Callable[[str], Sequence[str]]) -> list[str]:
    """What is quoted from the page, whichever of its documents the statements name."""
    return list(dict.fromkeys(quote for document in one.documents for quote in quotes(document)))


def _compared(store: EvidenceStore, one: Watched, captured: Captured, quotes: Callable[[str], Sequence[str]]) -> Rechecked:
    at = captured.capture.at
    if captured.kept.sha256 == one.kept.sha256:
        return Rechecked(one, "the same", at, captured)
    before, after = store.text(one.kept.sha256), captured.found.text
    lines = differences(before or "", after)
    found = fates(_quoted(one, quotes), before, after)
    return Rechecked(one, "changed" if lines else "other bytes, the same words", at, captured, lines, found)


def _spread(pages: Iterable[Watched]) -> list[Watched]:
    """One page of each host in turn, so that waiting for one is time for the others."""
    hosts: dict[str, list[Watched]] = {}
    for one in sorted(pages, key=lambda page: page.url):
        hosts.setdefault(urlsplit(one.url).netloc, []).append(one)
    queues = list(hosts.values())
    return [queue[turn] for turn in range(max(map(len, queues), default=0)) for queue in queues if turn < len(queue)]


def feed_of(found: Sequence[Rechecked], origin: str) -> Feed:
    """What changed, vanished or lost a quote, newest first; pages that stand as they were are no news."""
    news = [one for one in found if one.outcome in ("changed", "vanished")]
    items = [
        FeedItem(
            id=f"{one.watched.document}#{one.at}",
            title=f"{one.outcome}: {one.watched.url}",
            text="\n".join(told(one)),
            updated=one.at,
            path=f"/documents/{one.watched.document}",
            via=one.watched.url,
            publisher=None,
        )
        for one in sorted(news, key=lambda each: each.at, reverse=True)
    ]
    updated = items[0].updated if items else max((one.at for one in found), default="1970-01-01T00:00:00Z")
    return Feed(
        id=f"urn:onrecord:recheck:{origin}",
        title="Pages looked at again",
        origin=origin,
        path="/",
        updated=updated,
        items=items,
    )


def told(one: Rechecked) -> list[str]:
    """Lines about it: what became of quotes first, then what changed."""
    lines = [one.why] if one.why else []
    for quote in one.lost:
        lines.append(f"quote {quote.fate}: {quote.quote}" + (f" -> {quote.now}" if quote.now else ""))
    return [*lines, *one.lines]
