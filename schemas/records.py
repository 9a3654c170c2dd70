"""The record kinds of the ledger (docs/format.md §3). Every record is immutable and takes no other members.

Members that are absent are absent: there are no defaults and no nulls in the signed bytes, so a record has one spelling.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StrictFloat, StrictInt, TypeAdapter, model_validator

from schemas.ids import (
    Closed,
    Country,
    DidKey,
    Digest,
    Domain,
    Language,
    MediaType,
    Names,
    Origin,
    PlainName,
    PlainUrl,
    Qid,
    Slug,
    Text,
    Texts,
    Topic,
    Unique,
    Url,
    UtcTime,
    When,
)
from schemas.members import Concern, Grade, Quantity, Quote
from schemas.vocabulary import (
    ADMIRALTY_LETTERS,
    AUTHENTICITY,
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

Role = Literal["contributor", "editor", "admin", "issuer", "log"]
LOG_ROLES: tuple[Role, ...] = ("log",)
"""Those of a key that signs checkpoints."""


class SourceRecord(Closed):
    """Who can say something: person, organisation, government body, agency, outlet, account, or an unnamed one."""

    kind: Literal["source"]
    id: Slug
    type: SourceType
    names: Names
    country: Country | None = None
    qid: Qid | None = None
    domains: Annotated[tuple[Domain, ...], Field(min_length=1, max_length=20), Unique] | None = None
    same_as: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=10), Unique] | None = None
    public_role: Text | None = None
    unnamed_kind: Literal["person", "document", "media_reports"] | None = None
    affiliation: Slug | None = None
    replaces: Digest | None = None

    @model_validator(mode="after")
    def _unnamed_or_not(self) -> Self:
        if self.type == "unnamed" and self.unnamed_kind is None:
            raise ValueError("an unnamed source says of what kind: unnamed_kind person, document or media_reports")
        if self.type != "unnamed" and (self.unnamed_kind or self.affiliation):
            raise ValueError(f"unnamed_kind and affiliation belong to unnamed sources, this one is a {self.type}")
        if self.same_as and self.id in self.same_as:
            raise ValueError("is the same as itself already")
        return self


class SourceRelationRecord(Closed):
    """One source is owned by, controlled by, part of, speaks for, member of, syndicates from, or is allied with another."""

    kind: Literal["source_relation"]
    subject: Slug
    relation: Relation
    object: Topic
    topic: Topic | None = None
    share: Annotated[StrictFloat | StrictInt, Field(ge=0, le=100)] | None = None
    valid_from: When | None = None
    valid_to: When | None = None
    evidence: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=50), Unique] | None = None
    replaces: Digest | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.subject == self.object:
            raise ValueError("a source is not related to itself")
        if (self.relation == "allied_with") != (self.topic is not None):
            raise ValueError("topic is needed for allied_with and belongs to nothing else")
        if self.share is not None and self.relation not in ("owned_by", "controlled_by"):
            raise ValueError(f"share belongs to owned_by and controlled_by, not to {self.relation}")
        return self


class ClaimRecord(Closed):
    """A proposition, free of any speaker."""

    kind: Literal["claim"]
    text: Texts
    type: ClaimType
    about: Annotated[tuple[Topic, ...], Field(min_length=1, max_length=30), Unique] | None = None
    event_time: When | None = None
    place: Text | None = None
    quantity: Quantity | None = None
    concerns: Annotated[tuple[Concern, ...], Field(min_length=1, max_length=30), Unique] | None = None

    @model_validator(mode="after")
    def _quantity_where_it_belongs(self) -> Self:
        if (self.type == "quantity") != (self.quantity is not None):
            raise ValueError("a claim has a quantity exactly if its type is quantity")
        return self


class ClaimTextRecord(Closed):
    """A translation of a claim's text, added later."""

    kind: Literal["claim_text"]
    claim: Digest
    lang: Language
    text: Text


class ClaimRelationRecord(Closed):
    """One claim is equivalent to, entails, or contradicts another."""

    kind: Literal["claim_relation"]
    subject: Digest
    relation: ClaimRelationType
    object: Digest
    reason: Text | None = None
    replaces: Digest | None = None

    @model_validator(mode="after")
    def _two_claims(self) -> Self:
        if self.subject == self.object:
            raise ValueError("a claim is not related to itself")
        return self


