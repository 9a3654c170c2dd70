"""Numbers are for readers where the evidence carries them, else for whoever asks why; on private persons there are none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import run_here

DOSSIER = """dossier: 1
sources:
  - {{id: jane, type: person, names: {{en: Jane Example}}}}
  - {{id: court, type: government_body, names: {{en: The court}}, reliability: {{value: {letter}, rationale: a test}}}}
  - {{id: auditor, type: organization, names: {{en: The auditor}}, reliability: {{value: {letter}, rationale: a test}}}}
relations:
  - {{subject: auditor, relation: allied_with, object: court, topic: money}}
claims:
  - id: took
    type: quantity
    text: {{en: Jane Example took about 10000 euros}}
    about: [money]
    quantity: {{best: 10000, hedge: about, unit: euros}}
    {more}
reports:
  - claim: took
    chain: [court]
    act: finds
    basis: document
    said_at: "2025-01-01"
    quantity: {{best: 10000, hedge: about, unit: euros}}
  - claim: took
    chain: [auditor]
    act: finds
    basis: document
    said_at: "2025-01-02"
    quantity: {{best: 9900, hedge: about, unit: euros}}
"""
CONCERNS = "concerns: [{source: jane, role: accused}]"
CLAIM = "took about"
# A probability, a share, a weight or odds, the range of figures, or a word for how likely it is.
NUMBER = re.compile(
    r"(?<![\w.])[<>]?\.\d\d|\d ?%|[+-]?\d\.\d|nats|log odds|edge \d|euros: about|likely|almost certain|no chance|roughly even"
)
DENIAL = ["attribute", CLAIM, "--chain", "auditor", "--act", "denies", "--at", "2025-02-01", "--dry-run"]
SAYING = [
    ["score", CLAIM],
    ["history", CLAIM],
    ["copies", CLAIM],
    ["claim", "show", CLAIM],
    ["claim", "list"],
    ["search", "Jane"],
    ["affected", "court"],
    ["chain", CLAIM],
    DENIAL,
    ["source", "rate", "auditor", "C", "--rationale", "better known", "--dry-run"],
]


@pytest.fixture
def private(fresh: str) -> str:
    """Two courts' worth of evidence on a private person."""
    return _filled(fresh, letter="A", more=CONCERNS)


@pytest.fixture
def thin(fresh: str) -> str:
    """The same claim, of nobody in particular, on the word of two whom nobody trusts much."""
    return _filled(fresh, letter="D", more="place: Utopia")


def _filled(ledger: str, **parts: str) -> str:
    assert run_here("import", "-", "--ledger", ledger, stdin=DOSSIER.format(**parts).encode()).code == 0
    return ledger


def said(*words: str, ledger: str) -> str:
    found = run_here(*words, "--ledger", ledger)
    assert found.code == 0, found.err
    return re.sub(r"entries at \S+", "", found.out)


@pytest.mark.parametrize("words", SAYING, ids=lambda words: " ".join(words[:2]))
def test_nothing_that_is_said_of_a_private_person_holds_a_number(words: list[str], private: str) -> None:
    assert run_here("score", CLAIM, "--json", "--ledger", private).json["confidence"] != "low", "the evidence would carry one"
    assert NUMBER.findall(said(*words, ledger=private)) == []


@pytest.mark.parametrize("words", SAYING, ids=lambda words: " ".join(words[:2]))
def test_nothing_that_is_said_of_thin_evidence_holds_a_number(words: list[str], thin: str) -> None:
    assert NUMBER.findall(said(*words, ledger=thin)) == []


def test_whoever_asks_why_thin_evidence_is_thin_gets_the_numbers(thin: str) -> None:
    assert "--why shows how it would come out" in said("score", CLAIM, ledger=thin)
    why = said("score", CLAIM, "--why", ledger=thin)
    for told in ("90 % interval", "log odds", "counts 50%", "euros: about", "nats x", "The court (0.5)"):
        assert told in why


def test_whoever_asks_why_of_a_private_person_gets_reasons_without_numbers(private: str) -> None:
    why, _, rules = said("score", CLAIM, "--why", ledger=private).partition("Rules of")
    assert NUMBER.findall(why) == []
    assert "it concerns a private person, so no number is shown" in why
    assert "counts in part: related to The court" in why
    assert "A by alice" in why
    assert "independent  " not in rules


def test_a_verified_score_of_a_private_person_is_told_without_its_number(private: str, tmp_path: Path) -> None:
    keys = run_here("log", "keys", "--ledger", private).out.split()
    file = str(tmp_path / "bundle.json")
    assert run_here("export", CLAIM, "-o", file, "--ledger", private).code == 0
    found = run_here("verify", file, "--trust", keys[0], "--trust", keys[1])
    assert found.code == 0
    told = found.out.partition("ledger ")[2]
    assert "single origin" in told
    assert NUMBER.findall(re.sub(r"time .*", "", told)) == []


def test_a_dry_run_on_a_private_person_says_what_changes_in_words(private: str) -> None:
    told = said(*DENIAL, ledger=private)
    assert "single origin -> contested" in told
    (change,) = run_here(*DENIAL, "--json", "--ledger", private).json["changes"]
    assert (change["log_odds_before"], change["log_odds_after"], change["after"]["probability"]) == (None, None, None)


def test_a_dry_run_on_thin_evidence_says_that_it_moves_and_how_far_only_as_json(thin: str) -> None:
    rating = ["source", "rate", "auditor", "C", "--dry-run"]
    assert "  still " in said(*rating, ledger=thin)
    (change,) = run_here(*rating, "--json", "--ledger", thin).json["changes"]
    assert not change["after"]["showable"]
    assert change["log_odds_after"] > change["log_odds_before"]


def test_a_verified_number_is_as_readers_see_it(example: str, troops: str, tmp_path: Path) -> None:
    keys = run_here("log", "keys", "--ledger", example).out.split()
    file = str(tmp_path / "bundle.json")
    assert run_here("export", troops, "-o", file, "--ledger", example).code == 0
    assert re.search(r"probability +\.99$", run_here("verify", file, "--trust", keys[0]).out, re.MULTILINE)


@pytest.mark.parametrize("about", ["private", "thin"])
def test_what_programs_get_of_a_history_and_of_copies_holds_no_number_either(
    about: str, request: pytest.FixtureRequest
) -> None:
    ledger = request.getfixturevalue(about)
    told = run_here("history", CLAIM, "--json", "--ledger", ledger).json
    points = told["world"]["points"] + told["ledger"]["points"]
    assert points
    for point in points:
        numbers = [point[one] for one in ("probability", "interval", "log_odds", "change", "words")]
        assert (point["showable"], numbers) == (False, [None] * 5)
        assert point["headline"]
    copies = run_here("copies", CLAIM, "--json", "--ledger", ledger).json
    assert [copies[one][member] for one in ("now", "if_one") for member in ("probability", "interval")] == [None] * 4
    assert run_here("score", CLAIM, "--json", "--ledger", ledger).json["probability"] is not None
