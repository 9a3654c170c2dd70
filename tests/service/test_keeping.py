"""A store that was tampered with is found out: at the start where it is cheap, by fsck wherever it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.core.sealing import sealed_hash
from ledger.errors import CorruptError
from ledger.keys import LedgerKeys, seal, sign_record
from ledger.service.ledger import Ledger
from ledger.store import open_store
from tests import factory
from tests.factory import Ready


@pytest.fixture
def ready(database: str) -> Iterator[Ready]:
    made = factory.ready(database)
    yield made
    made.ledger.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A ledger of 300 entries in a SQLite file that nobody has open."""
    path = tmp_path / "l.db"
    made = factory.ready(str(path))
    made.add(factory.source(), *(factory.claim(f"claim {number}") for number in range(296)))
    made.add(
        factory.statement(factory.claim("claim 1"), quote={"exact": {"sealed": _SEALED.sealed}, "lang": "en"}),
        openings={_SEALED.sealed: _OPENED},
    )
    made.ledger.catch_up()
    made.ledger.close()
    return path


def _tamper(path: Path, *commands: str) -> None:
    """Whoever holds the file can drop the triggers that guard it."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("PRAGMA foreign_keys = OFF")
        for command in commands:
            assert connection.execute(command).rowcount != 0, command
        connection.commit()


def _opened(path: Path, keys: LedgerKeys | None = None) -> Ledger:
    return Ledger(open_store(str(path)), keys or factory.ledger_keys(), factory.Clock())


def test_a_store_as_it_grew_has_no_fault_and_rebuilding_changes_nothing(ready: Ready) -> None:
    claim = factory.claim({"en": "It rained", "ko": "비가 왔다"})
    ready.add(factory.source(), claim, factory.statement(claim))
    ready.add(claim, factory.source(), by=ready.enroll("bert"))
    ready.add(*(factory.claim(f"claim {number}") for number in range(260)))
    ready.ledger.catch_up()
    grown = ready.store.derived()
    result = ready.ledger.fsck()
    assert (result.faults, result.size, result.tiles, result.checkpoints) == ([], 268, 1, 6)
    ready.ledger.reindex()
    assert ready.store.derived() == grown
    ready.ledger.check_start()


_SEALED, _OPENED = seal(factory.signer("admin"), "text", "it rained")
_OPENING = f"opening {_SEALED.sealed}"
_STRAY_HASH = sealed_hash(bytes(16), "stray").removeprefix("sha256:")
_STRAY = f"opening sha256:{_STRAY_HASH}"
_ENTRY_TOO_MANY = (
    'INSERT INTO entry SELECT 300, zeroblob(32), kind, key_ids, leaf_hash, logged_at, envelope FROM entry WHERE "index" = 5'
)

TAMPERED = [
    ("an entry's bytes", "UPDATE entry SET envelope = CAST('{}' AS BLOB) WHERE \"index\" = 5", "entry 5"),
    ("an entry's leaf hash", 'UPDATE entry SET leaf_hash = zeroblob(32) WHERE "index" = 5', "entry 5"),
    ("an entry's kind", "UPDATE entry SET kind = 'source' WHERE \"index\" = 5", "entry 5"),
    ("a full tile", "UPDATE tile SET hashes = zeroblob(8192)", "tile 0/0"),
    ("a lost tile", "DELETE FROM tile", "tile 0/0"),
    ("a checkpoint's root", "UPDATE checkpoint SET root = zeroblob(32) WHERE size = 2", "checkpoint 1 of size 2"),
    ("an entry's time", 'UPDATE entry SET logged_at = logged_at + 1 WHERE "index" = 5', "entry 5"),
    ("an entry's bytes as text", "UPDATE entry SET envelope = 'x' WHERE \"index\" = 5", "entry 5"),
    ("an entry's name as text", "UPDATE entry SET record_id = 'x' WHERE \"index\" = 5", "entry 5"),
    ("an entry's time as text", "UPDATE entry SET logged_at = 'x' WHERE \"index\" = 5", "entry 5"),
    ("an entry's leaf hash as text", "UPDATE entry SET leaf_hash = 'x' WHERE \"index\" = 5", "entry 5"),
    ("a tile as text", "UPDATE tile SET hashes = 'x'", "tile row 0"),
    ("a lost checkpoint", "DELETE FROM checkpoint WHERE seq = 1", "checkpoint 2 of size 299"),
    ("a later time of an old checkpoint", "UPDATE checkpoint SET published_at = published_at + 1 WHERE seq = 1", "entry 0"),
    ("a lost note", "DELETE FROM checkpoint_note WHERE seq = 3", "checkpoint 3 of size 300"),
    ("another size of the head", "UPDATE head SET size = size + 1", "head"),
    ("an entry too many", _ENTRY_TOO_MANY, "entry"),
    ("a tile too many", "INSERT INTO tile VALUES (0, 1, zeroblob(8192))", "tile"),
    ("an opening's salt", "UPDATE opening SET salt = zeroblob(16)", _OPENING),
    ("an opening's value", "UPDATE opening SET value = 'it snowed'", _OPENING),
    ("an opening's salt as text", "UPDATE opening SET salt = 'x'", "opening row 0"),
    ("an opening of nothing", f"INSERT INTO opening VALUES (x'{_STRAY_HASH}', zeroblob(16), 'stray')", _STRAY),
    ("a subject's row too many", "INSERT INTO subject VALUES ('source:stray', 5)", "derived subjects"),
    ("a reference too many", "INSERT INTO link VALUES (x'00', 'claim', 5)", "derived references"),
    ("a record's kind", "UPDATE record SET kind = 'source' WHERE \"index\" = 5", "derived record 5"),
    ("a record too many", "INSERT INTO record VALUES ('claim', 300)", "derived record 300"),
    ("other words", "UPDATE search SET words = words || ' stray' WHERE rowid = 5", "derived record 5"),
    ("another language", "UPDATE search SET languages = 'ko' WHERE rowid = 5", "derived record 5"),
    (
        "words too many",
        "INSERT INTO search(rowid, words, kind, languages) VALUES (300, 'x', 'claim', 'en')",
        "derived record 300",
    ),
    ("another headline", "UPDATE standing SET headline = 'corroborated' WHERE \"index\" = 5", "standing of claim 5"),
    ("another number", 'UPDATE standing SET n_for = 1 WHERE "index" = 5', "standing of claim 5"),
    ("a number as text", "UPDATE standing SET n_for = 'x' WHERE \"index\" = 5", "standing"),
    ("an earlier headline", "UPDATE standing SET previous = 'contested' WHERE \"index\" = 5", "standing of claim 5"),
    ("a lost claim", 'DELETE FROM standing WHERE "index" = 5', "standing of claim 5"),
    ("a standing of no claim", 'UPDATE standing SET "index" = 2 WHERE "index" = 5', "standing of claim 2"),
    ("a label too many", "INSERT INTO standing_label VALUES ('divided', 5)", "standing of claim 5"),
    ("a standing that says it is complete", "UPDATE standing_progress SET size = 150", "standing"),
    ("nothing said of how far it is complete", "DELETE FROM standing_progress", "standing"),
    ("a checkpoint's time", "UPDATE checkpoint SET published_at = 1 WHERE size = 2", "checkpoint 1 of size 2"),
]


@pytest.mark.parametrize("command,where", [case[1:] for case in TAMPERED], ids=[case[0] for case in TAMPERED])
def test_fsck_names_what_was_tampered_with(place: Path, command: str, where: str) -> None:
    _tamper(place, command)
    ledger = _opened(place)
    faults = ledger.fsck().faults
    ledger.close()
    assert where in {fault.where for fault in faults}


def test_fsck_finds_derived_rows_that_are_wrong_and_reindex_puts_them_right(place: Path) -> None:
    _tamper(
        place,
        "UPDATE record SET kind = 'statement' WHERE \"index\" = 5",
        "DELETE FROM link WHERE role = 'speaker'",
        'DELETE FROM subject WHERE "index" = 2',
    )
    ledger = _opened(place)
    found = {(fault.where, fault.found) for fault in ledger.fsck().faults}
    assert ("derived record 5", "another kind, or none") in found
    assert ("derived record 299", "a reference is missing") in found
    assert ("derived record 2", "not listed under its subject") in found
    ledger.reindex()
    assert ledger.fsck().faults == []
    ledger.close()


@pytest.mark.parametrize(
    "commands",
    [
        ['DELETE FROM entry WHERE "index" = 299'],
        ['UPDATE entry SET leaf_hash = zeroblob(32) WHERE "index" = 298'],
        ["UPDATE tile SET hashes = zeroblob(8192)"],
        ["UPDATE checkpoint SET root = zeroblob(32) WHERE size = 300"],
        ["UPDATE checkpoint_note SET note = CAST('x' AS BLOB)"],
        ["UPDATE head SET size = size + 1"],
        [_ENTRY_TOO_MANY],
    ],
    ids=["an entry less", "another leaf", "another tile", "another root", "no signature", "another head", "an entry more"],
)
def test_a_store_that_contradicts_its_newest_checkpoint_is_not_started_nor_written_to(place: Path, commands: list[str]) -> None:
    _tamper(place, *commands)
    ledger = _opened(place)
    with pytest.raises(CorruptError):
        ledger.check_start()
    ledger.close()


def test_nothing_is_signed_on_top_of_a_fault(place: Path) -> None:
    _tamper(place, 'UPDATE entry SET leaf_hash = zeroblob(32) WHERE "index" = 298')
    ledger = _opened(place)
    with pytest.raises(CorruptError):
        ledger.add([sign_record(factory.claim("new"), factory.signer("admin"))])
    ledger.close()


def test_a_ledger_is_not_started_with_the_keys_of_another(place: Path) -> None:
    ledger = _opened(place, factory.ledger_keys("another"))
    with pytest.raises(CorruptError, match="not signed by these keys"):
        ledger.check_start()
    ledger.close()
