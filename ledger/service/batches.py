"""Many signed records at once: batch by batch into the log, each whole or not at all, opened on all processors meanwhile.

Whoever runs it again after it was cut short passes over what is on record: the same bytes were checked when they went in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass

from ledger.errors import OnRecordError, StoreError
from ledger.points import reached
from ledger.service.adding import Stored
from ledger.service.lines import Batch, at_line, batches, envelopes_of, name_line, open_line
from ledger.service.openers import Openers
from ledger.service.submitted import Opened, named_in
from ledger.store.protocol import Snapshot


@dataclass
class Imported:
    """So far: how many records of the lines that were read, how many of them are new, how many bytes of the file that was."""

    records: int = 0
    new: int = 0
    read: int = 0


@dataclass(frozen=True)
class Place:
    """Where batches go. `known_among` gives the lines of a batch, by their places, whose very entries are on record."""

    known_among: Callable[[Batch], set[int]]
    store: Callable[[list[Opened]], Stored]


@dataclass
class _Coming:
    """A batch that is being opened: `places` are those of its lines that are to be added."""

    batch: Batch
    places: list[int]
    opened: Future[list[Opened]] | None

    @property
    def is_ready(self) -> bool:
        return self.opened is None or self.opened.done()


def import_lines(place: Place, lines: Iterable[bytes], tell: Callable[[Imported], None], openers: Openers) -> Imported:
    """What has become of the lines. `tell` hears of it after each batch. An error names its line; batches before it stay."""
    done, coming, stored = Imported(), deque[_Coming](), 0

    def finish(one: _Coming) -> int:
        if one.opened is not None:
            opened = _opened(one, one.opened.result(), stored)
            done.new += _store(place, one, opened, stored).new
            reached("batch stored")
        done.records += len(one.batch.lines)
        done.read = one.batch.read
        tell(done)
        return one.batch.numbers[-1]

    try:
        for batch in batches(lines):
            coming.append(_sent(place, batch, openers))
            # One that is ready goes in at once: more of the file may be long in coming.
            if len(coming) > openers.ahead or coming[0].is_ready:
                stored = finish(coming.popleft())
    except OnRecordError:
        # What was read before the file could be read no further is added all the same.
        while coming:
            stored = finish(coming.popleft())
        raise
    while coming:
        stored = finish(coming.popleft())
    return done


def _sent(place: Place, batch: Batch, openers: Openers) -> _Coming:
    known = place.known_among(batch)
    places = [number for number in range(len(batch.lines)) if number not in known]
    return _Coming(batch, places, openers.open([batch.lines[one] for one in places]) if places else None)


def _opened(one: _Coming, opened: list[Opened], stored: int) -> list[Opened]:
    """The records of all lines; of the first that has none, what is wrong with it."""
    if len(opened) < len(one.places):
        place = one.places[len(opened)]
        with at_line(one.batch.numbers[place], stored):
            open_line(one.batch.lines[place])
        raise StoreError(f"line {one.batch.numbers[place]} was refused once and taken once", hint="run it again")
    return opened


def _store(place: Place, one: _Coming, opened: list[Opened], stored: int) -> Stored:
    try:
        return place.store(opened)
    except OnRecordError as error:
        named = named_in(error.message) or ((0, error.message) if len(opened) == 1 else None)
        if named is not None:
            number, error.message = named
            name_line(error, one.batch.numbers[one.places[number]], stored)
        raise


def known_among(snapshot: Snapshot, batch: Batch) -> set[int]:
    """The places of lines whose entry is in the log, byte for byte. If neither the first nor the last is, the others are not
    looked for: they are found when they are added."""
    ends = envelopes_of([batch.lines[0], batch.lines[-1]])
    if not ends or not snapshot.find(sorted(ends)):
        return set()
    held = envelopes_of(batch.lines)
    indexes = [index for found in snapshot.find(sorted(held)).values() for index in found]
    stored = {entry.envelope for entry in snapshot.entries(indexes)}
    return {place for place, envelope in held.values() if envelope in stored}
