"""A contributor's own file of openings: nobody reads it without the passphrase, and nothing of it is lost."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.core.sealing import sealed_hash
from ledger.errors import FormatError, KeyMissingError, OnRecordError, StoreError
from ledger.keepsake import Keepsake
from schemas.ids import Opening

SECRET = b"s" * 32


def opening(value: str) -> dict[str, Opening]:
    return {sealed_hash(b"\0" * 16, value): Opening(salt="00" * 16, value=value)}


ONE, TWO = opening("Ivan Petrov"), opening("왜냐하면 she asked")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "anna.openings"


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_what_was_added_is_read_again_and_is_nowhere_in_plain(path: Path, passphrase: str | None) -> None:
    keepsake = Keepsake(path, SECRET, passphrase)
    assert keepsake.read() == {}
    keepsake.add(ONE)
    keepsake.add(TWO)
    assert Keepsake(path, SECRET, passphrase).read() == {**ONE, **TWO}
    assert b"Ivan" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keepsake.forget([*ONE, "sha256:" + "00" * 32]) == 1
    assert keepsake.read() == TWO


def test_it_opens_with_its_own_passphrase_alone(path: Path) -> None:
    Keepsake(path, SECRET, "correct horse").add(ONE)
    before = path.read_bytes()
    for passphrase in ("wrong horse", None):
        keepsake = Keepsake(path, SECRET, passphrase)
        for act in (keepsake.read, lambda: keepsake.add(TWO), lambda: keepsake.forget(list(ONE))):  # noqa: B023
            with pytest.raises(KeyMissingError) as caught:
                act()
            assert "Ivan" not in caught.value.message
    assert path.read_bytes() == before


def test_without_a_passphrase_it_opens_with_the_secret_beside_it_until_one_is_set(path: Path) -> None:
    Keepsake(path, SECRET).add(ONE)
    with pytest.raises(KeyMissingError):
        Keepsake(path, b"t" * 32).read()
    Keepsake(path, SECRET, "correct horse").add(TWO)
    with pytest.raises(KeyMissingError, match="has a passphrase"):
        Keepsake(path, SECRET).read()
    assert Keepsake(path, SECRET, "correct horse").read() == {**ONE, **TWO}


def test_a_file_with_any_byte_changed_is_refused_and_left_alone(path: Path) -> None:
    keepsake = Keepsake(path, SECRET)
    keepsake.add(ONE)
    whole = path.read_bytes()
    for place in range(len(whole) - 1):  # the last is the line's end
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(OnRecordError):
            keepsake.add(TWO)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"[]",
        b"null",
        b'{"form":"onrecord/openings/v1","key":"passphrase","n":1073741824,"p":1,"r":8,"salt":"00000000000000000000000000000000"}',
        b'{"form":"onrecord/openings/v1","key":"passphrase","n":131073,"p":1,"r":8,"salt":"00000000000000000000000000000000"}',
        b'{"form":"onrecord/openings/v2","key":"sealing secret"}',
        b"\xff\xfe",
    ],
)
def test_a_file_that_asks_for_something_else_is_refused(path: Path, head: bytes) -> None:
    path.write_bytes(head + b"\nAAAA\n")
    with pytest.raises(FormatError):
        Keepsake(path, SECRET, "correct horse").read()


def test_several_who_add_at_once_lose_nothing(path: Path) -> None:
    many = [opening(f"value {number}") for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: Keepsake(path, SECRET).add(one), many))
    assert Keepsake(path, SECRET).read() == {name: one for some in many for name, one in some.items()}
    assert [left.name for left in path.parent.iterdir() if left.suffix == ".new"] == []


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Keepsake(tmp_path / "nowhere" / "anna.openings", SECRET).add(ONE)
