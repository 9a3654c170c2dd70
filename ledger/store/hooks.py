"""The operator's webhooks, in SQL."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update

from ledger.store import tables
from ledger.store.protocol import Hook

_HOOK = tables.hook.c


def read_hooks(connection: Connection) -> list[Hook]:
    return [Hook(**dict(row)) for row in connection.execute(select(tables.hook).order_by(_HOOK.id)).mappings()]


def insert_hook(connection: Connection, hook: Hook) -> None:
    connection.execute(insert(tables.hook).values(**asdict(hook)))


def delete_hook(connection: Connection, id: str) -> bool:
    return connection.execute(delete(tables.hook).where(_HOOK.id == id)).rowcount == 1


def replace_hook(connection: Connection, before: Hook, after: Hook) -> bool:
    """Compare-and-set of the whole row."""
    as_before = and_(*(same(_HOOK[name], value) for name, value in asdict(before).items()))
    return connection.execute(update(tables.hook).where(as_before).values(**asdict(after))).rowcount == 1


def same(column: Any, value: object) -> Any:
    return column.is_(None) if value is None else column == value
