"""Whatever byte is changed in whatever is derived, `fsck` finds it, alone and with helpers."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.service import fsck
from ledger.service.ledger import Ledger
from ledger.store import open_store
from tests import factory

TABLES = ("record", "link", "subject", "spelling", "term_count", "search_content", "standing")
"""Every derived table; the words of searches as SQLite's index keeps them."""
_CLAIMS = 210


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "l.db"
    ready = factory.ready(str(path))
    claims = [factory.claim({"en": f"It rained {number} times", "de": f"Regen {number}"}) for number in range(_CLAIMS)]
    ready.add(factory.source(), *claims, factory.statement(claims[1]), factory.statement(claims[2], polarity="-"))
    ready.ledger.catch_up()
    ready.ledger.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    path = tmp_path / "l.db"
    path.write_bytes(made.read_bytes())
    return path


def _faults(path: Path, helpers: int = 0) -> list[tuple[str, str, str]]:
    ledger = Ledger(open_store(str(path)), factory.ledger_keys(), factory.Clock())
    try:
        return [(one.where, one.found, one.wanted) for one in ledger.fsck(helpers=helpers).faults]
    finally:
        ledger.close()


@pytest.mark.parametrize("table", TABLES)
def test_one_changed_byte_in_a_derived_table_is_found(copy: Path, table: str) -> None:
    seed = random.randrange(1 << 32)
    changed = _change(copy, table, random.Random(seed))
    assert _faults(copy), f"{table}, seed {seed}: {changed}"


def _change(path: Path, table: str, choose: random.Random) -> str:
    """One byte, or one number, of one row is another; what was changed."""
    with closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        rows = connection.execute(f"SELECT * FROM {table}").fetchall()
        while True:
            row = choose.choice(rows)
            place = choose.randrange(len(columns))
            before, after = row[place], _other(row[place], choose)
            this = " AND ".join(f'"{column}" IS ?' for column in columns)
            command = f'UPDATE OR IGNORE {table} SET "{columns[place]}" = ? WHERE {this}'
            if connection.execute(command, (after, *row)).rowcount == 1:
                connection.commit()
                return f"{columns[place]} {before!r} -> {after!r}"


def _other(value: object, choose: random.Random) -> object:
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, bytes):
        place = choose.randrange(len(value))
        return value[:place] + bytes([value[place] ^ 1 << choose.randrange(8)]) + value[place + 1 :]
    if isinstance(value, str) and value:
        place = choose.randrange(len(value))
        letter = choose.choice([one for one in "abcxyz0189" if one != value[place]])
        return value[:place] + letter + value[place + 1 :]
    return 1 if value is None else "x"


@pytest.mark.parametrize(
    "commands",
    [
        [],
        ["UPDATE entry SET envelope = CAST('{}' AS BLOB) WHERE \"index\" IN (5, 120)", "UPDATE entry SET kind = 'key'"],
        ["DELETE FROM link WHERE role = 'speaker'", 'DELETE FROM record WHERE "index" > 150'],
        ["UPDATE checkpoint_note SET note = CAST('x' AS BLOB)"],
        ["UPDATE standing SET headline = 'corroborated' WHERE \"index\" IN (30, 190)"],
    ],
    ids=["nothing", "entries", "derived", "notes", "standing"],
)
def test_helpers_find_what_is_found_alone(copy: Path, commands: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fsck, "_PORTION", 40)
    with closing(sqlite3.connect(copy)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for command in commands:
            connection.execute(command)
        connection.commit()
    alone = _faults(copy)
    assert bool(alone) == bool(commands)
    assert sorted(_faults(copy, helpers=1)) == sorted(alone)


def test_whoever_watches_is_told_how_far_it_is(copy: Path) -> None:
    told: list[tuple[int, int]] = []
    ledger = Ledger(open_store(str(copy)), factory.ledger_keys(), factory.Clock())
    result = ledger.fsck(lambda done, size: told.append((done, size)))
    ledger.close()
    assert result.faults == []
    assert told[-1] == (result.size, result.size)
