"""Signed exports: what a stranger takes away and checks without us."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.didkey import did_key_of
from ledger.core.encoding import parse_base64
from ledger.core.evidence import Logged
from ledger.core.force import aliases
from ledger.errors import CorruptError, ForbiddenError
from ledger.exports.bundle import Content, ProvenEntry, print_bundle
from ledger.operations import Question
from ledger.service.gathering import gather_about, withheld_in
from ledger.service.log import consistency, proofs_of
from ledger.service.lookups import matter, report_of
from ledger.service.reading import Reading
from ledger.service.tree import Edges
from ledger.service.views import Opened
from ledger.store.protocol import Snapshot
from schemas.bundle import Asked
from schemas.corroboration import AsOf, Report
from schemas.ids import Opening
from schemas.records import KeyRecord


def bundle(snapshot: Snapshot, name: str, question: Question, issuer: Ed25519PrivateKey, edges: Edges | None = None) -> bytes:
    """The claim with all that its score rests on, proven under the newest checkpoint and signed by the issuer."""
    reading, edges = Reading(snapshot), edges or Edges()
    claim_id, state, logged = matter(reading, name, question)
    logged = _with_issuer(reading, logged, did_key_of(issuer))
    report = report_of(claim_id, state, [entry for entry in logged if entry.index < state.size], question)
    note = snapshot.checkpoint.note
    if note is None:
        raise CorruptError("the newest checkpoint has lost its signatures")
    return print_bundle(
        Content(
            origin=snapshot.identity.origin,
            checkpoint_note=note,
            consistency=_consistency(snapshot, edges, state),
            entries=_proven(reading, edges, logged, state.size),
            logged=logged,
            openings=_openings(reading, logged),
            asked=_asked(aliases(logged).get(claim_id, claim_id), question, report),
            report=report,
        ),
        issuer,
    )


def _with_issuer(reading: Reading, logged: Sequence[Logged], issuer: str) -> list[Logged]:
    """With every word on the issuer's key up to the newest checkpoint, and on the keys behind these: it may issue now."""
    words = reading.at(index for indexes in reading.of_subjects([f"key:{issuer}"]).values() for index in indexes)
    newest = words[-1].record if words else None
    if not isinstance(newest, KeyRecord) or newest.action == "revoke" or "issuer" not in newest.roles:
        hint = "an admin enrols it with the role issuer, or the ledger gets the key that is enrolled"
        raise ForbiddenError(f"the key {issuer} is no issuer of this ledger now", hint=hint)
    behind = gather_about(reading, [entry.id for entry in words], reading.snapshot.checkpoint.size)
    found = {entry.index: entry for entry in [*logged, *behind]}
    return [found[index] for index in sorted(found)]


def _asked(claim_id: str, question: Question, report: Report) -> Asked:
    return Asked(
        claim=claim_id,
        until=question.until,
        clock=question.clock,
        without=list(question.without),
        base_rate=question.base_rate,
        policy=report.policy,
    )


def _consistency(snapshot: Snapshot, edges: Edges, state: AsOf) -> list[bytes]:
    if state.size == snapshot.checkpoint.size:
        return []
    return [parse_base64(one) for one in consistency(snapshot, edges, state.size, None).proof]


def _proven(reading: Reading, edges: Edges, logged: Sequence[Logged], size: int) -> list[ProvenEntry]:
    """Every entry with its proof; of withheld ones the leaf hash alone."""
    shown = {entry.index for entry in logged}
    places = reading.places(withheld_in(logged))
    hidden = {index for indexes in places.values() for index in indexes if index < size}
    proofs = proofs_of(reading.snapshot, edges, sorted(shown | hidden))
    return [
        ProvenEntry(entry.index, entry.envelope if entry.index in shown else None, entry.leaf_hash, proofs[entry.index])
        for entry in reading.stored(shown | hidden)
    ]


def _openings(reading: Reading, logged: Sequence[Logged]) -> dict[str, Opening]:
    opened = Opened(reading, (entry.record for entry in logged))
    return {digest: opening for entry in logged for digest, opening in opened.of(entry.record).items()}
