"""A newsroom of its own for each attack. What is asked is the score and who may write, so one back end is enough."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factory import ready
from tests.threats.desk import Desk, desk_of, opened_again


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Desk]:
    """A newsroom that nobody has attacked yet, to be copied."""
    place = tmp_path_factory.mktemp("newsroom") / "ledger.db"
    desk = desk_of(ready(str(place)))
    desk.room.ledger.close()
    return place, desk


@pytest.fixture
def desk(made: tuple[Path, Desk], tmp_path: Path) -> Iterator[Desk]:
    copy = shutil.copy(made[0], tmp_path / "ledger.db")
    found = opened_again(made[1], str(copy))
    yield found
    found.room.ledger.close()
