"""The running example as every export is made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ledger.exports.content import Content
from ledger.operations import NOW, Question
from ledger.service import exporting
from ledger.service.tree import Edges
from ledger.store import open_store
from ledger.store.protocol import Store
from tests.cli.conftest import _no_environment, claims, example, example_place, mine, served, troops

__all__ = ["_no_environment", "claims", "example", "example_place", "mine", "served", "troops"]
ContentOf = Callable[..., Content]


@pytest.fixture(scope="session")
def store(example: str) -> Iterator[Store]:
    opened = open_store(example)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def content_of(store: Store) -> ContentOf:
    """What a claim of the running example is exported from, by a name and a question."""

    def content(name: str, question: Question = NOW) -> Content:
        with store.reading() as snapshot:
            return exporting.content(snapshot, name, question, None, Edges())

    return content


@pytest.fixture
def content(content_of: ContentOf, troops: str) -> Content:
    """The claim that troops were sent, as it stands now."""
    return content_of(troops)
