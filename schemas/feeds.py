"""What a feed says, before it is written as Atom or as JSON Feed."""

from __future__ import annotations

from schemas.ids import Closed, UtcTime


class FeedItem(Closed):
    """One thing that happened. `path` leads to it in this ledger; `via` is where it was published, `publisher` who did that."""

    id: str
    title: str
    text: str
    updated: UtcTime
    path: str
    via: str | None
    publisher: str | None


class Feed(Closed):
    """Newest first. `path` is what the feed is about; `publisher` of an item without one is the ledger, by its `origin`."""

    id: str
    title: str
    origin: str
    path: str
    updated: UtcTime
    items: list[FeedItem]