class DocumentRecord(Closed):
    """A work in which something was said, with the hash of the bytes that were seen."""

    kind: Literal["document"]
    url: Url | None = None
    title: Text | None = None
    publisher: Slug | None = None
    authors: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=30), Unique] | None = None
    purported_author: Slug | None = None
    medium: Literal["text", "image", "video", "audio", "data"] | None = None
    published_at: When | None = None
    captured_at: When | None = None
    lang: Language | None = None
    retrieved_at: UtcTime | None = None
    media_type: MediaType | None = None
    sha256: Digest | None = None
    archive_urls: Annotated[tuple[Url, ...], Field(min_length=1, max_length=20)] | None = None
    version_of: Digest | None = None
    translation_of: Digest | None = None

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        if not (self.url or self.title or self.sha256 or self.publisher or self.authors):
            raise ValueError("a document needs a url, title, sha256, publisher or author to be told from others")
        return self


class StatementRecord(Closed):
    """Somebody's act of saying a claim."""

    kind: Literal["statement"]
    claim: Digest
    speaker: Slug
    act: Act
    polarity: Polarity
    certainty: Certainty
    hedge_on: Literal["figure", "event"] | None = None
    basis: Basis
    evidence: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=50), Unique] | None = None
    interest: Interest
    interest_reason: Text | None = None
    said_at: When | None = None
    reported_by: Digest | None = None
    document: Digest | None = None
    anonymity: Anonymity | None = None
    described_as: Text | None = None
    quote: Quote | None = None
    quantity: Quantity | None = None
    joint_with: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=50), Unique] | None = None
    occasion: Text | None = None
    withdraws: Digest | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.act == "denies" and self.polarity != "-":
            raise ValueError("who denies a claim says it with polarity -")
        if self.interest == "against" and self.interest_reason is None:
            raise ValueError("interest against needs an interest_reason")
        if self.document is None and self.said_at is None and self.reported_by is None:
            raise ValueError("needs a document, said_at, or reported_by: who credits it")
        if self.act == "withdraws" and self.withdraws is None:
            raise ValueError("act withdraws names the statement that it withdraws")
        if self.withdraws is not None and self.act not in ("withdraws", "corrects"):
            raise ValueError(f"withdraws belongs to the acts withdraws and corrects, not to {self.act}")
        if self.joint_with and self.speaker in self.joint_with:
            raise ValueError("the speaker is not joint with itself")
        return self


class AttributionRecord(Closed):
    """One hop: this statement has it from that statement or document."""

    kind: Literal["attribution"]
    from_: Digest = Field(alias="from")
    to: Digest
    mode: Mode
    credited_as: Text | None = None
    credited_in: Digest | None = None
    asserted_by: Slug | None = None
    known_from: When | None = None
    standing: Standing
    relay_says: Literal["confirmed", "could_not_verify", "silent"] | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _two_ends(self) -> Self:
        if self.from_ == self.to:
            raise ValueError("a statement does not have it from itself")
        return self


class AssessmentRecord(Closed):
    """A named assessor's dated rating of a source, claim or document, with a reason.

    Without `by` it is the signer's own. With `by` the signer passes on what somebody else has published, in `document`.
    """

    kind: Literal["assessment"]
    target: Slug | Digest
    scheme: Literal["admiralty-reliability", "admiralty-credibility", "verdict", "authenticity"] | PlainUrl
    value: PlainName
    rationale: Text | None = None
    because: Digest | None = None
    by: Slug | None = None
    document: Digest | None = None
    grade: Grade | None = None
    valid_from: When | None = None
    valid_to: When | None = None
    replaces: Digest | None = None

    @model_validator(mode="after")
    def _others_only_in_words(self) -> Self:
        # What weighs in the score is what its signer answers for.
        passed_on = self.by or self.document or self.grade
        if passed_on and self.scheme != "verdict" and not self.scheme.startswith("http"):
            raise ValueError(f"by, document and grade belong to verdicts and schemes of one's own, not to {self.scheme}")
        return self

    @model_validator(mode="after")
    def _value_of_its_scheme(self) -> Self:
        on_record = self.target.startswith("sha256:")
        if self.scheme == "admiralty-reliability" and (on_record or self.value not in ADMIRALTY_LETTERS):
            raise ValueError("admiralty-reliability rates a source with one of A B C D E F")
        if self.scheme == "admiralty-credibility" and (not on_record or self.value not in tuple("123456")):
            raise ValueError("admiralty-credibility rates a claim with one of 1 2 3 4 5 6")
        if self.scheme == "authenticity" and (not on_record or self.value not in AUTHENTICITY):
            raise ValueError(f"authenticity judges a document with one of {' '.join(AUTHENTICITY)}")
        if self.scheme == "verdict" and not on_record:
            raise ValueError("a verdict is on a claim")
        low = self.scheme == "admiralty-reliability" and self.value in ("D", "E")
        if (low or self.scheme == "authenticity") and self.rationale is None:
            raise ValueError("a rating below C and a judgement of authenticity need a rationale")
        return self


