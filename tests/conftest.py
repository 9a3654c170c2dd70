"""What every test may ask for: databases of each kind, and the material that lies beside the repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.backends import REQUIRE_VARIABLE, URL_VARIABLE, find_programs, fresh_database, throwaway_cluster

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_VARIABLE = "ONRECORD_SHARED"
LONG = (
    "test_bench.py",
    "api/test_verify_page.py",
    "core/test_verify_score.py",
    "core/test_verify.py",
    "operate/test_page.py",
    "test_readme.py",
    "api/test_withheld_everywhere.py",
    "api/pages/test_in_a_browser.py",
    "api/test_conformance.py",
    "chaos/test_points.py",
    "imports/test_ucdp.py",
    "service/test_together.py",
    "interop/test_go.py",
    "cli/test_log_rotate.py",
)
"""Files of tests that take over half a minute, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first: where files run beside each other, none of these is begun last and ends alone."""
    order = {REPOSITORY / "tests" / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


def shared_path() -> Path | None:
    """The folder `shared` beside the repository (or where ONRECORD_SHARED says), if it is there."""
    place = Path(os.environ.get(SHARED_VARIABLE) or REPOSITORY.parent / "shared")
    return place if place.is_dir() else None


@pytest.fixture(scope="session")
def shared() -> Path:
    """Vectors and data that are not part of the repository; tests that want them are skipped where they are not."""
    place = shared_path()
    if place is None:
        pytest.skip("no folder `shared` beside the repository; ONRECORD_SHARED names another place")
    return place


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server whose user may create databases: the one we were given, else one of our own."""
    given = os.environ.get(URL_VARIABLE)
    if given:
        yield given
        return
    programs = find_programs()
    if programs is None:
        _missing(f"no PostgreSQL: neither {URL_VARIABLE} nor initdb, pg_ctl and postgres")
    with throwaway_cluster(programs) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty place for a store: the path of a SQLite file that does not exist yet, or a PostgreSQL URL."""
    if request.param == "sqlite":
        yield str(tmp_path / "ledger.db")
        return
    # Asked for here, so that tests on SQLite alone start no server.
    with fresh_database(request.getfixturevalue("postgres_url")) as url:
        yield url


def _missing(what: str) -> NoReturn:
    """Skip, or fail where every back end has been promised."""
    if os.environ.get(REQUIRE_VARIABLE) == "1":
        pytest.fail(f"{what}, and {REQUIRE_VARIABLE}=1", pytrace=False)
    pytest.skip(what)
