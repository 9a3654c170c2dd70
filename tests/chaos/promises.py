"""What a ledger has promised whom, and whether it keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger.core.encoding import parse_hash
from ledger.core.merkle import check_inclusion, grow
from ledger.core.note import open_checkpoint
from ledger.errors import OnRecordError
from ledger.service.ledger import Ledger
from ledger.store.protocol import Snapshot
from schemas.log import Receipt

_AT_ONCE = 500


def broken(ledger: Ledger, receipts: Sequence[Receipt], notes: Iterable[str] = ()) -> list[str]:
    """Each acknowledged record that is not where its receipt says, and each checkpoint, of a receipt or shown, that is not of
    how the log begins."""
    found = []
    for start in range(0, len(receipts), _AT_ONCE):
        found += _lost(ledger, receipts[start : start + _AT_ONCE])
    return found + _forked(ledger, {*notes, *(one.checkpoint.note for one in receipts)})


def _lost(ledger: Ledger, receipts: Sequence[Receipt]) -> list[str]:
    with ledger._store.reading() as snapshot:
        entries = {entry.index: entry for entry in snapshot.entries([one.index for one in receipts])}
    found = []
    for one in receipts:
        entry = entries.get(one.index)
        leaf, *proof = [parse_hash(each, what="a hash of a receipt") for each in (one.leaf_hash, *one.proof)]
        if entry is None or (entry.record_id, entry.leaf_hash) != (one.record_id, leaf):
            found.append(f"lost: {one.record_id} at {one.index}")
        try:
            check_inclusion(one.index, one.checkpoint.size, leaf, proof, parse_hash(one.checkpoint.root, what="root"))
        except OnRecordError as error:
            found.append(f"receipt of {one.index}: {error.message}")
    return found


def _forked(ledger: Ledger, notes: Iterable[str]) -> list[str]:
    found = []
    with ledger._store.reading() as snapshot:
        origin, now = snapshot.identity.origin, snapshot.checkpoint
        vkeys = ledger._own_keys().vkeys(origin)
        shown = [open_checkpoint(note.encode(), vkeys, origin=origin) for note in notes]
        roots = _roots(snapshot, {one.checkpoint.size for one in shown})
        for one in shown:
            size, root = one.checkpoint.size, one.checkpoint.root
            if (one.time or 0) > now.time or roots.get(size) != root:
                found.append(f"the checkpoint of size {size} was shown, and is not of this log")
    return found


def _roots(snapshot: Snapshot, sizes: Iterable[int]) -> dict[int, bytes]:
    """The roots of the first so many entries, of each size that there is: the tree is grown once, from leaf to leaf."""
    tree, found = grow(0, (), []), {}
    for size in sorted(size for size in sizes if size <= snapshot.checkpoint.size):
        if size > tree.size:
            tree = grow(tree.size, tree.edge, snapshot.leaf_hashes(tree.size, size))
        found[size] = tree.root
    return found
