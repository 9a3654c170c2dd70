"""Where claims stand, over HTTP: kept up while the server runs, asked for by headline, label and change."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.api.newsroom import Newsroom, claim_record


def up_to_date(room: Newsroom) -> int:
    """The size of the ledger, once the server has worked out where its claims stand at that."""
    for _ in range(600):
        health = room.http.get("/healthz").raise_for_status().json()
        if health["standing_size"] == health["size"]:
            return int(health["size"])
        time.sleep(0.05)
    raise AssertionError("the server does not keep up")


def ids(response: httpx.Response) -> list[str]:
    return [claim["id"] for claim in response.raise_for_status().json()["claims"]]


def test_the_server_keeps_up_with_what_is_posted(room: Newsroom) -> None:
    new = room.add("standing", claim_record("Nobody has said anything about this yet"))
    size = up_to_date(room)
    answer = room.http.get("/v1/claims", params={"headline": "no_reports", "limit": 200}).raise_for_status().json()
    assert (answer["size"], answer["complete_to"]) == (size, size)
    (claim,) = [one for one in answer["claims"] if one["id"] == new]
    assert (claim["labels"], claim["previous"], claim["probability"], claim["showable"]) == ([], None, None, False)
    assert 0 < claim["changed_at"] <= size


def test_every_headline_and_label_lists_those_claims_that_say_so(room: Newsroom) -> None:
    up_to_date(room)
    whole = room.http.get("/v1/claims", params={"limit": 200}).json()["claims"]
    facets = room.http.get("/v1/claims/facets").raise_for_status().json()
    assert facets["claims"] == len(whole)
    assert sum(facets["headlines"].values()) == len(whole)
    for headline, count in facets["headlines"].items():
        found = ids(room.http.get("/v1/claims", params={"headline": headline, "limit": 200}))
        assert found == [one["id"] for one in whole if one["headline"] == headline]
        assert len(found) == count
    for label, count in facets["labels"].items():
        assert len(ids(room.http.get("/v1/claims", params={"label": label, "limit": 200}))) == count


def test_what_changed_since_a_size_is_listed(room: Newsroom) -> None:
    before = up_to_date(room)
    new = room.add("later", claim_record("This came later than all the rest"))
    up_to_date(room)
    assert ids(room.http.get("/v1/claims", params={"changed_since": before})) == [new]


@pytest.mark.parametrize(
    "asked", ["headline=certain", "label=true", "changed_since=-1", "changed_since=007", "changed_since=99999999", "headline="]
)
def test_what_no_claim_can_be_is_a_problem(room: Newsroom, asked: str) -> None:
    response = room.http.get(f"/v1/claims?{asked}")
    assert response.status_code == 422
    assert response.json()["type"].startswith("urn:onrecord:problem:")
