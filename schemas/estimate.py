"""What an estimator makes of the record: accuracies, families, and letters that it suggests and a person may accept."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.corroboration import AsOf, Clock
from schemas.ids import Closed, Digest
from schemas.lookups import SourceView


class Suggestion(Closed):
    """A draft assessment, by the estimator; nothing is on record until a person accepts it with a key of their own."""

    by: str
    scheme: Literal["admiralty-reliability"]
    value: str = Field(pattern="^[A-E]$")
    rationale: str
    valid_from: str


class SourceEstimate(Closed):
    """What the estimator learned of one source from the contested items on which it spoke in its own name.

    `contested` = `right` + `wrong` + `open`; `accuracy` is drawn towards what is assumed of a source of which nothing is known.
    """

    source: str
    name: str
    type: str
    letter: str | None = Field(description="the letter in force, from people")
    contested: int
    right: int
    wrong: int
    open: int = Field(description="items of which nobody can tell yet")
    accuracy: float
    interval: tuple[float, float] = Field(description="90 %")
    relayed_right: int = Field(description="contested items on which what it passed on, as the word of others, was right")
    relayed_wrong: int
    family: list[str] = Field(description="sources that share its mistakes")
    suggestion: Suggestion | None
    reason: str | None = Field(description="why nothing is suggested")
    named: dict[str, list[Digest]] = Field(description="the first claim of each item behind a count, at most 20")


class CredibilityEstimate(Closed):
    """What OriginEM makes of the record; it rates nobody. `letters` gives for each letter the lowest accuracy that suggests it.

    Persons take part in what is learned, and are not listed.
    """

    estimator: str
    as_of: AsOf
    until: str | None
    clock: Clock
    statements: int = Field(description="statements that were read: the newest, and what hangs together with them")
    complete: bool = Field(description="whether these are all there are")
    withheld: int = Field(description="records left out because they are withheld since")
    items: int = Field(description="items on which sources contest each other")
    letters: dict[str, float]
    minimum: int = Field(description="settled items below which nothing is suggested")
    sources: list[SourceEstimate] = Field(description="those that spoke on contested items, at most 500, most items first")
    families: list[list[str]]


class Credibility(Closed):
    """One source: what is on record of it, and what the estimator makes of it (None if it spoke on no contested item)."""

    source: SourceView
    estimator: str
    items: int
    minimum: int
    estimate: SourceEstimate | None
