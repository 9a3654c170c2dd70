from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core import merkle
from ledger.core.encoding import parse_hash
from ledger.core.merkle import (
    Growth,
    check_consistency,
    check_inclusion,
    consistency_plan,
    grow,
    heights_of,
    inclusion_plan,
    inclusions_plan,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    prove_inclusion_at_heights,
    prove_inclusions,
    root_from_tiles,
    root_of,
    root_plan,
    tile_from_beneath,
    tile_hash,
)
from ledger.core.tiles import (
    Node,
    TileCoord,
    edge_tiles,
    parse_entries,
    tile_path,
    tile_width,
    tiles_above,
    tiles_beneath,
    tiles_for,
)
from ledger.errors import CorruptError, FormatError, VerificationError
from tests.core.vectors import TESSERA, merkle_cases

SMALL = 70
EDGES = [255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 65_792]


@cache
def leaves(size: int) -> list[bytes]:
    return [leaf_hash(b"entry-%d" % number) for number in range(size)]


@cache
def root(size: int) -> bytes:
    return root_of(leaves(size))


def levels_of(size: int) -> list[list[bytes]]:
    """Every tile level's hashes, straight from the definition."""
    levels = [leaves(size)]
    while len(levels[-1]) >= 256:
        below = levels[-1]
        levels.append([root_of(below[at : at + 256]) for at in range(0, len(below) - 255, 256)])
    return levels


class Store:
    """What a store keeps: each tile of one size, and which of them were read."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.levels = levels_of(size)

    def read(self, nodes: list[Node]) -> dict[tuple[int, int], bytes]:
        return {tile.place: self.tile(tile) for tile in tiles_for(nodes, self.size)}

    def tile(self, tile: TileCoord) -> bytes:
        start = tile.index * 256
        hashes = self.levels[tile.level][start : start + tile.width]
        assert len(hashes) == tile.width
        return b"".join(hashes)


@cache
def store(size: int) -> Store:
    return Store(size)


def inclusion(index: int, size: int) -> list[bytes]:
    return prove_inclusion(index, size, store(size).read(inclusion_plan(index, size)))


def consistency(old: int, new: int) -> list[bytes]:
    return prove_consistency(old, new, store(new).read(consistency_plan(old, new)))


def plain_inclusion(index: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1, word for word."""
    if len(hashes) <= 1:
        return []
    split = 1 << (len(hashes) - 1).bit_length() - 1
    if index < split:
        return [*plain_inclusion(index, hashes[:split]), root_of(hashes[split:])]
    return [*plain_inclusion(index - split, hashes[split:]), root_of(hashes[:split])]


