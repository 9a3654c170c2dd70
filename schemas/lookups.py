"""What lookups answer; the API, the command line's `--json` and the client print the same shapes.

Records appear as their canonical JSON, with sealed values opened where the opening is still kept.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from schemas.corroboration import Clock, Counts, Headline, Label, Sides
from schemas.credibility import TrackRecord
from schemas.doubt import ENDORSED_BY, IN_DOUBT, Doubt, DoubtedRecord
from schemas.envelope import Envelope
from schemas.ids import Closed, Digest, Opening, UtcTime


class RecordView(Closed):
    """One record: `record` is what it says (opened), `envelope` the first entry's signed bytes."""

    id: Digest
    index: int
    kind: str
    signers: list[str] = Field(description="did:key of each signer of the first entry")
    subjects: list[str] = Field(description="the enrolled names of those keys")
    logged_at: UtcTime
    entries: list[int] = Field(description="every entry that holds this record; more than one where others endorse it")
    state: Literal["in_force", "replaced", "corrected", "withheld"]
    corrected_by: Digest | None
    record: dict[str, Any]
    envelope: Envelope
    openings: dict[Digest, Opening]
    shares_seals_with: list[Digest] = Field(
        description="other records that hold one of its sealed values: what is erased with this one is closed there too"
    )
    in_doubt: list[Doubt] = IN_DOUBT
    endorsed_by: list[str] = ENDORSED_BY


Fit = Literal["same", "phrase", "words", "beginnings", "names", "spelling", "some"]
"""How well something fits the words that were asked for, the best first: it says just this; it has them side by side; it has
them; it has words that begin so; it names the same source otherwise; a slip of the hand apart; some of them (sources alone)."""


class ClaimSummary(Closed):
    id: Digest
    text: dict[str, str]
    type: str
    headline: Headline | Literal["not_worked_out"] = Field(
        description="not_worked_out: its score could not be computed just now, and nothing else here says anything of it"
    )
    labels: list[Label]
    independent_origins: Sides
    showable: bool
    probability: float | None = Field(description="only where it is showable")
    changed_at: int | None = Field(
        description="the published size at which the headline became what it is, or at which something it may have rested on "
        "was withheld; null where that is not worked out yet"
    )
    previous: Headline | None = Field(
        description="the headline before that, if the claim had one; not told where it was one of before a withholding"
    )
    fit: Fit | None = Field(None, description="how well it fits the words of the query, which is the order of the list")


class ClaimList(Closed):
    """Claims as they stand at `size`. One that was asked for by headline, label or change may be missing only if an entry
    from `complete_to` on reached it."""

    claims: list[ClaimSummary]
    size: int
    complete_to: int
    next: str | None
    hint: str | None = Field(None, description="where nothing can be found by such a query: why")


class SeenClaim(Closed):
    """A claim that may say what a text says. `reasons` name everything that the two have in common."""

    claim: ClaimSummary
    score: float = Field(description="from 0 to 1; 1 where the claim says just this. It is no probability")
    reasons: list[str]


class Seen(Closed):
    """Claims on record that may say what a pasted text says, the likeliest first."""

    claims: list[SeenClaim]
    size: int
    hint: str | None = Field(None, description="where nothing can be found by such a text: why")


class ClaimFacets(Closed):
    """How many claims have each headline and each label, complete to a size; `size` is that of the ledger.

    Asked for those that fit a query: also of which types and in which languages they are. `more`: only the first were counted.
    """

    headlines: dict[Headline, int]
    labels: dict[Label, int]
    claims: int
    size: int
    complete_to: int
    types: dict[str, int] | None = None
    languages: dict[str, int] | None = None
    more: bool = False


class QuoteTranslation(Closed):
    """What a quotation says in another language; `method` is human, machine or machine_checked."""

    text: str
    lang: str
    by: str
    method: str


