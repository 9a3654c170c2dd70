"""A claim with somebody else's review, exported and imported again where it came from: what comes back, and what cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import REPOSITORY, run_here

SINGLE = REPOSITORY / "tests" / "vectors" / "claimreview" / "single.json"
HOUSE = {"@type": "Organization", "name": "The Norton Checkers"}
MAYOR = {"@type": "Person", "name": "Ruth Blackbird", "jobTitle": "Mayor of Norton"}


def review(**members: Any) -> dict[str, Any]:
    """The review of the vectors without its explanation, which records seal."""
    found: dict[str, Any] = json.loads(SINGLE.read_text("utf-8")) | members
    del found["reviewRating"]["ratingExplanation"]
    return {name: value for name, value in found.items() if value is not None}


def there_and_back(given: dict[str, Any], ledger: str, place: Path) -> tuple[list[dict[str, Any]], int]:
    """What the export says of the imported review, and how many records importing the export adds."""
    (place / "in.json").write_text(json.dumps(given), "utf-8")
    assert run_here("import", str(place / "in.json"), "--format", "claimreview", "--ledger", ledger).code == 0
    (claim,) = run_here("claim", "list", "--json", "--ledger", ledger).json["claims"]
    out = str(place / "out.json")
    assert run_here("export", claim["id"], "--format", "claimreview", "-o", out, "--ledger", ledger).code == 0
    again = run_here("import", out, "--format", "claimreview", "--json", "--ledger", ledger)
    assert again.code == 0, again.err
    return json.loads(Path(out).read_text("utf-8"))["@graph"][1:], again.json["new"]


def test_a_review_is_its_givers_with_page_date_and_figures(fresh: str, tmp_path: Path) -> None:
    (found,), added = there_and_back(review(), fresh, tmp_path)
    assert added == 0
    assert found["author"] == {"@type": "Organization", "name": "Prüfstelle Nord", "url": "https://pruefstelle.example"}
    assert (found["url"], found["datePublished"]) == ("https://pruefstelle.example/2024/05/bruecke", "2024-05-01T08:00:00Z")
    assert found["reviewRating"] == {
        "@type": "Rating", "ratingValue": 1, "bestRating": 5, "worstRating": 1, "alternateName": "Falsch"
    }  # fmt: skip


def test_a_signers_own_verdict_comes_back_as_that_of_a_source_with_the_signers_name(fresh: str, tmp_path: Path) -> None:
    dossier = """
dossier: 1
claims: [{id: c, type: event, text: {en: The bridge of Norton fell down}}]
assessments: [{target: c, scheme: verdict, value: Untrue}]
"""
    (tmp_path / "in.yaml").write_text(dossier, "utf-8")
    imported = run_here("import", str(tmp_path / "in.yaml"), "--ledger", fresh)
    assert imported.code == 0, imported.err
    (claim,) = run_here("claim", "list", "--json", "--ledger", fresh).json["claims"]
    out = str(tmp_path / "out.json")
    assert run_here("export", claim["id"], "--format", "claimreview", "-o", out, "--ledger", fresh).code == 0
    _, found = json.loads(Path(out).read_text("utf-8"))["@graph"]
    assert found["author"] == {"@type": "Person", "name": "alice"}
    again = run_here("import", out, "--format", "claimreview", "--json", "--ledger", fresh)
    assert again.json["new"] == 2, again.err  # the source and its verdict
    verdicts = run_here("score", claim["id"], "--json", "--ledger", fresh).json["verdicts"]
    assert [one["value"] for one in verdicts] == ["Untrue", "Untrue"]


OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "a person in office": ({"author": MAYOR}, "Ruth Blackbird"),
    "a person in office who writes for a publisher": ({"author": MAYOR, "publisher": HOUSE}, "Ruth Blackbird"),
    "an organization at another's": ({"publisher": HOUSE}, "Prüfstelle Nord"),
    "a page without a language": ({"inLanguage": None}, "Prüfstelle Nord"),
    "a review without a page": ({"url": None}, "Prüfstelle Nord"),
}


@pytest.mark.parametrize("who", OTHERS)
def test_it_comes_back_from(who: str, fresh: str, tmp_path: Path) -> None:
    members, author = OTHERS[who]
    (found,), added = there_and_back(review(**members), fresh, tmp_path)
    assert (found["author"]["name"], added) == (author, 0)
    assert found["author"]["@type"] == ("Person" if author == MAYOR["name"] else "Organization")


def test_of_a_person_without_a_public_role_there_is_no_review(fresh: str, tmp_path: Path) -> None:
    found, added = there_and_back(review(author={"@type": "Person", "name": "Jo Private"}), fresh, tmp_path)
    assert (found, added) == ([], 0)


def verdict(ledger: str) -> dict[str, Any]:
    (claim,) = run_here("claim", "list", "--json", "--ledger", ledger).json["claims"]
    (found,) = run_here("score", claim["id"], "--json", "--ledger", ledger).json["verdicts"]
    return dict(found)


def test_a_sealed_explanation_stays_sealed_and_its_verdict_comes_back_without_taking_it_away(
    fresh: str, tmp_path: Path
) -> None:
    given = json.loads(SINGLE.read_text("utf-8"))
    (found,), added = there_and_back(given, fresh, tmp_path)
    assert "steht" not in json.dumps(found)
    assert added == 0
    assert (verdict(fresh)["by"], verdict(fresh)["value"]) == ("prufstelle-nord", "Falsch")
    found["reviewRating"]["alternateName"] = "Wahr"
    (tmp_path / "changed.json").write_text(json.dumps(found), "utf-8")
    assert run_here("import", str(tmp_path / "changed.json"), "--format", "claimreview", "--ledger", fresh).code == 0
    assert verdict(fresh)["value"] == "Wahr"


def test_a_writer_without_a_public_role_is_not_told_and_page_and_verdict_come_back_without(fresh: str, tmp_path: Path) -> None:
    given = review(author={"@type": "Person", "name": "Jo Private"}, publisher=HOUSE)
    (found,), added = there_and_back(given, fresh, tmp_path)
    assert found["author"]["name"] == HOUSE["name"]
    assert "Private" not in json.dumps(found)
    assert added == 2


@pytest.mark.parametrize("value", [2.5, -1, 0.000001])
def test_figures_come_back_as_they_are(value: float, fresh: str, tmp_path: Path) -> None:
    rating = {"@type": "Rating", "ratingValue": value, "bestRating": 5, "alternateName": "So so", "ratingExplanation": ""}
    (found,), added = there_and_back(review(reviewRating=rating), fresh, tmp_path)
    assert (found["reviewRating"]["ratingValue"], added) == (value, 0)
