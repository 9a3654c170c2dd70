"""A ledger from nothing, and opened again."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ledger import wiring
from ledger.core.records import read_entry
from ledger.errors import BusyError, ConflictError, CorruptError, FormatError, NotFoundError, UsageError
from ledger.keys import find_signer, sign_record
from ledger.service.ledger import Ledger
from schemas.records import KeyRecord
from tests import factory


def _target(database: str, tmp_path: Path) -> tuple[str, Path]:
    return database, tmp_path / "keys"


def test_a_fresh_ledger_has_its_admin_and_its_issuer_and_can_be_written_to(database: str, tmp_path: Path) -> None:
    target, keys = _target(database, tmp_path)
    created = wiring.create_ledger(target, keys=keys, name="anna")
    assert created.origin.startswith("onrecord.invalid/")
    assert len(created.origin) == len("onrecord.invalid/") + 8
    ledger = wiring.open_ledger(target, keys=keys)
    assert isinstance(ledger, Ledger)
    signer = find_signer(target, keys, environ={})
    assert signer.did == created.admin
    (receipt,) = ledger.add([sign_record(factory.claim(), signer)])
    assert receipt.index == 2
    assert ledger.fsck().faults == []
    bundle = ledger.tile("tile/entries/000.p/2")
    first = read_entry(0, bundle[2 : 2 + int.from_bytes(bundle[:2], "big")])
    assert isinstance(first.record, KeyRecord)
    assert (first.record.subject, first.record.roles) == ("anna", ("contributor", "editor", "admin"))
    assert ledger.well_known().issuer == created.issuer
    ledger.close()


def test_keys_lie_beside_the_file_for_the_owner_alone(tmp_path: Path) -> None:
    created = wiring.create_ledger(str(tmp_path / "l.db"))
    assert created.keys == tmp_path / "l.db.keys"
    assert stat.S_IMODE(created.keys.stat().st_mode) == 0o700
    assert sorted(path.name for path in created.keys.iterdir()) == [
        "admin.pem",
        "admin.seal",
        "head",
        "issuer.pem",
        "log-ed25519.pem",
        "log-mldsa44.pem",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in created.keys.iterdir()} == {0o600}
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("l.db-")) == ["l.db", "l.db.keys"]


def test_a_second_ledger_in_the_same_place_is_a_conflict_and_harms_nothing(database: str, tmp_path: Path) -> None:
    target, keys = _target(database, tmp_path)
    wiring.create_ledger(target, keys=keys)
    before = {path: path.read_bytes() for path in keys.iterdir()}
    for place in (keys, tmp_path / "other-keys"):
        with pytest.raises(ConflictError) as caught:
            wiring.create_ledger(target, keys=place)
        assert caught.value.exit_code == 8
    assert not (tmp_path / "other-keys").exists()
    assert {path: path.read_bytes() for path in keys.iterdir()} == before
    wiring.open_ledger(target, keys=keys).close()


def test_what_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise BusyError("the disk is full")

    monkeypatch.setattr(wiring, "_write_first_entries", full)
    with pytest.raises(BusyError):
        wiring.create_ledger(str(tmp_path / "l.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_test_log_has_a_name_that_says_so_and_no_people(database: str, tmp_path: Path) -> None:
    target, keys = _target(database, tmp_path)
    created = wiring.create_ledger(target, keys=keys, origin="load.example", test_log=True)
    assert (created.origin, created.admin) == ("test.load.example", None)
    ledger = wiring.open_ledger(target, keys=keys)
    assert isinstance(ledger, Ledger)
    assert ledger.add_entry(b"anything") == 0
    ledger.close()


@pytest.mark.parametrize("origin", ["a b", "a+b", "x" * 201, "test.example/real", "ä.example"])
def test_an_origin_that_is_none_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(FormatError):
        wiring.create_ledger(str(tmp_path / "l.db"), origin=origin)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["issuer", "log-ed25519", "Anna", "../x", ""])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError):
        wiring.create_ledger(str(tmp_path / "l.db"), name=name)


def test_a_passphrase_opens_every_key(tmp_path: Path) -> None:
    target = str(tmp_path / "l.db")
    created = wiring.create_ledger(target, passphrase="correct horse")
    assert all(b"ENCRYPTED" in path.read_bytes() for path in created.keys.glob("*.pem"))
    ledger = wiring.open_ledger(target, passphrase="correct horse")
    ledger.add([sign_record(factory.claim(), find_signer(target, passphrase="correct horse", environ={}))])
    ledger.close()


def test_a_ledger_can_be_read_where_its_keys_are_not(tmp_path: Path) -> None:
    target = str(tmp_path / "l.db")
    wiring.create_ledger(target)
    (tmp_path / "l.db.keys").rename(tmp_path / "away")
    ledger = wiring.open_ledger(target)
    assert ledger.health().size == 2
    assert ledger.well_known().log_keys == []
    ledger.close()


def test_the_keys_of_another_ledger_are_found_out(tmp_path: Path) -> None:
    for name in ("one", "two"):
        wiring.create_ledger(str(tmp_path / name))
    with pytest.raises(CorruptError):
        wiring.open_ledger(str(tmp_path / "one"), keys=tmp_path / "two.keys")


def test_what_is_not_there_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        wiring.open_ledger(str(tmp_path / "none.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_database_needs_a_folder_for_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONRECORD_KEYS", raising=False)
    with pytest.raises(UsageError, match="folder"):
        wiring.create_ledger("postgresql://nowhere.example/x")