class StatementView(Closed):
    """One statement about a claim, in the words a page prints."""

    id: Digest
    index: int
    claim: Digest
    speaker: str
    name: str
    act: str
    polarity: str
    stance: str | None
    said: str | None
    document: Digest | None
    url: str | None
    quote: str | None
    certainty: str
    basis: str
    interest: str
    interest_reason: str | None
    upstream: list[Digest]
    quote_lang: str | None = None
    translations: list[QuoteTranslation] = Field(default_factory=list)
    withdraws: Digest | None = None
    recorded_by: list[str] = Field(
        default_factory=list, description="who entered it first: the names under which those keys were enrolled then"
    )
    in_doubt: list[Doubt] = IN_DOUBT


class CitedDocument(Closed):
    """A document of a claim's chains, in brief: where it was seen, its hash, and where copies of it are kept."""

    id: Digest
    index: int
    title: str | None
    url: str | None
    publisher: str | None
    sha256: Digest | None
    archive_urls: list[str]


class RelatedClaim(Closed):
    id: Digest
    relation: Literal["equivalent", "entails", "entailed_by", "contradicts", "replaced_by"]
    text: dict[str, str]


class Brief(Closed):
    """Corroboration in brief. Where `showable` is false there is no number and no likelihood word."""

    headline: Headline
    labels: list[str]
    summary: str
    independent_origins: Sides
    origins: Counts
    showable: bool
    probability: float | None
    interval: tuple[float, float] | None
    words: str | None
    confidence: str


class AddedText(Closed):
    """A wording of the claim in another language that was added later, and by whom. The claim's own record is without it."""

    lang: str
    id: Digest
    index: int
    recorded_by: list[str]


class ClaimView(Closed):
    id: Digest
    index: int
    text: dict[str, str]
    type: str
    record: dict[str, Any]
    replaced_by: Digest | None
    statements: list[StatementView]
    documents: list[CitedDocument] = Field(description="those that the statements are in, and those that chains end in")
    related: list[RelatedClaim]
    corroboration: Brief
    private: bool = Field(description="it concerns a private person: no number of its score is shown, however sound")
    suspected_copies: int = Field(description="groups of statements that look copied, never part of the score: `.../copies`")
    added_texts: list[AddedText] = Field(
        default_factory=list, description="the wordings in `text` that were added later; of an older server: none"
    )
    in_doubt: list[DoubtedRecord] = Field(
        default_factory=list, description="what the claim would rest on but for its signatures: the first 200, in log order"
    )
    size: int


class AssessmentView(Closed):
    id: Digest
    index: int
    by: str
    scheme: str
    value: str
    rationale: str | None
    valid_from: str | None
    valid_to: str | None
    in_doubt: list[Doubt] = IN_DOUBT
    endorsed_by: list[str] = ENDORSED_BY


class RelationView(Closed):
    id: Digest
    index: int
    subject: str
    relation: str
    object: str
    topic: str | None
    share: float | None
    valid_from: str | None
    valid_to: str | None
    in_doubt: list[Doubt] = IN_DOUBT


class SourceSummary(Closed):
    id: str
    names: dict[str, str]
    type: str
    country: str | None
    letter: str | None
    qid: str | None = Field(None, description="its item in Wikidata")
    fit: Fit | None = Field(None, description="how well it fits the words of the query, which is the order of the list")
    score: float | None = Field(None, description="from 0 to 1, how near its nearest name is to the query: 1 is just this")


class SourceList(Closed):
    sources: list[SourceSummary]
    size: int
    next: str | None
    hint: str | None = Field(None, description="where nothing can be found by such a query: why")


