"""`onrecord credibility show|estimate|accept` as they are typed, on a ledger where it is known who is right."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from schemas.estimate import Credibility, CredibilityEstimate
from tests.cli.conftest import run_here, serving

GOOD = ("north", "south", "east", "west")
CLAIMS = 30


def dossier() -> str:
    """Four outlets and a resident are right; the tabloid and its copy err together on two of three claims."""
    sources = [{"id": slug, "type": "outlet", "names": {"en": slug.title()}} for slug in (*GOOD, "tabloid", "copy")]
    sources += [{"id": "resident", "type": "person", "public_role": "mayor", "names": {"en": "Resident"}}]
    claims = [{"id": f"c{n}", "type": "event", "text": {"en": f"Thing {n} happened"}} for n in range(CLAIMS)]
    reports = []
    for number in range(CLAIMS):
        for source in (*GOOD, "resident", "tabloid", "copy"):
            wrong = source in ("tabloid", "copy") and number % 3 > 0
            said = {"claim": f"c{number}", "chain": [source], "said_at": f"2024-01-{1 + number:02}", "basis": "witnessed"}
            reports.append({**said, "act": "denies" if wrong == (number % 2 == 0) else "asserts"})
    return json.dumps({"dossier": 1, "sources": sources, "claims": claims, "reports": reports})


@pytest.fixture(scope="module")
def contested_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the ledger and its keys. Not to be written to."""
    place = tmp_path_factory.mktemp("contested")
    assert run_here("init", "--ledger", str(place / "ledger.db"), "--name", "alice").code == 0
    (place / "claims.yaml").write_text(dossier())
    ran = run_here("import", str(place / "claims.yaml"), "--ledger", str(place / "ledger.db"))
    assert ran.code == 0, ran.err
    return place


@pytest.fixture(scope="module")
def contested(contested_place: Path) -> str:
    return str(contested_place / "ledger.db")


@pytest.fixture
def own(contested_place: Path, tmp_path: Path) -> str:
    """A copy that a test may write to."""
    shutil.copytree(contested_place, tmp_path / "own")
    return str(tmp_path / "own" / "ledger.db")


def letters(ledger: str, slug: str) -> list[tuple[str, str]]:
    view = run_here("source", "show", slug, "--json", "--ledger", ledger).json
    return [(one["by"], one["value"]) for one in view["assessments"]]


def test_json_is_in_the_shape_of_the_api(contested: str) -> None:
    ran = run_here("credibility", "estimate", "--json", "--ledger", contested)
    estimate = CredibilityEstimate.model_validate_json(ran.out)
    assert [one.source for one in estimate.sources if one.suggestion and one.suggestion.value == "E"] == ["copy", "tabloid"]
    shown = run_here("credibility", "show", "North", "--json", "--ledger", contested)
    view = Credibility.model_validate_json(shown.out)
    assert view.estimate == next(one for one in estimate.sources if one.source == "north")
    assert view.source.track_record.claims == CLAIMS


def test_elsewhere_the_answers_are_the_same(contested: str) -> None:
    with serving(contested) as address:
        for line in ("estimate", "estimate tabloid --until 2024-01-20 --json", "show north --until 2024-01-20"):
            words = ["credibility", *line.split(), "--ledger"]
            assert run_here(*words, address) == run_here(*words, contested)


