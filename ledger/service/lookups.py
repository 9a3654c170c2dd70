"""Answers about claims and single records: one snapshot in, one shape out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ledger.core import force
from ledger.core.chain import chain_in, nodes_of
from ledger.core.copies import suspect
from ledger.core.corroboration import report_in
from ledger.core.doubt import Doubts
from ledger.core.evidence import Logged
from ledger.core.force import Signers, corrected, in_force_of, standing
from ledger.core.gist import brief_in
from ledger.core.hearing import Hearing, examine
from ledger.core.leaving import signers_in
from ledger.core.privacy import no_number_ever
from ledger.core.records import sealed_in
from ledger.core.subjects import subject_of
from ledger.core.views import Named, Opened, Statements, added_texts, cited_document, claim_texts, told_doubts
from ledger.errors import FormatError, NotFoundError, WithheldError
from ledger.operations import Question
from ledger.service.documents import document
from ledger.service.gathering import FOLLOWED, as_of, gather, gather_about, resolve, with_endorsements
from ledger.service.listing import claims
from ledger.service.projecting import SEALED
from ledger.service.reading import Reading
from ledger.service.remembering import Heard, heard_of, remembered
from ledger.service.sources import source, sources
from ledger.service.ties import Ties
from ledger.service.views import open_values_of
from ledger.service.withholding import refuse_withheld, told_of
from ledger.store.protocol import Snapshot
from schemas.corroboration import AsOf, ChainView, Node, Report
from schemas.dates import time_of
from schemas.doubt import DoubtedRecord
from schemas.envelope import Envelope
from schemas.lookups import Brief, CitedDocument, ClaimView, InForce, RecordView, RelatedClaim, StatementView
from schemas.records import ClaimRecord, ClaimRelationRecord, StatementRecord

__all__ = [
    "chain",
    "claim",
    "claims",
    "corroboration",
    "document",
    "in_force",
    "matter",
    "record",
    "source",
    "sources",
]
MAX_SUBJECTS = 1_000
MOST_DOUBTED = 200
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


# Claims

Matter = tuple[str, AsOf, list[Logged]]
"""A claim, the state it is read at, and everything its score rests on there."""


def matter(reading: Reading, name: str, question: Question) -> Matter:
    """The claim of that name, the state it is read at, and everything its score rests on there."""
    snapshot = reading.snapshot
    claim_id = name if _is_claim(reading, name) else resolve(snapshot, name, ("claim",))
    reading.hanging([claim_id], FOLLOWED)  # whether it is withheld is told by some of these
    refuse_withheld(reading, claim_id)
    state = as_of(snapshot, question.as_of)

    def read() -> list[Logged]:
        logged = gather(reading, [claim_id], state.size)
        if state.size < snapshot.checkpoint.size:  # in the newest state nothing is there that is withheld
            refuse_hidden(reading, logged)
        return logged

    logged = remembered(snapshot, claim_id, state.size, read)
    if signers := signers_in(question.without)[0]:
        logged = with_endorsements(reading, logged, signers, state.size)
    if all(entry.id != claim_id for entry in logged):
        raise NotFoundError(f"{claim_id} was not on record yet when the ledger had {state.size} entries")
    return claim_id, state, logged


def _is_claim(reading: Reading, name: str) -> bool:
    """Whether it is the whole id of a claim on record: then what is read of it here will be needed anyway."""
    found = reading.records([name]) if _DIGEST.fullmatch(name) else []
    return any(isinstance(entry.record, ClaimRecord) for entry in found)


def refuse_hidden(reading: Reading, logged: Sequence[Logged]) -> None:
    """A past state may rest on what was withheld since; that is not given out, and without it the score would not follow."""
    for target in reading.withheld([entry.id for entry in logged]):
        said = f"the claim rested on {target}, which is withheld since"
        raise WithheldError(said, withheld=told_of(reading, target), hint="ask about a newer state")


def corroboration(snapshot: Snapshot, name: str, question: Question, ties: Ties | None = None) -> Report:
    """The score of a claim with every part of it; a replaced claim's is that of the claim in its place."""
    return heard(snapshot, matter(Reading(snapshot, ties), name, question), question).report


def report_of(claim_id: str, state: AsOf, logged: Sequence[Logged], question: Question) -> Report:
    found = claim_id, state, list(logged)
    return report_heard(found, hearing_of(found, question), question)


