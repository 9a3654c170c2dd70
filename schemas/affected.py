"""What rests on a source, a document or a record: what `affected` answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.corroboration import Side
from schemas.ids import Closed, Digest
from schemas.lookups import Brief

Stands = Literal["stands", "set_aside", "not_told"]
"""How a statement stands in a score; `not_told` by servers that are older than this."""


class AffectedStatement(Closed):
    """A statement that rests on the named thing; `alone` if no chain of it avoids that thing.

    `now` and `without` are how it stands with that thing and without it. Where its own speaker has taken it back,
    `taken_back_by` is the statement that does so; every other one is still carried, whatever it counts for.
    """

    statement: Digest
    claim: Digest
    speaker: str
    name: str
    url: str | None
    alone: bool
    act: str | None = None
    said: str | None = None
    now: Stands = "not_told"
    reason: str | None = Field(None, description="why it is set aside now")
    without: Stands = "not_told"
    taken_back_by: Digest | None = None
    chain: list[Digest] = Field([], description="the shortest way from this statement to the named thing, both ends included")
    through: list[str] = Field([], description="the names of those who speak on that way, nearest the reader first")


class AffectedChain(Closed):
    """A chain of the claim that runs through the named thing: names, nearest the reader first, the origin last."""

    origin: str
    side: Side
    speakers: list[str]
    others: int = Field(description="chains of the same origin that do not run through it")


class AffectedClaim(Closed):
    """A claim whose score rests on the named thing. `before` is how it stood before that was taken back, if it was, by its own
    speaker: `now` is the score after."""

    claim: Digest
    text: dict[str, str]
    now: Brief
    without: Brief
    before: Brief | None = None
    chains: list[AffectedChain] = []
    more_chains: int = 0
    more_statements: int = Field(
        0, description="statements about it that rest on the named thing, besides those in `statements`"
    )


class Affected(Closed):
    """What rests on a source or a record: the newest claims, or those that follow the cursor, with what is said about them."""

    target: str
    what: Literal["source", "document", "statement", "claim", "record"]
    statements: list[AffectedStatement]
    claims: list[AffectedClaim]
    size: int
    name: str | None = Field(None, description="of a source its name, of a statement that of who said it")
    all_statements: int = Field(0, description="all statements that rest on it, on whatever claims")
    all_claims: int = Field(0, description="the claims that these are about")
    complete: bool = Field(True, description="false: more rests on it than is looked through, and the newest is told")
    next: str | None = Field(None, description="as `cursor`, it leads on to older claims, where there are any")
