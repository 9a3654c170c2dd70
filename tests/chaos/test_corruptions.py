"""Whatever byte is changed in whatever the log keeps, `fsck` says so. `make chaos` tries many more."""

from __future__ import annotations

import random
import secrets

import pytest

from tests.backends import fresh_database
from tests.chaos.corrupting import Corruptions, one_byte_changed
from tests.chaos.corrupting_postgresql import PostgresqlCorruptions

TABLES = 17
_TRIED = 34
_TRIED_IN_POSTGRESQL = 10


@pytest.fixture(scope="module")
def corruptions(tmp_path_factory: pytest.TempPathFactory) -> Corruptions:
    return Corruptions(tmp_path_factory.mktemp("ledgers"))


def test_each_changed_byte_is_found(corruptions: Corruptions) -> None:
    assert len(corruptions.tables) == TABLES
    seed = secrets.randbits(32)
    missed = []
    for number in range(_TRIED):
        change = corruptions.change(random.Random(f"{seed}/{number}"))
        if change.found is None:
            missed.append(f"{change}, seed {seed}/{number}")
    assert missed == []


def test_each_changed_byte_is_found_in_postgresql_too(postgres_url: str) -> None:
    seed = secrets.randbits(32)
    with fresh_database(postgres_url) as one, fresh_database(postgres_url) as other:
        found = PostgresqlCorruptions(one, other)
        assert len(found.tables) == TABLES
        changes = [found.change(random.Random(f"{seed}/{number}")) for number in range(_TRIED_IN_POSTGRESQL)]
        assert [f"{change}, seed {seed}" for change in changes if change.found is None] == []
        assert found.unchanged() == [None, None]  # each was undone


def test_what_is_not_changed_is_not_found(corruptions: Corruptions) -> None:
    assert corruptions.unchanged() == [None, None]


def test_one_byte_is_another_and_no_more() -> None:
    choose = random.Random(1)
    for value in (b"\x00" * 9, "neun Bytes", 5, -1):
        after = one_byte_changed(value, choose)
        assert after not in {value, None}
    assert one_byte_changed("", choose) is None
    assert one_byte_changed(None, choose) is None


@pytest.mark.parametrize(
    "command, found",
    [
        ("UPDATE head SET id = 2", "head: 1 beyond"),
        ("UPDATE head SET seq = seq + 1", "CorruptError: the newest checkpoint is to be number"),
        ("UPDATE checkpoint_note SET seq = -1 WHERE seq = (SELECT min(seq) FROM checkpoint_note)", "checkpoint_note: 1"),
        ("UPDATE checkpoint SET size = 1 << 50 WHERE seq = (SELECT seq FROM head)", "head: size"),
        ("UPDATE erased SET key_id = 'did:key:z6MkNobody'", "erased sha256:"),
        ("UPDATE opening SET value = CAST(x'6b657074776f726473ff' AS TEXT)", "there is text that is no UTF-8"),
    ],
)
def test_what_was_not_found_once(corruptions: Corruptions, command: str, found: str) -> None:
    told = corruptions.after(command)
    assert told is not None
    assert found in told
    assert "keptwords" not in told
