"""Reconciliation over a real socket: matching, columns, previews, limits, and what is not to be found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from ledger.keys import seal, sign_record
from schemas.reconciliation import MAX_IDS, MAX_QUERIES
from tests.api.newsroom import ORIGIN, Newsroom, body_of, claim_record, newsroom, record_of, source
from tests.api.outlets import OUTLETS, ask, extend, match, one, outlets, schema
from tests.factory import erasure


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with outlets(tmp_path_factory.mktemp("reconcile")) as room:
        yield room


# Matching


def test_a_claim_is_matched_by_its_text_in_any_language_and_by_its_id(desk: Newsroom) -> None:
    for text in ("Troops were sent to the border", "군대가 국경으로 갔다", desk.ids["claim"], desk.ids["claim"][7:23]):
        assert one(desk, query=text, type="Claim")[0]["id"] == desk.ids["claim"]
    assert match(desk, query="Troops were sent to the border") == desk.ids["claim"]
    assert match(desk, query="Troops were sent") is None
    assert match(desk, query="Troops were sent to the border", properties=[{"pid": "event_date", "v": "2019"}]) is None


@pytest.mark.parametrize("query", ["Medusa", "Ukrainska Prawda", "Sueddeutsche Zeitung", "Hankyoreh"])
def test_a_slip_is_a_candidate_and_no_match(desk: Newsroom, query: str) -> None:
    found = one(desk, query=query, type="Source")
    assert found[0]["id"] in ("meduza", "ukrpravda", "zeitung", "hani")
    assert not any(candidate["match"] for candidate in found)


def test_a_long_cell_and_a_long_batch_are_answered_like_the_others(desk: Newsroom) -> None:
    """A sentence of forty words beside a name; and fifty long cells, together longer than an address may be."""
    sentence = "North Korea sent troops to fight for Russia " + "and so on " * 13
    batch = {"q0": {"query": "Yonhap", "type": "Source"}, "q1": {"query": sentence, "type": "Claim"}}
    answer = desk.http.post("/reconcile", data={"queries": json.dumps(batch)}).raise_for_status().json()
    assert answer["q0"]["result"]
    long = {f"q{number}": {"query": "zebra " * 250} for number in range(50)}
    assert len(desk.http.post("/reconcile", data={"queries": json.dumps(long)}).raise_for_status().json()) == 50


def test_a_type_leaves_the_others_out_and_a_strange_one_leaves_out_all(desk: Newsroom) -> None:
    assert {each["type"][0]["id"] for each in one(desk, query="meduza troops")} == {"Source", "Claim"} or one(
        desk, query="Meduza"
    )
    assert one(desk, query="Meduza", type="Claim") == []
    assert one(desk, query="Meduza", type=["Q5", "Source"])[0]["id"] == "meduza"
    assert one(desk, query="Meduza", type="Q5") == []


def test_so_many_candidates_come_as_were_asked_for(desk: Newsroom) -> None:
    assert [len(one(desk, query="The Herald", limit=limit)) for limit in (1, 2.0)] == [1, 2]


def test_queries_of_a_batch_do_not_touch_each_other(desk: Newsroom) -> None:
    batch = {name: {"query": name} for name in ("Meduza", "연합뉴스", "nobody at all", "Meduza!")}
    assert ask(desk, batch) == {name: ask(desk, {"x": query})["x"] for name, query in batch.items()}


# Columns


def test_columns_of_sources_and_of_claims_are_fetched(desk: Newsroom) -> None:
    ids = ["yna", desk.ids["claim"], "nobody"]
    of_claims = ("lang", "event_date", "claimant", "headline", "origins_for")
    answer = extend(desk, ids, "country", "qid", "domain", "name", "x", *of_claims)
    rows = answer["rows"]
    assert rows["yna"] == {
        "country": [{"str": "KR"}],
        "qid": [{"id": "Q16168", "name": "Yonhap"}],
        "domain": [{"str": "yna.co.kr"}],
        "name": [{"str": "Yonhap"}, {"str": "연합뉴스"}],
        **{name: [] for name in ("x", *of_claims)},
    }
    assert rows[desk.ids["claim"]]["claimant"] == [{"id": "meduza", "name": "Meduza"}]
    assert rows[desk.ids["claim"]]["event_date"] == [{"str": "2024-10"}]
    listed = desk.http.get("/v1/claims", params={"query": "troops border"}).json()["claims"][0]
    assert rows[desk.ids["claim"]]["headline"] == [{"str": listed["headline"]}]
    assert rows[desk.ids["claim"]]["origins_for"] == [{"float": listed["independent_origins"]["for"]}]
    assert {value for values in rows["nobody"].values() for value in values} == set()
    services = {column["id"]: column.get("service") for column in answer["meta"]}
    assert services["qid"] == "https://wikidata.reconci.link/en/api"


def test_a_column_can_be_limited(desk: Newsroom) -> None:
    answer = extend(desk, ["yna"], {"id": "name", "settings": {"limit": "1"}}, {"id": "country", "settings": {"limit": "0"}})
    assert answer["rows"]["yna"] == {"name": [{"str": "Yonhap"}], "country": [{"str": "KR"}]}


# Suggestions, flyouts, previews


@pytest.mark.parametrize(
    "prefix,slug",
    [
        ("yon", "yna"),
        ("yna", "yna"),
        ("연합", "yna"),
        ("МЕД", "meduza"),
        ("Ukrainska Pr", "ukrpravda"),
        ("herald", "herald-uk"),
    ],
)
def test_what_is_typed_is_completed(desk: Newsroom, prefix: str, slug: str) -> None:
    answer = desk.http.get("/reconcile/suggest/entity", params={"prefix": prefix, "lang": "en", "type_strict": "all"}).json()
    assert slug in [each["id"] for each in answer["result"]]


def test_more_suggestions_come_after_a_cursor(desk: Newsroom) -> None:
    def ids(**asked: Any) -> list[str]:
        return [
            each["id"]
            for each in desk.http.get("/reconcile/suggest/entity", params={"prefix": "the herald", **asked}).json()["result"]
        ]

    assert sorted(ids()) == ["herald-uk", "herald-za"]
    assert ids(limit=1) + ids(limit=1, cursor=1) == ids()


class Page(HTMLParser):
    """Tags of a page, and what a reader sees of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_preview_is_whole_escaped_and_without_script(desk: Newsroom) -> None:
    response = desk.http.get("/reconcile/preview", params={"id": "tricky"})
    page = Page(response.text)
    assert {"script", "img", "iframe", "link"} & set(page.tags) == set()
    assert "<script>alert('x')</script> & \"Sons\"" in page.text
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert (response.headers["x-content-type-options"], response.headers["referrer-policy"]) == ("nosniff", "no-referrer")
    flyout = desk.http.get("/reconcile/flyout/entity", params={"id": "tricky"}).json()
    assert "script" not in Page(flyout["html"]).tags


