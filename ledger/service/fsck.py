"""The whole check: everything that is stored, held against the entries, and everything listed that is not as it should be."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

from ledger.core.evidence import Logged
from ledger.core.known import Known
from ledger.core.merkle import grow
from ledger.core.rules import check_record
from ledger.core.sealing import check_opening
from ledger.errors import CorruptError, OnRecordError
from ledger.keys import KnownKeys
from ledger.service.fsck_derived import DerivedTables
from ledger.service.fsck_portion import Checked, Notes, Portion, check_notes, check_portion, check_raw
from ledger.service.fsck_standing import check_standing
from ledger.service.helpers import Helpers
from ledger.service.logkeys import known_vkeys, terms_in
from ledger.service.openings import held_for_withheld, kept_though_erased
from ledger.store.protocol import Snapshot, StoredCheckpoint, StoredEntry
from schemas.health import Fault, FsckResult

_MAX_FAULTS = 1_000
_PORTION = 500
"""Entries that are looked at together."""

Row = TypeVar("Row")
Tell = Callable[[int, int], None]
Tiles = dict[tuple[int, int], bytes]


def tell_nobody(looked_at: int, size: int) -> None:
    """Nobody watches."""


def fsck(
    snapshot: Snapshot,
    keys: KnownKeys | None,
    contradiction: str | None = None,
    *,
    target: str,
    helpers: Helpers,
    tell: Tell = tell_nobody,
) -> FsckResult:
    """Everything that is stored, held against the entries. `contradiction` is what the keys' own memory has against it.

    `target` is where `helpers` find the store. `tell` hears how many entries were looked at.

    1. The head says what the newest checkpoint says, and nothing lies beyond it.
    2. Each entry has its leaf hash, opens, is signed by keys that were allowed to, and follows the rules.
    3. Each checkpoint follows the one before, has the root of the entries below its size and the time that its entries were
       logged at, and its note says so under the log's keys; the newest has a note.
    4. The full tiles are those of the tree, no fewer and no others.
    5. Each opening opens what a record seals, and none is kept that was erased, or for a record that is withheld.
    6. What is derived is what the entries imply, no less and no more, and can be found.
    7. Where claims stand is what their scores say, as far as it claims to be complete.
    """
    return _Check(snapshot, keys, target, helpers, tell).run(contradiction)


class _Check:
    def __init__(self, snapshot: Snapshot, keys: KnownKeys | None, target: str, helpers: Helpers, tell: Tell) -> None:
        self.snapshot = snapshot
        self.keys = keys
        self.target = target
        self.helpers = helpers
        self.tell = tell
        self.faults: list[Fault] = []
        self.derived_faults: list[Fault] = []
        self.noted: list[tuple[str, StoredCheckpoint]] = []
        self.sealed: set[str] = set()
        self.known = Known(snapshot.identity.origin, 0, 0)
        self.tables: DerivedTables | None = None
        self.times: list[int | None] = []
        self.entries = self.tiles = self.checkpoints = self.derived = 0

    def run(self, contradiction: str | None) -> FsckResult:
        records = not self.snapshot.identity.test_log
        if contradiction is not None:
            self._fault("head", contradiction, "the log that the keys have signed")
        self._check_extent()  # 1
        self._check_entries(records)  # 2, and 6 along with it
        tiles: Tiles = {}
        with self._listing("checkpoints"):
            tiles = self._check_checkpoints()  # 3
        self._check_tiles(tiles)  # 4
        if records and not self.faults:  # what comes from entries at fault would only repeat the fault
            self._check_openings()  # 5
        if records and not self.faults:
            self.faults += self.derived_faults  # 6
            self.derived = self.entries
        if records and not self.faults:
            with self._listing("standing"):
                check_standing(self.snapshot, self.target, self.helpers, self._fault)  # 7
        return FsckResult(
            size=self.snapshot.checkpoint.size,
            entries=self.entries,
            tiles=self.tiles,
            checkpoints=self.checkpoints,
            derived=self.derived,
            faults=self.faults[:_MAX_FAULTS],
        )

    def _fault(self, where: str, found: str, wanted: str) -> None:
        self.faults.append(Fault(where=where, found=found, wanted=wanted))

    @contextmanager
    def _listing(self, where: str) -> Iterator[None]:
        """A row that cannot be read is a fault like others; what comes after it in here is not looked at."""
        try:
            yield
        except CorruptError as error:
            self._fault(where, error.message, "rows of the log's own types")

    def _each(self, rows: Iterable[Row], what: str) -> Iterator[tuple[int, Row]]:
        """The rows that can be read, counted; of each of the others there is a fault."""
        source, number = iter(rows), 0
        while True:
            try:
                yield number, next(source)
            except StopIteration:
                return
            except CorruptError as error:
                self._fault(f"{what} {number}", error.message, "a row of the log's own types")
            number += 1

    # 1

    def _check_extent(self) -> None:
        extent, size = self.snapshot.extent(), self.snapshot.checkpoint.size
        # Either of them may be a number that no list is as long as.
        self.times = [None] * min(extent.size, size)
        if extent.size != size:
            self._fault("head", f"size {extent.size}", f"size {size} of its checkpoint")
        for table, count in extent.past.items():
            self._fault(table, f"{count} beyond the newest checkpoint", "none")

    # 2, 6

    def _check_entries(self, records: bool) -> None:
        if records:
            with self._listing_derived():
                self.tables = DerivedTables(self.snapshot, self._derived_fault)
        coming: deque[tuple[int, Future[Checked]]] = deque()
        for entries in self._portions():
            asked = (check_portion, self._beside(entries)) if records else (check_raw, Portion(entries))
            coming.append((entries[-1].index, self.helpers.ask(*asked)))
            # One that is ready is put to the others at once, and no more than a few wait.
            while coming and (len(coming) > self.helpers.ahead or coming[0][1].done()):
                self._join(*coming.popleft())
        while coming:
            self._join(*coming.popleft())
        if self.entries != self.snapshot.checkpoint.size:
            self._fault("entries", f"{self.entries}", f"{self.snapshot.checkpoint.size}")
        if self.tables is not None:
            with self._listing_derived():
                self.tables.finish()

    def _portions(self) -> Iterator[list[StoredEntry]]:
        size = self.snapshot.checkpoint.size
        entries: list[StoredEntry] = []
        for wanted, entry in self._each(self.snapshot.entry_range(0, size), "entry"):
            self.entries += 1
            if entry.index < len(self.times):
                self.times[entry.index] = entry.logged_at
            if entry.index != wanted:
                self._fault(f"entry {entry.index}", f"index {entry.index}", f"index {wanted}")
            entries.append(entry)
            if len(entries) == _PORTION:
                yield entries
                entries = []
        if entries:
            yield entries

    def _beside(self, entries: list[StoredEntry]) -> Portion:
        if self.tables is not None:
            with self._listing_derived():
                return self.tables.beside(entries)
        return Portion(entries)

    def _join(self, last: int, coming: Future[Checked]) -> None:
        """What came of a portion, which goes up to the entry `last`, is held against the portions before it."""
        checked = coming.result()
        self.faults += checked.faults
        self.sealed |= checked.sealed
        for entry in checked.logged:
            self._check_rules(entry)
        if self.tables is not None:
            self.derived_faults += checked.derived
            with self._listing_derived():
                self.tables.add(last, checked)
        self.tell(last + 1, self.snapshot.checkpoint.size)

    def _check_rules(self, entry: Logged) -> None:
        # The log's time when the entry came in is that of the first checkpoint that covers it (3).
        self.known.time = (self.times[entry.index] if entry.index < len(self.times) else None) or 0
        try:
            check_record(entry, self.known)
        except OnRecordError as error:
            self._fault(f"entry {entry.index}", error.message, "a signed record that may be there")
            return
        self.known.add(entry)

    @contextmanager
    def _listing_derived(self) -> Iterator[None]:
        """A derived row that cannot be read is a fault; no more of these tables is looked at then."""
        try:
            yield
        except CorruptError as error:
            self._derived_fault("derived", error.message, "rows of the log's own types")
            self.tables = None

    def _derived_fault(self, where: str, found: str, wanted: str) -> None:
        if len(self.derived_faults) < _MAX_FAULTS:
            self.derived_faults.append(Fault(where=where, found=found, wanted=wanted))

    # 3

    def _check_checkpoints(self) -> Tiles:
        """The full tiles of the tree, grown from one checkpoint to the next."""
        size, last_time = 0, 0
        edge: tuple[bytes, ...] = ()
        tiles: Tiles = {}
        for seq, checkpoint in self._each(self.snapshot.checkpoints(), "checkpoint"):
            self.checkpoints += 1
            where = f"checkpoint {checkpoint.seq} of size {checkpoint.size}"
            if checkpoint.seq != seq:
                self._fault(where, f"checkpoint {checkpoint.seq}", f"checkpoint {seq}, for there is one after another")
            if checkpoint.size < size or checkpoint.time < last_time:
                self._fault(where, "a smaller size or an earlier time", "as large and as late as the one before")
                continue
            growth = grow(size, edge, self._leaf_hashes(size, checkpoint.size))
            tiles |= {(tile.level, tile.index): tile.hashes for tile in growth.full}
            self._check_times(size, checkpoint)
            size, edge, last_time = growth.size, growth.edge, checkpoint.time
            self._check_checkpoint(where, checkpoint, growth.root)
        if self.keys is not None:
            self._check_notes(self.keys)
        if size != self.snapshot.checkpoint.size:
            self._fault("checkpoints", f"the largest is of size {size}", f"size {self.snapshot.checkpoint.size}")
        return tiles

    def _leaf_hashes(self, start: int, end: int) -> list[bytes]:
        return self.snapshot.leaf_hashes(start, end) if end > start else []

    def _check_times(self, start: int, checkpoint: StoredCheckpoint) -> None:
        for index, time in enumerate(self.times[start : checkpoint.size], start):
            if time is not None and time != checkpoint.time:
                self._fault(
                    f"entry {index}", f"logged at {time}", f"{checkpoint.time}, when checkpoint {checkpoint.seq} took it"
                )

    def _check_checkpoint(self, where: str, checkpoint: StoredCheckpoint, root: bytes) -> None:
        if checkpoint.root != root:
            self._fault(where, f"root {checkpoint.root.hex()}", root.hex())
        if checkpoint.note is None and checkpoint.seq == self.snapshot.checkpoint.seq:
            self._fault(where, "no note", "the newest checkpoint's signatures")
        if checkpoint.note is not None and self.keys is not None:
            self.noted.append((where, checkpoint))
            if len(self.noted) == _PORTION:
                self._check_notes(self.keys)

    def _check_notes(self, keys: KnownKeys) -> None:
        origin = self.snapshot.identity.origin
        share = -(-len(self.noted) // (self.helpers.helpers or 1))
        shares = [self.noted[start : start + share] for start in range(0, len(self.noted), share or 1)]
        vkeys, terms = known_vkeys(self.snapshot, keys), terms_in(self.snapshot, keys)
        asked = [self.helpers.ask(check_notes, Notes(origin, vkeys, one, terms)) for one in shares]
        for found in asked:
            self.faults += found.result()
        self.noted = []

    # 4

    def _check_tiles(self, wanted: Tiles) -> None:
        missing = dict(wanted)
        for _, tile in self._each(self.snapshot.tile_range(), "tile row"):
            self.tiles += 1
            hashes = missing.pop((tile.level, tile.index), None)
            if hashes != tile.hashes:
                found = "other hashes" if hashes else "a tile that the tree does not have"
                self._fault(f"tile {tile.level}/{tile.index}", found, "the tile of the tree")
        for level, index in missing:
            self._fault(f"tile {level}/{index}", "nothing", "a full tile")

    # 5

    def _check_openings(self) -> None:
        for _, one in self._each(self.snapshot.all_openings(), "opening row"):
            where = f"opening {one.digest}"
            try:
                check_opening(one.digest, one.salt, one.value)
            except OnRecordError as error:
                self._fault(where, error.message, "the salt and value that were sealed")
            if one.digest not in self.sealed:
                self._fault(where, "kept, though no record seals it", "a record that does")
        for _, gone in self._each(self.snapshot.all_erasures(), "erased row"):
            if gone.digest not in self.sealed:
                self._fault(f"erased {gone.digest}", "remembered, though no record seals it", "a record that does")
            if not self.known.enrolments(gone.key):
                self._fault(f"erased {gone.digest}", "ordered with a key that nobody enrolled", "a key of somebody here")
        if not self.faults:
            for name in kept_though_erased(self.snapshot):
                self._fault(f"opening {name}", "kept, though it was erased", "nothing: erase it again")
            for name in held_for_withheld(self.snapshot):
                self._fault(f"opening {name}", "kept, though its record is withheld", "nothing: withhold the record again")
