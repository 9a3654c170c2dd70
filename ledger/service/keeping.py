"""Keeping a store honest: what must hold before a server starts, and rebuilding what is derived."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ledger.core.checkpoint import Checkpoint
from ledger.core.logkeys import LogTerms
from ledger.core.note import open_checkpoint
from ledger.core.vkey import VerifierKey
from ledger.errors import BusyError, CorruptError, OnRecordError
from ledger.keys import KnownKeys
from ledger.service.logkeys import known_vkeys, terms_in
from ledger.service.projecting import projections
from ledger.service.remembering import forget
from ledger.service.tree import Edges
from ledger.store.protocol import Snapshot, Store, StoredCheckpoint

_ATTEMPTS = 5


# Starting


def check_start(snapshot: Snapshot, edges: Edges, keys: KnownKeys | None) -> None:
    """The newest checkpoint is signed by these keys, and is the head of exactly the entries that are there."""
    checkpoint, extent = snapshot.checkpoint, snapshot.extent()
    if extent.size != checkpoint.size or extent.past:
        past = "".join(f", {count} more in {table}" for table, count in extent.past.items())
        raise CorruptError(f"the newest checkpoint is of size {checkpoint.size}, the head says {extent.size}{past}")
    edges.of(snapshot)
    if checkpoint.size and not snapshot.entries([checkpoint.size - 1]):
        raise CorruptError(f"the newest checkpoint is of size {checkpoint.size}, the entries are not")
    if keys is not None:
        check_note(snapshot.identity.origin, checkpoint, known_vkeys(snapshot, keys), terms_in(snapshot, keys))


def check_note(origin: str, checkpoint: StoredCheckpoint, vkeys: Sequence[VerifierKey], terms: LogTerms) -> None:
    """The stored checkpoint is the one in its note, under both kinds of signature, of every pair that the log says signs it."""
    if checkpoint.note is None:
        raise CorruptError(f"the checkpoint of size {checkpoint.size} has lost its signatures")
    try:
        opened = open_checkpoint(checkpoint.note, vkeys, origin=origin)
    except OnRecordError as error:
        raise CorruptError(
            f"the checkpoint of size {checkpoint.size} is not signed by these keys: {error.message}",
            hint="are these the keys of this ledger?",
        ) from None
    missing = {key for term in terms.at(checkpoint.size) for key in term.pair}.difference(opened.log_keys)
    wanted = (Checkpoint(origin, checkpoint.size, checkpoint.root), checkpoint.time)
    if (opened.checkpoint, opened.time) != wanted or missing or len({one.kind for one in opened.log_keys}) < 2:
        raise CorruptError(f"the signed checkpoint of size {checkpoint.size} says something else than the stored one")


# Rebuilding


def upgrade(store: Store) -> None:
    """The newest tables, and in those that are derived what this program derives."""
    store.upgrade()
    with store.reading() as snapshot:
        test_log = snapshot.identity.test_log
    if not test_log:
        reindex(store)


def reindex(store: Store) -> None:
    """The derived tables hold what the entries say, and nothing else."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(BusyError):  # somebody appended meanwhile: their entries are to be in it too
            return _reindex(store)
    return _reindex(store)


def _reindex(store: Store) -> None:
    with store.reading() as snapshot:
        store.rebuild(projections(snapshot))
    forget()
