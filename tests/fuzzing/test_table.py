"""The table of parsers is complete: a new one is fuzzed, or says here why it need not be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.fuzzing.targets import TARGETS

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("ledger", "schemas", "api")


def _parsers() -> Iterator[str]:
    """Every public `parse_*` there is; and what reads files of others, which is called `read` or `load` in ledger/imports."""
    for package in PACKAGES:
        for file in sorted((REPOSITORY / package).rglob("*.py")):
            module = ".".join(file.relative_to(REPOSITORY).with_suffix("").parts)
            for node in ast.parse(file.read_text("utf-8")).body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_parser(module, node.name):
                    yield f"{module}.{node.name}"


def _is_parser(module: str, name: str) -> bool:
    if name.startswith("parse_"):
        return True
    return module.startswith("ledger.imports.") and (name in ("read", "load") or name.startswith("read_"))


NO_BYTES = {"ledger.imports.reading.read_members": "members that `parse_yaml` has read, or a table made"}


def test_every_parser_is_a_target() -> None:
    known = {f"{read.__module__}.{read.__name__}" for target in TARGETS.values() for read in target.reads}
    assert set(_parsers()) - known == NO_BYTES.keys()


def test_the_names_of_targets_are_names_of_folders() -> None:
    assert all(name.replace("-", "").isalnum() and name.islower() for name in TARGETS)