def test_a_preview_of_a_claim_says_where_it_stands(desk: Newsroom) -> None:
    page = Page(desk.http.get("/reconcile/preview", params={"id": desk.ids["claim"]}).text)
    assert "군대가 국경으로 갔다" in page.text
    listed = desk.http.get("/v1/claims", params={"query": "troops border"}).json()["claims"][0]
    assert listed["headline"].replace("_", " ") in page.text
    assert f"independent origins: {listed['independent_origins']['for']:g} for" in page.text


def test_a_view_leads_to_the_ledgers_own_answer(desk: Newsroom) -> None:
    for name in ("yna", desk.ids["claim"]):
        assert desk.http.get("/reconcile/view", params={"id": name}, follow_redirects=True).json()["id"] == name
    assert desk.http.get("/reconcile/view", params={"id": "nobody"}).status_code == 404


# Names that are not to be found


def test_what_is_withheld_is_neither_found_nor_shown(tmp_path_factory: pytest.TempPathFactory) -> None:
    with newsroom(tmp_path_factory.mktemp("withheld")) as room:
        record = room.add("source", source("informant", "person", names={"en": "Zebulon Quagga"}))
        claim = room.add("claim", claim_record("Quaggas were seen at the waterhole"))
        everywhere = [room.ids["claim"], "informant"]
        assert [match(room, query="Zebulon Quagga"), match(room, query="Quaggas were seen at the waterhole")] == [
            "informant",
            claim,
        ]
        for target in (record, claim):
            withhold = {"kind": "withhold", "target": target, "basis": "court order", "authority": "a court", "ledger": ORIGIN}
            room.post(withhold).raise_for_status()
        for query in ("Zebulon Quagga", "informant", "Quaggas were seen at the waterhole", claim, claim[7:20]):
            assert one(room, query=query) == []
            assert room.http.get("/reconcile/suggest/entity", params={"prefix": query[:40]}).json() == {"result": []}
        rows = extend(room, everywhere, "name", "text", "type")["rows"]
        assert rows == {name: {"name": [], "text": [], "type": []} for name in everywhere}
        for path in ("preview", "flyout/entity", "view"):
            for name in everywhere:
                refused = room.http.get(f"/reconcile/{path}", params={"id": name})
                assert (refused.status_code, "uagga" in refused.text) == (451, False)


