"""The log's Merkle tree (RFC 6962): hash, plan, prove, check, grow.

Plan, read once, compute: a `*_plan` says which nodes a result rests on, `tiles_for` which tiles hold them; the
caller reads these once and hands them over as {(level, index): hashes}. A tile may be wider than was asked for
(the tree has grown since): its first hashes are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ledger.core.tiles import FULL_TILE_BYTES, HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Node, TileCoord, tile_of
from ledger.errors import CorruptError, FormatError, VerificationError

EMPTY_ROOT = hashlib.sha256(b"").digest()

Tiles = Mapping[tuple[int, int], bytes]
Heights = tuple[bytes, ...]
"""The hashes of a tile, then those of each two of them, of each four ..., as far as subtrees are complete."""
_Range = tuple[int, int]  # leaves from, up to but not including


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over all leaves, as RFC 6962 defines it: what every shortcut below must agree with."""
    return _root_between(leaf_hashes, 0, len(leaf_hashes)) if leaf_hashes else EMPTY_ROOT


def _root_between(leaf_hashes: Sequence[bytes], start: int, end: int) -> bytes:
    if end - start == 1:
        return leaf_hashes[start]
    split = _split(start, end)
    return node_hash(_root_between(leaf_hashes, start, split), _root_between(leaf_hashes, split, end))


def _split(start: int, end: int) -> int:
    """Where the left subtree ends: the largest power of two below the number of leaves."""
    return start + (1 << (end - start - 1).bit_length() - 1)


# Plans


def root_plan(size: int) -> list[Node]:
    """The nodes whose hashes make the root."""
    return _nodes_of((0, size))


def inclusion_plan(index: int, size: int) -> list[Node]:
    """The nodes whose hashes make the proof that the leaf at `index` is in the tree."""
    return [node for between in _inclusion_ranges(index, size) for node in _nodes_of(between)]


def inclusions_plan(indexes: Iterable[int], size: int) -> list[Node]:
    """The nodes for the proofs of many leaves, each once."""
    ranges = dict.fromkeys(between for index in indexes for between in _inclusion_ranges(index, size))
    return [node for between in ranges for node in _nodes_of(between)]


def consistency_plan(old_size: int, new_size: int) -> list[Node]:
    """The nodes whose hashes make the proof that the new tree begins with the old one."""
    return [node for between in _consistency_ranges(old_size, new_size) for node in _nodes_of(between)]


def _inclusion_ranges(index: int, size: int) -> list[_Range]:
    """What each hash of the proof covers, leaf side first."""
    if not 0 <= index < size:
        raise FormatError(f"index {index} is not in a tree of {size}")
    ranges = []
    start, end = 0, size
    while end - start > 1:
        split = _split(start, end)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    return ranges[::-1]


def _consistency_ranges(old_size: int, new_size: int) -> list[_Range]:
    """What each hash of the proof covers, leaf side first (RFC 9162 section 2.1.4.1)."""
    if not 1 <= old_size <= new_size:
        raise FormatError(f"no proof leads from size {old_size} to size {new_size}")
    ranges = []
    start, end = 0, new_size
    while end != old_size:
        split = _split(start, end)
        if old_size <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    if start:  # at 0 the whole old tree is one subtree, and its root is known
        ranges.append((start, end))
    return ranges[::-1]


def _nodes_of(between: _Range) -> list[Node]:
    """The complete subtrees, left to right, of a range that is itself a subtree."""
    return [Node(level := (end - start).bit_length() - 1, start >> level) for start, end in _complete_parts(between)]


def _complete_parts(between: _Range) -> list[_Range]:
    """What these subtrees cover."""
    start, end = between
    parts = []
    while start < end:
        middle = start + (1 << (end - start).bit_length() - 1)
        parts.append((start, middle))
        start = middle
    return parts


# From tiles


def node_from_tiles(node: Node, tiles: Tiles) -> bytes:
    """The hash of a node, computed from the tile that answers for it."""
    level, index, offset, count = tile_of(node)
    hashes = tiles.get((level, index), b"")
    part = hashes[offset * HASH_BYTES : (offset + count) * HASH_BYTES]
    if len(part) != count * HASH_BYTES:
        raise CorruptError(f"tile {level}/{index} is missing or too short")
    return _subtree_root(part)


