"""The bundle: a claim with all that its score rests on, signed by the ledger's issuer (docs/format.md §12)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.bundles import DOES_NOT_PROVE, MAX_BUNDLE_BYTES, PROVES, counts_of
from ledger.core.didkey import did_key_of
from ledger.errors import TooLargeError
from ledger.exports.content import Content
from ledger.exports.issuing import print_entries, print_hashes, sign_statement, subject_of
from schemas.bundle import (
    MAX_ENTRIES,
    MAX_OPENINGS,
    PREDICATE_TYPE,
    STATEMENT_TYPE,
    BundleStatement,
    Predicate,
)


def print_bundle(content: Content, issuer: Ed25519PrivateKey) -> bytes:
    """The bundle's file: the envelope's one spelling, signed by the issuer."""
    return sign_statement(bundle_statement(content, did_key_of(issuer)), issuer, max_bytes=MAX_BUNDLE_BYTES)


def bundle_statement(content: Content, issuer: str) -> BundleStatement:
    """What the issuer signs: an in-toto Statement about the claim's id."""
    if len(content.entries) > MAX_ENTRIES or len(content.openings) > MAX_OPENINGS:
        raise TooLargeError(f"a bundle holds at most {MAX_ENTRIES} entries and {MAX_OPENINGS} openings")
    predicate = Predicate(
        origin=content.origin,
        issuer=issuer,
        checkpoint=content.checkpoint_note.decode(),
        consistency=print_hashes(content.consistency),
        entries=print_entries(content.entries),
        openings=dict(content.openings),
        asked=content.asked,
        report=content.report,
        counts=counts_of(content.logged, sum(entry.envelope is None for entry in content.entries)),
        proves=list(PROVES),
        does_not_prove=list(DOES_NOT_PROVE),
    )
    return BundleStatement(
        type_=STATEMENT_TYPE,
        subject=subject_of(content.asked.claim),
        predicateType=PREDICATE_TYPE,
        predicate=predicate,
    )