def test_a_name_whose_opening_was_erased_is_neither_found_nor_shown(tmp_path_factory: pytest.TempPathFactory) -> None:
    with newsroom(tmp_path_factory.mktemp("erased")) as room:
        name, opening = seal(room.signer, "names.en", "Zebulon Quagga")
        record = record_of(source("witness-7", "person", names={"en": {"sealed": name.sealed}}))
        body = body_of([sign_record(record, room.signer, {name.sealed: opening})])
        room.http.post("/v1/records", content=body).raise_for_status()
        assert match(room, query="Zebulon Quagga") == "witness-7"
        assert room.http.get("/v1/sources/witness-7").json()["names"] == {"en": "Zebulon Quagga"}
        room.ledger.erase_openings(erasure(record, room.signer, ledger=ORIGIN))
        assert one(room, query="Zebulon Quagga") == []
        assert one(room, query="sealed") == []
        assert [each["name"] for each in one(room, query="witness-7")] == ["witness-7"]
        assert extend(room, ["witness-7"], "name")["rows"] == {"witness-7": {"name": []}}
        assert "uagga" not in room.http.get("/reconcile/preview", params={"id": "witness-7"}).text


# Limits, faults, other origins


@pytest.mark.parametrize(
    "form,status,says",
    [
        ({"queries": "{"}, 422, "not JSON"),
        ({"queries": "[]"}, 422, "no object of queries"),
        ({"queries": '{"a": {"query": "x"}, "a": {"query": "y"}}'}, 422, "a"),
        ({"queries": '{"a": 1}'}, 422, "valid dictionary"),
        ({"queries": '{"a": {"query": 1}}'}, 422, "valid string"),
        ({"queries": '{"a": {"query": "x", "limit": 0}}'}, 422, "greater than or equal to 1"),
        ({"queries": json.dumps({"a": {"query": "x" * 2_001}})}, 422, "at most 2000"),
        ({"queries": json.dumps({str(n): {"query": "x"} for n in range(MAX_QUERIES + 1)})}, 413, "at most 50 at once"),
        ({"queries": "[" * 100_000}, 422, "nested deeper"),
        ({"extend": json.dumps({"ids": ["x"] * (MAX_IDS + 1), "properties": []})}, 422, "at most 100"),
        ({"extend": '{"ids": ["x"]}'}, 422, "required"),
        ({"extend": "{}", "queries": "{}"}, 400, "one of them"),
        ({}, 400, "one of them"),
        ({"callback": "alert"}, 422, "callback"),
    ],
)
def test_a_faulty_question_is_refused_with_what_is_wrong(desk: Newsroom, form: dict[str, str], status: int, says: str) -> None:
    refused = desk.http.post("/reconcile", data=form)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert says in refused.json()["detail"]


