"""The whole check: everything that is stored, held against the entries, and everything listed that is not as it should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ledger.core.canonical import digest
from ledger.core.dsse import check_signatures, parse_envelope
from ledger.core.evidence import Logged
from ledger.core.known import Known
from ledger.core.merkle import grow, leaf_hash
from ledger.core.records import parse_record, sealed_in
from ledger.core.rules import check_record
from ledger.core.sealing import check_opening
from ledger.errors import CorruptError, OnRecordError
from ledger.keys import KnownKeys
from ledger.service.fsck_derived import check_derived
from ledger.service.fsck_standing import check_standing
from ledger.service.keeping import check_note
from ledger.service.openings import held_for_withheld, kept_though_erased
from ledger.store.protocol import Snapshot, StoredCheckpoint, StoredEntry
from schemas.envelope import RECORD_TYPE
from schemas.lookups import Fault, FsckResult

_MAX_FAULTS = 1_000

Row = TypeVar("Row")
Tiles = dict[tuple[int, int], bytes]


def fsck(snapshot: Snapshot, keys: KnownKeys | None, contradiction: str | None = None) -> FsckResult:
    """Everything that is stored, held against the entries. `contradiction` is what the keys' own memory has against it.

    1. The head says what the newest checkpoint says, and nothing lies beyond it.
    2. Each entry has its leaf hash, opens, is signed by keys that were allowed to, and follows the rules.
    3. Each checkpoint follows the one before, has the root of the entries below its size and the time that its entries were
       logged at, and its note says so under the log's keys; the newest has a note.
    4. The full tiles are those of the tree, no fewer and no others.
    5. Each opening opens what a record seals, and none is kept that was erased, or for a record that is withheld.
    6. What is derived is what the entries imply, no less and no more, and can be found.
    7. Where claims stand is what their scores say, as far as it claims to be complete.
    """
    return _Check(snapshot, keys).run(contradiction)


class _Check:
    def __init__(self, snapshot: Snapshot, keys: KnownKeys | None) -> None:
        self.snapshot = snapshot
        self.keys = keys
        self.faults: list[Fault] = []
        self.sealed: set[str] = set()
        self.times: list[int | None] = []
        self.entries = self.tiles = self.checkpoints = self.derived = 0

    def run(self, contradiction: str | None) -> FsckResult:
        records = not self.snapshot.identity.test_log
        if contradiction is not None:
            self._fault("head", contradiction, "the log that the keys have signed")
        self._check_extent()  # 1
        self._check_entries(records)  # 2
        tiles: Tiles = {}
        with self._listing("checkpoints"):
            tiles = self._check_checkpoints()  # 3
        self._check_tiles(tiles)  # 4
        if records and not self.faults:  # what comes from entries at fault would only repeat the fault
            self._check_openings()  # 5
        if records and not self.faults:
            with self._listing("derived"):
                self.derived = check_derived(self.snapshot, self._fault)  # 6
        if records and not self.faults:
            with self._listing("standing"):
                check_standing(self.snapshot, self._fault)  # 7
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
        if extent.size != size:
            self._fault("head", f"size {extent.size}", f"size {size} of its checkpoint")
        for table, count in extent.past.items():
            self._fault(table, f"{count} beyond the newest checkpoint", "none")

    # 2

    def _check_entries(self, records: bool) -> None:
        known = Known(self.snapshot.identity.origin, 0, 0)
        size = self.snapshot.checkpoint.size
        self.times = [None] * size
        for wanted, entry in self._each(self.snapshot.entry_range(0, size), "entry"):
            self.entries += 1
            where = f"entry {entry.index}"
            self.times[entry.index] = entry.logged_at
            if entry.index != wanted:
                self._fault(where, f"index {entry.index}", f"index {wanted}")
            if leaf_hash(entry.envelope) != entry.leaf_hash:
                self._fault(where, f"leaf hash {entry.leaf_hash.hex()}", leaf_hash(entry.envelope).hex())
            if records:
                self._check_record(where, entry, known)
            elif digest(entry.envelope) != entry.record_id:
                self._fault(where, entry.record_id, digest(entry.envelope))
        if self.entries != size:
            self._fault("entries", f"{self.entries}", f"{size}")

    def _check_record(self, where: str, entry: StoredEntry, known: Known) -> None:
        try:
            envelope = parse_envelope(entry.envelope, payload_type=RECORD_TYPE)
            logged = Logged(entry.index, digest(envelope.payload), parse_record(envelope.payload), envelope.keyids)
            check_signatures(envelope)
            # The log's time when the entry came in is that of the first checkpoint that covers it (3).
            known.time = entry.logged_at
            check_record(logged, known)
        except OnRecordError as error:
            self._fault(where, error.message, "a signed record that may be there")
            return
        known.add(logged)
        if b'"sealed"' in envelope.payload:
            self.sealed.update(sealed_in(logged.record))
        stored = (entry.record_id, entry.kind, entry.keys)
        if stored != (logged.id, logged.record.kind, logged.keys):
            self._fault(where, f"columns {stored}", f"{(logged.id, logged.record.kind, logged.keys)}")

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
        if checkpoint.note is None or self.keys is None:
            return
        try:
            check_note(self.snapshot.identity.origin, checkpoint, self.keys)
        except CorruptError as error:
            self._fault(where, error.message, "a note under the log's two keys that repeats it")

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
        if not self.faults:
            for name in kept_though_erased(self.snapshot):
                self._fault(f"opening {name}", "kept, though it was erased", "nothing: erase it again")
            for name in held_for_withheld(self.snapshot):
                self._fault(f"opening {name}", "kept, though its record is withheld", "nothing: withhold the record again")
