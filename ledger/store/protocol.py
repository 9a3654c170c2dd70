"""What a store promises. Two back ends keep it (SQLite, PostgreSQL); every test in tests/store runs on both.

The store decides nothing: what to append, which tiles are new, what a record refers to, comes in from the core.
All record ids and hashes here are text (`sha256:...`) or 32 raw bytes as named; how they lie on disk is the store's own matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from ledger.core.clues import Weights
from ledger.core.search import Expression
from ledger.errors import StoreError
from ledger.store.rows import (
    Durability,
    Extent,
    Following,
    Hook,
    Identity,
    KeptCosignature,
    NewEntry,
    Projection,
    State,
    StoredCheckpoint,
    StoredCosignature,
    StoredEntry,
    StoredErasure,
    StoredOpening,
    Tile,
    WitnessState,
)
from ledger.store.standings import StandingFilter, StandingProgress, StandingRow, Standings, StandingStep

# Whoever uses a store has all of its words from here.
__all__ = [
    "Durability",
    "Extent",
    "Finder",
    "Following",
    "Hook",
    "Identity",
    "KeptCosignature",
    "NewEntry",
    "Projection",
    "Snapshot",
    "StandingFilter",
    "StandingProgress",
    "StandingRow",
    "StandingStep",
    "Standings",
    "State",
    "Store",
    "StoredCheckpoint",
    "StoredCosignature",
    "StoredEntry",
    "StoredErasure",
    "StoredOpening",
    "Tile",
    "WitnessState",
    "Writer",
]


class NoLedgerError(StoreError):
    """There may be a database; there is no ledger in it."""


class Finder(Protocol):
    """Whether search finds what it should: the index that it uses, held against the rows that were put into it."""

    def unfound(self, rows: Sequence[tuple[int, str, Sequence[str], Sequence[str]]]) -> list[int]:
        """Those of these (index, kind, words, languages) that are not found by their own words. Indexes only ever rise, from
        one call to the next also."""


class Snapshot(Protocol):
    """One consistent state of the log, up to its newest checkpoint. Lists come back in index order."""

    identity: Identity
    checkpoint: StoredCheckpoint
    """The newest published one; a ledger that was just created has the checkpoint of the empty tree."""
    standing: Standings

    def entries(self, indexes: Sequence[int]) -> list[StoredEntry]: ...

    def entry_range(self, start: int, end: int) -> Iterator[StoredEntry]:
        """Entries start..end-1, streamed in bounded memory."""

    def leaf_hashes(self, start: int, end: int) -> list[bytes]: ...

    def tiles(self, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """Full tiles by (level, index); those that are not full yet are absent from the answer."""

    def tile_range(self) -> Iterator[Tile]:
        """Every stored tile, by level and index."""

    def checkpoint_at(self, size: int) -> StoredCheckpoint | None:
        """The newest checkpoint of exactly that size."""

    def checkpoint_before(self, time: int) -> StoredCheckpoint | None:
        """The largest one whose time is at or before `time`."""

    def sizes_around(self, size: int) -> tuple[int | None, int | None]:
        """The nearest published sizes below and above."""

    def checkpoints(self) -> Iterator[StoredCheckpoint]: ...

    def published(self, after: int) -> list[tuple[int, int]]:
        """Size and time of every published state larger than `after`, in order; of several of one size the newest."""

    def index_of(self, record_id: str, keys: tuple[str, ...]) -> int | None:
        """Index of the entry that holds this record under exactly these keys (exact deduplication)."""

    def find(self, record_ids: Sequence[str]) -> dict[str, list[int]]:
        """Indexes of all entries of each record that is on record."""

    def entries_of(self, record_ids: Sequence[str]) -> list[StoredEntry]:
        """All entries of these records."""

    def signed_by(self, key: str, start: int = 0, end: int | None = None, *, limit: int | None = None) -> list[int]:
        """Indexes of all entries from `start` on, below `end`, that this did:key signed, alone or with others, or of the first
        `limit`. It looks at every entry between."""

    def find_prefix(self, hex_prefix: str, limit: int) -> list[str]:
        """Record ids whose hex digits begin so, at most `limit`, in order."""

    def referring(self, targets: Sequence[str], roles: Sequence[str] | None = None) -> list[tuple[str, str, int]]:
        """(target, role, index) for every record that refers to one of the targets (slugs or record ids)."""

    def entries_referring(self, targets: Sequence[str], roles: Sequence[str]) -> list[tuple[str, str, StoredEntry]]:
        """The same in these roles, with the entries themselves: each is the first of its record."""

    def hanging(self, targets: Sequence[str], role: str, kind: str) -> list[int]:
        """Indexes of the records of this kind that refer to one of the targets in this role."""

    def of_subjects(self, subjects: Sequence[str]) -> dict[str, list[int]]:
        """Indexes of all records of each subject, oldest first."""

    def of_kinds(self, kinds: Sequence[str], after: int = -1, limit: int | None = None) -> list[int]:
        """Indexes of first entries of records of these kinds, oldest first."""

    def newest_of_kinds(self, kinds: Sequence[str], before: int, limit: int) -> list[int]:
        """Indexes below `before` of first entries of records of these kinds, newest first."""

    def subjects_beginning(self, prefix: str, limit: int) -> list[str]:
        """Distinct subjects that begin so, in the order of their bytes; for near names and for lists of sources."""

    def search(
        self, kind: str, terms: Sequence[str] | Expression, *, lang: str | None, before: int | None, limit: int
    ) -> list[int]:
        """Indexes of records of this kind that hold all the terms (no terms: all), newest first, below `before`."""

    def strongest(self, kind: str, wanted: Expression, weights: Weights, limit: int) -> list[tuple[int, float]]:
        """Records of this kind that fit, with the weights of what they hold summed up: the highest first. Of more than some
        1,000 that fit, the newest."""

    def term_counts(self, terms: Sequence[str]) -> dict[str, int]:
        """How many claims hold each of these terms that any holds; of all claims the empty term is told (`core.clues`)."""

    def words_spelt(self, spellings: Sequence[str]) -> set[str]:
        """Words of claims and sources that are kept under one of these spellings (`core.spelling`)."""

    def words_beginning(self, prefix: str, limit: int) -> list[str]:
        """Words of claims and sources that are looked for with slips and begin so, in the order of their bytes."""

    def openings(self, digests: Sequence[str]) -> dict[str, StoredOpening]: ...

    def erasures(self, digests: Sequence[str]) -> dict[str, StoredErasure]:
        """Those of them that were erased by themselves, and are never to be kept again."""

    def times_erased(self) -> int:
        """How many transactions erased openings so far."""

    def to_scrub(self) -> bool:
        """Whether what was erased may still be in the store's own files."""

    def saying(self, values: Sequence[str]) -> list[str]:
        """The digests of all openings that say one of these, in order. It reads every opening."""

    def times_of(self, sizes: Sequence[int]) -> dict[int, int]:
        """When each of these sizes was published, the last time of each."""

    def cosignatures(self, seq: int) -> list[bytes]:
        """The signature lines of witnesses for that checkpoint, by their keys."""

    def kept_cosignatures(self, after: tuple[int, str], limit: int) -> list[KeptCosignature]:
        """Those after this one (its checkpoint's seq, its key), by both."""

    def cosigned(self, limit: int) -> list[StoredCheckpoint]:
        """The newest checkpoints that any witness has signed, newest first."""

    # Everything there is, for checking. A row of types that are not the log's is CorruptError; asking on gives the next one.

    def extent(self) -> Extent: ...

    def all_openings(self) -> Iterator[StoredOpening]: ...

    def all_erasures(self) -> Iterator[StoredErasure]: ...

    def all_records(self) -> Iterator[tuple[int, str]]:
        """(index, kind) of every derived record, in index order."""

    def all_links(self) -> Iterator[tuple[int, str, bytes]]:
        """(index, role, target) of every reference, in index order; the target as `store.spelling` has it."""

    def all_subjects(self) -> Iterator[tuple[int, str]]:
        """(index, subject) of all entries that are about one, in index order; the subject as `store.spelling` has it."""

    def all_words(self) -> Iterator[tuple[int, str, tuple[str, ...], tuple[str, ...]]]:
        """(index, kind, words, languages) of all that can be found by words, in index order."""

    def finder(self) -> Finder:
        """Holds rows of `all_words`, as they come, against the index that search uses."""

    def all_spellings(self) -> Iterator[tuple[str, str]]:
        """(spelling, word) of every word in which slips are looked for, in the order of spellings."""

    def all_term_counts(self) -> Iterator[tuple[str, int]]:
        """Every term of claims and how many hold it, in the order of terms."""