class CorrectionRecord(Closed):
    """Takes back or replaces one of our records. A correction of a correction reinstates."""

    kind: Literal["correction"]
    target: Digest
    reason: Text
    ledger: Origin
    replaced_by: Digest | None = None
    replaces: Digest | None = None

    @model_validator(mode="after")
    def _two_records(self) -> Self:
        if self.target == self.replaced_by:
            raise ValueError("a record is not replaced by itself")
        return self


class WithholdRecord(Closed):
    """From then on the target is not shown, for the reason given; hashes and proofs stay."""

    kind: Literal["withhold"]
    target: Digest
    basis: Text
    authority: Text
    ledger: Origin


class CommitmentRecord(Closed):
    """The digest of a set of record ids that are not public yet: proves the time, shows nothing."""

    kind: Literal["commitment"]
    digest: Digest


class Compromise(Closed):
    """From when on somebody else may have signed with a key: entries below `size` were in the log before that."""

    since: UtcTime
    size: Annotated[int, Field(ge=0, le=2**53 - 1)]


class KeyRecord(Closed):
    """Enrols or revokes a contributor's signing key."""

    kind: Literal["key"]
    subject: Slug
    public_key: DidKey
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=4), Unique]
    action: Literal["enroll", "revoke"]
    reason: Text | None = None
    not_before: UtcTime | None = None
    not_after: UtcTime | None = None
    compromise: Compromise | None = None
    never_alone: Literal[True] | None = None
    """What it signs counts only where somebody of another name signs it too, by a key that may sign it."""
    mldsa44: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{1749}[AQgw]==$")] | None = None
    """Of a key of the log: the ML-DSA-44 key that signs checkpoints beside it, in base64."""
    ledger: Origin
    replaces: Digest | None = None

    @model_validator(mode="after")
    def _compromise_revokes(self) -> Self:
        if self.compromise is not None and self.action != "revoke":
            raise ValueError("only a key that is revoked is called compromised")
        if self.never_alone and "issuer" in self.roles:
            raise ValueError("an issuer's key signs alone")
        return self

    @model_validator(mode="after")
    def _log_key(self) -> Self:
        if (self.mldsa44 is not None) != ("log" in self.roles):
            raise ValueError("a key with the role log, and no other, has its mldsa44 beside it")
        if "log" in self.roles and self.roles != LOG_ROLES:
            raise ValueError("a log's key has the role log alone")
        if "log" in self.roles and (self.never_alone or self.not_before or self.not_after or self.compromise):
            raise ValueError("a log's key signs alone, from one entry of the log to another, and is not called compromised")
        return self


Record = Annotated[
    SourceRecord
    | SourceRelationRecord
    | ClaimRecord
    | ClaimTextRecord
    | ClaimRelationRecord
    | DocumentRecord
    | StatementRecord
    | AttributionRecord
    | AssessmentRecord
    | CorrectionRecord
    | WithholdRecord
    | CommitmentRecord
    | KeyRecord,
    Field(discriminator="kind"),
]
RECORD: TypeAdapter[Record] = TypeAdapter(Record)
KINDS = (
    "source",
    "source_relation",
    "claim",
    "claim_text",
    "claim_relation",
    "document",
    "statement",
    "attribution",
    "assessment",
    "correction",
    "withhold",
    "commitment",
    "key",
)
Replacing = SourceRecord | SourceRelationRecord | ClaimRelationRecord | AssessmentRecord | CorrectionRecord | KeyRecord
"""Kinds of which one record at a time is in force for a subject; the next names the one it replaces."""
