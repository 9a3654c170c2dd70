"""Signed exports: what a stranger takes away and checks without us."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.didkey import did_key_of
from ledger.core.encoding import parse_base64
from ledger.core.evidence import Logged
from ledger.core.force import aliases
from ledger.core.verifying.behind import Behind, Said
from ledger.core.verifying.walk import UncheckedError
from ledger.core.vkey import VerifierKey
from ledger.errors import CorruptError, ForbiddenError, FormatError, NotFoundError, VerificationError, WithheldError
from ledger.exports.content import Content
from ledger.exports.formats import PLAIN, SIGNED
from ledger.exports.issuing import ProvenEntry
from ledger.exports.score import Content as ScoreContent
from ledger.exports.score import print_score
from ledger.operations import Question
from ledger.service.gathering import gather_about, resolve
from ledger.service.log import consistency, proofs_of, tlog_proof
from ledger.service.logkeys import words_on
from ledger.service.lookups import matter, report_of
from ledger.service.panel import cosigned_note
from ledger.service.reading import Reading
from ledger.service.tree import Edges
from ledger.service.views import open_values_of
from ledger.service.withholding import withheld_in
from ledger.store.protocol import Snapshot
from schemas.bundle import Asked
from schemas.corroboration import AsOf, Report
from schemas.dates import time_of
from schemas.exports import EXPORT_FORMATS
from schemas.ids import Opening
from schemas.records import KeyRecord

Keys = Callable[[], Ed25519PrivateKey]


def export(
    snapshot: Snapshot, name: str, format: str, question: Question, keys: Keys, edges: Edges, log: Sequence[VerifierKey]
) -> bytes:
    """The claim as a file of that format. `keys` gives the issuer's key, and is asked only where a format is signed. `log` are
    keys of the log: every word on these, and on those before and after them, goes with what is signed."""
    if format == "tlog-proof":
        return tlog_proof(snapshot, edges, resolve(snapshot, name)).encode("utf-8")
    if format == "score":
        return score(snapshot, name, question, keys(), edges, log)
    if format in SIGNED:
        issuer = keys()
        return SIGNED[format](content(snapshot, name, question, did_key_of(issuer), edges, log), issuer)
    if format in PLAIN:
        return PLAIN[format](content(snapshot, name, question, None, edges))
    raise FormatError(f"no export format {format[:40]!r}", hint=f"there are {', '.join(EXPORT_FORMATS)}")


def content(
    snapshot: Snapshot, name: str, question: Question, issuer: str | None, edges: Edges, log: Sequence[VerifierKey] = ()
) -> Content:
    """The claim with all that its score rests on, proven under the newest checkpoint; with the issuer's authority if named."""
    reading = Reading(snapshot)
    claim_id, state, matters = matter(reading, name, question)
    logged = _together(matters, _authority(reading, issuer, log) if issuer else ())
    report = report_of(claim_id, state, [entry for entry in logged if entry.index < state.size], question)
    return Content(
        origin=snapshot.identity.origin,
        checkpoint_note=_note(snapshot),
        time=time_of(snapshot.checkpoint.time),
        consistency=_consistency(snapshot, edges, state),
        entries=_proven(reading, edges, logged, state.size),
        logged=logged,
        openings=_openings(reading, logged),
        asked=_asked(aliases(logged).get(claim_id, claim_id), question, report),
        report=report,
    )


def score(
    snapshot: Snapshot, name: str, question: Question, issuer: Ed25519PrivateKey, edges: Edges, log: Sequence[VerifierKey] = ()
) -> bytes:
    """The claim's report alone, bound to the state that it is as of, and signed by the issuer under the newest checkpoint."""
    reading = Reading(snapshot)
    claim_id, state, logged = matter(reading, name, question)
    report = report_of(claim_id, state, logged, question)
    words = [entry for entry in _authority(reading, did_key_of(issuer), log) if isinstance(entry.record, KeyRecord)]
    return print_score(
        ScoreContent(
            origin=snapshot.identity.origin,
            checkpoint_note=_note(snapshot),
            consistency=_consistency(snapshot, edges, state),
            entries=_proven(reading, edges, words, state.size),
            asked=_asked(aliases(logged).get(claim_id, claim_id), question, report),
            report=report,
        ),
        issuer,
    )


def records_behind(snapshot: Snapshot, said: Said) -> Behind:
    """The records that a report rests on, in this ledger's own log at the very state that the report is as of."""
    size = said.as_of.size
    try:
        _, state, logged = matter(Reading(snapshot), said.claim, Question(as_of=str(size), without=said.without))
    except NotFoundError as error:
        raise VerificationError(error.message, step="report") from None
    except (FormatError, WithheldError) as error:  # no state of that size here, or one that is not given out any more
        raise UncheckedError(error.message, step="report") from None
    if state.root != said.as_of.root:
        raise VerificationError(f"this ledger has another root for size {size}", step="report")
    return Behind(logged, "this ledger's own log", complete=True)


def _authority(reading: Reading, issuer: str, log: Sequence[VerifierKey]) -> list[Logged]:
    """Every word on the issuer's key up to the newest checkpoint, and on the keys behind these: it may issue now. With every
    word on the log's own keys: whoever trusts an earlier one learns from them who signed the checkpoint."""
    words = reading.at(index for indexes in reading.of_subjects([f"key:{issuer}"]).values() for index in indexes)
    newest = words[-1].record if words else None
    if not isinstance(newest, KeyRecord) or newest.action == "revoke" or "issuer" not in newest.roles:
        hint = "an admin enrols it with the role issuer, or the ledger gets the key that is enrolled"
        raise ForbiddenError(f"the key {issuer} is no issuer of this ledger now", hint=hint)
    return gather_about(
        reading, [entry.id for entry in [*words, *words_on(reading.snapshot, log)]], reading.snapshot.checkpoint.size
    )


def _together(*parts: Sequence[Logged]) -> list[Logged]:
    """The entries of all parts, each once, in index order."""
    found = {entry.index: entry for part in parts for entry in part}
    return [found[index] for index in sorted(found)]


def _note(snapshot: Snapshot) -> bytes:
    """With what witnesses put under it by now: whoever verifies the file may ask for them."""
    if snapshot.checkpoint.note is None:
        raise CorruptError("the newest checkpoint has lost its signatures")
    return cosigned_note(snapshot, snapshot.checkpoint)


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
    opened = open_values_of(reading, (entry.record for entry in logged))
    return {digest: opening for entry in logged for digest, opening in opened.of(entry.record).items()}
