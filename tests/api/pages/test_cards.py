"""The card that others frame, and what their systems ask before they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import micawber
import pytest
from playwright.sync_api import BrowserContext

from tests.api.newsroom import ORIGIN, Newsroom, claim_record, newsroom, said
from tests.api.pages.private import TEXT, accused
from tests.api.pages.reading import BROWSER, get, parse
from tests.browser import chromium, find_chromium
from tests.conftest import _missing
from tests.listening import listening

HOSTILE = "</title></style><script>alert(1)</script> \"><iframe src=x> ' & \u202eabc \uffff x"
MOST = 30_000


def address(room: Newsroom) -> str:
    return str(room.http.base_url).rstrip("/")


def card(room: Newsroom, claim: str, **asked: str) -> httpx.Response:
    return room.http.get(f"/embed/claims/{claim}", params=asked, headers=BROWSER)


def asked_of(room: Newsroom, claim: str, **more: Any) -> httpx.Response:
    return room.http.get("/oembed", params={"url": f"{address(room)}/claims/{claim}", **more})


def test_the_card_is_one_small_file_that_says_the_claim_how_it_stands_and_who_says_so(room: Newsroom) -> None:
    response = card(room, room.ids["claim"])
    page = parse(response.text)
    report = room.http.get(f"/v1/claims/{room.ids['claim']}/corroboration").json()
    assert response.status_code == 200
    assert len(response.content) < MOST
    assert (page.faults, page.open) == ([], [])
    for words in (
        "North Korea sent troops to fight for Russia",
        "A single origin for it",
        report["summary"],
        "1 independent origin for it",
        f"As of {report['as_of']['time'][:10]}",
        "not that it is true",
    ):
        assert words in page.text
    assert not page.named("script") + page.named("img") + page.named("link")
    assert not [one for _, one in page.elements if "src" in one or "style" in one]
    link = page.named("a")[0]
    assert (link["href"], link["target"], link["rel"]) == (f"/claims/{room.ids['claim']}", "_blank", "noopener")


def test_the_card_speaks_german_and_looks_back(room: Newsroom) -> None:
    page = parse(card(room, room.ids["claim"], lang="de", until="2025-04-27").text)
    assert "Was bis 2025-04-27 gesagt war" in page.text
    assert page.named("html")[0]["lang"] == "de"
    assert page.named("a")[0]["href"] == f"/claims/{room.ids['claim']}?until=2025-04-27&lang=de"


def test_only_the_card_may_be_framed(room: Newsroom) -> None:
    framed = card(room, room.ids["claim"]).headers
    assert "frame-ancestors *" in framed["content-security-policy"]
    assert "x-frame-options" not in framed
    assert "unsafe" not in framed["content-security-policy"]
    assert "script-src" not in framed["content-security-policy"]
    assert framed["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    for path in (f"/claims/{room.ids['claim']}", "/", "/nowhere", "/embed"):
        headers = room.http.get(path, headers=BROWSER).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"


def test_a_card_of_nothing_says_so_in_the_frame(room: Newsroom) -> None:
    response = card(room, "00000000")
    assert response.status_code == 404
    assert "Nothing of that name is here" in parse(response.text).text
    assert "frame-ancestors *" in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-store"


def test_a_card_of_what_gets_no_score_says_so(room: Newsroom) -> None:
    claim = room.add("forecast", {**claim_record("There will be more troops"), "type": "forecast"})
    page = parse(card(room, claim).text)
    assert "Not scored" in page.text
    assert "Claims of this type get chains, and no score." in page.text
    assert not page.named("svg")


def test_a_card_where_a_number_may_be_shown_draws_it(room: Newsroom) -> None:
    claim = room.add("carried", claim_record("The bridge was closed"))
    for slug in ("bridge-one", "bridge-two", "bridge-three"):
        room.post({"kind": "source", "id": slug, "type": "government_body", "names": {"en": slug}}).raise_for_status()
        room.post({"kind": "assessment", "target": slug, "scheme": "admiralty-reliability", "value": "A"}).raise_for_status()
        room.post(said(claim, slug, act="confirms", basis="own_act", said_at="2025-04-28")).raise_for_status()
    report = room.http.get(f"/v1/claims/{claim}/corroboration").json()
    assert report["showable"]
    page = parse(card(room, claim).text)
    assert f"{report['words'].capitalize()}: " in page.text
    assert "90 % interval" in page.text
    assert len(page.named("svg")) == 1
    assert "3 independent origins for it" in page.text


def test_withheld_and_replaced_claims(tmp_path: Path) -> None:
    with newsroom(tmp_path) as room:
        room.fill()
        better = room.add("better", claim_record("The visit to Pyongyang was the first since 2000"))
        fix = {"kind": "correction", "target": room.ids["third"], "reason": "year", "ledger": ORIGIN, "replaced_by": better}
        room.post(fix).raise_for_status()
        response = room.http.get(f"/embed/claims/{room.ids['third']}?lang=de", headers=BROWSER)
        assert (response.status_code, response.headers["location"]) == (308, f"/embed/claims/{better}?lang=de")
        moved = room.http.get(f"/claims/{room.ids['third']}/card.png?lang=de")
        assert (moved.status_code, moved.headers["location"]) == (308, f"/claims/{better}/card.png?lang=de")
        assert f"/embed/claims/{better}" in asked_of(room, room.ids["third"]).json()["html"]
        order = {"kind": "withhold", "target": room.ids["other"], "basis": "an order", "authority": "a court", "ledger": ORIGIN}
        room.post(order).raise_for_status()
        response = card(room, room.ids["other"])
        page = parse(response.text)
        assert response.status_code == 451
        assert "an order (a court)" in page.text
        assert "treaty" not in page.text
        assert "x-frame-options" not in response.headers
        for path in (f"/claims/{room.ids['other']}/card.png", f"/oembed?url={address(room)}/claims/{room.ids['other']}"):
            assert room.http.get(path).status_code == 451


def test_another_systems_reader_gets_a_frame_with_the_card_in_it(room: Newsroom) -> None:
    found = micawber.Provider(f"{address(room)}/oembed").request(f"{address(room)}/claims/{room.ids['claim']}")
    assert (found["version"], found["type"]) == ("1.0", "rich")
    frame = parse(found["html"]).named("iframe")[0]
    assert frame["src"] == f"{address(room)}/embed/claims/{room.ids['claim']}"
    assert (frame["width"], frame["height"]) == (str(found["width"]), str(found["height"]))
    assert "North Korea sent troops" in found["title"]
    assert ORIGIN in found["provider_name"]
    assert room.http.get(found["thumbnail_url"]).headers["content-type"] == "image/png"
    assert room.http.get(frame["src"], headers=BROWSER).status_code == 200


def test_xml_says_what_json_says(room: Newsroom) -> None:
    claim = room.add("hostile card", claim_record(HOSTILE))
    response = asked_of(room, claim, format="xml")
    told = asked_of(room, claim).json()
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(response.content)
    assert root.tag == "oembed"
    # What XML has no way to write is the one difference.
    assert {one.tag: one.text for one in root} == {name: str(value).replace("\uffff", "\ufffd") for name, value in told.items()}
    frame = parse(told["html"])
    assert [tag for tag, _ in frame.elements] == ["iframe"]
    assert "\u202e" not in told["html"]


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/claims/{claim}", "{own}/records/{claim}", "{own}/claims/00000000", "{own}/claims",
        "{own}.evil.example/claims/{claim}", "ftp://{host}/claims/{claim}", "{own}/claims/{claim}/x", "", "http://[", "{own}/",
        "{own}@evil.example/claims/{claim}",
    ],
)  # fmt: skip
def test_other_addresses_are_not_found(room: Newsroom, url: str) -> None:
    own = address(room)
    url = url.format(own=own, host=own.partition("//")[2], claim=room.ids["claim"])
    assert room.http.get("/oembed", params={"url": url}).status_code == 404


def test_the_answer_keeps_language_and_date_of_the_address(room: Newsroom) -> None:
    url = f"{address(room)}/claims/{room.ids['claim'][7:19]}?lang=de&until=2025-04-27&utm_source=x#why"
    found = room.http.get("/oembed", params={"url": url, "dnt": "1"}).json()
    src = parse(found["html"]).named("iframe")[0]["src"]
    assert src == f"{address(room)}/embed/claims/{room.ids['claim']}?lang=de&until=2025-04-27"
    assert "wer das sagt" in found["title"]


def test_it_stays_inside_the_size_that_is_asked_for(room: Newsroom) -> None:
    found = asked_of(room, room.ids["claim"], maxwidth=320, maxheight=240).json()
    assert (found["width"], found["height"]) == (320, 240)
    assert (found["thumbnail_width"], found["thumbnail_height"]) == (300, 158)
    assert "thumbnail_url" not in asked_of(room, room.ids["claim"], maxwidth=200).json()


def test_formats_that_are_none_are_not_implemented_and_the_address_is_wanted(room: Newsroom) -> None:
    assert asked_of(room, room.ids["claim"], format="yaml").status_code == 501
    assert room.http.get("/oembed").status_code == 422


def test_where_reading_is_not_public_neither_is_the_card(tmp_path: Path) -> None:
    with newsroom(tmp_path, token="t") as room:
        room.fill()
        for path in (
            "/oembed?url=" + quote(f"{address(room)}/claims/{room.ids['claim']}"),
            f"/embed/claims/{room.ids['claim']}",
        ):
            assert httpx.get(address(room) + path).status_code == 401
            assert room.http.get(path).status_code == 200


def test_addresses_are_those_that_the_operator_names(tmp_path: Path) -> None:
    with newsroom(tmp_path, public_url="https://ledger.example/facts") as room:
        room.fill()
        url = f"https://ledger.example/facts/claims/{room.ids['claim']}"
        found = room.http.get("/oembed", params={"url": url}).json()
        assert parse(found["html"]).named("iframe")[0]["src"] == url.replace("/claims/", "/embed/claims/")
        assert found["thumbnail_url"].startswith(f"{url}/card.png?")
        assert asked_of(room, room.ids["claim"]).status_code == 404


def test_of_a_private_person_nothing_is_given_to_keep(tmp_path: Path) -> None:
    with newsroom(tmp_path) as room:
        claim = accused(room)
        assert TEXT in parse(card(room, claim).text).text
        found = asked_of(room, claim).json()
        assert TEXT not in str(found)
        assert "A claim about a private person" in found["title"]
        head = get(room.http, f"/claims/{claim}")[0].text.partition("</head>")[0]
        for one in re.findall(r"<meta (?:property|name)=[^>]+>", head):
            assert TEXT not in one
            assert "Court" not in one


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    program = find_chromium()
    if program is None:
        _missing("no Chromium: neither `chromium` nor `chromium-browser`")
    with chromium(program, tmp_path_factory.mktemp("profile")) as context:
        yield context


@contextmanager
def somebody_elses(folder: Path) -> Iterator[str]:
    """The address of a site that serves this folder."""
    with listening(partial(Silent, directory=str(folder))) as address:
        yield address


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_a_browser_shows_the_card_in_a_foreign_page_and_it_fits(
    browser: BrowserContext, room: Newsroom, tmp_path: Path
) -> None:
    page, complaints = browser.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.set_viewport_size({"width": 1_000, "height": 1_500})
    own = address(room)
    long = room.add("long card", claim_record("A sentence of many words that goes on. " * 12))
    with somebody_elses(tmp_path) as site:
        for claim, lang, width in (
            (room.ids["claim"], "en", 600),
            (room.ids["claim"], "de", 300),
            (long, "de", 420),
            (long, "en", 700),
        ):
            asked = {"url": f"{own}/claims/{claim}?lang={lang}", "maxwidth": width}
            html = room.http.get("/oembed", params=asked).json()["html"]
            # A name of its own each time: a browser need not ask again for what it was given within the same second.
            article = tmp_path / f"article-{width}.html"
            article.write_text(f'<!DOCTYPE html><link rel="icon" href="data:,"><p>an article</p>{html}', "utf-8")
            page.goto(f"{site}/{article.name}")
            inside = page.frame_locator("iframe")
            inside.locator("h1").wait_for()
            assert ("not that it is true" if lang == "en" else "nicht dass es wahr ist") in inside.locator("body").inner_text()
            fits = inside.locator("html").evaluate("e => [e.scrollHeight <= innerHeight, e.scrollWidth <= innerWidth]")
            assert fits == [True, True], (claim, lang, width)
        assert complaints == []
        article = tmp_path / "refused.html"
        article.write_text(f'<!DOCTYPE html><iframe src="{own}/claims/{room.ids["claim"]}"></iframe>', "utf-8")
        page.goto(f"{site}/{article.name}")
        page.wait_for_timeout(500)
    assert any("frame-ancestors" in one or "X-Frame-Options" in one for one in complaints)
    page.close()