@pytest.mark.parametrize(
    "line", ["estimate", "estimate north --until 2024-01-05", "show tabloid", "show resident", "show north"]
)
def test_people_read_it_at_80_columns(contested: str, line: str) -> None:
    ran = run_here("credibility", *line.split(), "--ledger", contested)
    assert (ran.code, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= 80


def test_show_says_what_is_suggested_and_how_to_accept_it(contested: str) -> None:
    text = " ".join(run_here("credibility", "show", "tabloid", "--ledger", contested).out.split())
    assert "track record: 30 statements on 30 claims" in text
    assert "OriginEM/1: right on 0 of 20 contested items" in text
    assert "shares mistakes with copy" in text
    assert "onrecord credibility accept tabloid" in text


def test_show_names_the_claims_that_a_reader_will_want_to_look_at(contested: str, example: str) -> None:
    wrong = run_here("credibility", "show", "tabloid", "--ledger", contested).out.split("wrong, by the estimate, on")[1]
    assert "(5 of 20" in wrong
    assert "Thing 1 happened" in wrong
    shown = run_here("credibility", "show", "dprk", "--ledger", example).out
    assert max(map(len, shown.splitlines())) <= 80
    denied = " ".join(shown.split("denied what others corroborate")[1].split())
    assert "North Korea sent troops to fight for Russia" in denied


def test_every_claim_named_stands_so_without_the_source(example: str) -> None:
    """The counts of the running example, held against the scores themselves."""
    looked_at = 0
    for slug in (one["id"] for one in run_here("source", "list", "--json", "--ledger", example).json["sources"]):
        track = run_here("source", "show", slug, "--json", "--ledger", example).json["track_record"]
        outcomes = {"supported_corroborated": "corroborated", "denied_corroborated": "corroborated"}
        outcomes |= {"supported_contradicted": "contradicted", "denied_contradicted": "contradicted"}
        for count, headline in outcomes.items():
            assert track[count] == len(track["named"][count])
            for claim in track["named"][count]:
                ran = run_here("score", claim, "--without", f"origin:{slug}", "--json", "--ledger", example)
                assert ran.json["headline"] == headline, (slug, claim)
                looked_at += 1
        assert track["statements"] == track["as_origin"] + track["as_relay"]
        assert track["complete"]
    assert looked_at > 0


def test_estimating_writes_nothing(own: str) -> None:
    before = run_here("log", "checkpoint", "--json", "--ledger", own).out
    run_here("credibility", "estimate", "--ledger", own)
    assert run_here("log", "checkpoint", "--json", "--ledger", own).out == before


def test_accepting_signs_the_suggestion_as_ones_own_rating(own: str) -> None:
    size = run_here("log", "checkpoint", "--json", "--ledger", own).json["size"]
    ran = run_here("credibility", "accept", "tabloid", "north", "--ledger", own)
    assert ran.code == 0, ran.err
    assert letters(own, "tabloid") == [("alice", "E")]
    (rating,) = run_here("source", "show", "tabloid", "--json", "--ledger", own).json["assessments"]
    assert rating["rationale"].startswith(f"suggested by OriginEM/1 at size {size}: right on 0 of 20 contested items")
    assert rating["valid_from"] is not None
    record = run_here("show", rating["id"], "--json", "--ledger", own).json
    assert record["subjects"] == ["alice"]
    assert (record["record"]["rationale"], record["openings"]) == (rating["rationale"], {})


def test_a_suggestion_of_a_ledger_elsewhere_is_accepted_there(own: str) -> None:
    with serving(own) as address:
        where = ["--ledger", address, "--key", f"{own}.keys/alice.pem"]
        ran = run_here("credibility", "accept", "copy", *where)
        assert ran.code == 0, ran.err
        assert run_here("credibility", "accept", "copy", *where).code == 8
    assert letters(own, "copy") == [("alice", "E")]


def test_a_rating_of_ones_own_is_not_replaced_unasked(own: str) -> None:
    assert run_here("source", "rate", "north", "C", "--ledger", own).code == 0
    before = run_here("log", "checkpoint", "--json", "--ledger", own).out
    refused = run_here("credibility", "accept", "south", "north", "--ledger", own)
    assert refused.code == 8
    assert "alice has rated north already: C" in refused.err
    assert "--replace" in refused.err
    assert run_here("log", "checkpoint", "--json", "--ledger", own).out == before
    assert run_here("credibility", "accept", "north", "--replace", "--ledger", own).code == 0
    assert letters(own, "north") in ([("alice", "A")], [("alice", "B")])


def test_a_dry_run_shows_the_record_and_the_change_in_score_and_stores_nothing(own: str) -> None:
    before = run_here("log", "checkpoint", "--json", "--ledger", own).out
    ran = run_here("credibility", "accept", "north", "--dry-run", "--ledger", own)
    assert ran.code == 0, ran.err
    assert "suggested by OriginEM/1" in ran.out
    assert "not enough -> single origin" in ran.out
    assert run_here("log", "checkpoint", "--json", "--ledger", own).out == before


@pytest.mark.parametrize(
    "line, code, told",
    [
        ("accept resident", 5, "not for a person"),
        ("accept north --until 2024-01-05", 5, "at least 10 are needed"),
        ("accept nobody", 3, "no source 'nobody'"),
        ("accept", 2, "missing argument"),
        ("estimate nobody", 3, "no source 'nobody'"),
        ("show nobody", 3, "no source 'nobody'"),
        ("estimate --until yesterday", 5, "until"),
        ("estimate --as-of 3", 5, "no published tree size"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(contested: str, line: str, code: int, told: str) -> None:
    ran = run_here("credibility", *line.split(), "--ledger", contested)
    assert ran.code == code, ran.err
    assert told in ran.err


def test_accepting_without_a_key_is_refused(own: str, tmp_path: Path) -> None:
    shutil.rmtree(f"{own}.keys")
    assert run_here("credibility", "accept", "north", "--ledger", own).code == 4
