"""What a store promises. Two back ends keep it (SQLite, PostgreSQL); every test in tests/store runs on both.

The store decides nothing: what to append, which tiles are new, what a record refers to, comes in from the core.
All record ids and hashes here are text (`sha256:...`) or 32 raw bytes as named; how they lie on disk is the store's own matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from ledger.core.search import Expression
from ledger.core.subjects import Reference


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as kept. `record_id` and `keys` are what its envelope says; `logged_at` is POSIX seconds."""

    index: int
    record_id: str
    kind: str
    keys: tuple[str, ...]
    leaf_hash: bytes
    envelope: bytes
    logged_at: int


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A published tree head. `note` is None for old ones whose signatures were not kept. `time` is POSIX seconds."""

    seq: int
    size: int
    root: bytes
    time: int
    note: bytes | None


@dataclass(frozen=True, slots=True)
class Projection:
    """What the core derives from one record for lookups; written by `append`, rebuilt by `reindex`.

    `body` is the record's canonical JSON. `subject` is core.subjects.subject_of, `references` core.subjects.references_of,
    `terms` the normalised search terms of a claim's or source's text (core.search), `texts` its languages.
    A second entry for a known record (an endorsement) has only its subject, or nothing.
    """

    body: str | None
    subject: str | None
    references: Sequence[Reference]
    terms: Sequence[str]
    languages: Sequence[str]


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry about to be appended at the next index, with what is derived from it."""

    record_id: str
    kind: str
    keys: tuple[str, ...]
    leaf_hash: bytes
    envelope: bytes
    projection: Projection


@dataclass(frozen=True, slots=True)
class Tile:
    """A full tile: 256 hashes of 32 bytes."""

    level: int
    index: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class StoredOpening:
    """What a sealed value says; `digest` is `sha256:...`, `salt` 16 bytes."""

    digest: str
    salt: bytes
    value: str


