"""Google's own client of its Fact Check Tools API, pointed at a ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from ledger.keys import seal, sign_record
from schemas.problems import Problem
from tests.api.newsroom import ORIGIN, Members, Newsroom, body_of, claim_record, newsroom, record_of, said, source
from tests.conftest import REPOSITORY
from tests.factory import erasure

DISCOVERY = REPOSITORY / "tests" / "vectors" / "google-factcheck-discovery" / "factchecktools.v1alpha1.json"
PATH = "/v1alpha1/claims:search"
CLAIMS = 23
"""So many about herring: more than one page, and no multiple of a page."""
DESK = source("fact-desk", "outlet", domains=["factcheck.example"], names={"en": "Fact Desk", "de": "Faktenpult"})
ARTICLE = {
    "kind": "document",
    "url": "https://www.factcheck.example/troops",
    "title": "Did they send troops?",
    "publisher": "fact-desk",
    "published_at": "2025-05-02",
    "lang": "en",
}


def verdict(claim: str, value: str, **more: Any) -> Members:
    return {"kind": "assessment", "target": claim, "scheme": "verdict", "value": value, **more}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with newsroom(tmp_path_factory.mktemp("factchecks")) as room:
        room.fill()
        room.post(DESK).raise_for_status()
        article = room.add("article", ARTICLE)
        room.add("verdict", verdict(room.ids["claim"], "Mostly true", by="fact-desk", document=article))
        room.add("bare verdict", verdict(room.ids["third"], "Unproven", valid_from="2025-06-01"))
        chess = room.add("chess", claim_record("Sardines play chess"))
        found_out = said(chess, "fact-desk", document=article, act="finds", polarity="-", basis="analysis")
        room.add("chess verdict", verdict(chess, "False", because=room.add("found out", found_out)))
        for number in range(CLAIMS):
            room.add(f"herring {number}", claim_record(f"Herring number {number} swam to Jutland"))
        yield room


@pytest.fixture(scope="module")
def google(desk: Newsroom) -> Any:
    """Google's client, as its users build it, with another address."""
    where = {"api_endpoint": str(desk.http.base_url)}
    return build_from_document(json.loads(DISCOVERY.read_text()), developerKey="any", client_options=where).claims()


def found(google: Any, **asked: Any) -> list[Any]:
    claims: list[Any] = google.search(**asked).execute()["claims"]
    return claims


def test_googles_client_gets_the_claim_with_its_claimant_and_its_review(google: Any) -> None:
    assert found(google, query="troops Russia") == [
        {
            "text": "North Korea sent troops to fight for Russia",
            "claimant": "Dprk",
            "claimDate": "2025-04-28T00:00:00Z",
            "claimReview": [
                {
                    "publisher": {"name": "Fact Desk", "site": "factcheck.example"},
                    "url": "https://www.factcheck.example/troops",
                    "title": "Did they send troops?",
                    "reviewDate": "2025-05-02T00:00:00Z",
                    "textualRating": "Mostly true",
                    "languageCode": "en",
                }
            ],
        }
    ]


def test_a_claim_that_nobody_judged_has_no_review_whatever_its_score(desk: Newsroom, google: Any) -> None:
    desk.add("fish", said(desk.ids["herring 1"], "outlet", act="confirms", basis="witnessed", said_at="2025-01"))
    assert found(google, query="herring number 1 Jutland")[0] == {
        "text": "Herring number 1 swam to Jutland",
        "claimant": "Outlet",
        "claimReview": [],
    }


def test_a_verdict_without_an_article_leads_to_its_own_record_and_its_signer(desk: Newsroom, google: Any) -> None:
    (claim,) = found(google, query="visit 24 years")
    (review,) = claim["claimReview"]
    assert review["publisher"]["name"] == desk.http.get(f"/v1/records/{desk.ids['bare verdict']}").json()["subjects"][0]
    assert (review["reviewDate"], review["textualRating"]) == ("2025-06-01T00:00:00Z", "Unproven")
    assert review["url"] == f"{desk.http.base_url}/v1/records/{desk.ids['bare verdict']}".replace("//v1", "/v1")
    assert desk.http.get(review["url"]).json()["id"] == desk.ids["bare verdict"]


