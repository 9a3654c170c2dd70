"""What the keys have signed is remembered beside them, so that an older copy of the store never becomes a second history."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from ledger import wiring
from ledger.errors import CorruptError, StoreError
from ledger.keys import find_signer, load_ledger_keys, sign_record
from ledger.service.ledger import Ledger
from ledger.store import open_store
from ledger.store.slotfile import SlotFile
from schemas.log import Receipt
from tests import factory

KEYS = "keys"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A ledger of two entries in l.db, whose keys are in l.db.keys."""
    wiring.create_ledger(str(tmp_path / "l.db"))
    return tmp_path / "l.db"


def _say(ledger: Ledger, keys: Path, *texts: str) -> list[Receipt]:
    signer = find_signer("postgresql://", keys, environ={})
    return ledger.add([sign_record(factory.claim(text), signer) for text in texts])


def _append(place: Path, *texts: str) -> None:
    ledger = wiring.open_ledger(str(place))
    assert isinstance(ledger, Ledger)
    _say(ledger, _keys(place), *texts)
    ledger.close()


def _append_unremembered(target: str, keys: Path, *texts: str) -> None:
    """As by a process that dies right after the commit: nothing of it comes to the file."""
    ledger = Ledger(open_store(target), load_ledger_keys(keys), lambda: int(time.time()))
    _say(ledger, keys, *texts)
    ledger.close()


def _keys(place: Path) -> Path:
    return place.with_name(place.name + ".keys")


def _copy(source: Path, target: Path) -> None:
    """As a backup that is put back into a file that may be open."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def test_an_older_copy_is_not_opened(place: Path, tmp_path: Path) -> None:
    _copy(place, tmp_path / "older")
    _append(place, "one")
    _copy(tmp_path / "older", place)
    with pytest.raises(CorruptError, match="2 entries, 3 were signed") as caught:
        wiring.open_ledger(str(place))
    assert "restore the newer copy" in str(caught.value.hint)


def test_an_older_copy_put_back_into_a_running_ledger_is_neither_served_nor_written_to(place: Path, tmp_path: Path) -> None:
    for head in (SlotFile(_keys(place) / "head"), None):  # by the file, and by what the process remembers alone
        ledger = Ledger(open_store(str(place)), load_ledger_keys(_keys(place)), lambda: int(time.time()), head=head)
        _copy(place, tmp_path / f"older{head}")
        _say(ledger, _keys(place), f"one {head}")
        _copy(place, tmp_path / "newer")
        _copy(tmp_path / f"older{head}", place)
        with pytest.raises(CorruptError):
            ledger.checkpoint()
        with pytest.raises(CorruptError):
            _say(ledger, _keys(place), f"two {head}")
        _copy(tmp_path / "newer", place)
        _say(ledger, _keys(place), f"two {head}")
        ledger.close()


@pytest.mark.parametrize("more", [1, 3], ids=["as long", "longer"])
def test_a_copy_that_went_another_way_is_not_opened(place: Path, tmp_path: Path, more: int) -> None:
    _copy(place, tmp_path / "fork")
    _append(place, "one")
    for number in range(more):
        _append_unremembered(str(tmp_path / "fork"), _keys(place), f"other {number}")
    _copy(tmp_path / "fork", place)
    with pytest.raises(CorruptError, match="not those that were signed"):
        wiring.open_ledger(str(place))


def test_a_process_that_died_before_it_wrote_the_file_leaves_a_ledger_that_opens(place: Path) -> None:
    _append_unremembered(str(place), _keys(place), "one")
    _append(place, "two")
    ledger = wiring.open_ledger(str(place))
    assert ledger.health().size == 4
    assert SlotFile(_keys(place) / "head").read() == ledger.checkpoint().note.encode()
    ledger.close()


def test_an_answer_for_what_is_on_record_brings_the_file_up_to_date(place: Path) -> None:
    _append_unremembered(str(place), _keys(place), "one")
    before = SlotFile(_keys(place) / "head").read()
    _append(place, "one")
    assert SlotFile(_keys(place) / "head").read() != before


def test_the_file_is_for_the_owner_alone_and_nothing_lies_beside_it(place: Path) -> None:
    _append(place, "one")
    assert stat.S_IMODE((_keys(place) / "head").stat().st_mode) == 0o600
    assert not [path.name for path in _keys(place).iterdir() if path.name.startswith(".")]


def test_whoever_removes_the_file_opens_the_copy(place: Path, tmp_path: Path) -> None:
    _copy(place, tmp_path / "older")
    _append(place, "one")
    _copy(tmp_path / "older", place)
    (_keys(place) / "head").unlink()
    _append(place, "two")


def test_a_file_that_says_something_else_is_not_believed(place: Path) -> None:
    (_keys(place) / "head").write_bytes(b"onrecord.invalid/x\n2\n\n")
    with pytest.raises(CorruptError, match="not signed by these keys"):
        wiring.open_ledger(str(place))


def test_nothing_is_appended_where_it_cannot_be_remembered(place: Path, tmp_path: Path) -> None:
    keys = load_ledger_keys(_keys(place))
    ledger = Ledger(open_store(str(place)), keys, lambda: int(time.time()), head=SlotFile(tmp_path / "none" / "head"))
    with pytest.raises(StoreError, match="nothing can be written"):
        _say(ledger, _keys(place), "one")
    assert ledger.health().size == 2
    ledger.close()


def test_two_machines_with_folders_of_their_own_write_to_one_ledger(database: str, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    wiring.create_ledger(database, keys=one)
    shutil.copytree(one, other)
    opened = [(wiring.open_ledger(database, keys=place), place) for place in (one, other)]
    for number in range(8):
        ledger, place = opened[number // 2 % 2]
        assert isinstance(ledger, Ledger)
        assert _say(ledger, place, f"claim {number}")[0].index == 2 + number
    for ledger, place in opened:
        ledger.close()
        wiring.open_ledger(database, keys=place).close()


def test_servers_of_one_ledger_write_at_once_and_the_file_ends_at_the_newest(database: str, tmp_path: Path) -> None:
    keys = tmp_path / KEYS
    wiring.create_ledger(database, keys=keys)
    servers = [wiring.open_ledger(database, keys=keys) for _ in range(2)]

    def write(number: int) -> None:
        ledger = servers[number % 2]
        assert isinstance(ledger, Ledger)
        _say(ledger, keys, f"claim {number}")
        ledger.checkpoint()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(36)))
    newest = servers[0].checkpoint()
    assert (newest.size, SlotFile(keys / "head").read()) == (38, newest.note.encode())
    for ledger in servers:
        ledger.close()
