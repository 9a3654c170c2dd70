"""The repository itself: what it ships, what it must not say, and that its databases answer."""

from __future__ import annotations

import ast
import re
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.backends import with_database
from tests.conftest import LONG, REPOSITORY

LOCK = REPOSITORY / "requirements.lock"
PINNED = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]*)==[0-9][^ ]*( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
MACHINE_PATH = re.compile(rb"(?<![\w.~}])/(?:home|root|work|Users)/\w")
OUT_OF_CORE = {
    "alembic", "fastapi", "httpx", "psycopg", "questionary", "rich", "sqlalchemy", "sqlite3", "sqlmodel", "starlette",
    "typer", "uvicorn",
}  # fmt: skip


def test_the_files_that_are_begun_first_are_there() -> None:
    assert [name for name in LONG if not (REPOSITORY / "tests" / name).is_file()] == []


def test_the_lock_pins_every_package_by_hash_and_names_no_registry() -> None:
    strange = [line for line in LOCK.read_text().splitlines() if not (PINNED.fullmatch(line) or HASH.fullmatch(line))]
    assert strange == []


def test_the_lock_covers_what_the_package_asks_for() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    asked = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
        *project["build-system"]["requires"],
    ]
    locked = {found["name"] for line in LOCK.read_text().splitlines() if (found := PINNED.fullmatch(line))}
    assert {_normal(requirement) for requirement in asked} - locked == set()


def test_no_tracked_file_holds_a_path_of_somebodys_machine() -> None:
    for path in _tracked_files():
        found = MACHINE_PATH.search(path.read_bytes())
        assert found is None, f"{path.relative_to(REPOSITORY)} holds {found.group()!r}"


def test_the_core_loads_no_sql_no_web_and_no_command_line() -> None:
    names = [
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
        for path in sorted((REPOSITORY / "ledger" / "core").glob("*.py"))
    ]
    script = f"import sys, importlib\nfor name in {names!r}: importlib.import_module(name)\nprint(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {name.partition(".")[0] for name in loaded} & OUT_OF_CORE == set()


@pytest.mark.parametrize("path", sorted((REPOSITORY / "ledger" / "core").rglob("*.py")), ids=lambda path: path.name)
def test_the_core_asks_for_no_file_no_clock_and_no_chance(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    plain = {call.id for call in calls if isinstance(call, ast.Name)}
    members = {call.attr for call in calls if isinstance(call, ast.Attribute)}
    assert plain & {"open", "print", "input"} == set()
    # datetime.now, date.today, PrivateKey.generate, urllib.request.urlopen: modules that are pure otherwise.
    assert members & {"now", "utcnow", "today", "generate", "urlopen", "urandom"} == set()


def test_a_database_answers(database: str) -> None:
    connect = psycopg.connect if database.startswith("postgresql://") else sqlite3.connect
    with closing(connect(database)) as connection:
        connection.execute("CREATE TABLE fresh (one INTEGER)")
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_postgresql_url_works_through_sqlalchemy_too(postgres_url: str) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT 1")) == 1
    engine.dispose()


@pytest.mark.parametrize(
    "url,other",
    [
        ("postgresql://u@/postgres?host=/run/pg", "postgresql://u@/new?host=/run/pg"),
        ("postgresql://u:p@127.0.0.1:5433/postgres", "postgresql://u:p@127.0.0.1:5433/new"),
    ],
)
def test_only_the_name_of_the_database_changes(url: str, other: str) -> None:
    assert with_database(url, "new") == other


def _normal(requirement: str) -> str:
    """`psycopg[binary]>=3.3` -> `psycopg`, `PyYAML>=6` -> `pyyaml`."""
    return re.split(r"[\[<>=; ]", requirement)[0].lower().replace("_", "-")


def _tracked_files() -> list[Path]:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    return [path for name in listed.split("\0") if name and (path := REPOSITORY / name).is_file()]
