"""An export that a stranger verifies offline: an in-toto Statement v1 in a DSSE envelope (docs/format.md §12)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.corroboration import Report
from schemas.envelope import Base64, Envelope
from schemas.ids import Closed, Digest, Listed, Opening

BUNDLE_TYPE: Literal["application/vnd.in-toto+json"] = "application/vnd.in-toto+json"
STATEMENT_TYPE: Literal["https://in-toto.io/Statement/v1"] = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Literal["urn:onrecord:claim-bundle:1"] = "urn:onrecord:claim-bundle:1"
# A bundle comes from strangers: lists end somewhere, and at the first item that is wrong.
MAX_ENTRIES = 100_000
MAX_OPENINGS = 10_000
Hashes = Annotated[Listed[Annotated[Base64, StringConstraints(max_length=44)]], Field(max_length=64)]
Words = Annotated[Listed[str], Field(max_length=1_000)]


class BundledEntry(Closed):
    """An entry with its inclusion proof to the bundle's checkpoint; or its bare leaf hash, base64, where it is withheld."""

    index: Annotated[int, Field(ge=0)]
    envelope: Envelope | None
    withheld: Annotated[Base64, StringConstraints(max_length=44)] | None
    proof: Hashes


class Counts(Closed):
    entries: int
    records: int
    statements: int
    attributions: int
    documents: int
    sources: int


class Asked(Closed):
    """The question that the report answers."""

    claim: Digest
    until: str | None
    clock: Literal["said", "public"]
    without: Words
    base_rate: float | None
    policy: str


class Issued(Closed):
    """What an issuer says about a claim, and the part of the log that it says it of.

    `consistency` leads from the state that the report is as of to the checkpoint's; it is empty where they are the same.
    """

    origin: str
    issuer: str
    checkpoint: str
    consistency: Hashes
    entries: Annotated[Listed[BundledEntry], Field(max_length=MAX_ENTRIES)]
    asked: Asked
    report: Report
    proves: Words
    does_not_prove: Words


class Predicate(Issued):
    """What the bundle holds and what it says of itself: inclusion is proven, completeness is not.

    `consistency` leads from the state that the report is as of to the checkpoint's; it is empty where they are the same.
    """

    openings: Annotated[dict[Digest, Opening], Field(max_length=MAX_OPENINGS)]
    counts: Counts


class SubjectDigest(Closed):
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Subject(Closed):
    name: Digest
    digest: SubjectDigest


class IssuedStatement(Closed):
    """An in-toto Statement v1 about one claim."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: Annotated[list[Subject], Field(min_length=1, max_length=1)]
    predicateType: str
    predicate: Issued


class BundleStatement(IssuedStatement):
    """A claim with all that its score rests on."""

    predicateType: Literal["urn:onrecord:claim-bundle:1"]
    predicate: Predicate


class Step(Closed):
    """One check of `verify`, numbered as in docs/format.md."""

    number: int
    name: str
    result: Literal["ok", "failed", "not_checked"]
    detail: str


class Verification(Closed):
    """`result`: ok, failed (do not trust it), unverifiable (could not be checked), malformed (no bundle, score or credential).

    What was checked, `kind` and what follows it, is told where the result is ok or unverifiable.
    """

    result: Literal["ok", "failed", "unverifiable", "malformed"]
    kind: Literal["bundle", "score", "reveal", "vc"] | None
    claim: Digest | None
    origin: str | None
    size: int | None
    time: str | None
    steps: list[Step]
    headline: str | None
    probability: float | None
    notes: list[str]
