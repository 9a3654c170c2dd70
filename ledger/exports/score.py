"""The score alone: one report, signed by the ledger's issuer, with what its authority rests on (docs/format.md §15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.didkey import did_key_of
from ledger.core.scores import DOES_NOT_PROVE, MAX_SCORE_BYTES, PROVES
from ledger.exports.issuing import ProvenEntry, print_entries, print_hashes, sign_statement, subject_of
from schemas.bundle import STATEMENT_TYPE, Asked
from schemas.corroboration import Report
from schemas.score import SCORE_TYPE, ScorePredicate, ScoreStatement


@dataclass(frozen=True)
class Content:
    """What goes into a score; `entries` are the words on keys that let the issuer issue."""

    origin: str
    checkpoint_note: bytes
    consistency: Sequence[bytes]
    entries: Sequence[ProvenEntry]
    asked: Asked
    report: Report


def print_score(content: Content, issuer: Ed25519PrivateKey) -> bytes:
    """The score's file: the envelope's one spelling, signed by the issuer."""
    return sign_statement(score_statement(content, did_key_of(issuer)), issuer, max_bytes=MAX_SCORE_BYTES)


def score_statement(content: Content, issuer: str) -> ScoreStatement:
    """What the issuer signs: an in-toto Statement about the claim's id."""
    predicate = ScorePredicate(
        origin=content.origin,
        issuer=issuer,
        checkpoint=content.checkpoint_note.decode(),
        consistency=print_hashes(content.consistency),
        entries=print_entries(content.entries),
        asked=content.asked,
        report=content.report,
        proves=list(PROVES),
        does_not_prove=list(DOES_NOT_PROVE),
    )
    return ScoreStatement(
        type_=STATEMENT_TYPE, subject=subject_of(content.asked.claim), predicateType=SCORE_TYPE, predicate=predicate
    )
