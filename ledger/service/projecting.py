"""What is derived from an entry for the store, the same whether the log grows, is rebuilt or is checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from ledger.core.evidence import Logged
from ledger.core.force import Signers
from ledger.core.project import Findable, Openings, project
from ledger.core.records import sealed_in
from ledger.service.reading import Reading, logged_of
from ledger.store.protocol import Projection, Snapshot, StoredEntry

SEALED = "sealed"
"""The role under which a record is found by a digest that it seals."""
_BATCH = 500


def projection_of(
    entry: Logged,
    assessor: str | None,
    openings: Openings,
    *,
    first: bool,
    seals: bool = True,
    found: Findable | None = None,
) -> Projection:
    """See `core.project.project`. Of a record that seals values it is noted which, so that an opening leads to it.

    `seals` is false where it is known that the record seals none.
    """
    one = project(entry, assessor, openings, first=first, found=found)
    references = list(one.references)
    if first and seals:
        references += [(SEALED, name) for name in sealed_in(entry.record)]
    return Projection(first, one.subject, references, one.terms, one.languages)


def projections(snapshot: Snapshot) -> Iterator[tuple[int, str, str, Projection]]:
    """What is derived from each entry, in order."""
    reading = Reading(snapshot)
    signers = Signers(reading.at(snapshot.of_kinds(["key"])) or _keys_among(snapshot))
    seen: set[str] = set()
    for batch in _batches(snapshot.entry_range(0, snapshot.checkpoint.size)):
        logged = [logged_of(entry) for entry in batch]
        openings = stored_values(snapshot, logged)
        for entry in logged:
            projection = projection_of(entry, signers.name(entry), openings, first=entry.id not in seen)
            seen.add(entry.id)
            yield entry.index, entry.id, entry.record.kind, projection


def stored_values(snapshot: Snapshot, logged: Iterable[Logged]) -> dict[str, str]:
    """What the sealed values of these records say, as far as it is kept."""
    sealed = list(dict.fromkeys(name for entry in logged for name in sealed_in(entry.record)))
    return {name: opening.value for name, opening in snapshot.openings(sealed).items()} if sealed else {}


def _keys_among(snapshot: Snapshot) -> list[Logged]:
    entries = snapshot.entry_range(0, snapshot.checkpoint.size)
    return [logged_of(entry) for entry in entries if entry.kind == "key"]


def _batches(entries: Iterable[StoredEntry]) -> Iterator[list[StoredEntry]]:
    source = iter(entries)
    while batch := list(islice(source, _BATCH)):
        yield batch