def test_a_verdict_for_what_a_fact_checker_said_is_that_fact_checkers(google: Any) -> None:
    (review,) = found(google, query="sardines chess")[0]["claimReview"]
    assert (review["publisher"]["name"], review["url"]) == ("Fact Desk", ARTICLE["url"])


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_filtered_pages_lose_nothing_either(tmp_path_factory: pytest.TempPathFactory, size: int) -> None:
    with newsroom(tmp_path_factory.mktemp("filtered")) as room:
        room.post(DESK).raise_for_status()
        ids = [room.add(f"herring {number}", claim_record(f"Herring number {number} swam")) for number in range(12)]
        judged = [0, 1, 4, 5, 6, 11]
        for number in judged:
            room.add(f"verdict {number}", verdict(ids[number], "True", by="fact-desk"))
        seen: list[str] = []
        asked = {"reviewPublisherSiteFilter": "factcheck.example", "pageSize": size}
        page = {"nextPageToken": ""}
        while "nextPageToken" in page:
            page = room.http.get(PATH, params={**asked, "pageToken": page["nextPageToken"]}).raise_for_status().json()
            assert len(page["claims"]) <= size
            seen += [claim["text"] for claim in page["claims"]]
        assert seen == [f"Herring number {number} swam" for number in reversed(judged)]
        skipped = room.http.get(PATH, params={**asked, "offset": 4}).json()["claims"]
        assert [claim["text"] for claim in skipped] == seen[4 : 4 + size]


@pytest.mark.parametrize("size", [1, 5, 10, 23, 200])
def test_list_next_leads_to_the_end_and_loses_nothing(google: Any, size: int) -> None:
    seen: list[str] = []
    request = google.search(query="herring Jutland", pageSize=size)
    while request is not None:
        page = request.execute()
        assert len(page["claims"]) <= size
        seen += [claim["text"] for claim in page["claims"]]
        request = google.search_next(request, page)
    assert sorted(seen) == sorted(f"Herring number {number} swam to Jutland" for number in range(CLAIMS))


def test_ten_come_where_no_size_is_asked_for(google: Any) -> None:
    assert len(found(google, query="herring")) == 10


@pytest.mark.parametrize("offset", [0, 1, 7, 22, 23, 500])
def test_an_offset_skips_so_many(google: Any, offset: int) -> None:
    every = found(google, query="herring", pageSize=200)
    assert found(google, query="herring", pageSize=3, offset=offset) == every[offset : offset + 3]


@pytest.mark.parametrize(
    "words,text",
    [
        ("북한이", "북한이 군대를 보냈다"),
        ("yonhap troops", "북한이 군대를 보냈다"),  # one word names who spoke, the other is in a text
        ("북한이 yonhap", "북한이 군대를 보냈다"),
        ("yonhap herring", None),
        ("troops zebra", None),
        ("!?", None),
    ],
)
def test_every_word_matches_a_text_or_a_name_in_any_language(google: Any, words: str, text: str | None) -> None:
    assert [claim["text"] for claim in found(google, query=words, languageCode="ko")] == ([text] if text else [])


def test_whoever_is_named_is_found_once_however_many_ways_lead_there(google: Any) -> None:
    texts = [claim["text"] for claim in found(google, query="Outlet", pageSize=200)]
    assert sorted(texts) == ["Herring number 1 swam to Jutland", "North Korea sent troops to fight for Russia"]