class Writer(Snapshot, Protocol):
    """A snapshot that may grow. It holds the writer's place in line: no other writer sees or makes a state meanwhile."""

    def append(
        self,
        entries: Sequence[NewEntry],
        tiles: Sequence[Tile],
        openings: Sequence[StoredOpening],
        checkpoint: StoredCheckpoint,
        logged_at: int,
    ) -> None:
        """The entries follow the old ones, under the new checkpoint. Compare-and-swap on the size: StoreError if it moved."""

    def erase(self, digests: Sequence[str]) -> list[str]:
        """Those of which there were openings; they are gone. It is marked that the files are to be scrubbed: whoever
        erases calls `scrub` after the commit."""

    def remember_erased(self, erasures: Sequence[StoredErasure]) -> None:
        """From now on these are known to be erased; of one that was known before, the first stays."""

    def replace_words(self, projected: Sequence[tuple[int, str, Projection]], *, erased: bool) -> None:
        """The records (index, kind, projection) are found by these words alone. `erased`: no trace of the old ones stays."""


class Store(Protocol):
    """`reading` and `writing` give one transaction each; leaving `writing` without an error commits durably, else undoes all.

    A database that is locked, full or away gives BusyError or StoreError, never a foreign exception.
    """

    target: str
    """What `open_store` was given, so that another process can open it too. It may hold a password."""

    def create(self, identity: Identity, checkpoint: StoredCheckpoint) -> None:
        """Tables, guards and the empty ledger, or nothing at all. ConflictError if there is one already."""

    def upgrade(self) -> None:
        """The newest tables, by the migrations that are missing."""

    def copy_to(self, path: Path) -> None:
        """One state of all that is kept, in a SQLite file that was not there before, while others go on writing."""

    def restore(
        self,
        path: Path,
        project: Callable[[Snapshot], Iterator[tuple[int, str, str, Projection]]],
        check: Callable[[Snapshot], None],
    ) -> None:
        """A new ledger of what such a file keeps and of what `project` derives from it, or nothing at all where that fails or
        `check` raises. ConflictError if there is one already."""

    def state(self) -> State:
        """What `reading` would see, told for a fraction of what a snapshot costs. Its checkpoint comes without the note."""

    def leaves_of(self, record_ids: Sequence[str], size: int) -> dict[str, tuple[int, bytes]]:
        """Index and leaf hash of the first entry below `size` of each of these records, at least one, told as cheaply. No entry
        ever changes: what is told holds in every state of that size."""

    def full_tile(self, level: int, index: int) -> bytes | None:
        """A full tile, told as cheaply; whoever asks knows a tree that it is in."""

    def salts(self, digests: Sequence[str]) -> dict[str, bytes]:
        """Those of the openings that there are of these sealed values, told as cheaply."""

    def reading(self) -> AbstractContextManager[Snapshot]: ...

    def writing(self) -> AbstractContextManager[Writer]: ...

    def advance_standing(self, version: int, step: StandingStep) -> None:
        """The step is written, in one short transaction, if the standing is still of that version: else BusyError."""

    def hooks(self) -> list[Hook]:
        """By their ids."""

    def add_hook(self, hook: Hook) -> None: ...

    def remove_hook(self, id: str) -> bool:
        """Whether there was one."""

    def change_hook(self, before: Hook, after: Hook) -> bool:
        """The hook is as in `after`, if it was as in `before` still; whether that was so. Of several processes one goes on."""

    def keep_cosignatures(self, checkpoint: StoredCheckpoint, signed: Sequence[StoredCosignature]) -> int:
        """They are kept for ever, with the checkpoint's note; how many of them were new."""

    def witnesses(self) -> list[WitnessState]:
        """By their addresses."""

    def change_witness(self, before: WitnessState | None, after: WitnessState) -> bool:
        """As `change_hook`; None where there is none of that address yet."""

    def erase_opening(self, digest: str) -> bool:
        """Gone for good, from the store's own files too; whether there was one."""

    def rebuild(self, projections: Iterator[tuple[int, str, str, Projection]]) -> None:
        """Empties and refills the derived tables from (index, record id, kind, projection), in one transaction.

        One for each entry of the log, in order, endorsements included (their projections hold little). An entry that was
        appended while they were computed is missed, so a count other than the log's size is BusyError, and nothing is done.
        Where claims stand is emptied only: it is complete to size 0 then.
        """

    def derived(self) -> Mapping[str, str]:
        """A digest of each derived table's contents, in a defined order: rebuilt equals grown."""

    def forget(self) -> None:
        """Nothing that was asked or written is kept in this process: questions are prepared anew, on new connections."""

    def scrub(self, patience: float = 1.0) -> None:
        """What was erased, or derived from it before a rebuild, does not linger in free space, and the mark that it might is
        gone; call it outside any `with`.

        BusyError if somebody who reads an older state was in the way for all of `patience` seconds: the mark stays.
        """

    def following(self) -> Following | None:
        """How this database follows another, which is the one to be written to; None where it is no copy of any."""

    def durability(self) -> list[Durability]:
        """What the database is told to do so that nothing that was committed is lost."""

    def close(self) -> None: ...
