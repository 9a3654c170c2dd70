"""Which claims an entry can reach: those whose score rests on it, or would from now on. `gather`, walked backwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from ledger.core.doubt import compromised
from ledger.core.evidence import Logged
from ledger.core.subjects import references_of
from ledger.service.gathering import FOLLOWED, TIES
from ledger.service.reading import BACK, Reading
from ledger.store.protocol import Snapshot
from schemas.records import AssessmentRecord, ClaimRecord, KeyRecord, SourceRecord

Item = TypeVar("Item", str, int)

_LEADING = ("from", "object", "replaced_by", "reported_by", "subject", "target", "to", "withdraws")
"""Members by which a record leads to another that belongs to the claim's matter as much as it does itself."""
_AT_ONCE = 1_000
"""Records that are in memory at once: a rating may reach a hundred thousand statements."""


def claims_reached(snapshot: Snapshot, entries: Sequence[Logged], go_on: Callable[[], None]) -> set[int]:
    """Indexes of all claims in whose `gather` one of these entries is. Some more may be among them, none is missing.

    What is gathered for a claim was followed from it, or kept beside what was followed, or brought along by a source. So the
    way back has three kinds of places: records as followed, records as kept, and slugs. `go_on` is called now and then, and
    raises where the work is to stop.
    """
    walk = _Walk(snapshot, go_on)
    walk.begin(entries)
    walk.go()
    return walk.claims


class _Walk:
    def __init__(self, snapshot: Snapshot, go_on: Callable[[], None]) -> None:
        self.snapshot = snapshot
        self.go_on = go_on
        self.claims: set[int] = set()
        self.followed: set[str] = set()
        self.kept: set[str] = set()
        self.slugs: set[str] = set()
        self._followed: set[str] = set()
        self._kept: set[str] = set()
        self._slugs: set[str] = set()

    def begin(self, entries: Sequence[Logged]) -> None:
        places = Reading(self.snapshot).places(entry.id for entry in entries)
        self._kept = {entry.id for entry in entries if _matters(entry, places.get(entry.id, ()))}
        anew = [entry for entry in entries if places.get(entry.id, (entry.index,))[0] != entry.index]
        self._kept |= _vouched_for(Reading(self.snapshot), anew)
        for did, start in doubted_from(Reading(self.snapshot), entries).items():
            self._keep_signed(did, start)

    def _keep_signed(self, did: str, start: int) -> None:
        """All that the key signed from there on: maybe years of work, of which no more than the names are needed here."""
        while some := self.snapshot.signed_by(did, start, limit=_AT_ONCE):
            self.go_on()
            self._kept |= {entry.record_id for entry in self.snapshot.entries(some)}
            start = some[-1] + 1

    def go(self) -> None:
        while self._kept or self._followed or self._slugs:
            kept, followed, slugs = self._kept - self.kept, self._followed - self.followed, self._slugs - self.slugs
            followed |= kept - self.followed  # whatever is followed is kept
            self.kept |= kept
            self.followed |= followed
            self.slugs |= slugs
            self._kept, self._followed, self._slugs = set(), set(), set()
            for some in _portions(slugs):
                self._before_slugs(some)
            for some in _portions(kept | followed):
                self._before(some, kept, followed)

    def _before_slugs(self, slugs: list[str]) -> None:
        """A source is there because a record names it, or is its own."""
        self.go_on()
        reading = Reading(self.snapshot)
        own = {index for indexes in reading.of_subjects(f"source:{slug}" for slug in slugs).values() for index in indexes}
        naming = {index for _, _, index in self.snapshot.referring(slugs)}
        for some in _portions(own | naming):
            self.go_on()
            self._kept |= {entry.record_id for entry in self.snapshot.entries(some)}

    def _before(self, ids: list[str], kept: set[str], followed: set[str]) -> None:
        self.go_on()
        reading = Reading(self.snapshot)
        naming = self.snapshot.referring(ids)
        names = {entry.index: entry.record_id for entry in self.snapshot.entries(sorted({index for *_, index in naming}))}
        for target, role, index in naming:
            if target in kept:
                self._kept.add(names[index])
            if target in followed and role in _LEADING:
                self._followed.add(names[index])
        for entry in reading.records(ids):
            self._before_one(entry, entry.id in kept, entry.id in followed)

    def _before_one(self, entry: Logged, kept: bool, followed: bool) -> None:
        if isinstance(entry.record, ClaimRecord):
            self.claims.add(entry.index)
        for role, target in references_of(entry.record):
            if not target.startswith("sha256:"):
                if kept and role in (*TIES, *BACK):
                    self._slugs.add(target)
                continue
            if kept and role in BACK:
                self._kept.add(target)
            if followed and role in FOLLOWED:
                self._followed.add(target)
        if kept and isinstance(entry.record, SourceRecord):
            self._slugs.add(entry.record.id)


def _matters(entry: Logged, places: Sequence[int]) -> bool:
    """Keys change no score by themselves: who signed is who was enrolled by then. Nor does it matter who else signs what is on
    record, but for a rating, which is then theirs too, and for what is in doubt."""
    if isinstance(entry.record, KeyRecord):
        return False
    return isinstance(entry.record, AssessmentRecord) or not places or entry.index == places[0]


def doubted_from(reading: Reading, entries: Iterable[Logged]) -> dict[str, int]:
    """The keys of which one of these entries says that they are compromised, or that they are not, with the first entry from
    which on what they signed may be in doubt, or be in doubt no longer."""
    words = [entry.record for entry in entries if isinstance(entry.record, KeyRecord) and entry.record.action == "revoke"]
    found: dict[str, int] = {}
    for indexes in reading.of_subjects(f"key:{word.public_key}" for word in words).values():
        for entry in reading.at(indexes):
            if isinstance(entry.record, KeyRecord) and entry.record.compromise:
                start = entry.record.compromise.size
                found[entry.record.public_key] = min(start, found.get(entry.record.public_key, start))
    return found


def _vouched_for(reading: Reading, endorsements: Sequence[Logged]) -> set[str]:
    """Of records that were signed anew those that a compromised key has signed before: they may be in doubt no longer."""
    if not endorsements:
        return set()
    places = reading.places(entry.id for entry in endorsements)
    entries = reading.at(index for indexes in places.values() for index in indexes)
    words = reading.of_subjects({f"key:{key}" for entry in entries for key in entry.keys})
    stolen = compromised(reading.at(index for indexes in words.values() for index in indexes))
    return {entry.id for entry in entries if not stolen.keys().isdisjoint(entry.keys)}


def _portions(items: Iterable[Item]) -> Iterable[list[Item]]:
    ordered = sorted(items)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))