@pytest.mark.parametrize(
    "language,text,name",
    [
        ("ko", "북한이 군대를 보냈다", "Fact Desk"),
        ("ko-KR", "북한이 군대를 보냈다", "Fact Desk"),
        ("de", "North Korea sent troops to fight for Russia", "Fact Desk"),
        (None, "North Korea sent troops to fight for Russia", "Fact Desk"),
    ],
)
def test_the_language_chooses_the_text_and_leaves_no_claim_out(google: Any, language: str | None, text: str, name: str) -> None:
    (claim,) = found(google, query="troops", languageCode=language)
    assert (claim["text"], claim["claimReview"][0]["publisher"]["name"]) == (text, name)


@pytest.mark.parametrize(
    "site,count", [("factcheck.example", 1), ("www.factcheck.example", 1), ("example", 1), ("check.example", 0)]
)
def test_only_what_a_site_has_reviewed(google: Any, site: str, count: int) -> None:
    reviewed = found(google, reviewPublisherSiteFilter=site)
    assert len(reviewed) == 2 * count
    assert len(found(google, query="troops", reviewPublisherSiteFilter=site)) == count
    assert found(google, query="herring", reviewPublisherSiteFilter=site) == []


def test_the_age_is_that_of_the_claim_or_of_its_newest_review(desk: Newsroom, google: Any) -> None:
    assert found(google, query="troops", maxAgeDays=7) == []
    assert len(found(google, query="troops", maxAgeDays=36_500)) == 1
    assert found(google, query="treaty", maxAgeDays=36_500) == []  # nobody has said it, so it has no age


def test_a_verdict_that_was_taken_back_is_gone(tmp_path_factory: pytest.TempPathFactory) -> None:
    with newsroom(tmp_path_factory.mktemp("taken-back")) as room:
        claim = room.add("claim", claim_record("Herring sing"))
        first = room.add("verdict", verdict(claim, "False"))
        room.add("second", verdict(claim, "True", replaces=first))
        assert [
            one["textualRating"] for one in room.http.get(PATH, params={"query": "herring"}).json()["claims"][0]["claimReview"]
        ] == ["True"]
        room.post({"kind": "correction", "target": room.ids["second"], "reason": "hasty", "ledger": ORIGIN}).raise_for_status()
        ratings = room.http.get(PATH, params={"query": "herring"}).json()["claims"][0]["claimReview"]
        assert "True" not in [one["textualRating"] for one in ratings]
        room.post(
            {"kind": "withhold", "target": claim, "basis": "court order", "authority": "a court", "ledger": ORIGIN}
        ).raise_for_status()
        assert room.http.get(PATH, params={"query": "herring"}).json() == {"claims": []}


@pytest.mark.parametrize(
    "asked,status,says",
    [
        ({}, 400, "neither query nor reviewPublisherSiteFilter"),
        ({"query": "herring", "pageToken": "AAAA"}, 422, "pageToken is none of ours"),
        ({"query": "herring", "languageCode": "no language"}, 422, "not a language of BCP 47"),
        ({"query": "herring", "pageSize": -1}, 422, "pageSize"),
        ({"query": "herring", "offset": 10_001}, 422, "10000 at most"),
        ({"query": "h" * 10_000}, 422, "query"),
    ],
)
def test_what_is_wrong_is_readable_in_googles_client(google: Any, asked: dict[str, Any], status: int, says: str) -> None:
    with pytest.raises(HttpError) as caught:
        google.search(**asked).execute()
    assert caught.value.status_code == status
    assert says in caught.value.reason
    body = json.loads(caught.value.content)
    assert body["error"] == {"code": status, "message": caught.value.reason, "status": "INVALID_ARGUMENT"}
    Problem.model_validate(body)
    assert caught.value.resp["content-type"] == "application/problem+json"


def test_a_question_that_is_too_long_for_an_address_is_answered(google: Any) -> None:
    request = google.search(query="북한이 " * 75, languageCode="ko")
    assert len(request.uri) > 2_048  # from there on Google's client sends a form
    assert [claim["text"] for claim in request.execute()["claims"]] == ["북한이 군대를 보냈다"]


