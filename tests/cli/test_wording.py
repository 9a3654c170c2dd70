"""What the command line says where somebody does not know further."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tests.cli.conftest import run_here


def test_no_line_of_the_help_is_cut() -> None:
    commands = run_here("--help").out.split("Commands:")[1]
    assert "erase-opening" in commands
    assert "..." not in commands


def test_the_help_of_withhold_shows_how_it_is_used() -> None:
    assert "As in: onrecord withhold" in run_here("withhold", "--help").out


def test_a_table_of_ours_that_is_imported_gets_one_error_and_what_to_use(example: str, troops: str, tmp_path: Path) -> None:
    table = str(tmp_path / "claim.csv")
    assert run_here("export", troops, "--format", "csv", "-o", table, "--ledger", example).code == 0
    refused = run_here("import", table, "--format", "csv", "--ledger", example)
    assert refused.code == 5
    assert [line.split(":")[0] for line in refused.err.splitlines()] == ["error", "hint"]
    assert "--format dossier" in refused.err


def test_records_of_another_ledgers_signers_are_refused_with_what_to_do(
    example: str, troops: str, fresh: str, tmp_path: Path
) -> None:
    lines = str(tmp_path / "claim.jsonl")
    assert run_here("export", troops, "--format", "jsonl", "-o", lines, "--ledger", example).code == 0
    refused = run_here("import", lines, "--format", "jsonl", "--ledger", fresh)
    assert refused.code == 5
    assert "onrecord verify" in refused.err
    # Without the records of keys, the first line is one whose signer nobody here knows.
    kept = [line for line in Path(lines).read_bytes().splitlines(keepends=True) if b'"kind":"source"' in payload(line)]
    Path(lines).write_bytes(kept[0])
    stranger = run_here("import", lines, "--format", "jsonl", "--ledger", fresh)
    assert stranger.code == 4
    assert "onrecord key enroll" in stranger.err
    assert "onrecord verify" in stranger.err


def payload(line: bytes) -> bytes:
    found = json.loads(line)
    return base64.b64decode(found.get("envelope", found)["payload"])