def chain(snapshot: Snapshot, name: str, question: Question, ties: Ties | None = None) -> ChainView:
    """Who had it from whom."""
    reading = Reading(snapshot, ties)
    found = matter(reading, name, question)
    said = (entry.record for entry in found[2] if isinstance(entry.record, StatementRecord))
    return chain_heard(found, hearing_of(found, question), question, open_values_of(reading, said).words)


def claim(snapshot: Snapshot, name: str, question: Question, ties: Ties | None = None) -> ClaimView:
    """The claim, who said what about it and about its relations, and its score in brief."""
    reading = Reading(snapshot, ties)
    found = matter(reading, name, question)
    hearing = heard(snapshot, found, question).hearing
    return claim_in(found, hearing, nodes_of(hearing), brief_in(hearing), opened_of(reading, found))


def hearing_of(found: Matter, question: Question) -> Hearing:
    """What chain, report and view are written from."""
    claim_id, state, logged = found
    return examine(
        claim_id,
        logged,
        as_of=state,
        until=question.until,
        clock=question.clock,
        without=tuple(question.without),
        policy=question.policy,
        base_rate=question.base_rate,
    )


def heard(snapshot: Snapshot, found: Matter, question: Question) -> Heard:
    """The hearing and its report."""
    claim_id, state, logged = found

    def hear() -> Heard:
        hearing = hearing_of(found, question)
        return Heard(hearing, len(logged), lambda: report_heard(found, hearing, question))

    return heard_of(snapshot, claim_id, state, question, hear)


def chain_heard(found: Matter, hearing: Hearing, question: Question, words: Mapping[str, str] | None = None) -> ChainView:
    return chain_in(hearing, as_of=found[1], until=question.until, words=words)


def report_heard(found: Matter, hearing: Hearing, question: Question) -> Report:
    return report_in(hearing, as_of=found[1], until=question.until, without=tuple(question.without))


def opened_of(reading: Reading, found: Matter) -> Opened:
    """What the sealed values of all that was gathered say."""
    return open_values_of(reading, (entry.record for entry in found[2]))


def claim_in(found: Matter, hearing: Hearing, nodes: Sequence[Node], brief: Brief, opened: Opened) -> ClaimView:
    """The claim as it is shown, of what was gathered and heard already."""
    claim_id, state, logged = found
    shown = in_force_of(hearing.stands)
    # The claim's own record is shown even where it was replaced, with the claim in its place.
    own = next(entry for entry in logged if entry.id == claim_id)
    texts = claim_texts([own, *shown], opened)
    replaced_by = hearing.stands.aliases.get(claim_id)
    assert isinstance(own.record, ClaimRecord)
    return ClaimView(
        id=claim_id,
        index=own.index,
        text=texts[claim_id],
        type=own.record.type,
        record=opened.json(own.record),
        replaced_by=replaced_by,
        statements=_statements(hearing, shown, opened, nodes),
        documents=_documents(shown, opened, nodes),
        related=_related(claim_id, replaced_by, shown, texts),
        corroboration=brief,
        private=no_number_ever(claim_id, logged),
        suspected_copies=len(suspect(hearing, opened.words).groups),
        added_texts=added_texts(claim_id, [own, *shown], hearing.stands.signers),
        in_doubt=_in_doubt(logged, hearing.stands.doubts),
        size=state.size,
    )


def _statements(hearing: Hearing, shown: Sequence[Logged], opened: Opened, nodes: Sequence[Node]) -> list[StatementView]:
    stands = hearing.stands
    statements = Statements(shown, opened, Named(shown, opened), stands.signers, stands.doubts)
    by_id = {entry.id: entry for entry in shown}
    wanted = [node for node in nodes if node.kind == "statement" and node.id in by_id]
    views = [statements.view(by_id[node.id], node.stance, node.said) for node in wanted]
    return sorted(views, key=lambda view: view.index)


def _in_doubt(logged: Sequence[Logged], doubts: Doubts) -> list[DoubtedRecord]:
    keys = {one: doubts.keys[one, by] for one, by in doubts.awaited}
    first = {entry.id: entry for entry in reversed(logged) if entry.id in keys}
    return [
        DoubtedRecord(id=one.id, kind=one.record.kind, index=one.index, in_doubt=told_doubts(keys[one.id]))
        for one in sorted(first.values(), key=lambda entry: entry.index)[:MOST_DOUBTED]
    ]


