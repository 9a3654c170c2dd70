"""Following a log: what a reader keeps of it, and what its next entries must be so that it only grew and by those who may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.core.checkpoint import Checkpoint
from ledger.core.keyring import KeyRing
from ledger.core.merkle import EMPTY_ROOT, edge_root, grow, leaf_hash
from ledger.core.records import read_entry
from ledger.core.tiles import HASH_BYTES, TILE_WIDTH
from ledger.core.verifying.entries import read_signed
from ledger.errors import OnRecordError, VerificationError
from schemas.records import KeyRecord


@dataclass(frozen=True)
class Followed:
    """All that has to be kept of the entries seen so far: the tree's right edge, and the entries about keys, by index.

    `blind` once a bundle was not given out: it may have held entries about keys, so nobody can say any more who may sign what.
    """

    origin: str
    size: int = 0
    edge: tuple[bytes, ...] = ()
    keys: tuple[tuple[int, bytes], ...] = ()
    blind: bool = False

    @property
    def root(self) -> bytes:
        return edge_root(self.edge) if self.size else EMPTY_ROOT


@dataclass(frozen=True)
class Bundle:
    """Some entries of a log from a multiple of 256 on: their bytes, or only their leaf hashes where they are not given out."""

    index: int
    entries: Sequence[bytes] | None
    leaves: Sequence[bytes]

    @classmethod
    def of(cls, index: int, entries: Sequence[bytes]) -> Bundle:
        return cls(index, entries, [leaf_hash(entry) for entry in entries])

    @property
    def first(self) -> int:
        return self.index * TILE_WIDTH


class Follower:
    """Takes the bundles of a log in order, from the one on that holds entry `size`."""

    def __init__(self, followed: Followed) -> None:
        self._origin = followed.origin
        self._size, self._edge = followed.size, followed.edge
        self._keys, self._blind = list(followed.keys), followed.blind
        self._ring = KeyRing(followed.origin)
        for index, entry in followed.keys if not followed.blind else ():
            self._ring.take(read_entry(index, entry))

    @property
    def followed(self) -> Followed:
        return Followed(self._origin, self._size, self._edge, tuple(self._keys), self._blind)

    def take(self, bundle: Bundle, *, records: bool = True) -> list[str]:
        """What is wrong with the new entries of the bundle, each told in a sentence. Without `records` they may be any bytes.

        VerificationError if its first entries are not those that were seen before.
        """
        seen = self._size - bundle.first
        if b"".join(bundle.leaves[:seen]) != (self._edge[0] if self._edge else b"")[: seen * HASH_BYTES]:
            raise VerificationError(f"entries from {bundle.first} on are not those that were there before", step="entries")
        faults = []
        self._blind = self._blind or bundle.entries is None
        if records and bundle.entries is not None:
            new = enumerate(bundle.entries[seen:], start=self._size)
            faults = [fault for index, entry in new if (fault := self._fault(index, entry))]
        grown = grow(self._size, self._edge, bundle.leaves[seen:])
        self._size, self._edge = grown.size, grown.edge
        return faults

    def _fault(self, index: int, entry: bytes) -> str | None:
        try:
            logged = read_signed(index, entry)
            if not self._blind:
                self._ring.take(logged)
            if isinstance(logged.record, KeyRecord):
                self._keys.append((index, entry))
        except OnRecordError as error:
            message = error.message
            return message if message.startswith("entry ") else f"entry {index}: {message}"
        return None

    def check(self, checkpoint: Checkpoint) -> None:
        """The entries taken are those that the checkpoint signs; VerificationError else."""
        followed = self.followed
        if (followed.size, followed.root) != (checkpoint.size, checkpoint.root):
            raise VerificationError("the log's entries do not give the root of its checkpoint", step="log")
