"""Where a ledger is kept: the only package that knows SQL."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import UsageError

if TYPE_CHECKING:
    from ledger.store.protocol import Store

_SQLITE = "sqlite:///"
_POSTGRESQL = re.compile(r"postgres(?:ql)?://")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def open_store(target: str, *, wait: float = 5.0) -> Store:
    """The store at a file's path, `sqlite:///path` or `postgresql://...`; nothing is read or made yet.

    `wait` is how many seconds to wait for a database that is busy.
    """
    # Here and not above: protocol.py must be importable by those who never open a database.
    from ledger.store.sql import SqlStore

    if _POSTGRESQL.match(target):
        from ledger.store.postgresql import PostgresqlBackend, parse_url

        return SqlStore(PostgresqlBackend(parse_url(target), wait), target)
    from ledger.store.sqlite import SqliteBackend

    return SqlStore(SqliteBackend(_file_path(target), wait), target)


def _file_path(target: str) -> Path:
    path = target.removeprefix(_SQLITE)
    if not path or ":memory:" in target:
        raise UsageError(f"{target!r} is no place to keep a ledger: it would be gone with the process", hint="name a file")
    if path == target and _SCHEME.match(target):
        raise UsageError(
            f"{target.partition(':')[0]}: is no kind of ledger", hint="a file's path, sqlite:///path or postgresql://host/name"
        )
    if path != target and "?" in path:
        raise UsageError("sqlite:/// takes a path and no options", hint=path.partition("?")[0])
    return Path(path)
