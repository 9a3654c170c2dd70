"""What was written stays, whoever holds the connection; the database itself sees to it."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace

import psycopg
import pytest
import sqlalchemy

from ledger.errors import StoreError
from ledger.store.protocol import Store, StoredErasure, StoredOpening, Tile
from tests.store.building import FIRST_CHECKPOINT, add, all_entries, append, digest, entry, raw

KEPT = {
    "entry": "logged_at = 0",
    "tile": "level = 7",
    "checkpoint": "size = 0",
    "cosignature": "time = 0",
    "checkpoint_note": "note = NULL",
    "opening": "value = 'something else'",
    "erased": "key_id = 'did:key:z6MkSomebody'",
    "head": "size = 0",
}
ERASABLE = ("checkpoint_note", "opening")
REFUSED = (sqlite3.IntegrityError, psycopg.errors.RestrictViolation)


@pytest.fixture
def filled(store: Store, database: str) -> Store:
    with store.writing() as writer:
        tile = Tile(0, 0, os.urandom(8192))
        append(writer, [entry() for _ in range(256)], tiles=[tile], openings=[StoredOpening(digest("o"), b"s" * 16, "value")])
        writer.remember_erased([StoredErasure(digest("gone"), 1, "did:key:z6MkAlice")])
    with raw(database) as connection:
        connection.execute("INSERT INTO cosignature (seq, key_id, time, signature) VALUES (1, 'w1', 1, '')")
    return store


@pytest.mark.parametrize("table", KEPT)
def test_a_kept_row_takes_no_update(filled: Store, database: str, table: str) -> None:
    with raw(database) as connection, pytest.raises(REFUSED):
        connection.execute(f"UPDATE {table} SET {KEPT[table]}")


@pytest.mark.parametrize("table", [table for table in KEPT if table not in ERASABLE])
def test_a_kept_row_takes_no_delete(filled: Store, database: str, table: str) -> None:
    with raw(database) as connection, pytest.raises(REFUSED):
        connection.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", [table for table in KEPT if table not in ERASABLE])
def test_a_kept_table_takes_no_truncate(filled: Store, database: str, table: str) -> None:
    if not database.startswith("postgresql://"):
        pytest.skip("SQLite has no TRUNCATE")
    with raw(database) as connection, pytest.raises(REFUSED):
        connection.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", [table for table in KEPT if table not in ERASABLE])
def test_a_kept_row_cannot_be_replaced_by_an_insert(filled: Store, database: str, table: str) -> None:
    """Not even by a stranger's connection, which does not set PRAGMA recursive_triggers."""
    if database.startswith("postgresql://"):
        pytest.skip("PostgreSQL has no INSERT OR REPLACE; its ON CONFLICT DO UPDATE is an update")
    with raw(database) as connection, pytest.raises(REFUSED):
        connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")


def test_an_entry_cannot_be_replaced_under_another_index(filled: Store, database: str) -> None:
    if database.startswith("postgresql://"):
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    with raw(database) as connection, pytest.raises(REFUSED):
        connection.execute(
            'INSERT OR REPLACE INTO entry ("index", record_id, kind, key_ids, leaf_hash, logged_at, envelope) '
            "SELECT 9999, record_id, kind, key_ids, leaf_hash, logged_at, envelope FROM entry LIMIT 1"
        )


def test_every_connection_of_the_store_sets_what_keeps_a_file_safe(store: Store, database: str) -> None:
    if database.startswith("postgresql://"):
        pytest.skip("these are SQLite's")
    engine = store._backend.engine  # type: ignore[attr-defined]  # to look, nothing else
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "secure_delete", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1, "secure_delete": 1,
        "busy_timeout": 5000,
    }  # fmt: skip


def test_the_same_record_under_the_same_keys_is_one_entry(store: Store) -> None:
    first = entry()
    add(store, first)
    with pytest.raises(StoreError):
        add(store, entry(), first)
    assert [one.record_id for one in all_entries(store)] == [first.record_id]


def test_a_checkpoint_that_does_not_follow_is_refused(store: Store) -> None:
    add(store, entry())
    with store.reading() as snapshot:
        old = snapshot.checkpoint
    for seq, size in ((1, 2), (3, 2), (2, 1), (2, 3)):
        with pytest.raises(StoreError, match="does not follow"), store.writing() as writer:
            writer.append([entry()], [], [], replace(old, seq=seq, size=size), 0)
    assert len(all_entries(store)) == 1


def test_a_log_that_moved_under_a_writer_is_not_written(store: Store) -> None:
    """The compare-and-swap, with the lock out of the way: the writer believes in a size that is not there."""
    add(store, entry())

    def append_in_the_past() -> None:
        with store.writing() as writer:
            writer.checkpoint = FIRST_CHECKPOINT
            append(writer, [entry()])

    with pytest.raises(StoreError, match="no longer"):
        append_in_the_past()
    assert len(all_entries(store)) == 1


def test_an_error_within_a_transaction_undoes_all_of_it(store: Store) -> None:
    before = store.derived()

    def append_and_fail() -> None:
        with store.writing() as writer:
            append(writer, [entry()], openings=[StoredOpening(digest("o"), b"s" * 16, "value")])
            append(writer, [entry()])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        append_and_fail()
    with store.reading() as snapshot:
        assert snapshot.checkpoint.size == 0
        assert snapshot.openings([digest("o")]) == {}
        assert list(snapshot.entry_range(0, 9)) == []
    assert store.derived() == before


def test_a_foreign_exception_never_leaves_the_store(store: Store, database: str) -> None:
    with raw(database) as connection:
        connection.execute("DROP TABLE link")
    with pytest.raises(StoreError), store.reading() as snapshot:
        snapshot.referring(["kcna"])
    with pytest.raises(StoreError) as caught:
        store.derived()
    assert isinstance(caught.value.__cause__, sqlalchemy.exc.SQLAlchemyError)
