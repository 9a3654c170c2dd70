"""Logs of a few leaves, signed, with the proofs that a witness wants."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.core.checkpoint import Checkpoint
from ledger.core.merkle import consistency_plan, grow, leaf_hash, prove_consistency, root_of
from ledger.core.note import sign_checkpoint
from ledger.core.tiles import tiles_for
from ledger.core.vkey import VerifierKey
from ledger.core.witnessing import print_request
from ledger.keys import LedgerKeys
from tests.factory import START, ledger_keys


@dataclass(frozen=True)
class Grove:
    """One log's keys, and as many histories as are asked for; the first `shared` leaves are those of history a."""

    origin: str = "log.example/one"
    keys: LedgerKeys = field(default_factory=ledger_keys)

    @property
    def vkeys(self) -> tuple[VerifierKey, VerifierKey]:
        return self.keys.vkeys(self.origin)

    def leaves(self, size: int, history: str = "a", shared: int = 0) -> list[bytes]:
        return [leaf_hash(f"{'a' if index < shared else history}{index}".encode()) for index in range(size)]

    def root(self, size: int, history: str = "a", shared: int = 0) -> bytes:
        return root_of(self.leaves(size, history, shared))

    def note(self, size: int, history: str = "a", shared: int = 0, time: int = START) -> bytes:
        checkpoint = Checkpoint(self.origin, size, self.root(size, history, shared))
        return sign_checkpoint(checkpoint, self.keys.ed25519, self.keys.mldsa44, time)

    def proof(self, old: int, size: int, history: str = "a", shared: int = 0) -> list[bytes]:
        if not old:
            return []
        leaves = self.leaves(size, history, shared)
        wanted = tiles_for(consistency_plan(old, size), size)
        tiles = {one.place: b"".join(leaves[one.index * 256 :][: one.width]) for one in wanted if one.level == 0}
        assert len(tiles) == len(wanted) or size > 256
        above = {(tile.level, tile.index): tile.hashes for tile in grow(0, (), leaves).full}
        edge = grow(0, (), leaves).edge
        tiles |= {one.place: above.get(one.place, edge[one.level]) for one in wanted if one.level}
        return prove_consistency(old, size, tiles)

    def asked(self, old: int, size: int, history: str = "a", shared: int = 0, time: int = START) -> bytes:
        """What the log asks a witness that signed size `old` last."""
        return print_request(old, self.proof(old, size, history, shared), self.note(size, history, shared, time))
