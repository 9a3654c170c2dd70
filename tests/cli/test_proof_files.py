"""What `export --format tlog-proof` says about its file is how it is checked."""

from __future__ import annotations

from pathlib import Path

from ledger.core.canonical import canonical_bytes
from ledger.core.proof import check_tlog_proof, parse_tlog_proof
from ledger.core.vkey import parse_vkey
from tests.cli.conftest import run_here


def test_a_proof_file_is_checked_with_what_its_export_names(example: str, troops: str, tmp_path: Path) -> None:
    file = tmp_path / "troops.tlog-proof"
    made = run_here("export", troops, "--format", "tlog-proof", "-o", str(file), "--ledger", example)
    assert made.code == 0
    for named in ("`onrecord log keys`", "`envelope` in `onrecord show ID --json`, canonical"):
        assert named in made.err
    keys = [parse_vkey(line) for line in run_here("log", "keys", "--ledger", example).out.split()[:2]]
    shown = run_here("show", troops, "--json", "--ledger", example).json
    opened = check_tlog_proof(parse_tlog_proof(file.read_bytes()), canonical_bytes(shown["envelope"]), keys)
    assert opened.checkpoint.size > shown["index"]


def test_nobody_is_sent_to_verify_with_a_file_that_it_does_not_take(example: str, troops: str, tmp_path: Path) -> None:
    for format, taken in (("bundle", True), ("score", True), ("tlog-proof", False)):
        made = run_here("export", troops, "--format", format, "-o", str(tmp_path / format), "--ledger", example)
        assert ("onrecord verify" in made.err) is taken
