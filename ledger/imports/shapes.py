"""What a dossier looks like: the shorthands a person writes, and what they stand for (one shape per kind of item).

Every shape knows its line and those of its members, so that a later complaint can point at them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    model_validator,
)

from ledger.imports.marked import LongWords, NameWords, TextWords, UrlWords
from ledger.imports.shorthands import figures, known_scheme, one_or_list, percentage, prefixed, triple, worded
from ledger.imports.yaml import Members
from schemas.ids import (
    Country,
    Digest,
    Domain,
    Language,
    MediaType,
    PlainName,
    PlainText,
    Qid,
    Slug,
    Topic,
    UtcTime,
    When,
)
from schemas.members import Concern, Grade, Quantity
from schemas.vocabulary import (
    Act,
    Anonymity,
    Basis,
    Certainty,
    ClaimRelationType,
    ClaimType,
    Interest,
    Mode,
    Polarity,
    Relation,
    SourceType,
    Standing,
)

CHAIN_LIMIT = 50


class Shape(BaseModel):
    """A mapping of the dossier: it takes no other members and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    line: int = Field(default=0, alias="@line", exclude=True)
    lines: dict[str, int] = Field(default_factory=dict, alias="@lines", exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _placed(cls, value: Any) -> Any:
        """Line numbers come from the reader alone, so nobody can write them."""
        if not isinstance(value, Members):
            return value
        for name in value:
            if name.startswith("@"):
                raise ValueError(f"found the member {name!r}, and no member's name begins with @")
        return {**value, "@line": value.line, "@lines": value.lines}

    def line_at(self, member: str) -> int:
        """The line of this member, or of the item where it is not written."""
        return self.lines.get(member, self.line)


Alias = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$"),
    Field(description="1 to 64 letters, digits and inner . _ -"),
]
Ref = Annotated[
    str,
    StringConstraints(pattern=r"^(?:sha256:[0-9a-f]{64}|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?)$"),
    Field(description="an id of this dossier, or sha256: and 64 hex digits"),
]
Refs = Annotated[tuple[Ref, ...], Field(min_length=1, max_length=50)]
Slugs = Annotated[tuple[Slug, ...], Field(min_length=1, max_length=50)]
SourceNames = Annotated[dict[Language, NameWords], Field(min_length=1, max_length=40)]
ClaimTexts = Annotated[dict[Language, TextWords], Field(min_length=1, max_length=40)]
Figure = Annotated[Quantity, BeforeValidator(figures)]
Share = Annotated[int | float, PlainValidator(percentage)]
Letter = Literal["A", "B", "C", "D", "E", "F"]


class Rating(Shape):
    value: Letter
    rationale: TextWords | None = None
    because: Ref | None = None
    valid_from: When | None = None
    valid_to: When | None = None


class SourceItem(Shape):
    id: Slug
    type: SourceType
    names: SourceNames
    country: Country | None = None
    qid: Qid | None = None
    domains: Annotated[tuple[Domain, ...], Field(min_length=1, max_length=20)] | None = None
    same_as: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=10)] | None = None
    public_role: TextWords | None = None
    unnamed_kind: Literal["person", "document", "media_reports"] | None = None
    affiliation: Slug | None = None
    reliability: Annotated[Rating, worded("value")] | None = None


class RelationItem(Shape):
    subject: Slug
    relation: Relation
    object: Topic
    topic: Topic | None = None
    share: Share | None = None
    valid_from: When | None = None
    valid_to: When | None = None
    evidence: Refs | None = None


class RelatedItem(Shape):
    claim: Ref
    reason: TextWords | None = None


RelatedItems = Annotated[
    tuple[Annotated[RelatedItem, worded("claim")], ...], Field(min_length=1, max_length=100), BeforeValidator(one_or_list)
]


class ClaimTextItem(Shape):
    lang: Language
    text: TextWords


class ClaimItem(Shape):
    id: Alias
    type: ClaimType
    text: ClaimTexts
    about: Annotated[tuple[Topic, ...], Field(min_length=1, max_length=30)] | None = None
    event_time: When | None = None
    place: TextWords | None = None
    quantity: Figure | None = None
    concerns: Annotated[tuple[Concern, ...], Field(min_length=1, max_length=30)] | None = None
    translations: Annotated[tuple[ClaimTextItem, ...], Field(min_length=1, max_length=100)] | None = None
    entails: RelatedItems | None = None
    contradicts: RelatedItems | None = None
    equivalent: RelatedItems | None = None

    def relations(self) -> Iterator[tuple[ClaimRelationType, RelatedItem]]:
        for item in self.equivalent or ():
            yield "equivalent", item
        for item in self.entails or ():
            yield "entails", item
        for item in self.contradicts or ():
            yield "contradicts", item


class DocumentItem(Shape):
    id: Alias
    url: UrlWords | None = None
    title: TextWords | None = None
    publisher: Slug | None = None
    authors: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=30)] | None = None
    purported_author: Slug | None = None
    medium: Literal["text", "image", "video", "audio", "data"] | None = None
    published_at: When | None = None
    captured_at: When | None = None
    lang: Language | None = None
    retrieved_at: UtcTime | None = None
    media_type: MediaType | None = None
    sha256: Annotated[Digest, BeforeValidator(prefixed)] | None = None
    archive_urls: Annotated[tuple[UrlWords, ...], Field(min_length=1, max_length=20)] | None = None
    version_of: Ref | None = None
    translation_of: Ref | None = None


class TranslationItem(Shape):
    text: LongWords
    lang: Language
    by: NameWords
    method: Literal["human", "machine", "machine_checked"]