def test_a_body_past_the_limit_and_one_that_is_no_form_are_refused(desk: Newsroom) -> None:
    assert desk.http.post("/reconcile", content=b"queries=" + b"x" * (1 << 20)).status_code == 413
    refused = desk.http.post("/reconcile", json={"queries": {"q0": {"query": "Meduza" * 30}}})
    assert (refused.status_code, "no form" in refused.json()["detail"]) == (422, True)


def test_pages_of_every_origin_may_ask_both_ways(desk: Newsroom) -> None:
    asked = {"Origin": "https://table.example", "Access-Control-Request-Method": "POST"}
    first = desk.http.options("/reconcile", headers=asked)
    assert (first.status_code, first.headers["access-control-allow-methods"]) == (204, "GET, HEAD, POST")
    for response in (
        desk.http.get("/reconcile"),
        desk.http.post("/reconcile", data={"queries": "{}"}),
        desk.http.post("/reconcile", data={"queries": "faulty"}),
        desk.http.get("/reconcile/preview", params={"id": "yna"}),
    ):
        assert response.headers["access-control-allow-origin"] == "*"


def test_where_reading_needs_a_token_the_manifest_says_so_and_no_more_is_told(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with newsroom(tmp_path_factory.mktemp("closed"), token="open sesame") as room:
        room.post(*OUTLETS).raise_for_status()
        stranger = httpx.Client(base_url=room.http.base_url)
        manifest = stranger.get("/reconcile").raise_for_status().json()
        schema("manifest.json").validate(manifest)
        assert (manifest["authentication"]["in"], manifest["authentication"]["name"]) == ("header", "Authorization")
        batch = {"queries": '{"q": {"query": "Meduza"}}'}
        paths = [
            "preview?id=yna",
            "view?id=yna",
            "flyout/entity?id=yna",
            "suggest/entity?prefix=yna",
            "suggest/type",
            "properties",
        ]
        refused = [stranger.get(f"/reconcile/{path}") for path in paths]
        refused += [stranger.post("/reconcile", data=batch), stranger.get("/reconcile", params=batch)]
        assert {response.status_code for response in refused} == {401}
        assert match(room, query="Meduza") == "meduza"


# What a batch may cost


def test_after_its_time_a_batch_is_answered_by_the_words_as_they_are(desk: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [found["id"] for found in one(desk, query="Medusa", type="Source")] == ["meduza"]
    monkeypatch.setattr("ledger.service.reconciling._LONGEST", -1.0)
    assert one(desk, query="Medusa", type="Source") == []
    assert one(desk, query="Meduza", type="Source")[0]["id"] == "meduza"
    assert match(desk, query="Troops were sent to the border") == desk.ids["claim"]


def test_few_batches_are_matched_at_once_and_the_next_one_waits_for_a_moment(
    desk: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from threading import Event, Semaphore

    from api.app import BATCHES_AT_ONCE
    from ledger.service import reconciling

    begun, go_on = Semaphore(0), Event()
    whole = reconciling.reconcile

    def slow(*given: Any) -> Any:
        begun.release()
        assert go_on.wait(20)
        return whole(*given)

    monkeypatch.setattr("ledger.service.reconciling.reconcile", slow)
    form = {"queries": json.dumps({"q0": {"query": "Meduza", "type": "Source"}})}
    with ThreadPoolExecutor(BATCHES_AT_ONCE) as threads:
        running = [threads.submit(desk.http.post, "/reconcile", data=form) for _ in range(BATCHES_AT_ONCE)]
        assert all(begun.acquire(timeout=20) for _ in running)
        try:
            refused = desk.http.post("/reconcile", data=form)
        finally:
            go_on.set()
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert [each.result().status_code for each in running] == [200] * BATCHES_AT_ONCE
