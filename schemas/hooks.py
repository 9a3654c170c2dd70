"""What a webhook is sent when a score moved, and what the operator sees of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.corroboration import Headline, Label, Sides
from schemas.ids import Closed, Digest, UtcTime


class ScoreMoved(Closed):
    """Where the claim stands now. It is not the proof: `path` leads to the score, its export is what can be verified."""

    claim: Digest
    text: dict[str, str]
    headline: Headline
    previous: Headline | None = Field(description="null for a claim that is new, or where what was before is not told")
    labels: list[Label]
    independent_origins: Sides
    showable: bool
    probability: float | None = Field(description="only where it is showable")
    size: int
    path: str


class TakenBack(Closed):
    """The claim stands no longer: it was corrected, or is withheld. What it said is not told; `path` leads to what may be."""

    claim: Digest
    state: Literal["corrected", "withheld"]
    replaced_by: Digest | None = Field(description="the claim that stands in its place, where one was named")
    size: int
    path: str


class HookMessage(Closed):
    """The body of a webhook, in the shape that Standard Webhooks asks for. `ping` is for trying an address."""

    type: Literal["claim.score_moved", "claim.taken_back", "ping"]
    timestamp: UtcTime
    ledger: str
    data: ScoreMoved | TakenBack | None


class HookView(Closed):
    """A webhook as its operator sees it; its secret is shown once, when it is made."""

    id: str
    url: str
    claim: Digest | None
    state: Literal["waiting", "behind", "failing", "stopped"]
    told: int
    failures: int
    next_try: UtcTime | None
    trouble: str | None
    secret: str | None = None
