"""Where a tree's hashes lie: nodes, tiles of 256 hashes, their paths, and entry bundles (C2SP tlog-tiles).

A node (level, index) is the root of a complete subtree: it covers the leaves from index * 2^level, 2^level of them.
A tile (level, index) holds the nodes of level 8 * level from index * 256 on. No hashing happens here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.errors import FormatError, TooLargeError

TILE_HEIGHT = 8
TILE_WIDTH = 256
HASH_BYTES = 32
FULL_TILE_BYTES = TILE_WIDTH * HASH_BYTES
MAX_LEVEL = 63
MAX_INDEX = 10**18 - 1
MAX_BUNDLE_ENTRY = 65_535

_NUMBER = r"((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
_TILE_PATH = re.compile(r"tile/(0|[1-9][0-9]?)/" + _NUMBER)
_ENTRIES_PATH = re.compile(r"tile/entries/" + _NUMBER)


@dataclass(frozen=True, slots=True)
class Node:
    level: int
    index: int


@dataclass(frozen=True, slots=True, order=True)
class TileCoord:
    level: int
    index: int
    width: int

    @property
    def place(self) -> tuple[int, int]:
        """(level, index): the same for every width that the tile has had."""
        return (self.level, self.index)


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes this tile has in a tree of that size: 0 (not there) to 256 (full)."""
    nodes = size >> (TILE_HEIGHT * level)
    return max(0, min(TILE_WIDTH, nodes - index * TILE_WIDTH))


def edge_tiles(size: int) -> list[TileCoord]:
    """The partial tiles of a tree of that size, lowest level first; a level without one is left out."""
    tiles = []
    level, nodes = 0, size
    while nodes:
        index, width = divmod(nodes, TILE_WIDTH)
        if width:
            tiles.append(TileCoord(level, index, width))
        level, nodes = level + 1, index
    return tiles


def tiles_above(index: int, size: int) -> list[TileCoord]:
    """The full tiles that hold what a proof of that leaf rests on; all else of it is in the tiles at the edge."""
    tiles = []
    level, place = 0, index // TILE_WIDTH
    while (place + 1) << TILE_HEIGHT * (level + 1) <= size:
        tiles.append(TileCoord(level, place, TILE_WIDTH))
        level, place = level + 1, place // TILE_WIDTH
    return tiles


def tiles_beneath(tile: TileCoord) -> list[TileCoord]:
    """The full tiles one level down whose roots, in order, are this tile's hashes."""
    assert tile.level > 0, "beneath level 0 there are leaves"
    first = tile.index * TILE_WIDTH
    return [TileCoord(tile.level - 1, first + offset, TILE_WIDTH) for offset in range(tile.width)]


def tile_of(node: Node) -> tuple[int, int, int, int]:
    """Level and index of the tile that answers for a node, then the place and number of hashes in it."""
    level, height = divmod(node.level, TILE_HEIGHT)
    index, offset = divmod(node.index << height, TILE_WIDTH)
    return level, index, offset, 1 << height


def tiles_for(nodes: Iterable[Node], size: int) -> list[TileCoord]:
    """The tiles to read for these nodes of a tree of that size, each once, in order."""
    places = {tile_of(node)[:2] for node in nodes}
    tiles = [TileCoord(level, index, tile_width(level, index, size)) for level, index in sorted(places)]
    assert all(tile.width for tile in tiles), "a node outside its tree"
    return tiles


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """`tile/<L>/<N>[.p/<W>]`, N in groups of three digits: x001/x234/067."""
    assert 0 <= level <= MAX_LEVEL, level
    return f"tile/{level}/{_print_number(index, width)}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """`tile/entries/<N>[.p/<W>]`."""
    return f"tile/entries/{_print_number(index, width)}"


def parse_tile_path(path: str) -> TileCoord:
    match = _TILE_PATH.fullmatch(path)
    if match is None or int(match[1]) > MAX_LEVEL:
        raise FormatError(f"{path[:80]!r} is no tile's path")
    index, width = _parse_number(match[2], match[3])
    if tile_path(int(match[1]), index, width) != path:
        raise FormatError(f"{path!r} is no tile's path in its one spelling")
    return TileCoord(int(match[1]), index, width)


def parse_entries_path(path: str) -> tuple[int, int]:
    """Index and width of an entry bundle."""
    match = _ENTRIES_PATH.fullmatch(path)
    if match is None:
        raise FormatError(f"{path[:80]!r} is no entry bundle's path")
    index, width = _parse_number(match[1], match[2])
    if entries_path(index, width) != path:
        raise FormatError(f"{path!r} is no entry bundle's path in its one spelling")
    return index, width


def _print_number(index: int, width: int) -> str:
    assert 0 <= index <= MAX_INDEX, index
    assert 1 <= width <= TILE_WIDTH, width
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    number = "/".join(reversed(groups))
    return number if width == TILE_WIDTH else f"{number}.p/{width}"


def _parse_number(groups: str, width: str | None) -> tuple[int, int]:
    if width is not None and int(width) >= TILE_WIDTH:
        raise FormatError(f"a partial tile has 1 to {TILE_WIDTH - 1} hashes, not {width}")
    return int(groups.replace("x", "").replace("/", "")), int(width) if width else TILE_WIDTH


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry as two bytes of length, then itself."""
    if len(entries) > TILE_WIDTH:
        raise TooLargeError(f"{len(entries)} entries, a bundle holds at most {TILE_WIDTH}")
    parts = []
    for entry in entries:
        if len(entry) > MAX_BUNDLE_ENTRY:
            raise TooLargeError(f"an entry of {len(entry)} bytes, at most {MAX_BUNDLE_ENTRY} are taken")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def parse_entries(packed: bytes) -> list[bytes]:
    """The entries of a bundle, at most 256; nothing may be left over."""
    entries: list[bytes] = []
    start = 0
    while start < len(packed):
        end = start + 2 + int.from_bytes(packed[start : start + 2], "big")
        if start + 2 > len(packed) or end > len(packed):
            raise FormatError(f"an entry bundle ends within entry {len(entries)}")
        if len(entries) == TILE_WIDTH:
            raise FormatError(f"an entry bundle holds more than {TILE_WIDTH} entries")
        entries.append(packed[start + 2 : end])
        start = end
    return entries
