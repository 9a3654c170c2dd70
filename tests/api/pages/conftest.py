"""One served gallery for all tests that only look at pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gallery import Gallery, gallery


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with gallery(tmp_path_factory.mktemp("gallery")) as made:
        yield made
