"""What all files that the ledger's issuer signs are made of: a claim as their subject, proven entries, one signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.bundles import statement_bytes
from ledger.core.canonical import parse_json
from ledger.core.dsse import sign_envelope
from ledger.core.encoding import print_base64
from schemas.bundle import BUNDLE_TYPE, BundledEntry, IssuedStatement, Subject, SubjectDigest
from schemas.envelope import Envelope


@dataclass(frozen=True)
class ProvenEntry:
    """An entry with its proof. `envelope` is None where it is withheld, and its leaf hash stands for it."""

    index: int
    envelope: bytes | None
    leaf_hash: bytes
    proof: Sequence[bytes]


def sign_statement(statement: IssuedStatement, issuer: Ed25519PrivateKey, *, max_bytes: int) -> bytes:
    """The file: the envelope's one spelling, signed by the issuer."""
    return sign_envelope(statement_bytes(statement), BUNDLE_TYPE, [issuer], max_bytes=max_bytes)


def subject_of(claim: str) -> list[Subject]:
    return [Subject(name=claim, digest=SubjectDigest(sha256=claim.removeprefix("sha256:")))]


def print_entries(entries: Sequence[ProvenEntry]) -> list[BundledEntry]:
    return [_print_entry(entry) for entry in entries]


def print_hashes(hashes: Sequence[bytes]) -> list[str]:
    return [print_base64(one) for one in hashes]


def _print_entry(entry: ProvenEntry) -> BundledEntry:
    envelope = entry.envelope
    return BundledEntry(
        index=entry.index,
        envelope=Envelope.model_validate(parse_json(envelope, max_bytes=len(envelope))) if envelope is not None else None,
        withheld=print_base64(entry.leaf_hash) if envelope is None else None,
        proof=print_hashes(entry.proof),
    )