class QuoteItem(Shape):
    exact: LongWords
    prefix: TextWords | None = None
    suffix: TextWords | None = None
    at: Annotated[str, StringConstraints(pattern=r"^[a-z]+=[0-9A-Za-z:.,%_-]{1,100}$")] | None = None
    lang: Language | None = None
    translations: Annotated[tuple[TranslationItem, ...], Field(min_length=1, max_length=20)] | None = None


QuoteField = Annotated[QuoteItem, worded("exact")]


OF_HOP = ("mode", "standing", "credited_as", "credited_in", "asserted_by", "known_from", "relay_says", "note")
"""Members of a link that tell of the hop that leads to it."""


class Link(Shape):
    """One link of a chain: who said it there, what another report tells, or the document where the chain ends; and the hop
    that leads to it."""

    source: Slug | None = None
    document: Ref | None = None
    report: Ref | None = None
    act: Act | None = None
    polarity: Polarity | None = None
    certainty: Certainty | None = None
    hedge_on: Literal["figure", "event"] | None = None
    basis: Basis | None = None
    interest: Interest | None = None
    interest_reason: TextWords | None = None
    published_at: When | None = None
    quote: QuoteField | None = None
    anonymity: Anonymity | None = None
    described_as: TextWords | None = None
    # Of the hop that leads here from the link nearer the reader.
    mode: Mode | None = None
    standing: Standing | None = None
    credited_as: TextWords | None = None
    credited_in: Ref | None = None
    asserted_by: Slug | None = None
    known_from: When | None = None
    relay_says: Literal["confirmed", "could_not_verify", "silent"] | None = None
    note: TextWords | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Link:
        if self.report is not None and self.model_fields_set - {"report", "line", "lines", *OF_HOP}:
            raise ValueError("found a report with more than its hop, wanted what is said there in that report itself")
        if self.source is None and self.document is None and self.report is None:
            raise ValueError("found neither source nor document, wanted who said it")
        return self


class ReportDefaults(Shape):
    """What holds for every report that does not say otherwise."""

    document: Ref | None = None
    published_at: When | None = None
    lang: Language | None = None
    act: Act | None = None
    polarity: Polarity | None = None
    certainty: Certainty | None = None
    hedge_on: Literal["figure", "event"] | None = None
    basis: Basis | None = None
    evidence: Refs | None = None
    interest: Interest | None = None
    interest_reason: TextWords | None = None
    said_at: When | None = None
    mode: Annotated[tuple[Mode, ...], Field(min_length=1, max_length=CHAIN_LIMIT), BeforeValidator(one_or_list)] | None = None
    standing: Standing | None = None
    known_from: When | None = None
    anonymity: Anonymity | None = None
    described_as: TextWords | None = None
    occasion: TextWords | None = None
    joint_with: Slugs | None = None
    credited_as: TextWords | None = None
    relay_says: Literal["confirmed", "could_not_verify", "silent"] | None = None
    note: TextWords | None = None


Chain = Annotated[
    tuple[Annotated[Link, worded("source")], ...],
    Field(min_length=1, max_length=CHAIN_LIMIT),
    BeforeValidator(one_or_list),
]


class ReportItem(ReportDefaults):
    """Somebody's statement and the chain through which it reached the reader, nearest the reader first."""

    id: Alias | None = None
    # Also a claim on record by its words or the beginning of its id, where whoever reads the dossier can look there.
    claim: PlainText | None = None
    claims: Annotated[tuple[PlainText, ...], Field(min_length=1, max_length=50)] | None = None
    chain: Chain
    quote: QuoteField | None = None
    quantity: Figure | None = None
    reported_by: Ref | None = None
    withdraws: Ref | None = None

    @property
    def statements(self) -> list[str]:
        """The reports, or statements on record, that this one names."""
        named = [self.withdraws, self.reported_by, *(link.report for link in self.chain)]
        return [ref for ref in named if ref is not None]

    @model_validator(mode="after")
    def _of_claims(self) -> ReportItem:
        if (self.claim is None) == (self.claims is None):
            given = "neither claim nor claims" if self.claim is None else "both claim and claims"
            raise ValueError(f"found {given}, wanted one of them")
        if self.claims and len(set(self.claims)) < len(self.claims):
            raise ValueError("names the same claim twice")
        return self

    @property
    def claim_refs(self) -> tuple[str, ...]:
        return self.claims or (self.claim or "",)

    @property
    def document_refs(self) -> tuple[str, ...]:
        """Every document in which it says something, or that it shows."""
        links = (self.document, *(link.document for link in self.chain), *(self.evidence or ()))
        return tuple(ref for ref in links if ref)


class CorrectionItem(Shape):
    target: Ref
    reason: TextWords
    replaced_by: Ref | None = None


class AssessmentItem(Shape):
    target: Ref
    scheme: Annotated[str, AfterValidator(known_scheme)]
    value: PlainName
    rationale: TextWords | None = None
    because: Ref | None = None
    by: Slug | None = None
    document: Ref | None = None
    grade: Grade | None = None
    valid_from: When | None = None
    valid_to: When | None = None


Triple = Annotated[RelationItem, BeforeValidator(triple)]
SECTIONS: dict[str, Any] = {
    "sources": SourceItem,
    "relations": Triple,
    "claims": ClaimItem,
    "documents": DocumentItem,
    "reports": ReportItem,
    "corrections": CorrectionItem,
    "assessments": AssessmentItem,
}
"""The lists of a dossier and the shape of their items."""
