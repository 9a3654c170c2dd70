"""A store that was just created, on each back end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.store import open_store
from ledger.store.protocol import Store
from tests.store.building import FIRST_CHECKPOINT, IDENTITY


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = open_store(database)
    opened.create(IDENTITY, FIRST_CHECKPOINT)
    yield opened
    opened.close()
