"""Making, finding and upgrading ledgers, and what a target may look like."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from ledger.errors import ConflictError, StoreError, UsageError
from ledger.store import open_store, tables
from ledger.store.migrating import migrate
from ledger.store.protocol import Store
from tests.store.building import FIRST_CHECKPOINT, IDENTITY, add, engine_for, entry, raw


def test_a_new_ledger_has_the_checkpoint_of_the_empty_tree(store: Store) -> None:
    with store.reading() as snapshot:
        assert snapshot.identity == IDENTITY
        assert snapshot.checkpoint == FIRST_CHECKPOINT
        assert list(snapshot.checkpoints()) == [FIRST_CHECKPOINT]


def test_creating_a_ledger_twice_is_a_conflict_and_changes_nothing(store: Store, database: str) -> None:
    add(store, entry())
    with pytest.raises(ConflictError):
        open_store(database).create(IDENTITY, FIRST_CHECKPOINT)
    with store.reading() as snapshot:
        assert snapshot.checkpoint.size == 1


def test_a_ledger_that_was_never_created_is_an_error_that_says_how(database: str) -> None:
    nowhere = open_store(database)
    with pytest.raises(StoreError) as caught, nowhere.reading():
        pass
    assert "onrecord init" in (caught.value.hint or "")
    with pytest.raises(StoreError) as caught:
        nowhere.upgrade()
    assert "onrecord init" in (caught.value.hint or "")
    if not database.startswith("postgresql://"):
        assert not Path(database).exists(), "looking for a ledger must not make a file"


def test_a_creation_that_fails_leaves_nothing_behind(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_late(connection: object) -> None:
        migrate(connection)  # type: ignore[arg-type]  # whatever the store hands over
        raise StoreError("failed on the last step")

    monkeypatch.setattr("ledger.store.sql.migrate", fail_late)
    with pytest.raises(StoreError, match="last step"):
        open_store(database).create(IDENTITY, FIRST_CHECKPOINT)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
    open_store(database).create(IDENTITY, FIRST_CHECKPOINT)


def test_a_ledger_from_before_wants_an_upgrade(store: Store, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.store.tables.REVISION", "9000")
    for opening in (store.reading, store.writing):
        with pytest.raises(StoreError) as caught, opening():
            pass
        assert caught.value.hint == "onrecord db upgrade"


def test_a_ledger_from_the_future_is_refused(store: Store, database: str) -> None:
    with raw(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="9999"), store.reading():
        pass
    with pytest.raises(StoreError, match="9999"):
        store.upgrade()


def test_upgrading_a_ledger_that_is_up_to_date_changes_nothing(store: Store) -> None:
    add(store, entry())
    store.upgrade()
    with store.reading() as snapshot:
        assert snapshot.checkpoint.size == 1


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(store: Store, database: str) -> None:
    def ours(item: object, name: str | None, kind: str, *_: object) -> bool:
        # The index of words is each back end's own, outside the common tables.
        return not (kind == "table" and name is not None and name.startswith("search"))

    engine = engine_for(database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()


def test_the_code_needs_the_newest_revision_there_is() -> None:
    scripts = ScriptDirectory(str(Path(tables.__file__).parent / "migrations"))
    assert scripts.get_current_head() == tables.REVISION


@pytest.mark.parametrize(
    "target",
    [":memory:", "sqlite://", "sqlite:///", "sqlite:///:memory:", "file::memory:", "", "mysql://host/name", "https://host/", "sqlite:///l.db?mode=memory"],
)  # fmt: skip
def test_a_target_that_keeps_nothing_is_refused(target: str) -> None:
    with pytest.raises(UsageError):
        open_store(target)


def test_an_address_that_cannot_be_read_is_refused_without_showing_it() -> None:
    with pytest.raises(UsageError) as caught:
        open_store("postgresql://user:secret@host:not-a-port/name")
    assert "secret" not in caught.value.message


def test_a_path_with_odd_characters_is_the_file_of_that_name(tmp_path: Path) -> None:
    place = tmp_path / "what? 100% #1 북한.db"
    opened = open_store(f"sqlite:///{place}" if "?" not in str(place) else str(place))
    opened.create(IDENTITY, FIRST_CHECKPOINT)
    add(opened, entry())
    assert place.exists()
    opened.close()


def test_sqlite_addresses_and_paths_name_the_same_file(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/l.db").create(IDENTITY, FIRST_CHECKPOINT)
    with open_store(str(tmp_path / "l.db")).reading() as snapshot:
        assert snapshot.identity == IDENTITY


def test_a_ledger_file_is_its_owners_and_keeps_a_write_ahead_log(tmp_path: Path) -> None:
    place = tmp_path / "l.db"
    open_store(str(place)).create(IDENTITY, FIRST_CHECKPOINT)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("leftover", ["l.db", "l.db-wal", "l.db-journal"])
def test_a_ledger_is_not_made_over_what_is_there(tmp_path: Path, leftover: str) -> None:
    (tmp_path / leftover).write_bytes(b"precious")
    with pytest.raises(ConflictError):
        open_store(str(tmp_path / "l.db")).create(IDENTITY, FIRST_CHECKPOINT)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(leftover, b"precious")]


def test_a_ledger_in_no_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no directory"):
        open_store(str(tmp_path / "missing" / "l.db")).create(IDENTITY, FIRST_CHECKPOINT)


@pytest.mark.parametrize("content", [b"", b"this is a letter, not a database, and it is long enough" * 100])
def test_a_file_that_is_no_ledger_is_an_error_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "letter.txt"
    place.write_bytes(content)
    for opening in (open_store(str(place)).reading, open_store(str(place)).writing):
        with pytest.raises(StoreError), opening():
            pass
    assert place.read_bytes() == content


def test_a_server_that_is_away_is_an_error_without_the_password(tmp_path: Path) -> None:
    away = open_store(f"postgresql://user:secret@/name?host={tmp_path}")
    with pytest.raises(StoreError) as caught, away.reading():
        pass
    assert "secret" not in str(caught.value)
    assert "does not answer" in caught.value.message


def test_a_database_that_the_server_does_not_have_is_an_error(postgres_url: str) -> None:
    from tests.backends import with_database

    with pytest.raises(StoreError, match="no database"), open_store(with_database(postgres_url, "nowhere")).reading():
        pass
