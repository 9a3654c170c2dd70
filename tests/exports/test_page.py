"""docs/exports.md: each format has its section, and every command of the page does what it says."""

from __future__ import annotations

import re
import shlex

import pytest

from schemas.exports import EXPORT_FORMATS
from tests.cli.conftest import REPOSITORY, run_here

PAGE = (REPOSITORY / "docs/exports.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## ([a-z0-9, -]+): .*\n((?:(?!## ).*\n)*)", PAGE, re.MULTILINE))
ELSEWHERE = {"bundle", "score", "tlog-proof"}
"""Formats that docs/format.md tells of."""


def test_every_format_has_its_section() -> None:
    named = {name for heading in SECTIONS for name in heading.split(", ")}
    assert named == EXPORT_FORMATS.keys() - ELSEWHERE


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_section_says_what_the_format_proves_what_it_does_not_and_who_reads_it(heading: str) -> None:
    for point in ("- **It proves**", "- **It does not prove**", "- **Read by**"):
        assert point in SECTIONS[heading]


@pytest.mark.parametrize("heading", SECTIONS)
def test_the_commands_of_a_section_run_one_after_another(heading: str, mine: str) -> None:
    commands = re.findall(r"^onrecord (.*)$", SECTIONS[heading], re.MULTILINE)
    assert commands
    for command in commands:
        ran = run_here(*shlex.split(command.replace("my.db", mine), comments=True))
        assert ran.code == 0, f"{command}\n{ran.err}"
