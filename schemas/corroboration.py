"""The report of a claim's corroboration (policy `olo-1`): every part of the score, shown."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.ids import Closed, Digest, Listed, UtcTime
from schemas.members import Quantity

Headline = Literal[
    "no_reports",
    "not_enough",
    "contested",
    "corroborated",
    "contradicted",
    "single_origin",
    "single_channel",
    "single_origin_against",
    "single_channel_against",
    "mostly_for",
    "mostly_against",
    "not_scored",
]
Label = Literal[
    "acknowledged",
    "changed_position",
    "divided",
    "single_channel",
    "circular",
    "party_to_the_conflict",
    "coding_disputed",
    "rests_on_set_aside_evidence",
]
Words = Literal["almost no chance", "very unlikely", "unlikely", "roughly even", "likely", "very likely", "almost certain"]
Clock = Literal["said", "public"]
Side = Literal["for", "against"]
Stance = Literal["supports", "denies", "differs"]


class AsOf(Closed):
    """The state of the ledger that was read: tree size, its root in hex, and the log's time at that size."""

    size: int
    root: str
    time: UtcTime


class Sides(Closed):
    for_: float = Field(alias="for")
    against: float


class Counts(Closed):
    for_: int = Field(alias="for")
    against: int


class Link(Closed):
    """One speaker on a chain, nearest the origin first; `statement` is what it said there."""

    source: str
    statement: Digest | None
    document: Digest | None
    phi: float


class UsedAssessment(Closed):
    """A rating of the row's speaker. `used` is false where the assessor is too close to the source, or gave F beside others."""

    assessor: str
    value: str
    record_id: Digest
    index: int
    used: bool
    reason: str | None = None


class Factors(Closed):
    """What the edge is made of: e = (2 R - 1) s fidelity h |kappa| c, at most .98."""

    letter: str
    reliability: float
    strength: float
    against_interest: bool
    self_serving: bool
    capped: bool
    s: float
    fidelity: float
    h: float
    kappa: float
    c: float
    edge: float
    variance: float


class Withdrawn(Closed):
    """An earlier stance that no longer counts, and why."""

    origin: str
    statement: Digest
    stance: Stance
    said: str | None
    reason: str


class Contribution(Closed):
    """One origin: its weight of evidence in nats, its independence of stronger origins, and their product with its sign."""

    origin: str
    name: str
    side: Side
    stance: Stance
    weight: float
    independence: float
    contribution: float
    statement: Digest | None
    entry_ids: Listed[int]
    assessments: Listed[UsedAssessment]
    chain: Listed[Link]
    factors: Factors
    withdrawn: Listed[Withdrawn]
    relays_collapsed: Listed[str]
    related_to: str | None
    established: bool
    rated: bool
    reason: str


class Related(Closed):
    a: str
    b: str
    rho: float
    why: str


class NoWeight(Closed):
    speaker: str
    act: str
    statement: Digest
    reason: str


class SetAside(Closed):
    record: Digest
    speaker: str | None
    reason: str


class Bottleneck(Closed):
    source: str
    side: Side
    origins: Listed[str]


class Circle(Closed):
    """Speakers in the order of citation; the first is cited again by the last."""

    speakers: Listed[str]
    statements: Listed[Digest]


class Verdict(Closed):
    """Somebody's own judgement of the claim; shown, never in the number."""

    by: str
    scheme: str
    value: str
    rationale: str | None
    index: int


class Figure(Closed):
    """One origin's latest figure: the range that its words cover, and its share of the weight."""

    origin: str
    statement: Digest
    quantity: Quantity
    low: float
    high: float
    share: float


class Figures(Closed):
    """What the figures on record for one thing come to: the median, and the ranges that hold half and 80 % of it.

    `weighted` is false where nobody who gave a figure carries weight: then all count alike.
    """

    unit: str
    measure: str | None
    as_of: Listed[str]
    median: float
    half: tuple[float, float]
    most: tuple[float, float]
    weighted: bool
    figures: Listed[Figure]


class Sensitivity(Closed):
    """What would be left `without` somebody, or if a disputed record were read otherwise; one of the two is given."""

    without: str | None = None
    reading: str | None = None
    probability: float
    headline: Headline


class Report(Closed):
    """Corroboration of one claim; `base` plus the sum of contributions is `log_odds`."""

    claim: Digest
    policy: str
    as_of: AsOf
    until: str | None
    clock: Clock
    without: Listed[str]
    probability: float
    interval: tuple[float, float]
    log_odds: float
    base: float
    words: Words
    confidence: Literal["low", "moderate", "high"]
    showable: bool
    headline: Headline
    labels: Listed[Label]
    label_sources: dict[Label, Listed[str]]
    independent_origins: Sides
    origins: Counts
    reports: int
    outlets: int
    contributions: Listed[Contribution]
    circular: Listed[Circle]
    bottlenecks: Listed[Bottleneck]
    related: Listed[Related]
    withdrawn: Listed[Withdrawn]
    set_aside: Listed[SetAside]
    no_weight: Listed[NoWeight]
    verdicts: Listed[Verdict]
    figures: Listed[Figures]
    sensitivity: Listed[Sensitivity]
    sensitivity_left_out: int = Field(
        description="how many origins, owners, countries and other readings nobody asked about, beyond the weightiest"
    )
    summary: str


class Node(Closed):
    """A statement or document in the graph of a claim. `said` is its time as known, `root` whether nothing is upstream."""

    id: Digest
    kind: Literal["statement", "document"]
    speaker: str | None
    claim: Digest | None
    act: str | None
    stance: Stance | None
    certainty: str | None
    said: str | None
    document: Digest | None
    root: bool
    established: bool
    set_aside: bool
    origin: str | None


class Hop(Closed):
    """One attribution, from the statement nearer the reader. An inferred hop is ours and names no record."""

    from_: Digest = Field(alias="from")
    to: Digest
    mode: str
    standing: str
    record_id: Digest | None
    inferred: bool


class Channel(Closed):
    """A chain of an origin to a reader: speakers, nearest the reader first, the origin last."""

    origin: str
    side: Side | None
    speakers: list[str]
    fidelity: float


class LostHedge(Closed):
    """A hedge on record at `upstream` that is gone at `statement`, which has it from there. It is no part of the score."""

    statement: Digest
    upstream: Digest
    speaker: str
    upstream_speaker: str
    by: Literal["certainty", "act", "hedge_on", "quantity", "words"] = Field(description="which member of the records tells")
    hedge: str = Field(description="a value of that member; of `words` the word as it stands in the quotation")
    instead: str | None = Field(description="what stands in its place; null for `words`")
    says: str = Field(description="the same as a sentence, in English")


class ChainView(Closed):
    """`GET /v1/claims/{id}/chain`: who had it from whom."""

    claim: Digest
    as_of: AsOf
    until: str | None
    clock: Clock
    nodes: list[Node]
    hops: list[Hop]
    origins: list[str]
    channels: list[Channel]
    bottlenecks: list[Bottleneck]
    circular: list[Circle]
    names: dict[str, str]
    lost_hedges: list[LostHedge] = Field(
        default_factory=list, description="the first 200, in the order of the log; a client of an older server finds none"
    )
