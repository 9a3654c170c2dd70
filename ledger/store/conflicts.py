"""Inserts that say what becomes of a row that is there already: each database has words of its own for that."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table


def insert_or(connection: Connection, table: Table) -> Any:
    """The insert of the connection's own dialect. The other one is not loaded: that takes longer than many a command does."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
