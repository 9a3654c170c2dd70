"""What a command loads before it answers: no more than it needs, or nobody would use it in a pipe."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_command

from ledger.cli import main
from tests.cli.conftest import REPOSITORY, run_here

NETWORK = {"httpx", "httpcore", "uvicorn", "fastapi"}
DATABASE = {"sqlalchemy", "sqlmodel", "psycopg", "alembic"}
WORDS = {"langcodes.data_dicts", "ledger.exports.formats", "ledger.core.verifying.credential", "schemas.lookups"}


def loaded_by(*arguments: str) -> set[str]:
    """The modules that are there once the command has answered."""
    code = f"import sys; from ledger.cli.main import main; main({list(arguments)!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, check=True, text=True)
    return set(done.stderr.split())


@pytest.fixture(scope="module")
def bundle(example: str, troops: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The example's bundle, and the keys to trust."""
    file = tmp_path_factory.mktemp("exported") / "claim.bundle.json"
    assert run_here("export", troops, "-o", str(file), "--ledger", example).code == 0
    return [str(file), *(word for key in run_here("log", "keys", "--ledger", example).out.split() for word in ("--trust", key))]


def test_who_verifies_a_bundle_loads_neither_database_nor_network_nor_other_formats(bundle: list[str]) -> None:
    assert not loaded_by("verify", *bundle) & (NETWORK | DATABASE | WORDS)


def test_who_asks_for_a_score_loads_neither_network_nor_formats(example: str, troops: str) -> None:
    others = {"ledger.exports.formats", "sqlalchemy.dialects.postgresql"}
    assert not loaded_by("score", troops, "--ledger", example) & (NETWORK | others)


def test_who_asks_for_help_or_misses_a_command_loads_no_records_and_no_database() -> None:
    for line in (["--help"], ["verify", "--help"], ["verfy"]):
        assert not loaded_by(*line) & (NETWORK | DATABASE | {"cryptography", "schemas.records"}), line


@pytest.mark.parametrize("command, collects", [("verify", False), ("score", True)])
def test_memory_is_tidied_by_all_but_what_is_soon_over(
    command: str, collects: bool, example: str, troops: str, bundle: list[str]
) -> None:
    words = bundle if command == "verify" else [troops, "--ledger", example]
    code = (
        f"import atexit, gc, sys; atexit.register(lambda: print(gc.isenabled(), file=sys.stderr)); "
        f"sys.argv[1:] = {[command, *words]!r}; from ledger.cli.main import run; run()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, check=True, text=True)
    assert done.stderr.split() == [str(collects)]


ALL = set(get_command(main.app).commands)  # type: ignore[attr-defined]  # a group has commands


@pytest.mark.parametrize(
    "line, made",
    [
        ("verify file", {"verify"}),
        ("--ledger verify score x", {"score"}),
        ("--json --keys=verify log fsck", {"log"}),
        ("verify --help", {"verify"}),
        ("--help verify", ALL),
        ("verfy verify", ALL),
        ("--unknown verify", ALL),
        ("--ledger", ALL),
        ("", ALL),
    ],
)
def test_only_the_command_that_is_named_is_made(line: str, made: set[str]) -> None:
    assert set(get_command(main.part_of(line.split())).commands) == made  # type: ignore[attr-defined]


def test_what_is_no_command_is_told_as_ever_and_the_help_names_all() -> None:
    assert "verify" in run_here("verfy").err
    out = run_here("--help", "verify").out
    assert all(f"  {name} " in out for name in ALL)