@dataclass(frozen=True, slots=True)
class StoredErasure:
    """That the opening of this digest was erased by itself: when (POSIX seconds), and the did:key of whoever ordered it."""

    digest: str
    time: int
    key: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What a ledger is from its first moment on."""

    origin: str
    test_log: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """`size` is what the head says; `past` the number of rows beyond the newest checkpoint, for tables that have any."""

    size: int
    past: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StandingRow:
    """Where the claim recorded at `index` stands: its score in brief at `size`, the last published size that can have moved it.

    At `changed_at`, a published size, the headline became what it is, after `previous` (None: the claim was not there, or
    not standing, or something that it may have rested on was withheld then, or nobody looked any further back). From the
    second `lapses_at` on, time alone may change it.
    """

    index: int
    claim: str
    size: int
    policy: str
    headline: str
    labels: tuple[str, ...]
    probability: float
    n_for: float
    n_against: float
    confidence: str
    showable: bool
    changed_at: int
    previous: str | None
    lapses_at: int | None


@dataclass(frozen=True, slots=True)
class Hook:
    """Whom the operator has told of moved scores: of all claims, or of the one recorded at `claim`.

    Told is what moved up to size `told`. On the way to `goal`, claims up to index `cursor` have been looked at. After
    `failures` in a row it is tried again from the second `next_at` on; `stopped` is one that waits until it is resumed.
    """

    id: str
    url: str
    secret: str = field(repr=False)
    claim: int | None
    told: int
    goal: int | None = None
    cursor: int = -1
    failures: int = 0
    next_at: int = 0
    trouble: str | None = None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class StandingProgress:
    """The standing is complete to `size`, as of `time`, by the method `policy`; `version` counts what was written about it.
    Claims that could not be worked out are without a row then, and still due.

    It is on its way to `target` (the same size: nothing to do). Of the entries from `size` on, those below `seen` have been
    looked through for claims that they touch; until those are worked out they are listed as due.
    """

    version: int
    policy: str
    size: int
    time: int
    target: int
    target_time: int
    seen: int


@dataclass(frozen=True, slots=True)
class StandingStep:
    """One step forward, written whole or not at all. `lapsed`: what time has changed by then is due as well.

    `due` claims are to be worked out; `rows` are worked out, and those in `gone` stand no longer: neither is due any more.
    Those in `put_off` have no row until they can be worked out: they stay due.
    `anew`: everything that was there before goes first.
    """

    progress: StandingProgress
    due: Sequence[int] = ()
    rows: Sequence[StandingRow] = ()
    gone: Sequence[int] = ()
    put_off: Sequence[int] = ()
    lapsed: int | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class StandingFilter:
    """Claims with this headline, with this label, whose headline changed past that size: all that are given must hold."""

    headline: str | None = None
    label: str | None = None
    changed_since: int | None = None


class Standings(Protocol):
    """Where claims stand, as far as it was worked out: it may be behind the log. A claim goes by its first entry's index."""

    def progress(self) -> StandingProgress: ...

    def rows(self, indexes: Sequence[int]) -> dict[int, StandingRow]:
        """Those of these claims that stand, as last worked out."""

    def due_among(self, indexes: Sequence[int]) -> set[int]:
        """Those of these claims that are to be worked out again."""

    def due(self, limit: int) -> list[int]:
        """The first claims that are due, in order."""

    def matching(self, wanted: StandingFilter, before: int, limit: int) -> list[int]:
        """Claims whose row fits, newest first, below `before`."""

    def changed_before(self, newest: int) -> int:
        """The highest size at or before which all changes of headlines are older than the `newest` so many; 0 if there are
        fewer."""

    def moved_since(self, size: int, after: int, limit: int) -> list[int]:
        """Claims with an index above `after` that something may have moved past `size`, lowest index first."""

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many claims have each headline, and how many each label."""

    def all_rows(self) -> Iterator[StandingRow]:
        """Every row, in index order. A row of types that are not the table's is CorruptError; asking on gives the next one."""

    def labelled(self) -> Iterator[tuple[str, int]]:
        """Every label and claim by which claims are found, in the order of labels."""


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

    def find_prefix(self, hex_prefix: str, limit: int) -> list[str]:
        """Record ids whose hex digits begin so, at most `limit`, in order."""

    def bodies(self, indexes: Sequence[int]) -> dict[int, str]:
        """Canonical JSON of the records at these indexes, endorsements included."""

    def referring(self, targets: Sequence[str], roles: Sequence[str] | None = None) -> list[tuple[str, str, int]]:
        """(target, role, index) for every record that refers to one of the targets (slugs or record ids)."""

    def hanging(self, targets: Sequence[str], role: str, kind: str) -> list[int]:
        """Indexes of the records of this kind that refer to one of the targets in this role."""

    def of_subjects(self, subjects: Sequence[str]) -> dict[str, list[int]]:
        """Indexes of all records of each subject, oldest first."""

    def of_kinds(self, kinds: Sequence[str], after: int = -1, limit: int | None = None) -> list[int]:
        """Indexes of first entries of records of these kinds, oldest first."""

    def subjects_beginning(self, prefix: str, limit: int) -> list[str]:
        """Distinct subjects that begin so, in the order of their bytes; for near names and for lists of sources."""

    def search(
        self, kind: str, terms: Sequence[str] | Expression, *, lang: str | None, before: int | None, limit: int
    ) -> list[int]:
        """Indexes of records of this kind that hold all the terms (no terms: all), newest first, below `before`."""

    def words_spelt(self, spellings: Sequence[str]) -> set[str]:
        """Words of claims and sources that are kept under one of these spellings (`core.spelling`)."""

    def words_beginning(self, prefix: str, limit: int) -> list[str]:
        """Words of claims and sources that are looked for with slips and begin so, in the order of their bytes."""

    def openings(self, digests: Sequence[str]) -> dict[str, StoredOpening]: ...

    def erasures(self, digests: Sequence[str]) -> dict[str, StoredErasure]:
        """Those of them that were erased by themselves, and are never to be kept again."""

    def saying(self, values: Sequence[str]) -> list[str]:
        """The digests of all openings that say one of these, in order. It reads every opening."""

    def cosignatures(self, seq: int) -> list[bytes]: ...

    # Everything there is, for checking. A row of types that are not the log's is CorruptError; asking on gives the next one.

    def extent(self) -> Extent: ...

    def all_openings(self) -> Iterator[StoredOpening]: ...

    def all_erasures(self) -> Iterator[StoredErasure]: ...

    def all_records(self) -> Iterator[tuple[int, str, str, str]]:
        """(index, record id, kind, body) of every derived record, in index order."""

    def all_words(self) -> Iterator[tuple[int, str, tuple[str, ...], tuple[str, ...]]]:
        """(index, kind, words, languages) of all that can be found by words, in index order."""

    def all_spellings(self) -> Iterator[tuple[str, str]]:
        """(spelling, word) of every word in which slips are looked for, in the order of spellings."""

    def count_derived(self) -> tuple[int, int]:
        """How many references there are, and how many subjects' entries."""


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
        """Those of which there were openings; they are gone. Whoever erases calls `scrub` after the commit."""

    def remember_erased(self, erasures: Sequence[StoredErasure]) -> None:
        """From now on these are known to be erased; of one that was known before, the first stays."""

    def replace_words(self, projected: Sequence[tuple[int, str, Projection]], *, erased: bool) -> None:
        """The records (index, kind, projection) are found by these words alone. `erased`: no trace of the old ones stays."""


class Store(Protocol):
    """`reading` and `writing` give one transaction each; leaving `writing` without an error commits durably, else undoes all.

    A database that is locked, full or away gives BusyError or StoreError, never a foreign exception.
    """

    def create(self, identity: Identity, checkpoint: StoredCheckpoint) -> None:
        """Tables, guards and the empty ledger, or nothing at all. ConflictError if there is one already."""

    def upgrade(self) -> None:
        """The newest tables, by the migrations that are missing."""

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

    def scrub(self) -> None:
        """What was erased, or derived from it before a rebuild, does not linger in free space; call it outside any `with`.

        BusyError if somebody was in the way.
        """

    def close(self) -> None: ...
