"""A claim's printable pack: the claim, what was said of it and where, the hops, the corrections, and who signed each."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.core.chain import names_in
from ledger.core.encoding import print_base64
from ledger.core.evidence import Logged
from ledger.core.force import Signers
from ledger.core.records import sealed_in
from ledger.core.views import brief_of
from ledger.operations import Question
from ledger.service.adding import checkpoint_view
from ledger.service.gathering import gather_all
from ledger.service.lookups import chain_heard, claim_in, heard, matter, opened_of
from ledger.service.reading import Reading
from ledger.service.views import open_values_of
from ledger.service.withholding import told_of
from ledger.store.protocol import Snapshot
from schemas.corroboration import ChainView
from schemas.dates import time_of
from schemas.lookups import ClaimView
from schemas.pack import Pack, PackRecord, Signature
from schemas.records import (
    AttributionRecord,
    ClaimTextRecord,
    CorrectionRecord,
    StatementRecord,
)


def pack(snapshot: Snapshot, name: str, question: Question) -> Pack:
    """Everything in it is of the state that the question names. A replaced claim's is that of the claim in its place."""
    reading = Reading(snapshot)
    found = matter(reading, name, question)
    _, state, logged = found
    known, opened = heard(snapshot, found, question), opened_of(reading, found)
    report, chain = known.report, chain_heard(found, known.hearing, question, opened.words)
    view = claim_in(found, known.hearing, chain.nodes, brief_of(report), opened)
    everything = gather_all(reading, [view.id], state.size)
    withheld = reading.withheld([entry.id for entry in everything])
    return Pack(
        claim=view,
        report=report,
        chain=chain,
        source_names=names_in(known.hearing, chain),
        records=_records(reading, _of_the_pack(view, chain, logged), logged),
        withheld=[told_of(reading, target) for target in sorted(withheld)],
        checkpoint=checkpoint_view(snapshot.identity.origin, snapshot.checkpoint),
    )


def _of_the_pack(view: ClaimView, chain: ChainView, logged: Sequence[Logged]) -> list[Logged]:
    """The first entry of each record that the pack tells of, in the order of the log."""
    said = {one.id for one in view.statements}
    wanted = {view.id, *said, *(node.id for node in chain.nodes), *(hop.record_id for hop in chain.hops)}
    for entry in logged:
        match entry.record:
            case StatementRecord() as one if entry.id in said:
                wanted |= {one.document, *(one.evidence or ())}
            case AttributionRecord() as one if one.from_ in said:
                wanted |= {entry.id, one.credited_in}
            case ClaimTextRecord() as one if one.claim == view.id:
                wanted.add(entry.id)
    # What takes one of these back, and what takes that back: also of records that are no longer shown for it.
    wanted |= {entry.id for entry in logged if isinstance(entry.record, CorrectionRecord)}
    first = {entry.id: entry for entry in reversed(logged) if entry.id in wanted}
    return sorted(first.values(), key=lambda entry: entry.index)


def _records(reading: Reading, wanted: Sequence[Logged], logged: Sequence[Logged]) -> list[PackRecord]:
    places = reading.places(entry.id for entry in wanted)
    stored = {one.index: one for one in reading.stored(index for indexes in places.values() for index in indexes)}
    # Who endorsed a record may have signed nothing else of this claim.
    endorsers = {f"key:{key}" for one in stored.values() for key in one.keys}
    keys = reading.at(index for indexes in reading.of_subjects(endorsers).values() for index in indexes)
    signers = Signers(sorted({entry.index: entry for entry in [*logged, *keys]}.values(), key=lambda entry: entry.index))
    opened = open_values_of(reading, (entry.record for entry in wanted))

    def signatures(entry: Logged) -> list[Signature]:
        return [
            Signature(
                name=signers.name(Logged(index, entry.id, entry.record, (key,))),
                key=key,
                index=index,
                logged_at=time_of(stored[index].logged_at),
            )
            for index in places[entry.id]
            for key in stored[index].keys
        ]

    sealed = {entry.id: set(sealed_in(entry.record)) for entry in wanted}
    return [
        PackRecord(
            id=entry.id,
            index=entry.index,
            kind=entry.record.kind,
            record=opened.json(entry.record),
            leaf_hash=print_base64(stored[entry.index].leaf_hash),
            signatures=signatures(entry),
            sealed=len(sealed[entry.id]),
            closed=len(sealed[entry.id] - opened.words.keys()) if sealed[entry.id] else 0,
        )
        for entry in wanted
    ]
