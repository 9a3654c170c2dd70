"""All that a ledger keeps, as rows of one SQLite file: what a backup holds, and what a new ledger is made of again.

Derived tables need not be there: they are worked out from the entries.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Table, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from ledger.errors import FormatError
from ledger.store import tables
from ledger.store.backend import Backend, Cells
from ledger.store.migrating import migrate

# Rows that others name come first.
_KEPT: Sequence[Table] = (
    tables.head,
    tables.entry,
    tables.tile,
    tables.checkpoint,
    tables.checkpoint_note,
    tables.cosignature,
    tables.opening,
    tables.erased,
    tables.hook,
    tables.witness,
)
_TOGETHER = 500
# Rows that are in memory at once while a long answer is read.
_STREAM = {"yield_per": _TOGETHER}


def fill_kept(source: Connection, into: Connection, backend: Backend, owner: Backend | None = None) -> None:
    """Tables of the newest revision, which were empty, hold what is kept in the other database, whose errors `owner` knows."""
    for table in _KEPT:
        for some in _rows_of(source, table, owner):
            backend.fill(into, table, some)
    counted = source.scalar(select(tables.scrubbing.c.erasures))
    # What was erased before was never in the new place: there is nothing to scrub.
    into.execute(update(tables.scrubbing).values(erasures=counted, scrubbed=counted, transaction=None))


@contextmanager
def kept_in(path: Path) -> Iterator[tuple[Connection, Backend]]:
    """A backup's file, to be read; one with older tables as a copy, which has today's and is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="onrecord-restore-") as place:
        with _opened(path) as (connection, backend):
            revision = _revision(connection, backend)
            if revision == tables.REVISION:
                yield connection, backend
                return
        copied = Path(place) / path.name
        shutil.copyfile(path, copied)
        with _opened(copied) as (connection, backend):
            try:
                migrate(connection)
            except SQLAlchemyError as error:
                raise backend.explain(error) from error
            yield connection, backend


def _rows_of(connection: Connection, table: Table, owner: Backend | None) -> Iterator[list[Cells]]:
    """Every row of one state, some at a time."""
    try:
        found = iter(connection.execute(select(table), execution_options=_STREAM))
        while some := [tuple(row) for row in islice(found, _TOGETHER)]:
            yield some
    except SQLAlchemyError as error:
        if owner is None:
            raise
        raise owner.explain(error) from error


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Connection, Backend]]:
    from ledger.store.sqlite import SqliteBackend

    backend = SqliteBackend(path, 5.0)
    try:
        with backend.engine.connect().execution_options(**backend.reading) as connection, connection.begin():
            yield connection, backend
    finally:
        backend.engine.dispose()


def _revision(connection: Connection, backend: Backend) -> str:
    try:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError as error:
        raise backend.explain(error) from error
    if not isinstance(found, str) or found > tables.REVISION:
        known = f"this program knows {tables.REVISION}"
        raise FormatError(f"the backup has the tables of revision {found}, {known}", hint="use a newer onrecord")
    return found
