"""docs/threats.md names tests that exist, and every test of an attack is told there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import REPOSITORY

TEXT = (REPOSITORY / "docs" / "threats.md").read_text("utf-8")
DEFINED = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)


def functions_in(*files: Path) -> set[str]:
    return {name for file in files for name in DEFINED.findall(file.read_text("utf-8"))}


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    assert len(named) > 50
    assert named <= functions_in(*(REPOSITORY / "tests").rglob("test_*.py"))


def test_every_attack_that_is_tried_is_told_on_the_page() -> None:
    told = set(re.findall(r"`(test_\w+)`", TEXT))
    files = (file for file in Path(__file__).parent.glob("test_*.py") if file != Path(__file__))
    unfit = {
        # They say what a sentence beside them takes for granted.
        "test_cannot_be_judged_takes_no_letter_away",
        "test_a_hop_between_claims_that_nothing_joins_is_refused",
        "test_an_earlier_date_of_a_document_does_not_change_what_readers_could_find_then",
        "test_a_key_signs_nothing_before_it_was_enrolled",
    }
    assert functions_in(*files) - told == unfit


def test_the_page_is_one_that_is_read_to_its_end() -> None:
    assert len(TEXT.splitlines()) < 250
