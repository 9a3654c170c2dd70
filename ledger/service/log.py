"""The log as strangers read it: checkpoints, tiles, entry bundles, proofs. Nothing past the published checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ledger.core.encoding import print_base64
from ledger.core.merkle import consistency_plan, inclusion_plan, prove_consistency, prove_inclusion
from ledger.core.proof import print_tlog_proof
from ledger.core.tiles import TILE_WIDTH, pack_entries, parse_entries_path, parse_tile_path, tile_width
from ledger.errors import FormatError, NotFoundError
from ledger.service.adding import checkpoint_view, receipt_of
from ledger.service.panel import Panel, cosigned_note, newest_witnessed
from ledger.service.reading import Reading
from ledger.service.tree import Edges, inclusion_proofs, read_tile, read_tiles
from ledger.service.withholding import refuse_withheld
from ledger.store.protocol import Snapshot, StoredCheckpoint
from schemas.log import CheckpointView, ConsistencyProof, Receipt

_ENTRIES = "tile/entries/"


def newest(snapshot: Snapshot) -> CheckpointView:
    """The newest checkpoint, with the signatures of witnesses that it has by now."""
    return _view(snapshot, snapshot.checkpoint)


def _view(snapshot: Snapshot, checkpoint: StoredCheckpoint) -> CheckpointView:
    signed = replace(checkpoint, note=cosigned_note(snapshot, checkpoint)) if checkpoint.note is not None else checkpoint
    return checkpoint_view(snapshot.identity.origin, signed)


def receipt(snapshot: Snapshot, edges: Edges, record_id: str, panel: Panel | None = None) -> Receipt:
    """The receipt of the record's first entry: under the newest checkpoint that enough witnesses signed, if one covers it, else
    under the newest."""
    index = first_index(snapshot, record_id)
    checkpoint, witnessed = _for_receipt(snapshot, index, panel)
    (entry,) = snapshot.entries([index])
    proof = _proof_in(snapshot, edges, index, checkpoint.size)
    return receipt_of(record_id, index, entry.leaf_hash, proof, _view(snapshot, checkpoint), witnessed=witnessed)


def tlog_proof(snapshot: Snapshot, edges: Edges, record_id: str, panel: Panel | None = None) -> str:
    """The C2SP tlog-proof file of the record's first entry, under the checkpoint of its receipt."""
    index = first_index(snapshot, record_id)
    checkpoint, _ = _for_receipt(snapshot, index, panel)
    note = _view(snapshot, checkpoint).note.encode("utf-8")
    return print_tlog_proof(index, _proof_in(snapshot, edges, index, checkpoint.size), note).decode("utf-8")


def under_witnessed(
    snapshot: Snapshot, edges: Edges, index: int, receipts: Sequence[Receipt], panel: Panel | None
) -> list[Receipt] | None:
    """The same receipts under the newest checkpoint that enough witnesses signed; None where none covers all of them."""
    checkpoint = newest_witnessed(snapshot, panel)
    if checkpoint is None or checkpoint.size <= max([index, *(one.index for one in receipts)]):
        return None
    view = _view(snapshot, checkpoint)

    def again(one: Receipt) -> Receipt:
        proof = [print_base64(found) for found in _proof_in(snapshot, edges, one.index, checkpoint.size)]
        return one.model_copy(update={"proof": proof, "checkpoint": view, "witnessed": True})

    return [again(one) for one in receipts]


def _for_receipt(snapshot: Snapshot, index: int, panel: Panel | None) -> tuple[StoredCheckpoint, bool]:
    """The checkpoint, and whether enough witnesses signed it."""
    found = newest_witnessed(snapshot, panel)
    return (found, True) if found is not None and found.size > index else (snapshot.checkpoint, False)


def _proof_in(snapshot: Snapshot, edges: Edges, index: int, size: int) -> list[bytes]:
    """The proof in the tree of that size, from the tiles of the newest tree, of which it is a part."""
    tiles = read_tiles(snapshot, inclusion_plan(index, size), snapshot.checkpoint.size, edges.of(snapshot), {})
    return prove_inclusion(index, size, tiles)


def first_index(snapshot: Snapshot, record_id: str) -> int:
    found = snapshot.find([record_id]).get(record_id)
    if not found:
        raise NotFoundError(f"no record {record_id} is on record")
    return min(found)


