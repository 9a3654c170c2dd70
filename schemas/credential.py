"""A claim's report in brief as a W3C Verifiable Credential 2.0 (docs/exports.md). Members that say nothing are absent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.bundle import Hashes, Words
from schemas.corroboration import AsOf, Clock, Counts, Headline, Label, Sides
from schemas.corroboration import Words as Likelihood
from schemas.ids import Closed, DidKey, Digest, Language, Listed, Origin, PlainName, PlainText, UtcTime

Short = Annotated[str, StringConstraints(max_length=4_000)]
Texts = Annotated[dict[Language, PlainText], Field(min_length=1, max_length=100)]


class Interval(Closed):
    low: float
    high: float


class AskedOf(Closed):
    """What was asked: the world's date and clock, who was left out, the base rate if another than the policy's."""

    until: str | None = None
    clock: Clock
    without: Words
    baseRate: float | None = None


class BriefVerdict(Closed):
    """A person's own judgement of the claim; never part of the number."""

    by: str
    scheme: str
    value: str


class BriefReport(Closed):
    """How far the records carry the claim. No number and no likelihood word where `showable` is false."""

    type: Literal["CorroborationReport"]
    policy: str
    question: AskedOf
    asOf: AsOf
    headline: Headline
    labels: Listed[Label]
    summary: Short
    independentOrigins: Sides
    origins: Counts
    reports: int
    outlets: int
    confidence: Literal["low", "moderate", "high"]
    showable: bool
    probability: Annotated[float, Field(ge=0.01, le=0.99)] | None = None
    interval: Interval | None = None
    likelihood: Likelihood | None = None
    verdicts: Annotated[Listed[BriefVerdict], Field(max_length=1_000)]


class ClaimSubject(Closed):
    """The claim. Its text is absent where it is sealed, or concerns a private person."""

    id: str
    type: Literal["Claim"]
    recordId: Digest
    claimType: str
    text: Texts | None = None
    report: BriefReport


class Issuer(Closed):
    id: DidKey
    name: Origin


class LogCheckpoint(Closed):
    """The log's newest checkpoint as it signed it; `consistency` leads to it from the state that the report is as of."""

    type: Literal["LogCheckpoint"]
    origin: Origin
    checkpoint: Annotated[str, StringConstraints(max_length=100_000)]
    consistency: Hashes


class Related(Closed):
    """Another file, by what it hashes to."""

    id: str
    mediaType: str
    digestSRI: Annotated[str, StringConstraints(pattern=r"^sha256-[A-Za-z0-9+/]{43}=$")]


class Proof(Closed):
    type: Literal["DataIntegrityProof"]
    cryptosuite: Literal["eddsa-jcs-2022"]
    created: UtcTime
    verificationMethod: str
    proofPurpose: Literal["assertionMethod"]
    context: Annotated[list[str], Field(alias="@context", max_length=4)]
    proofValue: str


class Credential(Closed):
    """Before it is signed."""

    context: Annotated[list[str], Field(alias="@context", max_length=4)]
    type: tuple[Literal["VerifiableCredential"], Literal["ClaimReportCredential"]]
    name: PlainName
    issuer: Issuer
    validFrom: UtcTime
    credentialSubject: ClaimSubject
    evidence: LogCheckpoint
    relatedResource: Related
    proves: Words
    doesNotProve: Words


class SignedCredential(Credential):
    """With the issuer's proof."""

    proof: Proof
