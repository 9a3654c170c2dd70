"""The log's tree as the store keeps it: full tiles and leaf hashes. What is partial is cut from these when it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

from ledger.core.merkle import Growth, grow, inclusions_plan, prove_inclusions, tile_from_beneath
from ledger.core.tiles import HASH_BYTES, TILE_WIDTH, Node, TileCoord, edge_tiles, tile_width, tiles_beneath, tiles_for
from ledger.errors import CorruptError
from ledger.store.protocol import Snapshot

_REMEMBERED = 16


class Edges:
    """Right edges of trees seen lately, so that an append hashes what is new and not the whole edge again.

    An edge is remembered by size and root: two processes that write in turn, or a store put back from a copy, find nothing
    of theirs here that is not so.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[int, bytes], tuple[bytes, ...]] = {}

    def of(self, snapshot: Snapshot) -> tuple[bytes, ...]:
        """The edge of the snapshot's tree. CorruptError if leaves and checkpoint do not agree."""
        size, root = snapshot.checkpoint.size, snapshot.checkpoint.root
        edge = self._get(size, root)
        if edge is None:
            growth = self._grown(snapshot) or _tree_in_store(snapshot, size)
            if growth.root != root:
                raise CorruptError(f"the entries of the tree of {size} do not give its checkpoint's root")
            edge = growth.edge
            self.remember(size, root, edge)
        return edge

    def remember(self, size: int, root: bytes, edge: tuple[bytes, ...]) -> None:
        with self._lock:
            self._known.pop((size, root), None)
            self._known[size, root] = edge
            while len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]

    def _get(self, size: int, root: bytes) -> tuple[bytes, ...] | None:
        with self._lock:
            return self._known.get((size, root))

    def _grown(self, snapshot: Snapshot) -> Growth | None:
        """From the largest remembered tree that this one grew from, if the leaves since are few."""
        size = snapshot.checkpoint.size
        with self._lock:
            smaller = [(old, edge) for (old, _), edge in self._known.items() if size - TILE_WIDTH <= old < size]
        if not smaller:
            return None
        old, edge = max(smaller, key=lambda one: one[0])
        growth = grow(old, edge, snapshot.leaf_hashes(old, size))
        # Another root: the remembered tree is of another history, and says nothing about this one.
        return growth if growth.root == snapshot.checkpoint.root else None


def root_at(snapshot: Snapshot, size: int) -> bytes:
    """The root of the first `size` entries, published or not."""
    return _tree_in_store(snapshot, size).root


def _tree_in_store(snapshot: Snapshot, size: int) -> Growth:
    edge = [b""] * -(-size.bit_length() // 8)
    for tile in edge_tiles(size):
        edge[tile.level] = read_tile(snapshot, tile)
    return grow(size, edge, [])


def read_tile(snapshot: Snapshot, tile: TileCoord) -> bytes:
    """The first `width` hashes of a tile that is there in the snapshot's tree."""
    wanted = tile.width * HASH_BYTES
    full = snapshot.tiles([tile.place]).get(tile.place)
    if full is not None:
        return full[:wanted]
    if tile.level == 0:
        start = tile.index * TILE_WIDTH
        return b"".join(snapshot.leaf_hashes(start, start + tile.width))
    beneath = tiles_beneath(tile)
    return tile_from_beneath(tile, snapshot.tiles([one.place for one in beneath]))


def read_tiles(
    snapshot: Snapshot, nodes: Iterable[Node], size: int, edge: Sequence[bytes], new: Mapping[tuple[int, int], bytes]
) -> dict[tuple[int, int], bytes]:
    """The tiles that hold these nodes of the tree of `size` whose edge this is; `new` full tiles are not in the store yet."""
    wanted = [tile.place for tile in tiles_for(nodes, size)]
    found = {place: new[place] for place in wanted if place in new}
    for level, index in wanted:
        if tile_width(level, index, size) < TILE_WIDTH:
            found[level, index] = edge[level]
    missing = [place for place in wanted if place not in found]
    return found | snapshot.tiles(missing) if missing else found


def inclusion_proofs(
    snapshot: Snapshot,
    indexes: Sequence[int],
    size: int,
    edge: Sequence[bytes],
    new: Mapping[tuple[int, int], bytes] | None = None,
) -> dict[int, list[bytes]]:
    """The proof of each of these entries in the tree of `size`; the tiles for all of them are read once."""
    tiles = read_tiles(snapshot, inclusions_plan(indexes, size), size, edge, new or {})
    return dict(zip(indexes, prove_inclusions(indexes, size, tiles), strict=True))