def proof_of(snapshot: Snapshot, edges: Edges, index: int) -> list[bytes]:
    return proofs_of(snapshot, edges, [index])[index]


def proofs_of(snapshot: Snapshot, edges: Edges, indexes: Sequence[int]) -> dict[int, list[bytes]]:
    """Inclusion proofs of these entries under the newest checkpoint."""
    return inclusion_proofs(snapshot, indexes, snapshot.checkpoint.size, edges.of(snapshot))


def consistency(snapshot: Snapshot, edges: Edges, old_size: int, new_size: int | None) -> ConsistencyProof:
    """The proof that the newer published tree begins with the older one."""
    new = _published(snapshot, snapshot.checkpoint.size if new_size is None else new_size)
    old = _published(snapshot, old_size)
    if old.size > new.size:
        raise FormatError(f"the old size {old.size} is past the new size {new.size}")
    proof = []
    if old.size:  # nothing leads from the empty tree: every tree begins with it
        plan = consistency_plan(old.size, new.size)
        tiles = read_tiles(snapshot, plan, snapshot.checkpoint.size, edges.of(snapshot), {})
        proof = prove_consistency(old.size, new.size, tiles)
    origin = snapshot.identity.origin
    return ConsistencyProof(
        old_size=old.size,
        new_size=new.size,
        proof=[print_base64(one) for one in proof],
        old=_old_view(origin, old),
        new=_old_view(origin, new),
    )


def growth(snapshot: Snapshot, most: int) -> list[tuple[int, int]]:
    """Time and size of published states, evenly over the log's life: however old it is, no more than so many are read. The
    first is among them even where others followed within its second."""
    newest, first = snapshot.checkpoint, snapshot.checkpoint_at(0)
    begin = first.time if first is not None else newest.time
    moments = {begin + (newest.time - begin) * step // (most - 1) for step in range(1, most)}
    found = {(one.time, one.size) for moment in sorted(moments) if (one := snapshot.checkpoint_before(moment)) is not None}
    return sorted(found | ({(first.time, first.size)} if first is not None else set()))


def _old_view(origin: str, checkpoint: StoredCheckpoint) -> CheckpointView:
    """One whose signatures were not kept has an empty note: its root is proven by the newer, signed tree."""
    signed = replace(checkpoint, note=checkpoint.note or b"")
    return checkpoint_view(origin, signed)


def _published(snapshot: Snapshot, size: int) -> StoredCheckpoint:
    found = snapshot.checkpoint if size == snapshot.checkpoint.size else snapshot.checkpoint_at(size)
    if found is not None:
        return found
    below, above = snapshot.sizes_around(size)
    near = [str(one) for one in (below, above) if one is not None]
    raise NotFoundError(f"no checkpoint of size {size} was published", suggestions=near)


# Tiles


def tile(snapshot: Snapshot, path: str) -> bytes:
    """A tile of hashes or an entry bundle of the newest tree, in any width that it has had."""
    if path.startswith(_ENTRIES):
        return _entries(snapshot, *parse_entries_path(path))
    wanted = parse_tile_path(path)
    if wanted.width > tile_width(wanted.level, wanted.index, snapshot.checkpoint.size):
        raise NotFoundError(f"{path} is not in the tree of {snapshot.checkpoint.size}")
    return read_tile(snapshot, wanted)


def _entries(snapshot: Snapshot, index: int, width: int) -> bytes:
    size = snapshot.checkpoint.size
    if width > tile_width(0, index, size):
        raise NotFoundError(f"entries {index * TILE_WIDTH} to {index * TILE_WIDTH + width - 1} are not in the tree of {size}")
    start = index * TILE_WIDTH
    entries = list(snapshot.entry_range(start, start + width))
    _refuse_withheld(snapshot, [entry.record_id for entry in entries])
    return pack_entries([entry.envelope for entry in entries])


def _refuse_withheld(snapshot: Snapshot, record_ids: Sequence[str]) -> None:
    """An entry that is withheld takes its bundle with it; its leaf hash and every proof stay."""
    if snapshot.identity.test_log or not snapshot.of_kinds(["withhold"], limit=1):
        return
    refuse_withheld(Reading(snapshot), *record_ids)
