"""The same as `corrupting`, in PostgreSQL: one byte of one cell is another, and what says so.

It is changed through SQL, in place of what a disk would do to the files: there PostgreSQL has checksums of its own, which are
not ours to try. Neither triggers nor foreign keys nor checks are in the way; what a type does not take (text that is no UTF-8,
a number that is too large) is no change that a row can have.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from tests.backends import SUPERUSER
from tests.chaos.corrupting import NOR_AT, NOT_LOOKED_AT, Change, found_in, one_byte_changed, rich, tiled

_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname"
_CHECKS = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0"
_COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"


class PostgresqlCorruptions:
    """Changes to two ledgers in these empty databases, each undone before the next."""

    def __init__(self, rich_target: str, tiled_target: str) -> None:
        self._rich, self._tiled = _Target(rich_target, rich), _Target(tiled_target, tiled)

    @property
    def tables(self) -> list[str]:
        return sorted(self._rich.columns)

    def unchanged(self) -> list[str | None]:
        return [found_in(self._rich.target), found_in(self._tiled.target)]

    def change(self, choose: random.Random) -> Change:
        table = choose.choice(self.tables)
        return (self._tiled if table == "tile" else self._rich).change(table, choose)


class _Target:
    def __init__(self, target: str, build: Callable[[str], None]) -> None:
        self.target = target
        build(target)
        with self._connected() as connection:
            for table, check in connection.execute(_CHECKS).fetchall():
                connection.execute(
                    sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(check))
                )
            tables = {name for (name,) in connection.execute(_TABLES)} - NOT_LOOKED_AT.keys()
            self.columns = {table: [name for (name,) in connection.execute(_COLUMNS, [table])] for table in tables}

    def change(self, table: str, choose: random.Random) -> Change:
        with self._connected() as connection:
            change, place = self._change(connection, table, choose)
            found = found_in(self.target)
            undone = _update(table, change.column, "ctid = %s::tid")
            assert connection.execute(undone, [change.before, place]).rowcount == 1
        return replace(change, found=found)

    def _change(self, connection: psycopg.Connection[Any], table: str, choose: random.Random) -> tuple[Change, str]:
        """The change, and where its row is now."""
        columns = self.columns[table]
        rows = connection.execute(sql.SQL("SELECT ctid::text, * FROM {}").format(sql.Identifier(table))).fetchall()
        if not rows:
            raise ValueError(f"the ledger has nothing in {table}")
        while True:
            (place, *row), number = choose.choice(rows), choose.randrange(len(columns))
            column, before = columns[number], row[number]
            after = _changed(before, choose)
            if after is None or (table, column) in NOR_AT or (table, column, row[0]) in NOR_AT:
                continue
            command = _update(table, column, "ctid = %s::tid AND {column} IS DISTINCT FROM %s")
            try:
                moved = connection.execute(command + sql.SQL(" RETURNING ctid::text"), [after, place, after]).fetchone()
            except (psycopg.DataError, psycopg.IntegrityError):
                continue
            if moved is not None:
                return Change(table, column, before, after), moved[0]

    def _connected(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self.target, autocommit=True, user=SUPERUSER)
        connection.execute("SET session_replication_role = replica")
        return connection


def _update(table: str, column: str, where: str) -> sql.Composed:
    named = sql.Identifier(column)
    return sql.SQL("UPDATE {table} SET {column} = %s WHERE " + where).format(table=sql.Identifier(table), column=named)


def _changed(value: object, choose: random.Random) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        place = choose.randrange(len(value)) if value else 0
        after = _changed(value[place], choose) if value else None
        return None if after is None else [*value[:place], after, *value[place + 1 :]]
    after = one_byte_changed(value, choose)
    try:
        return after.decode() if isinstance(value, str) and isinstance(after, bytes) else after
    except UnicodeDecodeError:
        return None
