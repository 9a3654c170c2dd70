"""Keeping a store honest: what must hold before a server starts, the whole check, and rebuilding what is derived."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ledger.core.canonical import digest
from ledger.core.checkpoint import Checkpoint
from ledger.core.dsse import check_signatures, parse_envelope
from ledger.core.evidence import Logged
from ledger.core.known import Known
from ledger.core.merkle import grow, leaf_hash
from ledger.core.note import open_checkpoint
from ledger.core.records import parse_record
from ledger.core.rules import check_record
from ledger.errors import BusyError, CorruptError, OnRecordError
from ledger.keys import LedgerKeys
from ledger.service.openings import held_for_withheld
from ledger.service.projecting import projections
from ledger.service.tree import Edges
from ledger.store.protocol import Projection, Snapshot, Store, StoredCheckpoint, StoredEntry
from schemas.envelope import RECORD_TYPE
from schemas.lookups import Fault, FsckResult
from schemas.records import KINDS

_BATCH = 500
_ATTEMPTS = 5
_MAX_FAULTS = 1_000
_ASKED_TERMS = 3


# Starting


def check_start(snapshot: Snapshot, edges: Edges, keys: LedgerKeys | None) -> None:
    """The newest checkpoint is signed by these keys, and is the head of exactly the entries that are there."""
    checkpoint = snapshot.checkpoint
    edges.of(snapshot)
    last = snapshot.entries([checkpoint.size - 1, checkpoint.size] if checkpoint.size else [0])
    if [entry.index for entry in last] != ([checkpoint.size - 1] if checkpoint.size else []):
        raise CorruptError(f"the newest checkpoint is of size {checkpoint.size}, the entries are not")
    if keys is not None:
        _check_note(snapshot.identity.origin, checkpoint, keys)


def _check_note(origin: str, checkpoint: StoredCheckpoint, keys: LedgerKeys) -> None:
    if checkpoint.note is None:
        raise CorruptError(f"the checkpoint of size {checkpoint.size} has lost its signatures")
    try:
        opened = open_checkpoint(checkpoint.note, keys.vkeys(origin), origin=origin)
    except OnRecordError as error:
        raise CorruptError(
            f"the checkpoint of size {checkpoint.size} is not signed by these keys: {error.message}",
            hint="are these the keys of this ledger?",
        ) from None
    wanted = (Checkpoint(origin, checkpoint.size, checkpoint.root), checkpoint.time, 2)
    if (opened.checkpoint, opened.time, len(opened.log_keys)) != wanted:
        raise CorruptError(f"the signed checkpoint of size {checkpoint.size} says something else than the stored one")


# Rebuilding


def reindex(store: Store) -> None:
    """The derived tables hold what the entries say, and nothing else."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(BusyError):  # somebody appended meanwhile: their entries are to be in it too
            return _reindex(store)
    return _reindex(store)


def _reindex(store: Store) -> None:
    with store.reading() as snapshot:
        store.rebuild(projections(snapshot))


# The whole check


def fsck(snapshot: Snapshot, keys: LedgerKeys | None) -> FsckResult:
    """Everything that is stored, held against the entries.

    1. Each entry has its leaf hash, opens, is signed by keys that were allowed to, and follows the rules.
    2. Each checkpoint has the root of the entries below its size, and its note says so under the log's keys.
    3. The full tiles are those of the tree, no fewer and no others.
    4. What is derived can be found, and says what the entries say.
    """
    return _Check(snapshot, keys).run()


