"""The log as strangers read it, on every back end."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from ledger.core.encoding import parse_hash
from ledger.core.merkle import check_consistency, check_inclusion, leaf_hash, root_of
from ledger.core.note import open_checkpoint
from ledger.core.tiles import pack_entries, parse_entries
from ledger.core.vkey import parse_vkey
from ledger.errors import FormatError, NotFoundError, WithheldError
from ledger.service.log import proofs_of
from ledger.service.tree import Edges
from tests import factory
from tests.factory import ORIGIN, Ready

SIZE = 600


@pytest.fixture
def ready(database: str) -> Iterator[Ready]:
    made = factory.ready(database)
    yield made
    made.ledger.close()


def _grown(database: str, sizes: list[int]) -> factory.Ready:
    """A ledger that was published at these sizes."""
    ready = factory.ready(database)
    for size in sizes:
        start = ready.ledger.health().size
        ready.add(*(factory.claim(f"claim {number}") for number in range(start, size)))
    return ready


def test_every_tile_and_proof_of_a_tree_that_grew_in_steps_is_right(database: str) -> None:
    sizes = [3, 255, 256, 257, 512, SIZE]
    ready = _grown(database, sizes)
    ledger = ready.ledger
    bundles = [ledger.tile("tile/entries/000"), ledger.tile("tile/entries/001"), ledger.tile("tile/entries/002.p/88")]
    entries = [entry for bundle in bundles for entry in parse_entries(bundle)]
    leaves = [leaf_hash(entry) for entry in entries]
    assert len(entries) == SIZE
    view = ledger.checkpoint()
    root = parse_hash(view.root, what="root")
    assert root == root_of(leaves)
    # Tiles: full ones, and each width that the partial ones have had.
    assert ledger.tile("tile/0/000") == b"".join(leaves[:256])
    assert ledger.tile("tile/0/000.p/3") == b"".join(leaves[:3])
    assert ledger.tile("tile/0/002.p/88") == b"".join(leaves[512:])
    assert ledger.tile("tile/0/002.p/1") == leaves[512]
    assert ledger.tile("tile/1/000.p/2") == root_of(leaves[:256]) + root_of(leaves[256:512])
    assert ledger.tile("tile/1/000.p/1") == root_of(leaves[:256])
    assert ledger.tile("tile/entries/002.p/5") == pack_entries(entries[512:517])
    # Inclusion of every entry, with the edge grown and with the edge read from the store.
    for edges in (Edges(), ledger._edges):
        with ready.store.reading() as snapshot:
            proofs = proofs_of(snapshot, edges, range(SIZE))
        for index in range(SIZE):
            check_inclusion(index, SIZE, leaves[index], proofs[index], root)
    # Consistency between all published sizes.
    published = [2, *sizes]
    for old in published:
        for new in (size for size in published if size >= old):
            proof = ledger.consistency(old, new)
            hashes = [parse_hash(text, what="hash") for text in proof.proof]
            roots = [parse_hash(end.root, what="root") for end in (proof.old, proof.new)]
            assert roots == [root_of(leaves[:old]), root_of(leaves[:new])]
            check_consistency(old, new, roots[0], roots[1], hashes)
    ledger.close()


@pytest.mark.parametrize(
    "path", ["tile/0/000", "tile/0/000.p/4", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000.p/4", "tile/entries/001.p/1"]
)
def test_nothing_past_the_published_tree_is_served(ready: Ready, path: str) -> None:
    ready.add(factory.claim())
    with pytest.raises(NotFoundError):
        ready.ledger.tile(path)


@pytest.mark.parametrize(
    "path", ["tile/0/0", "tile/0/000.p/256", "tile/64/000", "tile/entries/000.p/0", "tile/0/x000/000", "x"]
)
def test_a_path_that_is_none_is_refused(ready: Ready, path: str) -> None:
    with pytest.raises(FormatError):
        ready.ledger.tile(path)


def test_the_checkpoint_is_signed_by_the_keys_that_the_ledger_names(ready: Ready) -> None:
    view = ready.ledger.checkpoint()
    known = ready.ledger.well_known()
    assert known.origin == view.origin == ORIGIN
    opened = open_checkpoint(view.note.encode(), [parse_vkey(key) for key in known.log_keys], origin=known.origin)
    assert (opened.checkpoint.size, len(opened.log_keys)) == (2, 2)
    assert base64.b64encode(opened.checkpoint.root).decode() == view.root
    assert known.issuer == ready.keys.issuer_did


def test_consistency_with_a_size_that_was_never_published_names_the_nearest(ready: Ready) -> None:
    ready.add(*(factory.claim(str(number)) for number in range(4)))
    with pytest.raises(NotFoundError) as caught:
        ready.ledger.consistency(4)
    assert caught.value.suggestions == ["2", "6"]
    with pytest.raises(FormatError):
        ready.ledger.consistency(6, 2)


def test_every_tree_begins_with_the_empty_one(ready: Ready) -> None:
    proof = ready.ledger.consistency(0)
    assert (proof.old_size, proof.new_size, proof.proof) == (0, 2, [])


def test_a_withheld_entry_takes_its_bundle_with_it_and_keeps_its_proof(ready: Ready) -> None:
    claim = factory.claim()
    (receipt,) = ready.add(claim)
    ready.ledger.tile("tile/entries/000.p/3")
    ready.add(factory.withhold(claim, basis="a ruling"))
    with pytest.raises(WithheldError, match="a ruling"):
        ready.ledger.tile("tile/entries/000.p/3")
    assert len(parse_entries(ready.ledger.tile("tile/entries/000.p/2"))) == 2
    assert ready.ledger.receipt(receipt.record_id).index == receipt.index
    assert len(ready.ledger.tile("tile/0/000.p/4")) == 128


def test_health_says_how_far_the_log_goes(ready: Ready) -> None:
    ready.clock.now += 60
    ready.add(factory.claim())
    health = ready.ledger.health()
    assert (health.status, health.size, health.checkpoint_time) == ("ok", 3, "2025-04-28T00:27:40Z")
