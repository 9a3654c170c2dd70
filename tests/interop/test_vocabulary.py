"""schema-dts, schema.org's vocabulary as types, takes our ClaimReview and refuses one with one thing broken."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.newsroom import newsroom
from tests.interop.conftest import PLACE
from tests.interop.serving import REPOSITORY, onrecord

REVIEW = REPOSITORY / "tests" / "vectors" / "claimreview" / "single.json"


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The export of a claim that somebody else's review was imported for: a Claim and a ClaimReview."""
    place = tmp_path_factory.mktemp("vocabulary")
    there = ("--ledger", str(place / "ledger.db"))
    onrecord("init", "--name", "alice", *there)
    onrecord("import", str(REVIEW), "--format", "claimreview", *there)
    (claim,) = json.loads(onrecord("claim", "list", "--json", *there))["claims"]
    onrecord("export", claim["id"], "--format", "claimreview", "-o", str(place / "claim.json"), *there)
    found: dict[str, Any] = json.loads((place / "claim.json").read_text("utf-8"))
    assert [one["@type"] for one in found["@graph"]] == ["Claim", "ClaimReview"]
    return found


def complaints(node: str, value: dict[str, Any], file: Path) -> list[str]:
    file.write_text(json.dumps(value), "utf-8")
    ran = subprocess.run([node, "vocabulary.mjs", file], cwd=PLACE, capture_output=True, check=True, timeout=120)
    found: list[str] = json.loads(ran.stdout)
    return found


def test_it_takes_our_claim_and_its_review(node: str, exported: dict[str, Any], tmp_path: Path) -> None:
    assert complaints(node, exported, tmp_path / "ours.json") == []


def test_it_takes_what_stands_in_a_claims_page(node: str, tmp_path: Path) -> None:
    with newsroom(tmp_path) as room:
        room.fill()
        html = room.http.get(f"/claims/{room.ids['claim']}", headers={"Accept": "text/html"}).text
    found = json.loads(html.partition('<script type="application/ld+json">')[2].partition("</script>")[0])
    assert [one["@type"] for one in found["@graph"]] == ["Claim"]
    assert complaints(node, found, tmp_path / "page.json") == []
    found["@graph"][0]["appearances"] = found["@graph"][0].pop("appearance")
    assert "appearances" in " ".join(complaints(node, found, tmp_path / "broken.json"))


def _rename(thing: dict[str, Any], old: str, new: str) -> None:
    thing[new] = thing.pop(old)


Break = Callable[[dict[str, Any], dict[str, Any]], None]
BROKEN: dict[str, tuple[Break, str]] = {
    "a member of another name": (lambda _, review: _rename(review, "claimReviewed", "claimReview"), "claimReview"),
    "a rating that is a list of yes and no": (lambda _, review: review["reviewRating"].update(ratingValue=[True]), "boolean"),
    "a rating of another type": (lambda _, review: review["reviewRating"].update({"@type": "Ratings"}), "Ratings"),
    "an author that is a place": (lambda _, review: review["author"].update({"@type": "Place"}), "Place"),
    "a claim of another type": (lambda claim, _: claim.update({"@type": "Claims"}), "Claims"),
    "a text that is a number": (lambda claim, _: claim.update(text=7), "number"),
    "a work with a member that works have not": (lambda claim, _: _rename(claim["appearance"][0], "url", "uri"), "uri"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_it_refuses_one_with(node: str, exported: dict[str, Any], tmp_path: Path, what: str) -> None:
    broken = copy.deepcopy(exported)
    change, named = BROKEN[what]
    change(*broken["@graph"])
    found = complaints(node, broken, tmp_path / "broken.json")
    assert found
    assert named in " ".join(found)
