"""A ledger that an earlier program made, brought up to date."""

from __future__ import annotations

import pytest

from ledger.store import open_store
from ledger.store.migrating import migrate
from tests.store.building import BOB, FIRST_CHECKPOINT, IDENTITY, NOTHING, add, entry, raw

KINDS = ("source", "claim", "statement", "claim", "attribution", "claim")


def test_records_are_known_by_kind_and_index_once_their_second_copies_are_gone(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [entry(kind=kind) for kind in KINDS]
    store = open_store(database)
    with monkeypatch.context() as before:
        before.setattr("ledger.store.tables.REVISION", "0008")
        before.setattr("ledger.store.sql.migrate", lambda connection: migrate(connection, "0008"))
        before.setattr("ledger.store.writing.insert_derived", lambda *given: None)
        store.create(IDENTITY, FIRST_CHECKPOINT)
        add(store, *made, entry(made[0].record_id, kind="source", keys=(BOB,), projected=NOTHING))
    with raw(database) as connection:
        connection.execute(
            'INSERT INTO record ("index", record_id, kind, body) '
            'SELECT "index", record_id, kind, \'{}\' FROM entry WHERE "index" < 6'
        )
    store.upgrade()
    with store.reading() as snapshot:
        assert list(snapshot.all_records()) == list(enumerate(KINDS))
        assert snapshot.of_kinds(["claim"]) == [1, 3, 5]
        assert snapshot.find_prefix(made[0].record_id[7:19], 9) == [made[0].record_id]
        assert snapshot.checkpoint.size == 7
    add(store, entry(kind="claim"))
    with store.reading() as snapshot:
        assert snapshot.newest_of_kinds(["claim"], before=99, limit=2) == [7, 5]
    store.close()
