"""How far the log is known to have gone. A store that is behind that, or went another way, is neither served nor signed for.

Two memories: of this process, and a file beside the keys that holds the newest checkpoint signed with them. The file is
written after a commit and before anybody gets a receipt for it. So it is never ahead of a sound store, whenever a process
dies, and it may be behind one: of two machines on one database each has a file of its own.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ledger.core.note import open_checkpoint
from ledger.errors import CorruptError, OnRecordError
from ledger.keys import KnownKeys
from ledger.service.logkeys import known_vkeys
from ledger.service.tree import root_at
from ledger.store.headfile import HeadFile
from ledger.store.protocol import Snapshot, StoredCheckpoint
from schemas.dates import time_of


@dataclass(frozen=True)
class Head:
    """A tree that was signed or seen."""

    size: int
    root: bytes
    time: int

    def is_newer(self, other: Head | None) -> bool:
        return other is None or (self.size, self.time) > (other.size, other.time)


@dataclass(frozen=True)
class Recalled:
    """Both memories as they were at one moment. What is committed later may be past them, never behind."""

    seen: Head | None
    note: bytes | None


class Heads:
    """`file` and `keys` come together: a side without keys has only what it has seen itself. Threads may share it."""

    def __init__(self, file: HeadFile | None, keys: KnownKeys | None) -> None:
        self._file = file
        self._keys = keys
        self._lock = threading.Lock()
        self._seen: Head | None = None
        self._turn = threading.Lock()
        self._kept: Head | None = None
        self._parsed: tuple[bytes, Head] | None = None
        self._objection: str | None = None

    def take_keys(self, keys: KnownKeys) -> None:
        """From now on what is remembered is held against these."""
        self._keys = keys

    def recall(self) -> Recalled:
        """To be asked before the snapshot that it is held against, or inside a writer's turn."""
        return Recalled(self._seen, self._file.read() if self._file else None)

    def see(self, checkpoint: StoredCheckpoint, before: Head | None) -> None:
        """For what is only read: not behind what this process had seen `before`, and seen from now on."""
        head = _head_of(checkpoint)
        if before is not None:
            _refuse(_behind(head, before), "restart the server if an older copy was put back on purpose")
        self._remember(head)

    @property
    def seen(self) -> Head | None:
        return self._seen

    def refuse_fork(self, snapshot: Snapshot, recalled: Recalled) -> None:
        """CorruptError unless the snapshot's tree is the one that is recalled, or has grown from it."""
        _refuse(self.contradiction(snapshot, recalled), self._hint())
        self._remember(_head_of(snapshot.checkpoint))

    def contradiction(self, snapshot: Snapshot, recalled: Recalled) -> str | None:
        """What is wrong with the snapshot's tree beside what is recalled, if anything is."""
        head = _head_of(snapshot.checkpoint)
        for known in (recalled.seen, self._parse(snapshot.identity.origin, recalled.note, snapshot)):
            if known is None or known == head:
                continue
            found = _behind(head, known)
            if found is None and head.size > known.size and root_at(snapshot, known.size) != known.root:
                found = f"the ledger's first {known.size} entries are not those that were signed at {time_of(known.time)}"
            if found is not None:
                return found
        return None

    def object(self, why: str | None) -> None:
        """From now on nothing is signed, since somebody outside remembers another history; None: nobody does any more."""
        self._objection = why

    def refuse_unwritable(self) -> None:
        """Asked before anything is signed: what was signed can be kept, and nobody objects."""
        if self._objection is not None:
            raise CorruptError(
                f"nothing is signed: {self._objection}",
                hint="`onrecord log witnesses` shows what it remembers; restore the newer ledger, or acknowledge it there",
            )
        if self._file is not None:
            self._file.refuse_unwritable()

    def keep(self, origin: str, checkpoint: StoredCheckpoint) -> None:
        """The file says that the log has gone this far, or further. After the commit, before the receipt."""
        head = _head_of(checkpoint)
        self._remember(head)
        if self._file is None or checkpoint.note is None:
            return
        with self._turn:
            if not head.is_newer(self._kept):
                return  # whoever came later wrote for both
            with self._file.turn():
                if head.is_newer(self._parse(origin, self._file.read())):
                    self._file.replace(checkpoint.note)
                    self._parsed = checkpoint.note, head  # signed just now: the next append need not check that again
            self._kept = head

    def _remember(self, head: Head) -> None:
        with self._lock:
            if head.is_newer(self._seen):
                self._seen = head

    def _parse(self, origin: str, note: bytes | None, snapshot: Snapshot | None = None) -> Head | None:
        """It may be of before the log's keys were rotated, when those of `snapshot`'s log signed that are not here any more."""
        if note is None or self._keys is None:
            return None
        parsed = self._parsed
        if parsed is None or parsed[0] != note:
            parsed = self._parsed = (note, self._open(origin, note, self._keys, snapshot))
        return parsed[1]

    def _open(self, origin: str, note: bytes, keys: KnownKeys, snapshot: Snapshot | None) -> Head:
        try:
            known = keys.vkeys(origin) if snapshot is None else known_vkeys(snapshot, keys)
            opened = open_checkpoint(note, known, origin=origin)
        except OnRecordError as error:
            hint = f"if `onrecord log fsck` finds no other fault, {self._where()} is damaged: take it away"
            raise CorruptError(f"{self._where()} is not signed by these keys: {error.message}", hint=hint) from None
        if opened.time is None:
            raise CorruptError(f"{self._where()} has lost the signature that says when", hint=self._hint())
        return Head(opened.checkpoint.size, opened.checkpoint.root, opened.time)

    def _where(self) -> str:
        return str(self._file.path) if self._file else "the head"

    def _hint(self) -> str:
        return (
            f"restore the newer copy of the ledger; whoever removes {self._where()} signs a second history under the same "
            "keys, and every receipt past this size is void"
        )


def _head_of(checkpoint: StoredCheckpoint) -> Head:
    return Head(checkpoint.size, checkpoint.root, checkpoint.time)


def _behind(head: Head, known: Head) -> str | None:
    if head.size < known.size:
        return f"the ledger has {head.size} entries, {known.size} were signed at {time_of(known.time)}: it is an older copy"
    if head.size == known.size and head.root != known.root:
        return f"the ledger's {head.size} entries are not those that were signed at {time_of(known.time)}"
    if head.size == known.size and head.time < known.time:
        return f"the ledger's newest checkpoint is of {time_of(head.time)}, one was signed at {time_of(known.time)}"
    return None


def _refuse(contradiction: str | None, hint: str) -> None:
    if contradiction is not None:
        raise CorruptError(contradiction, hint=hint)
