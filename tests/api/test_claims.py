"""Asking about claims and sources over HTTP."""

from __future__ import annotations

import base64
import json
import math

import httpx
import pytest

from ledger.core.canonical import canonical_bytes
from schemas.exports import EXPORT_FORMATS
from tests.api.newsroom import DOCUMENT, ORIGIN, Newsroom, claim_record, id_of, said


def ids(response: httpx.Response) -> list[str]:
    return [claim["id"] for claim in response.raise_for_status().json()["claims"]]


@pytest.mark.parametrize("words", ["troops", "Russia troops", "북한이", "NORTH korea"])
def test_claims_are_found_by_words_in_any_language(room: Newsroom, words: str) -> None:
    assert room.ids["claim"] in ids(room.http.get("/v1/claims", params={"query": words}))


def test_words_that_nothing_holds_find_nothing(room: Newsroom) -> None:
    answer = room.http.get("/v1/claims", params={"query": "zebra crossing"}).json()
    assert (answer["claims"], answer["next"]) == ([], None)


@pytest.mark.parametrize("filter,found", [({"source": "yonhap"}, True), ({"source": "ukraine"}, False), ({"lang": "ko"}, True)])
def test_claims_are_found_by_source_and_language(room: Newsroom, filter: dict[str, str], found: bool) -> None:
    assert (room.ids["claim"] in ids(room.http.get("/v1/claims", params=filter))) is found


@pytest.mark.parametrize("path", ["/v1/claims", "/v1/sources"])
def test_pages_are_linked_to_the_end_and_lose_nothing(room: Newsroom, path: str) -> None:
    name = path.rpartition("/")[2]
    whole = [one["id"] for one in room.http.get(path, params={"limit": 200}).json()[name]]
    seen: list[str] = []
    response = room.http.get(path, params={"limit": 2})
    while True:
        seen += [one["id"] for one in response.raise_for_status().json()[name]]
        if "next" not in response.links:
            break
        assert response.json()["next"]
        response = room.http.get(str(response.url.join(response.links["next"]["url"])))
    assert seen == whole
    assert len(seen) > 2


def test_the_link_repeats_the_question(room: Newsroom) -> None:
    response = room.http.get("/v1/claims", params={"query": "the", "limit": 1})
    assert {"query=the", "limit=1"} <= set(response.links["next"]["url"].partition("?")[2].split("&"))


def test_a_cursor_of_ones_own_making_is_refused(room: Newsroom) -> None:
    assert room.http.get("/v1/claims?cursor=AAAA").status_code == 422


def test_a_claim_is_shown_with_its_statements(room: Newsroom) -> None:
    view = room.http.get(f"/v1/claims/{room.ids['claim']}").raise_for_status().json()
    assert view["text"]["ko"] == "북한이 군대를 보냈다"
    assert {statement["speaker"] for statement in view["statements"]} == {"dprk", "yonhap", "outlet"}
    assert view["corroboration"]["headline"]


def test_the_chain_leads_back_to_the_state(room: Newsroom) -> None:
    chain = room.http.get(f"/v1/claims/{room.ids['claim']}/chain").raise_for_status().json()
    assert chain["origins"] == ["dprk"]
    assert {(hop["from"], hop["to"]) for hop in chain["hops"]} >= {(room.ids["outlet"], room.ids["agency"])}


def test_the_parts_of_a_score_sum_to_it(room: Newsroom) -> None:
    report = room.http.get(f"/v1/claims/{room.ids['claim']}/corroboration").raise_for_status().json()
    total = report["base"] + sum(part["contribution"] for part in report["contributions"])
    assert math.isclose(report["log_odds"], total, abs_tol=1e-12)
    assert set(report["independent_origins"]) == {"for", "against"}


def test_a_score_of_the_past_is_another_one(room: Newsroom) -> None:
    path = f"/v1/claims/{room.ids['claim']}/corroboration"
    now = room.http.get(path).json()
    then = room.http.get(path, params={"until": "2024-10-30"}).raise_for_status().json()
    assert (then["until"], then["reports"]) == ("2024-10-30", 0)
    assert now["reports"] > 0
    without = room.http.get(path, params={"without": ["source:dprk", "source:yonhap"]}).raise_for_status().json()
    assert without["without"] == ["source:dprk", "source:yonhap"]