class _Check:
    def __init__(self, snapshot: Snapshot, keys: LedgerKeys | None) -> None:
        self.snapshot = snapshot
        self.keys = keys
        self.faults: list[Fault] = []
        self.entries = self.tiles = self.checkpoints = self.derived = 0

    def run(self) -> FsckResult:
        records = not self.snapshot.identity.test_log
        self._check_entries(records)  # 1
        tiles = self._check_checkpoints()  # 2
        self._check_tiles(tiles)  # 3
        if records:
            self._check_withheld()
        if records and not self.faults:  # what is derived from entries at fault would only repeat the fault
            self._check_derived()  # 4
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

    def _check_entries(self, records: bool) -> None:
        known = Known(self.snapshot.identity.origin, 0, 0)
        for wanted, entry in enumerate(self.snapshot.entry_range(0, self.snapshot.checkpoint.size)):
            self.entries += 1
            where = f"entry {entry.index}"
            if entry.index != wanted:
                self._fault(where, f"index {entry.index}", f"index {wanted}")
            if leaf_hash(entry.envelope) != entry.leaf_hash:
                self._fault(where, f"leaf hash {entry.leaf_hash.hex()}", leaf_hash(entry.envelope).hex())
            if records:
                self._check_record(where, entry, known)
            elif digest(entry.envelope) != entry.record_id:
                self._fault(where, entry.record_id, digest(entry.envelope))
        if self.entries != self.snapshot.checkpoint.size:
            self._fault("entries", f"{self.entries}", f"{self.snapshot.checkpoint.size}")

    def _check_record(self, where: str, entry: StoredEntry, known: Known) -> None:
        try:
            envelope = parse_envelope(entry.envelope, payload_type=RECORD_TYPE)
            logged = Logged(entry.index, digest(envelope.payload), parse_record(envelope.payload), envelope.keyids)
            check_signatures(envelope)
            # The log's time when the entry came in is that of the first checkpoint that covers it.
            known.time = entry.logged_at
            check_record(logged, known)
        except OnRecordError as error:
            self._fault(where, error.message, "a signed record that may be there")
            return
        known.add(logged)
        stored = (entry.record_id, entry.kind, entry.keys)
        if stored != (logged.id, logged.record.kind, logged.keys):
            self._fault(where, f"columns {stored}", f"{(logged.id, logged.record.kind, logged.keys)}")

    def _check_checkpoints(self) -> dict[tuple[int, int], bytes]:
        """The full tiles of the tree, grown from one checkpoint to the next."""
        size, last_time = 0, 0
        edge: tuple[bytes, ...] = ()
        tiles: dict[tuple[int, int], bytes] = {}
        for checkpoint in self.snapshot.checkpoints():
            self.checkpoints += 1
            where = f"checkpoint {checkpoint.seq} of size {checkpoint.size}"
            if checkpoint.size < size or checkpoint.time < last_time:
                self._fault(where, "a smaller size or an earlier time", "as large and as late as the one before")
                continue
            growth = grow(size, edge, self._leaf_hashes(size, checkpoint.size))
            tiles |= {(tile.level, tile.index): tile.hashes for tile in growth.full}
            size, edge, last_time = growth.size, growth.edge, checkpoint.time
            self._check_checkpoint(where, checkpoint, growth.root)
        if size != self.snapshot.checkpoint.size:
            self._fault("checkpoints", f"the largest is of size {size}", f"size {self.snapshot.checkpoint.size}")
        return tiles

    def _leaf_hashes(self, start: int, end: int) -> list[bytes]:
        return self.snapshot.leaf_hashes(start, end) if end > start else []

    def _check_checkpoint(self, where: str, checkpoint: StoredCheckpoint, root: bytes) -> None:
        if checkpoint.root != root:
            self._fault(where, f"root {checkpoint.root.hex()}", root.hex())
        if checkpoint.note is None or self.keys is None:
            return
        try:
            _check_note(self.snapshot.identity.origin, checkpoint, self.keys)
        except CorruptError as error:
            self._fault(where, error.message, "a note under the log's two keys that repeats it")

    def _check_tiles(self, wanted: dict[tuple[int, int], bytes]) -> None:
        missing = dict(wanted)
        for tile in self.snapshot.tile_range():
            self.tiles += 1
            hashes = missing.pop((tile.level, tile.index), None)
            if hashes != tile.hashes:
                found = "other hashes" if hashes else "a tile that the tree does not have"
                self._fault(f"tile {tile.level}/{tile.index}", found, "the tile of the tree")
        for level, index in missing:
            self._fault(f"tile {level}/{index}", "nothing", "a full tile")

    def _check_withheld(self) -> None:
        for name in held_for_withheld(self.snapshot):
            self._fault(f"opening {name}", "kept, though its record is withheld", "nothing: withhold the record again")

    def _check_derived(self) -> None:
        firsts: list[int] = []
        waiting: list[tuple[int, str, Projection]] = []
        for index, _, kind, projection in projections(self.snapshot):
            if projection.body is not None:
                firsts.append(index)
            waiting.append((index, kind, projection))
            if len(waiting) == _BATCH:
                self._check_rows(waiting)
                waiting = []
        self._check_rows(waiting)
        if self.snapshot.of_kinds(KINDS) != firsts:
            self._fault("derived records", "other records than the entries hold", "one for each first entry")

    def _check_rows(self, rows: Sequence[tuple[int, str, Projection]]) -> None:
        self.derived += len(rows)
        here = {index for index, _, _ in rows}
        bodies = self.snapshot.bodies(sorted(here))
        targets = sorted({target for _, _, one in rows for _, target in one.references})
        links = {(target, role, index) for target, role, index in self.snapshot.referring(targets) if index in here}
        subjects = self.snapshot.of_subjects(sorted({one.subject for _, _, one in rows if one.subject}))
        for index, kind, one in rows:
            if one.body is not None and bodies.get(index) != one.body:
                self._fault(f"derived record {index}", "another body, or none", "the record's canonical JSON")
            if not {(target, role, index) for role, target in one.references} <= links:
                self._fault(f"derived record {index}", "a reference is missing", "every reference of the record")
            if one.subject and index not in subjects.get(one.subject, ()):
                self._fault(f"derived record {index}", "not listed under its subject", one.subject)
            if one.terms and not self._is_found(index, kind, one.terms):
                self._fault(f"derived record {index}", "not found by its own words", "search finds it")
        wanted = {(target, role, index) for index, _, one in rows for role, target in one.references}
        for target, role, index in sorted(links - wanted):
            self._fault(f"derived record {index}", f"{role} {target}", "no such reference")

    def _is_found(self, index: int, kind: str, terms: Sequence[str]) -> bool:
        # The longest words tell texts apart best; asking for all of them would cost as much as all the rest.
        asked = sorted(terms, key=len)[-_ASKED_TERMS:]
        return self.snapshot.search(kind, asked, lang=None, before=index + 1, limit=1) == [index]
