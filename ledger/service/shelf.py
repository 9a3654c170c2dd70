"""What of the log never changes, as far as it was asked for of late: full tiles, and what receipts under one checkpoint share.

Nothing here holds words of a record: hashes and checkpoints only.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from ledger.core.merkle import Heights, check_inclusion, heights_of, prove_inclusion_at_heights
from ledger.core.tiles import HASH_BYTES, TILE_WIDTH, TileCoord, edge_tiles, tile_width, tiles_above
from ledger.errors import CorruptError, VerificationError
from ledger.service.adding import receipt_of
from ledger.service.log import newest
from ledger.service.tree import Edges
from ledger.store.protocol import Snapshot, StoredCheckpoint
from schemas.log import CheckpointView, Receipt

_Place = tuple[int, int]

MOST_TILES = 4_096
"""At 8 KiB of hashes and 8 KiB of what they make: 64 MiB, the tiles of a million entries."""


@dataclass(frozen=True)
class Trunk:
    """A checkpoint as receipts show it, and the tiles at the right edge of its tree. `test_log`: there are no records."""

    checkpoint: StoredCheckpoint
    view: CheckpointView
    edge: dict[_Place, Heights]
    test_log: bool

    def is_of(self, checkpoint: StoredCheckpoint) -> bool:
        mine = self.checkpoint
        return (mine.seq, mine.size, mine.root) == (checkpoint.seq, checkpoint.size, checkpoint.root)


class Shelf:
    """Of one ledger. Threads may share it."""

    def __init__(self, most: int = MOST_TILES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._tiles: OrderedDict[_Place, Heights] = OrderedDict()
        self._trunk: Trunk | None = None

    def trunk(self, checkpoint: StoredCheckpoint) -> Trunk | None:
        """The one of this checkpoint, if it was the newest to be put here."""
        found = self._trunk
        return found if found is not None and found.is_of(checkpoint) else None

    def put_trunk(self, snapshot: Snapshot, edges: Edges) -> Trunk:
        checkpoint = snapshot.checkpoint
        edge = edges.of(snapshot)
        worked_out = {tile.place: heights_of(edge[tile.level]) for tile in edge_tiles(checkpoint.size)}
        found = Trunk(checkpoint, newest(snapshot), worked_out, snapshot.identity.test_log)
        self._trunk = found
        return found

    def tile(self, place: _Place) -> Heights | None:
        with self._lock:
            found = self._tiles.get(place)
            if found is not None:
                self._tiles.move_to_end(place)
            return found

    def put_tile(self, place: _Place, hashes: bytes) -> None:
        """It is here from now on, until it is pushed out."""
        worked_out = heights_of(hashes)
        with self._lock:
            self._tiles[place] = worked_out
            while len(self._tiles) > self._most:
                self._tiles.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._tiles.clear()
        self._trunk = None


def is_full(trunk: Trunk, wanted: TileCoord) -> bool:
    return tile_width(wanted.level, wanted.index, trunk.checkpoint.size) == TILE_WIDTH


def tile_in(shelf: Shelf, trunk: Trunk, wanted: TileCoord) -> bytes | None:
    """The tile in the width that is asked for, if it is in that tree, and at hand."""
    width = tile_width(wanted.level, wanted.index, trunk.checkpoint.size)
    if wanted.width > width:
        return None
    heights = trunk.edge.get(wanted.place) if width < TILE_WIDTH else shelf.tile(wanted.place)
    return None if heights is None else heights[0][: wanted.width * HASH_BYTES]


def missing(shelf: Shelf, trunk: Trunk, index: int) -> list[_Place]:
    """The tiles that a proof of this entry needs, and that are not at hand."""
    return [tile.place for tile in tiles_above(index, trunk.checkpoint.size) if shelf.tile(tile.place) is None]


def receipt_in(shelf: Shelf, trunk: Trunk, record_id: str, index: int, leaf: bytes) -> Receipt | None:
    """The receipt of this entry; None where not all tiles for it are at hand. CorruptError if what is at hand does not prove
    it."""
    size = trunk.checkpoint.size
    tiles = dict(trunk.edge)
    for tile in tiles_above(index, size):
        found = shelf.tile(tile.place)
        if found is None:
            return None
        tiles[tile.place] = found
    proof = prove_inclusion_at_heights(index, size, tiles)
    try:
        check_inclusion(index, size, leaf, proof, trunk.checkpoint.root)
    except VerificationError:
        # Another history is in this place, as after a copy was put back: nothing of the old one is to be given out.
        shelf.forget()
        raise CorruptError(f"the tiles at hand do not prove entry {index} in the tree of {size}") from None
    return receipt_of(record_id, index, leaf, proof, trunk.view)