class SourceView(Closed):
    """A source as of `size` and `until`; `claims` are those of the track record, the newest first.

    `relations` and `assessments` are the newest of those that stand, in the order of the log: where one is in doubt, also the
    one that counts in its place. A record of the source that is in doubt gives no names, unless there is no other.
    """

    id: str
    record_id: Digest
    index: int
    names: dict[str, str]
    type: str
    country: str | None
    record: dict[str, Any]
    in_doubt: list[Doubt] = IN_DOUBT
    newer_in_doubt: list[DoubtedRecord] = Field([], description="later words on who it is that count for nothing, newest first")
    relations: list[RelationView]
    assessments: list[AssessmentView]
    letter: str | None
    track_record: TrackRecord
    claims: list[Digest]
    origin_of: list[Digest] = Field([], description="those of `claims` on which it has a statement from nobody else")
    relay_of: list[Digest] = Field([], description="those of `claims` on which it has a statement from others")
    source_names: dict[str, dict[str, str]] = Field({}, description="names of the sources in `relations`, by slug and language")
    more_relations: int = Field(0, description="how many older ones there are besides `relations`")
    more_assessments: int = Field(0, description="how many older ones there are besides `assessments`")
    until: str | None
    clock: Clock
    size: int


class DocumentView(Closed):
    """A work, and the newest statements in it that stand and may be told (or those that follow the cursor), newest first."""

    id: Digest
    index: int
    record: dict[str, Any]
    statements: list[StatementView]
    assessments: list[AssessmentView]
    source_names: dict[str, dict[str, str]] = Field({}, description="names of who made and published it, by slug and language")
    more: int = Field(0, description="how many statements in it there are besides, all of them older")
    next: str | None = Field(None, description="as `cursor`, it leads on to the older statements, where there are any")
    more_assessments: int = Field(0, description="how many older ones there are besides `assessments`")
    size: int


class ScoreChange(Closed):
    """What the submitted records would do to one claim: `before` is null for a new one, `after` for one that they take back.

    The log-odds are those of the reports, shown to readers or not; null where the claim concerns a private person.
    """

    claim: Digest
    text: dict[str, str]
    before: Brief | None
    after: Brief | None
    log_odds_before: float | None
    log_odds_after: float | None


class CheckResult(Closed):
    """`POST /v1/records:check`: the checks of an append passed; nothing was stored."""

    records: list[Digest]
    already_on_record: list[Digest]
    changes: list[ScoreChange]


class Rule(Closed):
    name: str
    section: str
    text: str
    parameters: dict[str, Any]


class PolicyView(Closed):
    version: str
    parameters: dict[str, Any]
    rules: list[Rule]


class CorrectionView(Closed):
    """One of our records that was taken back or replaced, or one that is withheld: which, why, and on whose word."""

    id: Digest
    index: int
    kind: Literal["correction", "withhold"]
    target: Digest
    target_kind: str | None
    reason: str | None = Field(description="of a withholding its basis; null where it is sealed and can no longer be opened")
    authority: str | None = Field(description="of a withholding: who ordered it")
    replaced_by: Digest | None
    by: list[str] = Field(description="the enrolled names of those who signed it")
    logged_at: UtcTime


class ErasedView(Closed):
    """A sealed value whose words were erased by order: nobody is told them any more, though the log keeps the hash."""

    value: Digest
    records: list[Digest] = Field(description="the records that hold it")
    by: str = Field(description="the enrolled name of whoever ordered it")
    erased_at: UtcTime


class CorrectionList(Closed):
    """Newest first; with `next` as `before` the answer goes on from there.

    `erased` are the latest of the sealed values that were erased by order, which is in no record: on the first page alone.
    """

    corrections: list[CorrectionView]
    next: int | None
    size: int
    erased: list[ErasedView] = Field(default_factory=list)


class WellKnown(Closed):
    """What a client needs to start trusting: compare the keys with a copy from somewhere else."""

    origin: str
    log_keys: list[str]
    """Those that sign now, those that stay first."""
    rotations: list[Envelope] = []
    """Every word on the log's keys as it was signed, oldest first: whoever trusts an earlier key follows it to these."""
    issuer: str
    witnesses: list[str]
    policy: str | None
    api: str
    policies: list[str]
    test_log: bool


class InForce(Closed):
    """For each subject asked about (docs/format.md, subjects): the record in force for it, or null."""

    records: dict[str, RecordView | None]
    size: int