def root_from_tiles(size: int, tiles: Tiles) -> bytes:
    return _range_hash((0, size), tiles) if size else EMPTY_ROOT


def prove_inclusion(index: int, size: int, tiles: Tiles) -> list[bytes]:
    """The hashes that lead from the leaf at `index` to the root, leaf side first."""
    return [_range_hash(between, tiles) for between in _inclusion_ranges(index, size)]


def prove_inclusions(indexes: Iterable[int], size: int, tiles: Tiles) -> list[list[bytes]]:
    """The proofs of many leaves, in their order. What they share is computed once."""
    plans = [_inclusion_ranges(index, size) for index in indexes]
    hashes = {between: _range_hash(between, tiles) for between in {between for plan in plans for between in plan}}
    return [[hashes[between] for between in plan] for plan in plans]


def heights_of(hashes: bytes) -> Heights:
    """A tile, worked out: proofs are read from it, and nothing is hashed for them any more but at the tree's right edge."""
    heights = [hashes]
    while len(hashes) >= 2 * HASH_BYTES:
        hashes = _paired(hashes[: len(hashes) // (2 * HASH_BYTES) * 2 * HASH_BYTES])
        heights.append(hashes)
    return tuple(heights)


def prove_inclusion_at_heights(index: int, size: int, tiles: Mapping[tuple[int, int], Heights]) -> list[bytes]:
    """As `prove_inclusion`, from tiles that are worked out: those of `tiles_above` and those at the tree's edge."""

    def complete(start: int, end: int) -> bytes:
        level, height = divmod((end - start).bit_length() - 1, TILE_HEIGHT)
        place, offset = divmod(start >> level * TILE_HEIGHT, TILE_WIDTH)
        heights, at = tiles.get((level, place), ()), (offset >> height) * HASH_BYTES
        found = heights[height][at : at + HASH_BYTES] if height < len(heights) else b""
        if len(found) != HASH_BYTES:
            raise CorruptError(f"tile {level}/{place} is missing or too short")
        return found

    return [_join([complete(*part) for part in _complete_parts(between)]) for between in _inclusion_ranges(index, size)]


def prove_consistency(old_size: int, new_size: int, tiles: Tiles) -> list[bytes]:
    """The hashes that show that the new tree begins with the old one (whose size is at least 1)."""
    return [_range_hash(between, tiles) for between in _consistency_ranges(old_size, new_size)]


def tile_hash(hashes: bytes) -> bytes:
    """The root of a full tile: one hash of the tile above. Only full tiles have one."""
    if len(hashes) != FULL_TILE_BYTES:
        raise CorruptError(f"a full tile has {FULL_TILE_BYTES} bytes, not {len(hashes)}")
    return _complete_root(hashes)


def tile_from_beneath(tile: TileCoord, tiles: Tiles) -> bytes:
    """The hashes of a tile above level 0, computed from the full tiles that `tiles_beneath` names."""
    first = tile.index * TILE_WIDTH
    return b"".join(tile_hash(tiles.get((tile.level - 1, first + offset), b"")) for offset in range(tile.width))


def _range_hash(between: _Range, tiles: Tiles) -> bytes:
    return _join([node_from_tiles(node, tiles) for node in _nodes_of(between)])


def _join(peaks: list[bytes]) -> bytes:
    """The root over complete subtrees that get smaller from left to right."""
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


# While a tile fills, each append needs the roots of the same parts of it: to compute one takes as many hashes as it holds.
@lru_cache(maxsize=1_024)
def _subtree_root(hashes: bytes) -> bytes:
    """As `_complete_root`, for parts of a tile that are likely to be asked for again."""
    return _complete_root(hashes)


def _complete_root(hashes: bytes) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > HASH_BYTES:
        hashes = _paired(hashes)
    return hashes


def _paired(hashes: bytes) -> bytes:
    """The hashes one height up."""
    pairs = (hashes[at : at + 2 * HASH_BYTES] for at in range(0, len(hashes), 2 * HASH_BYTES))
    return b"".join([hashlib.sha256(b"\x01" + pair).digest() for pair in pairs])


# Checks


def check_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """The leaf hash is at `index` in the tree of that size and root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        raise VerificationError(f"index {index} is not in a tree of {size}", step="inclusion")
    _check_hashes([leaf, root, *proof], "inclusion")
    found, place, last = leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            raise VerificationError("the inclusion proof has hashes left over", step="inclusion")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            place, last = _climb(place, last)
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last or found != root:
        raise VerificationError("the inclusion proof does not lead to the root", step="inclusion")


def check_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """The new tree begins with the old one (RFC 9162 section 2.1.4.2). Nothing follows from a tree of size 0."""
    if not 1 <= old_size <= new_size:
        raise VerificationError(f"no proof leads from size {old_size} to size {new_size}", step="consistency")
    if old_size == new_size:
        if proof or old_root != new_root:
            raise VerificationError("two roots, or a proof, for one size", step="consistency")
        return
    _check_hashes([old_root, new_root, *proof], "consistency")
    old, new = _roots_of_consistency(old_size, new_size, old_root, proof)
    if old != old_root or new != new_root:
        raise VerificationError("the consistency proof does not lead to both roots", step="consistency")


def _roots_of_consistency(old_size: int, new_size: int, old_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    complete = old_size & (old_size - 1) == 0
    path = [old_root, *proof] if complete else list(proof)
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not path:
        raise VerificationError("the consistency proof is empty", step="consistency")
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise VerificationError("the consistency proof has hashes left over", step="consistency")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            place, last = _climb(place, last)
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise VerificationError("the consistency proof is too short", step="consistency")
    return old, new


def _climb(place: int, last: int) -> tuple[int, int]:
    """Skip the levels on which the right edge has no sibling."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _check_hashes(hashes: Sequence[bytes], step: str) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise VerificationError(f"a hash that has not {HASH_BYTES} bytes", step=step)


# Growth


@dataclass(frozen=True)
class FullTile:
    """A tile that will never change again: 8,192 bytes."""

    level: int
    index: int
    hashes: bytes


@dataclass(frozen=True)
class Growth:
    """A tree after an append: its size and root, the tiles that became full, and its new right edge.

    `edge[level]` are the hashes of that level's partial tile, empty where there is none.
    """

    size: int
    root: bytes
    full: tuple[FullTile, ...]
    edge: tuple[bytes, ...]


def grow(old_size: int, edge: Sequence[bytes], leaf_hashes: Sequence[bytes]) -> Growth:
    """The tree with these leaves appended. `edge` is the old tree's; it is () for the empty tree."""
    check_edge(old_size, edge)
    rising = b"".join(leaf_hashes)
    if len(rising) != HASH_BYTES * len(leaf_hashes):
        raise FormatError(f"a leaf hash that has not {HASH_BYTES} bytes")
    size = old_size + len(leaf_hashes)
    full: list[FullTile] = []
    new_edge: list[bytes] = []
    for level in range(_levels(size)):
        hashes = (edge[level] if level < len(edge) else b"") + rising
        index = (old_size >> TILE_HEIGHT * level) // TILE_WIDTH
        cut = len(hashes) - len(hashes) % FULL_TILE_BYTES
        new = [hashes[at : at + FULL_TILE_BYTES] for at in range(0, cut, FULL_TILE_BYTES)]
        full += [FullTile(level, index + number, tile) for number, tile in enumerate(new)]
        new_edge.append(hashes[cut:])
        # Only full tiles rise: a partial tile is never hashed into the level above.
        rising = b"".join([_complete_root(tile) for tile in new])
    return Growth(size, edge_root(new_edge), tuple(full), tuple(new_edge))


def edge_root(edge: Sequence[bytes]) -> bytes:
    """The root of the tree that has this right edge."""
    peaks: list[bytes] = []
    for hashes in reversed(edge):
        start, width = 0, len(hashes) // HASH_BYTES
        for node in _nodes_of((0, width)):
            end = start + (HASH_BYTES << node.level)
            peaks.append(_subtree_root(hashes[start:end]))
            start = end
    return _join(peaks) if peaks else EMPTY_ROOT


def check_edge(size: int, edge: Sequence[bytes]) -> None:
    """The edge has the widths that a tree of this size has; what is stored contradicts itself otherwise."""
    wanted = [(size >> TILE_HEIGHT * level) % TILE_WIDTH * HASH_BYTES for level in range(_levels(size))]
    if [len(hashes) for hashes in edge] != wanted:
        raise CorruptError(f"the right edge is not one of a tree of {size}")


def _levels(size: int) -> int:
    """How many levels of tiles a tree has."""
    return -(-size.bit_length() // TILE_HEIGHT)
