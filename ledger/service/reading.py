"""Records read from one snapshot, each once: what a lookup has asked for before is not asked for again."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import from_json

from ledger.core.evidence import Logged
from ledger.core.subjects import references_of
from ledger.errors import CorruptError
from ledger.store.protocol import Snapshot, StoredEntry
from schemas.records import RECORD, Record, SourceRecord, WithholdRecord

if TYPE_CHECKING:
    from ledger.service.ties import Ties

BACK = ("target", "replaced_by")
"""Members by which a record rates, takes back, withholds or replaces another one."""


Names = tuple[tuple[str, ...], tuple[str, ...]]
"""The ids and the slugs that a record names; a record of a source names itself."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A record, and what it names."""

    record: Record
    named: Names


@lru_cache(maxsize=20_000)
def opened(envelope: bytes) -> Opened:
    """What a stored envelope holds, which was checked when it was appended."""
    try:
        record = RECORD.validate_json(base64.b64decode(from_json(envelope)["payload"]))
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise CorruptError(f"a stored envelope holds no record: {type(error).__name__}") from None
    return Opened(record, _names_in(record))


def _names_in(record: Record) -> Names:
    targets = [target for _, target in references_of(record)]
    own = (record.id,) if isinstance(record, SourceRecord) else ()
    ids = tuple(target for target in targets if target.startswith("sha256:"))
    return ids, (*(target for target in targets if not target.startswith("sha256:")), *own)


def record_in(envelope: bytes) -> Record:
    return opened(envelope).record


def logged_of(entry: StoredEntry) -> Logged:
    return Logged(entry.index, entry.record_id, record_in(entry.envelope), entry.keys)


class Reading:
    """One snapshot and what was read of it. Every method asks the store at most twice, whatever the number of arguments.

    `ties` are what is kept between questions, for a snapshot of what is committed.
    """

    def __init__(self, snapshot: Snapshot, ties: Ties | None = None) -> None:
        self.snapshot = snapshot
        self.ties = ties
        self._entries: dict[int, StoredEntry] = {}
        self._logged: dict[int, Logged] = {}
        self._named: dict[int, Names] = {}
        self._places: dict[str, list[int]] = {}
        self._first: dict[str, int] = {}
        self._referring: dict[tuple[str, str], list[int]] = {}
        self._subjects: dict[str, list[int]] = {}

    def stored(self, indexes: Iterable[int]) -> list[StoredEntry]:
        """These entries, in index order."""
        wanted = sorted(set(indexes))
        if missing := [index for index in wanted if index not in self._entries]:
            self._entries |= {entry.index: entry for entry in self.snapshot.entries(missing)}
        return [self._entries[index] for index in wanted]

    def at(self, indexes: Iterable[int]) -> list[Logged]:
        wanted = sorted(set(indexes))
        if missing := [index for index in wanted if index not in self._logged]:
            for entry in self.stored(missing):
                found = opened(entry.envelope)
                self._logged[entry.index] = Logged(entry.index, entry.record_id, found.record, entry.keys)
                self._named[entry.index] = found.named
        return [self._logged[index] for index in wanted]

    def named(self, entry: Logged) -> Names:
        found = self._named.get(entry.index)
        if found is None:
            found = self._named[entry.index] = _names_in(entry.record)
        return found

    def places(self, ids: Iterable[str]) -> dict[str, list[int]]:
        """Indexes of all entries of those records that are on record."""
        wanted = sorted(set(ids))
        if missing := [one for one in wanted if one not in self._places]:
            found = self.snapshot.find(missing)
            self._places |= {one: sorted(found.get(one, ())) for one in missing}
        return {one: self._places[one] for one in wanted if self._places[one]}

    def records(self, ids: Iterable[str]) -> list[Logged]:
        """The first entry of each of these records that is on record."""
        return self.at(self.first(ids))

    def first(self, ids: Iterable[str]) -> list[int]:
        """The index of that entry, of each of these records that is on record."""
        wanted = set(ids)
        if missing := sorted(one for one in wanted if one not in self._first and one not in self._places):
            self._places |= {one: [] for one in missing}
            for entry in self.snapshot.entries_of(missing):
                self._entries[entry.index] = entry
                self._places[entry.record_id].append(entry.index)
        places = (self._places.get(one) for one in wanted if one not in self._first)
        return [*(self._first[one] for one in wanted if one in self._first), *(some[0] for some in places if some)]

    def hanging(self, targets: Iterable[str], roles: tuple[str, ...]) -> list[Logged]:
        """The records that name one of the targets in one of these members, read along with their names."""
        wanted = set(targets)
        if missing := sorted(one for one in wanted if any((one, role) not in self._referring for role in roles)):
            found: dict[tuple[str, str], list[int]] = {(one, role): [] for one in missing for role in roles}
            for target, role, entry in self.snapshot.entries_referring(missing, roles):
                found[target, role].append(entry.index)
                self._entries[entry.index] = entry
                self._first[entry.record_id] = entry.index
            self._referring |= found
        return self.at(self.referring(wanted, roles))

    def referring(self, targets: Iterable[str], roles: tuple[str, ...]) -> set[int]:
        """Indexes of the records that name one of the targets (ids or slugs) in one of these members."""
        wanted = sorted(set(targets))
        if missing := [one for one in wanted if any((one, role) not in self._referring for role in roles)]:
            found: dict[tuple[str, str], list[int]] = {(one, role): [] for one in missing for role in roles}
            for target, role, index in self.snapshot.referring(missing, roles):
                found[target, role].append(index)
            self._referring |= found
        return {index for one in wanted for role in roles for index in self._referring[one, role]}

    def of_subjects(self, subjects: Iterable[str]) -> dict[str, list[int]]:
        """Indexes of all records of each subject, oldest first."""
        wanted = sorted(set(subjects))
        if missing := [one for one in wanted if one not in self._subjects]:
            found = self.snapshot.of_subjects(missing)
            self._subjects |= {one: sorted(found.get(one, ())) for one in missing}
        return {one: self._subjects[one] for one in wanted if self._subjects[one]}

    def withheld(self, ids: Sequence[str]) -> dict[str, WithholdRecord]:
        """Which of these records are withheld by now, and by which record."""
        found = (entry.record for entry in self.at(self.referring(ids, BACK)))
        wanted = set(ids)
        return {one.target: one for one in found if isinstance(one, WithholdRecord) and one.target in wanted}
