"""Openings of sealed values: which may be kept, which must go, and that searches find by what is kept and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ledger.core.erasing import SignedErasure, check_erasure
from ledger.core.evidence import Logged
from ledger.core.records import sealed_in
from ledger.errors import NotFoundError
from ledger.service.facts import Draft, gather
from ledger.service.projecting import SEALED, projection_of, stored_values
from ledger.service.reading import Reading
from ledger.store.protocol import Snapshot, StoredErasure, StoredOpening, Writer
from schemas.erasure import Erased
from schemas.ids import Opening
from schemas.records import WithholdRecord


def withheld_by(snapshot: Snapshot, drafts: Collection[Draft]) -> set[str]:
    """The sealed values of records that are withheld by these drafts."""
    targets = {draft.record.target for draft in drafts if isinstance(draft.record, WithholdRecord)}
    if not targets:
        return set()
    coming = [draft.record for draft in drafts if draft.id in targets]
    there = [entry.record for entry in Reading(snapshot).records(targets)]
    return {name for record in [*coming, *there] for name in sealed_in(record)}


def never_kept(snapshot: Snapshot, digests: Collection[str]) -> set[str]:
    """Those whose openings are not kept, whoever brings them: erased by an order, or sealed in a withheld record."""
    if not digests:
        return set()
    return withheld_among(snapshot, digests) | snapshot.erasures(sorted(digests)).keys()


def withheld_among(snapshot: Snapshot, digests: Collection[str]) -> set[str]:
    """Those that are sealed in a record that is withheld by now: whoever brings them again does not bring them back."""
    if not digests:
        return set()
    reading = Reading(snapshot)
    sealing = reading.at(reading.referring(digests, (SEALED,)))
    withheld = reading.withheld([entry.id for entry in sealing])
    return {name for entry in sealing if entry.id in withheld for name in sealed_in(entry.record)} & set(digests)


def held_for_withheld(snapshot: Snapshot) -> list[str]:
    """The sealed values of withheld records whose openings are in the store all the same."""
    reading = Reading(snapshot)
    records = [entry.record for entry in reading.at(snapshot.of_kinds(["withhold"]))]
    targets = reading.records(record.target for record in records if isinstance(record, WithholdRecord))
    sealed = sorted({name for entry in targets for name in sealed_in(entry.record)})
    return sorted(snapshot.openings(sealed)) if sealed else []


def erase(writer: Writer, digests: Collection[str]) -> set[str]:
    """Gone, and nothing is found by them any more; those that were there. The caller scrubs after the commit."""
    erased = writer.erase(sorted(digests)) if digests else []
    if erased:
        _project_again(writer, erased, erased=True)
    return set(erased)


def erase_ordered(writer: Writer, order: SignedErasure, time: int) -> Erased:
    """The openings are gone, and none of them is kept again: this is remembered beside the log, with whose word it was."""
    erasure = order.erasure
    reading = Reading(writer)
    target = next(iter(reading.records([erasure.record])), None)
    if target is None:
        raise NotFoundError(f"{erasure.record} is not on record")
    sealing = {name: reading.at(reading.referring([name], (SEALED,))) for name in erasure.values}
    sealers = [entries[0] for entries in sealing.values() if entries]
    drafts = [Draft(entry.id, entry.record, order.keys) for entry in (target, *sealers)]
    check_erasure(order, target, sealers, gather(writer, drafts, time))
    words = [opening.value for opening in writer.openings(erasure.values).values()]
    writer.remember_erased([StoredErasure(name, time, order.keys[0]) for name in erasure.values])
    gone = writer.erase(erasure.values)
    if gone:
        _project_again(writer, gone, erased=True)
    others = {entry.id for entries in sealing.values() for entry in entries} - {target.id}
    alike = reading.at(reading.referring(writer.saying(words), (SEALED,))) if words else []
    return Erased(
        record=target.id,
        erased=gone,
        absent=sorted(set(erasure.values) - set(gone)),
        also_closed=sorted(others),
        still_open=_ids(alike),
    )


def _ids(entries: Iterable[Logged]) -> list[str]:
    return sorted({entry.id for entry in entries})


def kept_though_erased(snapshot: Snapshot) -> list[str]:
    """Erased by an order, and in the store all the same."""
    return sorted(snapshot.openings([one.digest for one in snapshot.all_erasures()]))


def project_again(writer: Writer, digests: Collection[str], below: int) -> None:
    """Records below this place, which were there before the openings of these values came, are found by them from now on."""
    if digests:
        _project_again(writer, digests, erased=False, below=below)


def _project_again(writer: Writer, digests: Iterable[str], *, erased: bool, below: int | None = None) -> None:
    reading = Reading(writer)
    places = reading.referring(digests, (SEALED,))
    sealing = reading.at(place for place in places if below is None or place < below)
    if not sealing and not erased:
        return
    values = stored_values(writer, sealing)
    # Of the name of who signed nothing depends that is found by words.
    words = [(entry.index, entry.record.kind, projection_of(entry, None, values, first=True)) for entry in sealing]
    writer.replace_words(words, erased=erased)


def as_stored(openings: Mapping[str, Opening]) -> list[StoredOpening]:
    return [StoredOpening(name, bytes.fromhex(opening.salt), opening.value) for name, opening in openings.items()]