def test_the_history_ends_where_the_score_stands(room: Newsroom) -> None:
    path = f"/v1/claims/{room.ids['claim']}"
    for params in ({}, {"until": "2025-04-28"}, {"without": "country:FR", "base_rate": "0.2", "clock": "public"}):
        told = room.http.get(f"{path}/history", params=params).raise_for_status().json()
        report = room.http.get(f"{path}/corroboration", params=params).raise_for_status().json()
        for clock in ("world", "ledger"):
            last = told[clock]["points"][-1]
            assert last["headline"] == report["headline"]
            # The report's own numbers are for who computes it again; a history shows them only where readers may see them.
            assert last["log_odds"] == (report["log_odds"] if report["showable"] else None)
            assert last["moved_by"][0]["text"]


def test_a_history_is_told_by_one_clock_or_by_both(room: Newsroom) -> None:
    path = f"/v1/claims/{room.ids['claim']}/history"
    both = room.http.get(path).json()
    assert room.http.get(path, params={"by": "world"}).json() == both | {"ledger": None}
    assert room.http.get(path, params={"by": "ledger"}).json() == both | {"world": None}
    assert room.http.get(path, params={"by": "moon"}).status_code == 422


@pytest.mark.parametrize("part", ["", "/chain", "/corroboration", "/history"])
def test_every_question_takes_both_clocks(room: Newsroom, part: str) -> None:
    path = f"/v1/claims/{room.ids['claim']}{part}"
    size = room.http.get("/healthz").json()["size"]
    asked = {"until": "2025-04", "clock": "public", "as_of": size}
    room.http.get(path, params=asked).raise_for_status()
    assert room.http.get(path, params=asked | {"until": "2025-13"}).status_code == 422
    assert room.http.get(path, params=asked | {"as_of": size + 1}).status_code == 422
    assert room.http.get(path, params=asked | {"as_of": "1999"}).status_code == 422
    assert room.http.get(path, params=asked | {"as_of": "1999-01"}).status_code == 404


def test_as_of_is_a_published_size_or_a_time(room: Newsroom) -> None:
    path = f"/v1/claims/{room.ids['claim']}/corroboration"
    size = room.http.get("/healthz").json()["size"]
    assert room.http.get(path, params={"as_of": size}).raise_for_status().json()["as_of"]["size"] == size
    assert room.http.get(path, params={"as_of": size + 1_000}).status_code == 422
    assert room.http.get(path, params={"as_of": "1999-01-01T00:00:00Z"}).status_code == 404


def test_an_unknown_policy_is_said_to_be(room: Newsroom) -> None:
    assert room.http.get("/v1/policy/olo-0").status_code == 404
    assert room.http.get("/v1/policy/olo-1").json()["version"] == "olo-1"
    assert room.http.get(f"/v1/claims/{room.ids['claim']}/corroboration?policy=olo-0").status_code in (404, 422)


def test_a_replaced_claim_answers_308_and_keeps_the_question(room: Newsroom) -> None:
    old = room.add("old", claim_record("Troops were send to Russia"))
    new = room.add("new", claim_record("Troops were sent to Russia"))
    correction = {"kind": "correction", "target": old, "reason": "misspelt", "ledger": ORIGIN, "replaced_by": new}
    room.post(correction).raise_for_status()
    response = room.http.get(f"/v1/claims/{old}", params={"until": "2025"})
    assert response.status_code == 308
    assert response.headers["location"] == f"/v1/claims/{new}?until=2025"
    assert response.json()["id"] == old
    assert room.http.get(f"/v1/claims/{old}", follow_redirects=True).json()["id"] == new
    assert room.http.get(f"/v1/records/{old}").json()["corrected_by"] == id_of(correction)


