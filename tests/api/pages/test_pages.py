"""Every kind of page: well formed, labelled, in order, and with nothing in it that a strict policy would have to allow."""

from __future__ import annotations

from itertools import pairwise

import pytest

from api.pages.rendering import POLICY
from tests.api.newsroom import Newsroom
from tests.api.pages.reading import BROWSER, Page, get, parse

PATHS = (
    "/", "/about", "/method", "/log", "/search", "/search?query=troops&lang=de", "/search?query=yonhap",
    "/sources", "/sources?query=yonhap&lang=de",
    "/corrections", "/corrections?before=9&lang=de",
    "/sources/yonhap", "/claims/{claim}",
    "/claims/{other}",
    "/claims/{claim}?until=2025-05-01&without=source:yonhap&lang=de", "/documents/{document}", "/records/{state}",
    "/records/{hop}", "/nowhere", "/claims/00000000", "/claims/{claim}?until=yesterday",
)  # fmt: skip


def asked(room: Newsroom, path: str) -> Page:
    return get(room.http, path.format(**{name.replace(" ", "_"): one for name, one in room.ids.items()}))[1]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_well_formed_and_has_its_landmarks(room: Newsroom, path: str) -> None:
    page = asked(room, path)
    assert (page.faults, page.open) == ([], [])
    assert [len(page.named(tag)) for tag in ("h1", "main", "header", "footer", "title")] == [1, 1, 1, 1, 1]
    assert page.named("html")[0]["lang"] == ("de" if "lang=de" in path else "en")
    first = next(attributes for tag, attributes in page.elements if tag == "a")
    assert first["href"] == "#main" == f"#{page.named('main')[0]['id']}"


@pytest.mark.parametrize("path", PATHS)
def test_headings_go_down_one_step_at_a_time(room: Newsroom, path: str) -> None:
    levels = asked(room, path).headings
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("path", PATHS)
def test_ids_are_unique_and_every_reference_leads_to_one(room: Newsroom, path: str) -> None:
    page = asked(room, path)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        inside = [(attributes.get("href") or "")[1:]] if (attributes.get("href") or "").startswith("#") else []
        wanted = [*inside, *(attributes.get("aria-labelledby") or "").split(), *(attributes.get("for") or "").split()]
        assert set(wanted) <= set(ids)


@pytest.mark.parametrize("path", PATHS)
def test_every_field_has_a_label_and_every_picture_words(room: Newsroom, path: str) -> None:
    page = asked(room, path)
    labelled = {attributes["for"] for attributes in page.named("label")}
    fields = [one for one in page.named("input") + page.named("select") if one.get("type") != "hidden"]
    assert {one["id"] for one in fields} <= labelled
    assert all(one.get("alt") for one in page.named("img"))
    assert all(one.get("aria-label") or one.get("aria-hidden") for one in page.named("svg"))


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(room: Newsroom, path: str) -> None:
    page = asked(room, path)
    assert not page.named("style")
    # A data block is not executed, so that no policy has to allow it (HTML, "prepare the script element").
    assert all(one["type"] == "application/ld+json" for one in page.named("script") if "src" not in one)
    assert all(one.keys() == {"type", "src"} and one["type"] == "module" for one in page.named("script") if "src" in one)
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag
        for name in ("src", "action", "srcset"):
            assert (attributes.get(name) or "/").startswith("/"), tag
    own = str(room.http.base_url)
    # Whoever looks for oEmbed takes the address as it stands there.
    away = [
        one
        for one in page.named("link")
        if not (one["href"] or "").startswith(own if "oembed" in (one.get("type") or "") else "/")
    ]
    assert not away


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_its_security_headers(room: Newsroom, path: str) -> None:
    response, _ = get(room.http, path.format(**room.ids))
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert "set-cookie" not in response.headers


def test_every_link_within_the_ledger_leads_somewhere(room: Newsroom) -> None:
    seen: set[str] = set()
    for path in PATHS[:-3]:
        page = asked(room, path)
        for one in page.named("a") + page.named("link") + page.named("img"):
            address = one.get("href") or one.get("src") or ""
            if address.startswith("/"):
                seen.add(address)
    broken = {
        address: status for address in sorted(seen) if (status := room.http.get(address, headers=BROWSER).status_code) >= 400
    }
    # A bundle of a claim whose records say nothing of the issuer would be one; there is none.
    assert broken == {}
    assert len(seen) > 50


def test_the_bare_address_is_a_page_for_a_browser_and_json_for_a_program(room: Newsroom) -> None:
    assert room.http.get("/", headers=BROWSER).headers["content-type"].startswith("text/html")
    for accept in ("*/*", "application/json", "application/json, text/html;q=0.9"):
        response = room.http.get("/", headers={"Accept": accept})
        assert response.json()["onrecord"] == "ledger.example"
        assert "Accept" in response.headers["vary"]


@pytest.mark.parametrize("path,status", [("/nowhere", 404), ("/claims/00000000", 404), ("/search?stance=wrong", 422)])
def test_an_error_is_a_page_for_a_browser_and_a_problem_for_a_program(room: Newsroom, path: str, status: int) -> None:
    shown, page = get(room.http, path)
    assert shown.status_code == status
    assert shown.headers["cache-control"] == "no-store"
    assert str(status) in page.text
    told = room.http.get(path)
    assert (told.status_code, told.headers["content-type"]) == (status, "application/problem+json")


def test_an_error_of_the_api_is_a_problem_even_for_a_browser(room: Newsroom) -> None:
    for path in ("/v1/claims/00000000", "/v1/nowhere", "/tile/9", "/checkpoint/x"):
        assert room.http.get(path, headers=BROWSER).headers["content-type"] == "application/problem+json"


def test_a_browser_gets_the_language_that_it_asks_for_and_keeps_the_one_that_was_chosen(room: Newsroom) -> None:
    _, page = get(room.http, "/", **{"Accept-Language": "fr, de-AT;q=0.8, en;q=0.5"})
    assert page.named("html")[0]["lang"] == "de"
    assert not any("lang=" in (one["href"] or "") for one in page.named("a") if one.get("href") == "/about")
    _, page = get(room.http, "/?lang=en", **{"Accept-Language": "de"})
    assert page.named("html")[0]["lang"] == "en"
    assert "/about?lang=en" in [one["href"] for one in page.named("a")]


def test_a_pasted_sentence_or_link_finds_what_may_say_the_same(room: Newsroom) -> None:
    for pasted in (
        "So it is claimed that North Korea sent its troops to Russia last year",
        "https://outlet.example/troops?utm_source=x",
    ):
        response = room.http.get("/search", params={"query": pasted}, headers=BROWSER)
        page = parse(response.text)
        assert "Claims that may say the same" in page.text, pasted
        assert f"/claims/{room.ids['claim']}" in [one["href"] for one in page.named("a")]
        assert (page.faults, page.open) == ([], [])


def test_the_style_sheet_may_be_kept_for_ever_under_the_address_of_its_version(room: Newsroom) -> None:
    _, page = get(room.http, "/about")
    address = next(one["href"] for one in page.named("link") if one["rel"] == "stylesheet")
    sheet = room.http.get(address or "")
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["cache-control"]
    assert "url(" not in sheet.text
    assert "@import" not in sheet.text
    assert room.http.get("/static/onrecord.css?v=other").headers["cache-control"] == "no-cache"
    assert room.http.get("/static/..%2Fapp.py").status_code == 404
