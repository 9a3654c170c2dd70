"""What witnesses signed, and how the operator's witnesses stand, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, and_, insert, select, update

from ledger.store import tables
from ledger.store.hooks import same
from ledger.store.rows import StoredCheckpoint, StoredCosignature, WitnessState

_COSIGNATURE, _WITNESS, _NOTE = tables.cosignature.c, tables.witness.c, tables.checkpoint_note.c


def insert_cosignatures(connection: Connection, checkpoint: StoredCheckpoint, signed: Sequence[StoredCosignature]) -> int:
    """How many of them are new; of a key that has signed this checkpoint before, the first stays. In a writer's turn."""
    known = set(connection.scalars(select(_COSIGNATURE.key_id).where(_COSIGNATURE.seq == checkpoint.seq)))
    new = [one for one in signed if one.key not in known]
    if not new:
        return 0
    rows = [{"seq": checkpoint.seq, "key_id": one.key, "time": one.time, "signature": one.line} for one in new]
    noted = connection.scalar(select(_NOTE.seq).where(_NOTE.seq == checkpoint.seq))
    if noted is None and checkpoint.note is not None:
        # One note a minute is kept, and this one was let go of meanwhile; what is cosigned stays.
        connection.execute(insert(tables.checkpoint_note).values(seq=checkpoint.seq, note=checkpoint.note))
    connection.execute(insert(tables.cosignature), rows)
    return len(new)


def read_witnesses(connection: Connection) -> list[WitnessState]:
    return [WitnessState(**dict(row)) for row in connection.execute(select(tables.witness).order_by(_WITNESS.url)).mappings()]


def replace_witness(connection: Connection, before: WitnessState | None, after: WitnessState) -> bool:
    """Compare-and-set of the whole row, or of its absence."""
    if before is None:
        if connection.scalar(select(_WITNESS.url).where(_WITNESS.url == after.url)) is not None:
            return False
        connection.execute(insert(tables.witness).values(**asdict(after)))
        return True
    as_before = and_(*(same(_WITNESS[name], value) for name, value in asdict(before).items()))
    return connection.execute(update(tables.witness).where(as_before).values(**asdict(after))).rowcount == 1
