"""The bundle: a claim with all that its score rests on, signed by the ledger's issuer (docs/format.md §12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.bundles import DOES_NOT_PROVE, MAX_BUNDLE_BYTES, PROVES, counts_of, statement_bytes
from ledger.core.canonical import parse_json
from ledger.core.didkey import did_key_of
from ledger.core.dsse import sign_envelope
from ledger.core.encoding import print_base64
from ledger.core.evidence import Logged
from ledger.errors import TooLargeError
from schemas.bundle import (
    BUNDLE_TYPE,
    MAX_ENTRIES,
    MAX_OPENINGS,
    PREDICATE_TYPE,
    STATEMENT_TYPE,
    Asked,
    BundledEntry,
    BundleStatement,
    Predicate,
    Subject,
    SubjectDigest,
)
from schemas.corroboration import Report
from schemas.envelope import Envelope
from schemas.ids import Opening


@dataclass(frozen=True)
class ProvenEntry:
    """An entry with its proof. `envelope` is None where it is withheld, and its leaf hash stands for it."""

    index: int
    envelope: bytes | None
    leaf_hash: bytes
    proof: Sequence[bytes]


@dataclass(frozen=True)
class Content:
    """What goes into a bundle; `logged` are the records of the shown entries."""

    origin: str
    checkpoint_note: bytes
    consistency: Sequence[bytes]
    entries: Sequence[ProvenEntry]
    logged: Sequence[Logged]
    openings: Mapping[str, Opening]
    asked: Asked
    report: Report


def print_bundle(content: Content, issuer: Ed25519PrivateKey) -> bytes:
    """The bundle's file: the envelope's one spelling, signed by the issuer."""
    payload = statement_bytes(bundle_statement(content, did_key_of(issuer)))
    return sign_envelope(payload, BUNDLE_TYPE, [issuer], max_bytes=MAX_BUNDLE_BYTES)


def bundle_statement(content: Content, issuer: str) -> BundleStatement:
    """What the issuer signs: an in-toto Statement about the claim's id."""
    if len(content.entries) > MAX_ENTRIES or len(content.openings) > MAX_OPENINGS:
        raise TooLargeError(f"a bundle holds at most {MAX_ENTRIES} entries and {MAX_OPENINGS} openings")
    claim = content.asked.claim
    predicate = Predicate(
        origin=content.origin,
        issuer=issuer,
        checkpoint=content.checkpoint_note.decode(),
        consistency=[print_base64(one) for one in content.consistency],
        entries=[_bundled(entry) for entry in content.entries],
        openings=dict(content.openings),
        asked=content.asked,
        report=content.report,
        counts=counts_of(content.logged, sum(entry.envelope is None for entry in content.entries)),
        proves=list(PROVES),
        does_not_prove=list(DOES_NOT_PROVE),
    )
    return BundleStatement(
        type_=STATEMENT_TYPE,
        subject=[Subject(name=claim, digest=SubjectDigest(sha256=claim.removeprefix("sha256:")))],
        predicateType=PREDICATE_TYPE,
        predicate=predicate,
    )


def _bundled(entry: ProvenEntry) -> BundledEntry:
    envelope = entry.envelope
    return BundledEntry(
        index=entry.index,
        envelope=Envelope.model_validate(parse_json(envelope, max_bytes=len(envelope))) if envelope is not None else None,
        withheld=print_base64(entry.leaf_hash) if envelope is None else None,
        proof=[print_base64(one) for one in entry.proof],
    )
