"""What a dry run prints: what each claim was, and what it would be."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Ran, run_here


def dry(*words: str, ledger: str) -> Ran:
    found = run_here(*words, "--dry-run", "--ledger", ledger)
    assert found.code == 0, found.err
    assert "nothing was stored" in found.err
    assert max(len(line) for line in found.out.splitlines() if "sha256:" not in line) <= 80
    return found


def paragraph(found: Ran, words: str) -> list[str]:
    """The lines below the claim whose text begins so."""
    below = found.out.partition(words)[2].splitlines()[1:]
    end = next((place for place, line in enumerate(below) if line[:1] not in ("", " ")), len(below))
    return [line.strip() for line in below[:end]]


TROOPS = "North Korea sent troops"


def test_a_denial_shows_what_it_would_make_of_the_score_and_of_its_labels(mine: str, troops: str) -> None:
    line = ["attribute", troops, "--chain", "Yonhap < dprk", "--act", "denies", "--at", "2025-05-01"]
    told = paragraph(dry(*line, "--url", "https://y.example/1", ledger=mine), TROOPS)
    assert told[0].startswith("corroborated .99 -> corroborated .9")
    assert told[1] == "now: divided"
    assert told[2].startswith("log odds +4.")
    assert " -> +3." in told[2]


def test_what_does_not_move_is_said_to_stay(mine: str) -> None:
    told = paragraph(dry("source", "relate", "nis", "speaks_for", "south-korea", ledger=mine), TROOPS)
    assert told == ["stays corroborated .99"]


def test_what_moves_stands_before_what_stays(mine: str) -> None:
    found = dry("source", "rate", "tass", "A", ledger=mine)
    assert found.out.rindex("  still ") < found.out.index("  stays ")


@pytest.mark.parametrize("command", [["correct", "--reason", "a slip"], ["withhold", "--basis", "law", "--authority", "court"]])
def test_a_claim_that_goes_is_said_to_go(command: list[str], mine: str, claims: dict[str, str]) -> None:
    claim = next(claim for text, claim in claims.items() if text.startswith("North Korea supplies"))
    found = dry(command[0], claim, *command[1:], ledger=mine)
    assert paragraph(found, "North Korea supplies")[-1:] == ["contested -> no longer on record"]


def test_a_new_claim_is_new(mine: str) -> None:
    found = dry("claim", "add", "--text", "en=Something else happened", ledger=mine)
    assert paragraph(found, "\nSomething else happened") == ["new: no reports"]
