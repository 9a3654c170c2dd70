"""`export`: which format a file gets, and what the help says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.cli.exporting import format_of
from schemas.exports import EXPORT_FORMATS
from tests.cli.conftest import run_here

NAMES = {
    "claim.svg": "svg",
    "claim.csv": "csv",
    "claim.dot": "dot",
    "claim.jsonl": "jsonl",
    "claim.yaml": "dossier",
    "claim.dossier.yaml": "dossier",
    "claim.score.json": "score",
    "claim.bundle.json": "bundle",
    "claim.json": "bundle",
    "claim": "bundle",
    "svg": "bundle",
    ".svg": "svg",
    "claim.SVG": "bundle",
    "claim.pdf": "bundle",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_gets_the_format_that_its_name_ends_in(name: str) -> None:
    assert format_of(name) == NAMES[name]


@pytest.mark.parametrize("format", EXPORT_FORMATS)
def test_every_format_is_found_again_by_its_own_ending(format: str) -> None:
    assert format_of("claim" + EXPORT_FORMATS[format].suffix) == format


def test_what_is_asked_for_wins_over_the_name(example: str, troops: str) -> None:
    ran = run_here("export", troops, "--format", "csv", "-o", "claim.svg", "--ledger", example)
    assert ran.err.startswith("claim.svg: csv, ")
    assert Path("claim.svg").read_text("utf-8-sig").startswith('"claim","speaker"')


def test_the_message_names_the_format_and_how_to_verify_it(example: str, troops: str) -> None:
    assert run_here("export", troops, "-o", "claim.svg", "--ledger", example).err.startswith("claim.svg: svg, ")
    found = run_here("export", troops, "-o", "claim.json", "--ledger", example)
    assert found.err.startswith("claim.json: bundle, ")
    assert "onrecord verify claim.json --trust KEY" in found.err


def test_the_help_lists_each_format_on_a_line_of_its_own() -> None:
    shown = run_here("export", "--help").out.splitlines()
    for one in EXPORT_FORMATS.values():
        assert any(line.split() == [one.name, *one.says.split()] for line in shown)
    assert max(map(len, shown)) <= 80


def test_an_unknown_format_is_refused_with_those_there_are(example: str, troops: str) -> None:
    ran = run_here("export", troops, "--format", "pdf", "-o", "claim.pdf", "--ledger", example)
    assert ran.code == 5
    assert "no export format 'pdf'" in ran.err
    assert "dossier" in ran.err
    assert not Path("claim.pdf").exists()


def test_a_signed_export_is_no_dossier_and_import_says_what_reads_it(mine: str, troops: str) -> None:
    assert run_here("export", troops, "-o", "claim.json", "--ledger", mine).code == 0
    refused = run_here("import", "claim.json", "--ledger", mine)
    assert refused.code == 5
    assert "this is a signed export" in refused.err
    assert "onrecord verify" in refused.err
