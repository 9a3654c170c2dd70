"""Suspected copies: documents whose words are nearly the same, with no hop on record between them; never part of the score."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.corroboration import AsOf, Clock, Counts, Headline, Sides
from schemas.ids import Closed, Digest, Listed

What = Literal["quote", "translation", "title"]
Order = Literal["later", "earlier", "unknown"]


class Resemblance(Closed):
    """What makes a statement suspected: its words are nearly those of another one.

    `jaccard` is the share of shingles common to both texts, `containment` the share of those in the shorter. `order` says
    whether this one is known to be later or earlier than the other.
    """

    statement: Digest
    own: What
    other: What
    jaccard: float
    containment: float
    order: Order


class SuspectedCopy(Closed):
    """One statement of a group. `origin` is the one that its words count for now, `resembles` what joins it to the group."""

    statement: Digest
    index: int
    speaker: str
    name: str
    said: str | None
    document: Digest | None
    origin: str | None
    names_its_source: bool
    resembles: Resemblance | None


class CopyGroup(Closed):
    """Statements that look like copies of one text. The first is the one that the others are supposed to have it from."""

    members: Listed[SuspectedCopy]


class SupposedHop(Closed):
    """A hop that nobody recorded: what `if_one` was computed with."""

    from_: Digest = Field(alias="from")
    to: Digest


class Outcome(Closed):
    """The score in short. Where `showable` is false there is no number: `corroboration` has it."""

    headline: Headline
    probability: float | None
    interval: tuple[float, float] | None
    confidence: Literal["low", "moderate", "high"]
    showable: bool
    independent_origins: Sides
    origins: Counts


class Copies(Closed):
    """`GET /v1/claims/{id}/copies`: what looks copied, and what the score would be if each group were one origin.

    None of it is applied, and a translation is not recognised as a copy. Sealed texts are read as long as their openings are
    kept: `compared` of the `statements` that speak to the claim had a text long enough, `unread` texts can no longer be
    opened, `too_short` ones say too little, and `left_out` statements came after the first thousand.
    """

    claim: Digest
    policy: str
    as_of: AsOf
    until: str | None
    clock: Clock
    without: Listed[str]
    groups: Listed[CopyGroup]
    supposing: Listed[SupposedHop]
    now: Outcome
    if_one: Outcome
    differs: bool
    statements: int
    compared: int
    unread: int
    too_short: int
    left_out: int