def test_a_page_token_belongs_to_its_question(google: Any) -> None:
    token = google.search(query="herring").execute()["nextPageToken"]
    assert len(found(google, query="herring", pageToken=token, pageSize=4)) == 4
    with pytest.raises(HttpError, match="another question"):
        google.search(query="troops", pageToken=token).execute()


def test_a_name_whose_opening_was_erased_is_not_shown(tmp_path_factory: pytest.TempPathFactory) -> None:
    with newsroom(tmp_path_factory.mktemp("erased")) as room:
        name, opening = seal(room.signer, "names.en", "Zebulon Quagga")
        record = record_of(source("witness-7", "person", names={"en": {"sealed": name.sealed}}))
        body = body_of([sign_record(record, room.signer, {name.sealed: opening})])
        room.http.post("/v1/records", content=body).raise_for_status()
        claim = room.add("claim", claim_record("Herring sing"))
        room.add("said", said(claim, "witness-7", act="asserts", basis="witnessed", said_at="2025-01-01"))
        for words in ("herring", "Quagga", "Quagga herring"):
            assert [one["claimant"] for one in room.http.get(PATH, params={"query": words}).json()["claims"]] == [
                "Zebulon Quagga"
            ]
        room.ledger.erase_openings(erasure(record, room.signer, ledger=ORIGIN))
        assert [one["claimant"] for one in room.http.get(PATH, params={"query": "herring"}).json()["claims"]] == ["witness-7"]
        assert room.http.get(PATH, params={"query": "Quagga herring"}).json() == {"claims": []}


def test_there_is_no_search_by_image_and_it_says_so(google: Any) -> None:
    with pytest.raises(HttpError, match="cannot search by image") as caught:
        google.imageSearch(imageUri="https://images.example/1.png").execute()
    assert caught.value.status_code == 404


def test_other_parts_of_the_api_keep_their_problems_as_they_are(room: Newsroom) -> None:
    assert "error" not in room.http.get("/v1/claims?limit=0").json()
    assert room.http.get("/v1alpha1/nowhere").json()["error"]["status"] == "NOT_FOUND"


def test_what_google_takes_for_its_own_purposes_is_taken_and_not_read(room: Newsroom) -> None:
    asked = {"query": "troops", "key": "k", "alt": "json", "fields": "claims/text", "quotaUser": "u", "$.xgafv": "2"}
    lines = room.http.get(PATH, params=asked).raise_for_status()
    plain = room.http.get(PATH, params={**asked, "prettyPrint": "false"}).raise_for_status()
    assert lines.json() == plain.json()
    assert (len(lines.text.splitlines()) > 5, len(plain.text.splitlines())) == (True, 1)


def test_a_read_token_holds_here_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    with newsroom(tmp_path_factory.mktemp("closed"), token="open sesame") as room:
        refused = room.http.get(PATH, params={"query": "x"}, headers={"Authorization": ""})
        assert (refused.status_code, refused.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
        assert room.http.get(PATH, params={"query": "x"}).json() == {"claims": []}


def test_an_address_is_not_made_of_whatever_the_caller_writes(room: Newsroom) -> None:
    claim = room.add("judged", claim_record("Whoever writes the host writes the links"))
    room.add("judgement", verdict(claim, "True"))
    asked = {"query": "whoever writes"}
    for host in ("localhost:8080", str(room.http.base_url.netloc, "ascii")):
        found = room.http.get(PATH, params=asked, headers={"Host": host}).json()["claims"]
        assert found[0]["claimReview"][0]["url"].startswith(f"http://{host}/v1/records/")
    for host in ("evil.example:8080", "127.0.0.1.evil.example", 'x"><script>'):
        refused = room.http.get(PATH, params=asked, headers={"Host": host})
        assert (refused.status_code, refused.json()["error"]["code"]) == (421, 421)
        assert "ONRECORD_PUBLIC_URL" in refused.json()["detail"]
