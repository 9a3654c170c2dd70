"""Many writers and readers at once: every append lands, every reader sees one state, nobody waits for ever."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from ledger.errors import BusyError, StoreError
from ledger.store import open_store
from ledger.store.protocol import Store
from tests.conftest import REPOSITORY
from tests.store.building import FIRST_CHECKPOINT, IDENTITY, add, all_entries, append, digest, entry, projection, raw

WRITERS, APPENDS = 8, 400


def test_eight_writers_at_once_lose_nothing_and_leave_no_gap(store: Store) -> None:
    def write(writer: int) -> list[str]:
        names = [digest(f"{writer}/{number}") for number in range(APPENDS)]
        for name in names:
            add(store, entry(name))
        return names

    with ThreadPoolExecutor(WRITERS) as pool:
        written = [name for names in pool.map(write, range(WRITERS)) for name in names]
    stored = all_entries(store)
    assert [one.index for one in stored] == list(range(WRITERS * APPENDS))
    assert sorted(one.record_id for one in stored) == sorted(written)
    with store.reading() as snapshot:
        assert [one.size for one in snapshot.checkpoints()] == list(range(WRITERS * APPENDS + 1))


WRITE_IN_A_PROCESS = """
import sys
from ledger.store import open_store
from tests.store.building import add, digest, entry

store = open_store(sys.argv[1])
for number in range(int(sys.argv[3])):
    add(store, entry(digest(f"{sys.argv[2]}/{number}")))
"""


def test_two_processes_share_one_ledger(store: Store, database: str) -> None:
    count = 100
    running = [
        subprocess.Popen([sys.executable, "-c", WRITE_IN_A_PROCESS, database, name, str(count)], cwd=REPOSITORY)
        for name in ("first", "second")
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    stored = all_entries(store)
    assert [one.index for one in stored] == list(range(2 * count))
    assert len({one.record_id for one in stored}) == 2 * count


def test_a_reader_that_began_before_an_append_sees_the_state_from_before(store: Store) -> None:
    add(store, entry(projected=projection(subject="source:kcna", terms=["troops"], languages=["en"])))
    later = entry(projected=projection(subject="source:kcna", references=[("speaker", "kcna")], terms=["troops"]))
    with store.reading() as before:
        add(store, later)
        with store.reading() as after:
            assert after.checkpoint.size == 2
            assert after.search("claim", ["troops"], lang=None, before=None, limit=9) == [1, 0]
        assert before.checkpoint.size == 1
        assert before.find([later.record_id]) == {}
        assert before.entries([0, 1]) == before.entries([0])
        assert before.of_subjects(["source:kcna"]) == {"source:kcna": [0]}
        assert before.referring(["kcna"]) == []
        assert before.search("claim", ["troops"], lang=None, before=None, limit=9) == [0]
        assert before.checkpoint_at(2) is None
        assert len(list(before.checkpoints())) == 2


def test_an_append_shows_to_its_own_writer_and_to_nobody_else_before_the_end(store: Store) -> None:
    new = entry()
    with store.writing() as writer:
        append(writer, [new])
        assert writer.checkpoint.size == 1
        assert writer.find([new.record_id]) == {new.record_id: [0]}
        append(writer, [entry()])
        with store.reading() as snapshot:
            assert snapshot.checkpoint == FIRST_CHECKPOINT
            assert snapshot.find([new.record_id]) == {}
    with store.reading() as snapshot:
        assert snapshot.checkpoint.size == 2


def test_a_long_read_does_not_keep_a_writer_waiting(store: Store) -> None:
    add(store, *(entry() for _ in range(1_500)))
    with store.reading() as snapshot:
        streamed = snapshot.entry_range(0, 1_500)
        next(streamed)
        add(store, entry())
        assert len(list(streamed)) == 1_499


def test_a_second_writer_waits_for_the_first(store: Store) -> None:
    order: list[str] = []

    def write_second() -> None:
        add(store, entry())
        order.append("second")

    with ThreadPoolExecutor(1) as pool:
        with store.writing() as writer:
            waiting = pool.submit(write_second)
            threading.Event().wait(0.2)
            append(writer, [entry()])
            order.append("first")
        waiting.result(10)
    assert order == ["first", "second"]
    assert len(all_entries(store)) == 2


def test_a_database_that_is_locked_gives_busy_with_a_time_to_retry(store: Store, database: str) -> None:
    impatient = open_store(database, wait=0.2)
    writes: list[Callable[[], object]] = [
        lambda: add(impatient, entry()),
        lambda: impatient.rebuild(iter([])),
        impatient.upgrade,
    ]
    with ExitStack() as stack:
        connection = stack.enter_context(raw(database))
        if isinstance(connection, psycopg.Connection):
            stack.enter_context(connection.transaction())
            connection.execute("LOCK TABLE head, alembic_version")
        else:
            connection.execute("BEGIN EXCLUSIVE")
        for write in writes:
            with pytest.raises(BusyError) as caught:
                write()
            assert caught.value.retry_after > 0
    add(impatient, entry())
    impatient.close()


def test_a_writer_that_holds_the_log_too_long_makes_others_busy(store: Store, database: str) -> None:
    impatient = open_store(database, wait=0.2)
    with store.writing(), pytest.raises(BusyError):
        add(impatient, entry())
    add(impatient, entry())
    impatient.close()


def test_a_full_disk_gives_an_error_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    from sqlalchemy import event

    store = open_store(str(tmp_path / "l.db"))
    store.create(IDENTITY, FIRST_CHECKPOINT)
    add(store, entry())
    engine = store._backend.engine  # type: ignore[attr-defined]  # to make the file small, nothing else
    event.listen(engine, "checkout", lambda connection, *_: connection.execute("PRAGMA max_page_count=1"))
    with pytest.raises(BusyError, match="full") as caught:
        add(store, *(entry(envelope=b"e" * 5_000) for _ in range(50)))
    assert caught.value.retry_after > 0
    assert len(all_entries(store)) == 1
    store.close()


def test_a_server_that_hangs_up_is_an_error_once_and_then_answers_again(store: Store, database: str) -> None:
    if not database.startswith("postgresql://"):
        pytest.skip("a file does not hang up")

    def append_while_the_server_hangs_up() -> None:
        with store.writing() as writer:
            append(writer, [entry()])
            with raw(database) as connection:
                # Of this database alone: other tests have theirs at the same server.
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with pytest.raises(StoreError):
        append_while_the_server_hangs_up()
    assert all_entries(store) == []
    add(store, entry())
    assert len(all_entries(store)) == 1