def _documents(shown: Sequence[Logged], opened: Opened, nodes: Sequence[Node]) -> list[CitedDocument]:
    wanted = {node.document for node in nodes} | {node.id for node in nodes if node.kind == "document"}
    return [cited_document(entry, opened) for entry in shown if entry.id in wanted]


def _related(
    claim_id: str, replaced_by: str | None, shown: Sequence[Logged], texts: dict[str, dict[str, str]]
) -> list[RelatedClaim]:
    related = []
    if replaced_by is not None:
        related.append(RelatedClaim(id=replaced_by, relation="replaced_by", text=texts.get(replaced_by, {})))
    for entry in shown:
        record = entry.record
        if isinstance(record, ClaimRelationRecord) and claim_id in (record.subject, record.object):
            other = record.object if record.subject == claim_id else record.subject
            turned = record.relation == "entails" and record.object == claim_id
            relation = "entailed_by" if turned else record.relation
            related.append(RelatedClaim(id=other, relation=relation, text=texts.get(other, {})))
    return related


# Records


def record(snapshot: Snapshot, name: str) -> RecordView:
    """One record as signed, opened, and whether it stands. WithheldError if it is not to be shown."""
    reading = Reading(snapshot)
    record_id = resolve(snapshot, name)
    refuse_withheld(reading, record_id)
    return _record_views(reading, [record_id])[record_id]


def _sharing(reading: Reading, entry: Logged) -> list[str]:
    """Other records that hold the very same sealed values."""
    sealed = sealed_in(entry.record)
    others = reading.at(reading.referring(sealed, (SEALED,))) if sealed else []
    return sorted({other.id for other in others} - {entry.id})


def in_force(snapshot: Snapshot, subjects: Sequence[str]) -> InForce:
    """The record in force for each subject, or None: what a next record of it has to name as `replaces`."""
    if len(subjects) > MAX_SUBJECTS:
        raise FormatError(f"{len(subjects)} subjects, at most {MAX_SUBJECTS} are answered at once")
    reading = Reading(snapshot)
    places = reading.of_subjects(subjects)
    entries = reading.at(index for indexes in places.values() for index in indexes)
    stands = standing(gather_about(reading, [entry.id for entry in entries], snapshot.checkpoint.size))
    winners = {subject: stands.chains[subject][0].id for subject in places if subject in stands.chains}
    views = _record_views(reading, winners.values())
    return InForce(
        records={subject: views.get(winners.get(subject, "")) for subject in subjects}, size=snapshot.checkpoint.size
    )


def _record_views(reading: Reading, ids: Iterable[str]) -> dict[str, RecordView]:
    wanted = sorted(set(ids))
    about = gather_about(reading, wanted, reading.snapshot.checkpoint.size)
    signers = Signers(about)
    first = {entry.id: entry for entry in reversed(about) if entry.id in set(wanted)}
    # The newest record of the same subject decides whether this one still stands.
    subjects = {one: subject_of(entry.record, signers.name(entry)) for one, entry in first.items()}
    rivals = reading.of_subjects(subject for subject in subjects.values() if subject is not None)
    more = [entry.id for entry in reading.at(index for indexes in rivals.values() for index in indexes)]
    logged = gather_about(reading, [*wanted, *more], reading.snapshot.checkpoint.size)
    taken_back, stands = corrected(logged), {entry.id for entry in force.in_force(logged)}
    doubts = force.doubts_among(logged)
    opened = open_values_of(reading, (entry.record for entry in first.values()))
    places = reading.places(wanted)
    stored = {entry.index: entry for entry in reading.stored(entry.index for entry in first.values())}
    views = {}
    for one, entry in first.items():
        named = (one, signers.name(entry) if entry.record.kind == "assessment" else None)
        names = [signers.name(Logged(entry.index, one, entry.record, (key,))) for key in entry.keys]
        views[one] = RecordView(
            id=one,
            index=entry.index,
            kind=entry.record.kind,
            signers=list(entry.keys),
            subjects=names,
            logged_at=time_of(stored[entry.index].logged_at),
            entries=places[one],
            state="corrected" if one in taken_back else "in_force" if one in stands else "replaced",
            corrected_by=taken_back.get(one),
            record=opened.json(entry.record),
            envelope=Envelope.model_validate_json(stored[entry.index].envelope),
            openings=opened.of(entry.record),
            shares_seals_with=_sharing(reading, entry),
            in_doubt=told_doubts(doubts.of(named)),
            endorsed_by=list(doubts.others.get(named, ())),
        )
    return views
