"""Signed exports: what a stranger takes away and checks without us."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.encoding import parse_base64
from ledger.core.evidence import Logged
from ledger.core.force import aliases
from ledger.errors import CorruptError, WithheldError
from ledger.exports.bundle import Content, ProvenEntry, print_bundle
from ledger.operations import Question
from ledger.service.gathering import withheld_in
from ledger.service.log import consistency, proofs_of
from ledger.service.lookups import matter, report_of
from ledger.service.reading import Reading
from ledger.service.tree import Edges
from ledger.service.views import Opened
from ledger.store.protocol import Snapshot
from schemas.bundle import Asked
from schemas.corroboration import AsOf, Report
from schemas.ids import Opening


def bundle(snapshot: Snapshot, name: str, question: Question, issuer: Ed25519PrivateKey, edges: Edges | None = None) -> bytes:
    """The claim with all that its score rests on, proven under the newest checkpoint and signed by the issuer."""
    reading, edges = Reading(snapshot), edges or Edges()
    claim_id, state, logged = matter(reading, name, question)
    _refuse_hidden(reading, logged)
    report = report_of(claim_id, state, logged, question)
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


def _refuse_hidden(reading: Reading, logged: Sequence[Logged]) -> None:
    """A past state may rest on what was withheld since; that is not given out, and without it the score would not follow."""
    for target in reading.withheld([entry.id for entry in logged]):
        raise WithheldError(f"the claim rested on {target}, which is withheld since", hint="export a newer state")


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
