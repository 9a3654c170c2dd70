"""The mark that erased words may still be in the database's own files, and is taken away once they are not."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from ledger.store import tables
from ledger.store.backend import Backend

_ROW = tables.scrubbing.c


def mark_erasure(connection: Connection, backend: Backend) -> None:
    """In the transaction that erases."""
    counted = {"erasures": _ROW.erasures + 1, "transaction": backend.transaction_number()}
    connection.execute(update(tables.scrubbing).values(**counted))


def is_to_scrub(connection: Connection) -> bool:
    return bool(connection.scalar(select(_ROW.erasures > _ROW.scrubbed)))


def last_erasure(connection: Connection) -> tuple[int, int | None]:
    """How many there were, and the number of the last one's transaction."""
    row = connection.execute(select(_ROW.erasures, _ROW.transaction)).one()
    return row.erasures, row.transaction


def mark_scrubbed(connection: Connection, erasures: int) -> None:
    """So many are scrubbed."""
    connection.execute(update(tables.scrubbing).where(_ROW.scrubbed < erasures).values(scrubbed=erasures))
