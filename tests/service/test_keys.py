"""Private keys on disk: for their owner's eyes only, never written over, found where one would look."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ledger.errors import ConflictError, FormatError, KeyMissingError, StoreError
from ledger.keys import find_signer, keys_place, list_keys, load_ledger_keys, load_signer, new_key, new_ledger_keys, seal
from tests import factory


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_a_key_is_read_back_as_it_was_made(tmp_path: Path, passphrase: str | None) -> None:
    made = new_key(tmp_path / "anna.pem", passphrase)
    read = load_signer(tmp_path / "anna.pem", passphrase)
    assert (read.did, read.seal_secret, read.subject) == (made.did, made.seal_secret, "anna")
    assert _mode(tmp_path / "anna.pem") == _mode(tmp_path / "anna.seal") == 0o600
    assert (b"ENCRYPTED" in (tmp_path / "anna.pem").read_bytes()) == bool(passphrase)


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_the_ledgers_keys_are_read_back_as_they_were_made(tmp_path: Path, passphrase: str | None) -> None:
    place = tmp_path / "l.db.keys"
    made = new_ledger_keys(place, passphrase)
    read = load_ledger_keys(place, passphrase)
    assert read.vkeys("x.example/log") == made.vkeys("x.example/log")
    assert read.issuer_did == made.issuer_did
    assert _mode(place) == 0o700
    assert {_mode(path) for path in place.iterdir()} == {0o600}
    assert sorted(path.name for path in place.iterdir()) == ["issuer.pem", "log-ed25519.pem", "log-mldsa44.pem"]
    assert list_keys(place) == []


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    new_key(tmp_path / "anna.pem")
    before = (tmp_path / "anna.pem").read_bytes()
    with pytest.raises(ConflictError):
        new_key(tmp_path / "anna.pem")
    assert (tmp_path / "anna.pem").read_bytes() == before


def test_a_key_without_its_secret_is_not_left_behind(tmp_path: Path) -> None:
    (tmp_path / "anna.seal").write_text("somebody's")
    with pytest.raises(ConflictError):
        new_key(tmp_path / "anna.pem")
    assert not (tmp_path / "anna.pem").exists()


def test_a_key_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "anna.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConflictError):
        new_key(tmp_path / "anna.pem")
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        new_key(tmp_path / "nowhere" / "anna.pem")


@pytest.mark.parametrize("passphrase,says", [(None, "has a passphrase"), ("wrong", "does not open")])
def test_a_wrong_passphrase_is_told(tmp_path: Path, passphrase: str | None, says: str) -> None:
    new_key(tmp_path / "anna.pem", "correct horse")
    with pytest.raises(KeyMissingError, match=says):
        load_signer(tmp_path / "anna.pem", passphrase)


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "anna.pem").write_bytes(content)
    with pytest.raises(KeyMissingError, match="no private key"):
        load_signer(tmp_path / "anna.pem")


def test_a_key_of_another_kind_is_told(tmp_path: Path) -> None:
    new_ledger_keys(tmp_path)
    with pytest.raises(KeyMissingError, match="another kind"):
        load_signer(tmp_path / "log-mldsa44.pem")


def test_a_sealing_secret_that_is_none_is_told(tmp_path: Path) -> None:
    new_key(tmp_path / "anna.pem")
    (tmp_path / "anna.seal").write_text("short")
    with pytest.raises(FormatError, match="64 hex digits"):
        load_signer(tmp_path / "anna.pem")


def test_the_one_persons_key_beside_the_ledger_is_found(tmp_path: Path) -> None:
    target = str(tmp_path / "l.db")
    new_ledger_keys(tmp_path / "l.db.keys")
    with pytest.raises(KeyMissingError, match="no person's key"):
        find_signer(target, environ={})
    anna = new_key(tmp_path / "l.db.keys" / "anna.pem")
    assert find_signer(target, environ={}).did == anna.did
    assert find_signer(f"sqlite:///{target}", environ={}).did == anna.did
    assert find_signer("postgresql://host/db", tmp_path / "l.db.keys", environ={}).did == anna.did
    assert find_signer("postgresql://host/db", environ={"ONRECORD_KEYS": str(tmp_path / "l.db.keys")}).did == anna.did
    new_key(tmp_path / "l.db.keys" / "bert.pem")
    with pytest.raises(KeyMissingError, match=r"several people's keys .* anna\.pem, bert\.pem"):
        find_signer(target, environ={})
    with pytest.raises(KeyMissingError, match="no key to sign with"):
        find_signer("https://ledger.example", environ={})


def test_a_named_key_goes_before_the_environment_and_that_before_the_folder(tmp_path: Path) -> None:
    named, other = new_key(tmp_path / "named.pem"), new_key(tmp_path / "other.pem")
    environ = {"ONRECORD_KEY": str(tmp_path / "other.pem")}
    assert find_signer("l.db", given=str(tmp_path / "named.pem"), environ=environ).did == named.did
    assert find_signer("l.db", environ=environ).did == other.did


def test_a_key_in_a_variable_seals_the_same_each_time(tmp_path: Path) -> None:
    made = new_key(tmp_path / "anna.pem")
    environ = {"ONRECORD_KEY": "env:THE_KEY", "THE_KEY": (tmp_path / "anna.pem").read_text()}
    one, other = (find_signer("l.db", environ=environ) for _ in range(2))
    assert one.did == made.did
    assert seal(one, "note", "x") == seal(other, "note", "x")
    with pytest.raises(KeyMissingError, match="THE_KEY holds no key"):
        find_signer("l.db", given="env:THE_KEY", environ={})


def test_keys_lie_beside_the_file(tmp_path: Path) -> None:
    assert keys_place("some/l.db", environ={}) == Path("some/l.db.keys")
    assert keys_place("postgresql://host/db", environ={}) is None


def test_no_private_key_shows_when_it_is_printed() -> None:
    signer = factory.signer()
    assert signer.seal_secret.hex() not in repr(signer)
    assert "seal_secret" not in repr(signer)
    assert "Ed25519PrivateKey" not in repr(factory.ledger_keys())
