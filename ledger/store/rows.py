"""What goes into a store and comes out of it again: rows of the log, what is derived from them, and the operator's hooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
class State:
    """All that an answer from the log can depend on: the newest checkpoint, how many times openings were erased, and what was
    cosigned, which are the changes that no entry brings with it."""

    checkpoint: StoredCheckpoint
    erasures: int
    cosigned: str = ""
    """Which checkpoint was cosigned last, and how often."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What the core derives from one record for lookups; written by `append`, rebuilt by `reindex`.

    `first`: no entry before it holds the record. `subject` is core.subjects.subject_of, `references` those of
    core.subjects.references_of, `terms` and `languages` what core.project.findable gives. A second
    entry for a known record (an endorsement) has only its subject, or nothing.
    """

    first: bool
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
class Following:
    """How a database keeps up with the one that it is a copy of.

    `connected`: changes are being received. `behind` is how many seconds what is there may be old: none where everything
    that was received is there; None where nothing has been received yet. `replayed_at` is the second of the last change.
    """

    connected: bool
    paused: bool
    behind: float | None
    replayed_at: int | None


@dataclass(frozen=True, slots=True)
class Durability:
    """One of the database's settings by which what was committed outlives a power cut, or does not."""

    name: str
    value: str
    enough: bool


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
class StoredCosignature:
    """A witness's signature line for a checkpoint. `key` is its name and key id, `time` the POSIX seconds that it names."""

    key: str
    time: int
    line: bytes


@dataclass(frozen=True, slots=True)
class KeptCosignature:
    """One of all that are kept, and the tree that it is for."""

    seq: int
    size: int
    root: bytes
    signed: StoredCosignature


@dataclass(frozen=True, slots=True)
class WitnessState:
    """How a witness stands that the log asks: the size that it signed last as far as is known, and when it did; until when
    nobody asks it; what went wrong the last time. `alarm`: it remembers another history of this log, and `evidence` is the
    checkpoint of that one, where it shows one that this log's keys signed."""

    url: str
    size: int = 0
    signed_at: int = 0
    failures: int = 0
    next_at: int = 0
    trouble: str | None = None
    alarm: str | None = None
    alarm_at: int = 0
    evidence: str | None = None
    acknowledged: bool = False
