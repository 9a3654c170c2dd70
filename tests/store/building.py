"""Small entries for a store: what lies in them does not matter here, only that it comes back."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy

from ledger.core.merkle import EMPTY_ROOT
from ledger.store.protocol import (
    Identity,
    NewEntry,
    Projection,
    Store,
    StoredCheckpoint,
    StoredEntry,
    StoredOpening,
    Tile,
    Writer,
)

IDENTITY = Identity("log.example/ledger", test_log=False)
FIRST_CHECKPOINT = StoredCheckpoint(0, 0, EMPTY_ROOT, 1_000_000, b"the empty tree\n")
ALICE, BOB = "did:key:z6MkAlice", "did:key:z6MkBob"
NOTHING = Projection(first=False, subject=None, references=(), terms=(), languages=())
NOW = 1_000_000


def projection(
    subject: str | None = None,
    references: Sequence[tuple[str, str]] = (),
    terms: Sequence[str] = (),
    languages: Sequence[str] = (),
    *,
    first: bool = True,
) -> Projection:
    return Projection(first, subject, references, terms, languages)


def digest(word: str) -> str:
    return "sha256:" + hashlib.sha256(word.encode()).hexdigest()


def entry(
    record_id: str | None = None,
    *,
    kind: str = "claim",
    keys: tuple[str, ...] = (ALICE,),
    projected: Projection | None = None,
    envelope: bytes | None = None,
) -> NewEntry:
    return NewEntry(
        record_id=record_id or "sha256:" + secrets.token_hex(32),
        kind=kind,
        keys=keys,
        leaf_hash=os.urandom(32),
        envelope=envelope or os.urandom(40),
        projection=projection() if projected is None else projected,
    )


def append(
    writer: Writer,
    entries: Sequence[NewEntry],
    *,
    tiles: Sequence[Tile] = (),
    openings: Sequence[StoredOpening] = (),
    time: int | None = None,
) -> None:
    """Under a checkpoint that follows, a minute later than the one before unless a time is given."""
    old = writer.checkpoint
    at = old.time + 60 if time is None else time
    following = StoredCheckpoint(old.seq + 1, old.size + len(entries), os.urandom(32), at, b"note %d\n" % (old.seq + 1))
    writer.append(entries, tiles, openings, following, NOW)


def add(store: Store, *entries: NewEntry, time: int | None = None) -> None:
    with store.writing() as writer:
        append(writer, entries, time=time)


def all_entries(store: Store) -> list[StoredEntry]:
    with store.reading() as snapshot:
        return list(snapshot.entry_range(0, snapshot.checkpoint.size))


@contextmanager
def raw(database: str) -> Iterator[Any]:
    """A stranger's connection, past the store: `execute` takes plain SQL."""
    if database.startswith("postgresql://"):
        with psycopg.connect(database, autocommit=True) as connection:
            yield connection
        return
    with closing(sqlite3.connect(database, isolation_level=None)) as plain:
        yield plain


def engine_for(database: str) -> sqlalchemy.Engine:
    if database.startswith("postgresql://"):
        return sqlalchemy.create_engine(sqlalchemy.make_url(database).set(drivername="postgresql+psycopg"))
    return sqlalchemy.create_engine(sqlalchemy.URL.create("sqlite", database=str(Path(database))))