def test_a_source_has_its_names_and_its_track_record(room: Newsroom) -> None:
    view = room.http.get("/v1/sources/yonhap").raise_for_status().json()
    assert view["country"] == "KR"
    assert view["track_record"]["as_relay"] >= 1
    listed = room.http.get("/v1/sources", params={"query": "yonhap"}).raise_for_status().json()
    assert "yonhap" in [one["id"] for one in listed["sources"]]


def test_a_source_is_shown_as_it_was(room: Newsroom) -> None:
    early = room.http.get("/v1/sources/yonhap", params={"until": "2025-04-27"}).raise_for_status().json()
    assert (early["track_record"]["statements"], early["until"], early["clock"]) == (0, "2025-04-27", "said")
    assert room.http.get("/v1/sources/yonhap", params={"as_of": "3"}).status_code == 404
    assert room.http.get("/v1/sources/yonhap", params={"as_of": "999999"}).status_code == 422
    assert room.http.get("/v1/sources/yonhap", params={"untill": "2025-04-27"}).status_code == 422


def test_an_estimate_is_of_the_sources_asked_about(room: Newsroom) -> None:
    estimate = room.http.get("/v1/credibility", params={"source": ["yonhap", "outlet"]}).raise_for_status().json()
    assert estimate["estimator"] == "OriginEM/1"
    assert {one["source"] for one in estimate["sources"]} <= {"yonhap", "outlet"}
    assert room.http.get("/v1/credibility", params={"source": "yonhab"}).status_code == 404
    assert room.http.get("/v1/credibility", params={"without": "source:yonhap"}).status_code == 422


def test_a_document_has_the_statements_in_it(room: Newsroom) -> None:
    view = room.http.get(f"/v1/documents/{room.ids['document']}").raise_for_status().json()
    assert [statement["id"] for statement in view["statements"]] == [room.ids["outlet"]]


# Bundles


@pytest.fixture(scope="module")
def bundle(room: Newsroom) -> bytes:
    response = room.http.get(f"/v1/claims/{room.ids['claim']}/export")
    assert response.headers["content-type"] == "application/vnd.dsse.envelope.v1+json"
    return response.raise_for_status().content


def test_an_exported_bundle_verifies(room: Newsroom, bundle: bytes) -> None:
    verification = room.http.post("/v1/verify", content=bundle).raise_for_status().json()
    assert (verification["result"], verification["claim"]) == ("ok", room.ids["claim"])


def test_a_tampered_bundle_says_which_step_failed(room: Newsroom, bundle: bytes) -> None:
    envelope = json.loads(bundle)
    flipped = "B" if envelope["signatures"][0]["sig"][0] == "A" else "A"
    envelope["signatures"][0]["sig"] = flipped + envelope["signatures"][0]["sig"][1:]
    body = json.dumps(envelope, separators=(",", ":"), sort_keys=True).encode()
    verification = room.http.post("/v1/verify", content=body).raise_for_status().json()
    assert verification["result"] in ("failed", "unverifiable")
    assert any(step["result"] == "failed" for step in verification["steps"])


# Scores


