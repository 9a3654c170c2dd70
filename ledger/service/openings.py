"""Openings of sealed values: which may be kept, which must go, and that searches find by what is kept and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ledger.core.records import sealed_in
from ledger.service.facts import Draft
from ledger.service.projecting import SEALED, projection_of, stored_values
from ledger.service.reading import Reading
from ledger.store.protocol import Snapshot, StoredOpening, Writer
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


def erase(writer: Writer, digests: Collection[str]) -> bool:
    """Gone, and nothing is found by them any more; whether one of them was there. The caller scrubs after the commit."""
    erased = writer.erase(sorted(digests)) if digests else []
    if erased:
        _project_again(writer, erased, erased=True)
    return bool(erased)


def project_again(writer: Writer, digests: Collection[str]) -> None:
    """Records that were there before the openings of these values came are found by them from now on."""
    if digests:
        _project_again(writer, digests, erased=False)


def _project_again(writer: Writer, digests: Iterable[str], *, erased: bool) -> None:
    reading = Reading(writer)
    sealing = reading.at(reading.referring(digests, (SEALED,)))
    values = stored_values(writer, sealing)
    # Of the name of who signed nothing depends that is found by words.
    words = [(entry.index, entry.record.kind, projection_of(entry, None, values, first=True)) for entry in sealing]
    writer.replace_words(words, erased=erased)


def as_stored(openings: Mapping[str, Opening]) -> list[StoredOpening]:
    return [StoredOpening(name, bytes.fromhex(opening.salt), opening.value) for name, opening in openings.items()]
