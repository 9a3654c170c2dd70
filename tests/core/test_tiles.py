from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.tiles import (
    MAX_INDEX,
    Node,
    TileCoord,
    edge_tiles,
    entries_path,
    pack_entries,
    parse_entries,
    parse_entries_path,
    parse_tile_path,
    tile_of,
    tile_path,
    tile_width,
)
from ledger.errors import FormatError, TooLargeError
from tests.core.vectors import OWN, TESSERA

PATHS = [
    ("tile/0/000", TileCoord(0, 0, 256)),
    ("tile/0/000.p/1", TileCoord(0, 0, 1)),
    ("tile/1/999.p/255", TileCoord(1, 999, 255)),
    ("tile/0/x001/000", TileCoord(0, 1000, 256)),
    ("tile/2/x001/x234/067", TileCoord(2, 1_234_067, 256)),
    ("tile/63/x999/x999/x999/x999/x999/999.p/7", TileCoord(63, MAX_INDEX, 7)),
]

BAD_PATHS = [
    "", "tile", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile/00/000", "tile/01/000", "tile/64/000",
    "tile/100/000", "tile/-1/000", "tile/x/000", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000/000",
    "tile/0/x000/001", "tile/0/x001", "tile/0/001/000", "tile/0/x001/x000", "tile/0/x1/000", "tile/0/000.p/0",
    "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/999", "tile/0/000.p/1000", "tile/0/000.p/", "tile/0/000.p",
    "tile/0/000.p/-1", "tile/0/x001.p/1/000", "tile/0/000\n", "tile/0/٣00", "tile/8/0/000", "tile/entries/000",
    "tile/0/x001/x000/x000/x000/x000/x000/000", "tile/0/000?x", "tile/0/../000", "TILE/0/000",
]  # fmt: skip


@pytest.mark.parametrize("path, tile", PATHS)
def test_a_tile_has_one_path(path: str, tile: TileCoord) -> None:
    assert tile_path(tile.level, tile.index, tile.width) == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize("path", BAD_PATHS)
def test_every_other_path_is_refused(path: str) -> None:
    with pytest.raises(FormatError):
        parse_tile_path(path)
    with pytest.raises(FormatError):
        parse_entries_path(path.replace("tile/0/", "tile/entries/").replace("tile/entries/000", "tile/entries/0000"))


@given(st.integers(0, 63), st.integers(0, MAX_INDEX), st.integers(1, 256))
@settings(max_examples=60, deadline=None)
def test_paths_go_there_and_back(level: int, index: int, width: int) -> None:
    assert parse_tile_path(tile_path(level, index, width)) == TileCoord(level, index, width)
    assert parse_entries_path(entries_path(index, width)) == (index, width)


@given(st.text(max_size=40) | st.from_regex(r"tile/[0-9]{1,3}/(x[0-9]{1,3}/){0,3}[0-9]{1,3}(\.p/[0-9]{1,3})?"))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_tiles_path_in_its_one_spelling_or_a_format_error(text: str) -> None:
    try:
        tile = parse_tile_path(text)
    except FormatError:
        return
    assert tile_path(tile.level, tile.index, tile.width) == text


@given(st.integers(0, 10**17))
@settings(max_examples=60, deadline=None)
def test_the_edge_is_what_full_tiles_leave_over(size: int) -> None:
    for tile in edge_tiles(size):
        assert tile.width == size // 256**tile.level % 256 == tile_width(tile.level, tile.index, size)
        assert tile_width(tile.level, tile.index + 1, size) == 0
        assert tile.index == 0 or tile_width(tile.level, tile.index - 1, size) == 256


def test_the_tiles_of_the_real_log_are_where_we_look() -> None:
    files = sorted(str(path.relative_to(TESSERA)) for path in Path(TESSERA / "tile/0").rglob("*") if path.is_file())
    assert files == sorted(tile_path(0, 0, width) for width in range(1, 16))


def test_a_node_is_in_the_tile_of_its_level() -> None:
    assert tile_of(Node(0, 257)) == (0, 1, 1, 1)
    assert tile_of(Node(3, 33)) == (0, 1, 8, 8)
    assert tile_of(Node(7, 1)) == (0, 0, 128, 128)
    assert tile_of(Node(8, 256)) == (1, 1, 0, 1)


def test_entry_bundles_go_there_and_back() -> None:
    entries = [b"", b"a", b"\x00" * 65_535, b"entry"]
    assert parse_entries(pack_entries(entries)) == entries
    assert parse_entries(b"") == []
    packed = (OWN / "tile.entries.000.p.3").read_bytes()
    assert parse_entries(packed) == [b"entry-0", b"entry-1", b"entry-2"]
    assert pack_entries([b"entry-0", b"entry-1", b"entry-2"]) == packed


def test_bundles_past_their_limits_are_refused() -> None:
    with pytest.raises(TooLargeError):
        pack_entries([b"x" * 65_536])
    with pytest.raises(TooLargeError):
        pack_entries([b""] * 257)
    with pytest.raises(FormatError):
        parse_entries(b"\x00\x00" * 257)


@given(st.binary(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_bundle_in_its_one_spelling_or_a_format_error(packed: bytes) -> None:
    try:
        entries = parse_entries(packed)
    except FormatError:
        return
    assert pack_entries(entries) == packed
