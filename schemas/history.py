"""How the score of a claim moved, on the world's clock and on the ledger's, and which records moved it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.corroboration import AsOf, Clock, Headline, Label, Sides, Words
from schemas.ids import Closed, Digest, UtcTime

By = Literal["world", "ledger", "both"]
"""Which clock to tell a history by."""
Happening = Literal["said", "published", "known", "begins", "ends", "recorded"]


class MovedBy(Closed):
    """A record that moved the score: what happened, in one sentence; who signed it, and when it was logged."""

    id: Digest
    index: int
    kind: str
    happening: Happening = Field(description="in the world: said, published, known, begins, ends; on the ledger: recorded")
    source: str | None = Field(description="who speaks, is rated or is related to another")
    act: str | None
    text: str
    by: list[str]
    logged_at: UtcTime


class NoLonger(Closed):
    """A statement that counted before this point and does not any more."""

    statement: Digest
    source: str
    said: str | None
    reason: str
    text: str


class Point(Closed):
    """Where the score stood from here on, until the next point. `change` is that of the log-odds since the point before.

    Numbers and words for them are null where `showable` is false: `corroboration` has them.
    """

    probability: float | None
    interval: tuple[float, float] | None
    log_odds: float | None
    change: float | None
    words: Words | None
    confidence: Literal["low", "moderate", "high"]
    headline: Headline
    labels: list[Label]
    independent_origins: Sides
    showable: bool
    moved_by: list[MovedBy]
    more: int = Field(description="how many records besides share the moment, where they are too many to be told apart")
    no_longer_counts: list[NoLonger]


class WorldPoint(Point):
    """`at` is the date or time to ask `until` for; null for what has no date, or one that the ledger has not reached yet."""

    at: str | None


class LedgerPoint(Point):
    """`size` is the tree size at which it came about, `published` the first published one that holds it, `time` its time."""

    size: int
    published: int
    time: UtcTime


class WorldHistory(Closed):
    """`left_out` earlier moments were too many to be looked at; with `next` as `until` the answer goes on from there."""

    points: list[WorldPoint]
    left_out: int
    next: str | None


class LedgerHistory(Closed):
    """`left_out` earlier records were too many to be looked at; with `next` as `as_of` the answer goes on from there."""

    points: list[LedgerPoint]
    left_out: int
    next: int | None


class History(Closed):
    """`GET /v1/claims/{id}/history`. A clock that was not asked for is null."""

    claim: Digest
    policy: str
    as_of: AsOf
    until: str | None
    clock: Clock
    without: list[str]
    base: float
    world: WorldHistory | None
    ledger: LedgerHistory | None