def plain_consistency(old: int, hashes: list[bytes], known: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2, word for word."""
    if old == len(hashes):
        return [] if known else [root_of(hashes)]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    if old <= split:
        return [*plain_consistency(old, hashes[:split], known), root_of(hashes[split:])]
    return [*plain_consistency(old - split, hashes[split:], False), root_of(hashes[:split])]


def test_the_classic_leaves_have_their_known_roots() -> None:
    texts = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    hashes = [leaf_hash(bytes.fromhex(text)) for text in texts]
    assert root_of([]) == merkle.EMPTY_ROOT == hashlib.sha256(b"").digest()
    assert root_of(hashes).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("size", range(1, SMALL))
def test_every_inclusion_proof_of_a_small_tree_is_the_one_of_the_definition_and_holds(size: int) -> None:
    for index in range(size):
        proof = inclusion(index, size)
        assert proof == plain_inclusion(index, leaves(size))
        check_inclusion(index, size, leaves(size)[index], proof, root(size))


@pytest.mark.parametrize("new", range(1, SMALL))
def test_every_consistency_proof_of_a_small_tree_is_the_one_of_the_definition_and_holds(new: int) -> None:
    for old in range(1, new + 1):
        proof = consistency(old, new)
        assert proof == plain_consistency(old, leaves(new))
        check_consistency(old, new, root(old), root(new), proof)


@pytest.mark.parametrize("size", EDGES)
def test_proofs_hold_across_the_edges_of_tiles(size: int) -> None:
    for index in {0, 1, 254, 255, 256, 257, size // 2, 65_535, 65_536, size - 1} & set(range(size)):
        check_inclusion(index, size, leaves(size)[index], inclusion(index, size), root(size))
    for old in {1, 2, 255, 256, 257, 512, size // 2, 65_535, 65_536, size - 1, size} & set(range(1, size + 1)):
        check_consistency(old, size, root(old), root(size), consistency(old, size))


@pytest.mark.parametrize("size", [*range(1, SMALL), *EDGES])
def test_the_root_from_tiles_is_the_root_of_the_leaves(size: int) -> None:
    assert root_from_tiles(size, store(size).read(root_plan(size))) == root(size)


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert root_from_tiles(0, {}) == grow(0, (), []).root == merkle.EMPTY_ROOT


@pytest.mark.parametrize("size", [1, 70, 700])
def test_many_proofs_at_once_are_the_same_proofs(size: int) -> None:
    indexes = [*range(size), 0]
    tiles = store(size).read(inclusions_plan(indexes, size))
    assert prove_inclusions(indexes, size, tiles) == [inclusion(index, size) for index in indexes]


@pytest.mark.parametrize("size", [*range(1, SMALL), *EDGES])
def test_tiles_that_are_worked_out_give_the_same_proofs(size: int) -> None:
    edge = {tile.place: heights_of(store(size).tile(tile)) for tile in edge_tiles(size)}
    for index in {0, 1, 68, 254, 255, 256, 257, size // 2, 65_535, 65_536, size - 1} & set(range(size)):
        above = {tile.place: heights_of(store(size).tile(tile)) for tile in tiles_above(index, size)}
        assert prove_inclusion_at_heights(index, size, edge | above) == inclusion(index, size)
        if above:
            with pytest.raises(CorruptError):
                prove_inclusion_at_heights(index, size, edge)


def test_a_proof_reads_few_tiles() -> None:
    size = 65_792
    for index in (0, 255, 40_000, 65_791):
        assert len(tiles_for(inclusion_plan(index, size), size)) <= 6
    assert len(tiles_for(consistency_plan(40_001, size), size)) <= 6


def test_a_tile_that_has_grown_since_answers_for_the_older_size() -> None:
    wide = store(1000)
    tiles = {
        tile.place: wide.tile(TileCoord(*tile.place, tile_width(*tile.place, 1000)))
        for tile in tiles_for(inclusion_plan(5, 300), 300)
    }
    check_inclusion(5, 300, leaves(300)[5], prove_inclusion(5, 300, tiles), root(300))


def test_a_missing_or_short_tile_is_told_and_not_guessed() -> None:
    tiles = store(300).read(inclusion_plan(5, 300))
    for wrong in ({}, {place: hashes[:-32] for place, hashes in tiles.items()}):
        with pytest.raises(CorruptError):
            prove_inclusion(5, 300, wrong)


@pytest.mark.parametrize("index, size", [(-1, 3), (3, 3), (0, 0)])
def test_no_inclusion_proof_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(FormatError):
        inclusion_plan(index, size)
    with pytest.raises(VerificationError):
        check_inclusion(index, size, bytes(32), [], bytes(32))


@pytest.mark.parametrize("old, new", [(0, 0), (0, 3), (4, 3), (-1, 3)])
def test_no_consistency_proof_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(FormatError):
        consistency_plan(old, new)
    with pytest.raises(VerificationError):
        check_consistency(old, new, root(3), root(3), [])


def test_a_proof_with_a_hash_too_many_too_few_or_changed_fails() -> None:
    for size in (1, 2, 3, 7, 8, 13):
        for index in range(size):
            proof = inclusion(index, size)
            for wrong in wrong_proofs(proof):
                with pytest.raises(VerificationError) as caught:
                    check_inclusion(index, size, leaves(size)[index], wrong, root(size))
                assert caught.value.step == "inclusion"
        for old in range(1, size + 1):
            for wrong in wrong_proofs(consistency(old, size)):
                with pytest.raises(VerificationError) as caught:
                    check_consistency(old, size, root(old), root(size), wrong)
                assert caught.value.step == "consistency"


def wrong_proofs(proof: list[bytes]) -> Iterable[list[bytes]]:
    yield [*proof, bytes(32)]
    yield [bytes(32), *proof]
    for at, one in enumerate(proof):
        yield proof[:at] + proof[at + 1 :]
        yield [*proof[:at], bytes([one[0] ^ 1]) + one[1:], *proof[at + 1 :]]
        yield [*proof[:at], one[:-1], *proof[at + 1 :]]


def test_a_proof_for_another_leaf_index_or_size_fails() -> None:
    for size in (2, 5, 8, 13):
        for index in range(size):
            proof = inclusion(index, size)
            for other in set(range(size)) - {index}:
                with pytest.raises(VerificationError):
                    check_inclusion(other, size, leaves(size)[index], proof, root(size))
                with pytest.raises(VerificationError):
                    check_inclusion(index, size, leaves(size)[other], proof, root(size))


def decoded(case: dict[str, Any], *names: str) -> list[bytes]:
    return [base64.b64decode(case[name]) for name in names]


@pytest.mark.parametrize("case", merkle_cases("inclusion"), ids=lambda case: case["name"])
def test_inclusion_vectors(case: dict[str, Any]) -> None:
    leaf, wanted_root = decoded(case, "leafHash", "root")
    proof = [base64.b64decode(one) for one in case["proof"] or []]
    if not case["wantErr"]:
        return check_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, wanted_root)
    with pytest.raises(VerificationError):
        check_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, wanted_root)


@pytest.mark.parametrize("case", merkle_cases("consistency"), ids=lambda case: case["name"])
def test_consistency_vectors(case: dict[str, Any]) -> None:
    old_root, new_root = decoded(case, "root1", "root2")
    proof = [base64.b64decode(one) for one in case["proof"] or []]
    if not case["wantErr"]:
        return check_consistency(case["size1"], case["size2"], old_root, new_root, proof)
    with pytest.raises(VerificationError):
        check_consistency(case["size1"], case["size2"], old_root, new_root, proof)


# Growth


def grown(sizes: Iterable[int]) -> tuple[Growth, dict[tuple[int, int], bytes]]:
    """A tree grown through these sizes, and all full tiles on the way."""
    tree, full = grow(0, (), []), {}
    for size in sizes:
        tree = grow(tree.size, tree.edge, leaves(size)[tree.size :])
        for tile in tree.full:
            assert (tile.level, tile.index) not in full
            full[tile.level, tile.index] = tile.hashes
    return tree, full


def test_growing_leaf_by_leaf_gives_every_root_and_edge() -> None:
    tree = grow(0, (), [])
    for size in range(1, 600):
        tree = grow(tree.size, tree.edge, [leaves(600)[size - 1]])
        assert tree.root == root_of(leaves(600)[:size])
        assert [len(hashes) // 32 for hashes in tree.edge if hashes] == [tile.width for tile in edge_tiles(size)]


@given(st.lists(st.integers(0, 1500), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_growing_in_any_steps_gives_the_same_tree(sizes: list[int]) -> None:
    tree, full = grown(sorted(sizes))
    size = max(sizes)
    once, all_at_once = grown([size])
    assert (tree.root, tree.edge, full) == (once.root, once.edge, all_at_once)
    assert tree.root == root(size)


@pytest.mark.parametrize("steps", [[65_535, 65_536, 65_537], [40_000, 65_792], [65_792]])
def test_growing_across_two_levels_of_tiles_keeps_what_the_definition_says(steps: list[int]) -> None:
    tree, full = grown(steps)
    truth = store(steps[-1])
    assert tree.root == root(steps[-1])
    for (level, index), hashes in full.items():
        assert hashes == truth.tile(TileCoord(level, index, 256))
    for tile in edge_tiles(steps[-1]):
        assert tree.edge[tile.level] == truth.tile(tile)
    assert len(full) == sum(len(hashes) // 256 for hashes in truth.levels)


def test_a_partial_tile_above_level_0_can_be_cut_from_full_ones_beneath() -> None:
    size = 1000
    tile = TileCoord(1, 0, 3)
    beneath = {below.place: store(size).tile(below) for below in tiles_beneath(tile)}
    assert tile_from_beneath(tile, beneath) == store(size).tile(tile)
    assert tile_hash(beneath[0, 0]) == store(size).tile(tile)[:32]
    with pytest.raises(CorruptError):
        tile_hash(beneath[0, 0][:-32])


def test_an_edge_of_another_size_is_refused() -> None:
    tree = grow(0, (), leaves(300)[:300])
    for wrong in ((), tree.edge[:1], (*tree.edge, b""), (tree.edge[0][:-32], tree.edge[1])):
        with pytest.raises(CorruptError):
            grow(300, wrong, [])
    with pytest.raises(FormatError):
        grow(300, tree.edge, [b"short"])


# A real log


def test_the_real_log_is_rebuilt_byte_for_byte() -> None:
    entries = parse_entries((TESSERA / "tile/entries/000.p/15").read_bytes())
    tree = grow(0, (), [])
    for size, entry in enumerate(entries, start=1):
        tree = grow(tree.size, tree.edge, [leaf_hash(entry)])
        assert tree.edge[0] == (TESSERA / tile_path(0, 0, size)).read_bytes()
        lines = (TESSERA / f"checkpoint.{size}").read_text().split("\n")
        assert (str(size), tree.root) == (lines[1], parse_hash(lines[2], what="root"))
