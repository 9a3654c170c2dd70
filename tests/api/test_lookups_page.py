"""What docs/lookups.md shows is what a served ledger with the running example answers."""

from __future__ import annotations

import doctest
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.app import create_app
from ledger.service import Ledger
from ledger.wiring import open_ledger
from tests.api.serving import served
from tests.cli.conftest import REPOSITORY, run_here

PAGE = REPOSITORY / "docs" / "lookups.md"
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = str(tmp_path_factory.mktemp("lookups") / "my.db")
    assert run_here("demo", "--no-serve", "--ledger", place).code == 0
    ledger = open_ledger(place)
    assert isinstance(ledger, Ledger)
    with served(create_app(ledger)) as url:
        yield url
    ledger.close()


def test_every_line_of_the_page_answers_what_is_shown(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    text = PAGE.read_text("utf-8")
    assert ADDRESS in text
    example = doctest.DocTestParser().get_doctest(text.replace(ADDRESS, address), {}, PAGE.name, str(Path(PAGE)), 0)
    outcome = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(example)
    assert (outcome.failed, outcome.attempted) == (0, text.count(">>> "))