QUESTIONS = ["", "until=2024-12-31", "clock=public&base_rate=0.2", "without=source:yonhap&without=country:KP", "as_of=12"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_score_alone_answers_any_question_and_is_computed_again_here(room: Newsroom, question: str) -> None:
    asked = f"/v1/claims/{room.ids['claim']}/"
    response = room.http.get(f"{asked}export?format=score&{question}").raise_for_status()
    assert response.headers["content-type"] == "application/vnd.dsse.envelope.v1+json"
    signed = json.loads(base64.b64decode(response.json()["payload"]))
    assert signed["predicateType"] == "urn:onrecord:score:1"
    assert signed["predicate"]["report"] == room.http.get(f"{asked}corroboration?{question}").json()
    found = room.http.post("/v1/verify", content=response.content).raise_for_status().json()
    assert (found["result"], found["kind"], found["claim"]) == ("ok", "score", room.ids["claim"])
    assert found["steps"][-1]["detail"].startswith("recomputed from ")


def test_a_tampered_score_says_which_step_failed(room: Newsroom) -> None:
    score = room.http.get(f"/v1/claims/{room.ids['claim']}/export?format=score").json()
    payload = json.loads(base64.b64decode(score["payload"]))
    payload["predicate"]["report"]["probability"] = 0.99
    score["payload"] = base64.b64encode(canonical_bytes(payload)).decode()
    found = room.http.post("/v1/verify", content=canonical_bytes(score)).raise_for_status().json()
    assert (found["result"], found["headline"]) == ("failed", None)
    assert [step["name"] for step in found["steps"] if step["result"] == "failed"] == ["issuer"]


def test_a_truncated_score_is_malformed(room: Newsroom) -> None:
    score = room.http.get(f"/v1/claims/{room.ids['claim']}/export?format=score").content
    assert room.http.post("/v1/verify", content=score[:-20]).status_code == 422


@pytest.mark.parametrize("body", [b"", b"{}", b"no bundle", b"[" * 10_000, b"\xff"])
def test_what_is_no_bundle_is_malformed(room: Newsroom, body: bytes) -> None:
    response = room.http.post("/v1/verify", content=body)
    assert response.status_code == 422
    assert response.json()["type"] == "urn:onrecord:problem:format"


def test_a_truncated_bundle_is_malformed(room: Newsroom, bundle: bytes) -> None:
    assert room.http.post("/v1/verify", content=bundle[:-20]).status_code == 422


def test_a_format_that_is_none_is_refused(room: Newsroom) -> None:
    refused = room.http.get(f"/v1/claims/{room.ids['claim']}/export?format=papyrus")
    assert refused.status_code == 422
    assert f"there are {', '.join(EXPORT_FORMATS)}" in refused.text


@pytest.mark.parametrize("format", EXPORT_FORMATS)
def test_every_format_comes_with_its_media_type_and_a_name(room: Newsroom, format: str) -> None:
    kind = EXPORT_FORMATS[format]
    answer = room.http.get(f"/v1/claims/{room.ids['claim']}/export?format={format}").raise_for_status()
    assert answer.headers["content-type"].split(";")[0] == kind.media_type
    assert answer.headers["content-disposition"].endswith(f'{room.ids["claim"][7:19]}{kind.suffix}"')
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert answer.content


def test_copies_are_suspected_beside_the_score_and_not_in_it(room: Newsroom) -> None:
    words = "Crates were unloaded from a train at the border station before dawn, two railway workers said on Monday."
    claim = room.add("crates", claim_record("Crates were unloaded at the border"))
    room.post({"kind": "assessment", "target": "outlet", "scheme": "admiralty-reliability", "value": "B"})
    room.post({"kind": "assessment", "target": "outlet-two", "scheme": "admiralty-reliability", "value": "B"})
    for number, slug in enumerate(("outlet", "outlet-two"), 1):
        document = {
            **DOCUMENT,
            "url": f"https://{slug}.example/crates",
            "publisher": slug,
            "published_at": f"2025-05-0{number}",
        }
        room.add(f"crates {slug}", document)
        quoted = {"basis": "witnessed", "document": room.ids[f"crates {slug}"], "quote": {"exact": words}}
        room.add(slug + " on crates", said(claim, slug, **quoted))
    report = room.http.get(f"/v1/claims/{claim}/corroboration").raise_for_status()
    found = room.http.get(f"/v1/claims/{claim}/copies").raise_for_status().json()
    assert [member["speaker"] for member in found["groups"][0]["members"]] == ["outlet", "outlet-two"]
    assert (found["now"]["independent_origins"]["for"], found["if_one"]["independent_origins"]["for"]) == (2, 1)
    assert found["now"]["probability"] == report.json()["probability"]
    assert room.http.get(f"/v1/claims/{claim}").json()["suspected_copies"] == 1
    assert "copies" not in report.text


def test_copies_are_asked_about_with_the_options_of_the_score(room: Newsroom) -> None:
    found = room.http.get(f"/v1/claims/{room.ids['claim']}/copies", params={"until": "2025-04-28", "clock": "public"}).json()
    assert (found["until"], found["clock"], found["groups"]) == ("2025-04-28", "public", [])
    assert room.http.get(f"/v1/claims/{'0' * 64}/copies").status_code == 404
