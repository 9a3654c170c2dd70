"""One served newsroom for all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.newsroom import Newsroom, newsroom


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Tests may add to it, but not take back what `Newsroom.fill` put there."""
    with newsroom(tmp_path_factory.mktemp("newsroom")) as filled:
        filled.fill()
        yield filled
