"""What a claim's page tells the programs of others: previews of links, schema.org, where oEmbed is, what to copy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import micawber
import pytest
from playwright.sync_api import BrowserContext

from ledger.core.records import read_record
from ledger.keys import seal, sign_record
from tests.api.newsroom import ORIGIN, Newsroom, claim_record, newsroom, said
from tests.api.pages.private import TEXT, accused
from tests.api.pages.reading import BROWSER, Page, get
from tests.browser import chromium, find_chromium
from tests.conftest import _missing

HOSTILE = "</script><script>alert(1)</script><!-- ' \" & \u2028 {%raw%} \\ $x_1%"
VERDICT = {"kind": "assessment", "scheme": "verdict", "value": "Mostly true", "rationale": "seen the papers"}


def metas(page: Page) -> dict[str, str]:
    return {str(one.get("property") or one.get("name")): one["content"] or "" for one in page.named("meta") if "content" in one}


def data(html: str) -> list[dict[str, Any]]:
    text = html.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    found: list[dict[str, Any]] = json.loads(text)["@graph"]
    return found


def carried(room: Newsroom, text: str = "The bridge was closed") -> str:
    """A claim whose number may be shown."""
    claim = room.add(text, claim_record(text))
    for slug in ("body-one", "body-two", "body-three"):
        record = {"kind": "source", "id": slug, "type": "government_body", "names": {"en": slug}}
        if room.http.get(f"/v1/sources/{slug}").status_code == 404:
            room.post(record).raise_for_status()
            room.post(
                {"kind": "assessment", "target": slug, "scheme": "admiralty-reliability", "value": "A"}
            ).raise_for_status()
        room.post(said(claim, slug, act="confirms", basis="own_act", said_at="2025-04-28")).raise_for_status()
    return claim


def test_a_link_unfolds_to_the_claim_with_a_sentence_and_a_picture(room: Newsroom) -> None:
    own = str(room.http.base_url).rstrip("/")
    claim = room.ids["claim"]
    _, page = get(room.http, f"/claims/{claim}")
    told = metas(page)
    report = room.http.get(f"/v1/claims/{claim}/corroboration").json()
    assert told["og:title"].startswith("North Korea sent troops to fight for Russia – ")
    assert told["og:description"] == told["description"] == report["summary"] + "."
    assert told["og:url"] == f"{own}/claims/{claim}"
    assert (told["og:locale"], told["og:locale:alternate"]) == ("en_GB", "de_DE")
    assert told["twitter:card"] == "summary_large_image"
    assert "A single origin for it" in told["og:image:alt"]
    picture = room.http.get(told["og:image"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, told["og:image:type"])
    assert metas(get(room.http, f"/claims/{claim}?lang=de")[1])["og:locale"] == "de_DE"


def test_the_page_says_where_oembed_is_and_what_to_copy(room: Newsroom) -> None:
    _, page = get(room.http, f"/claims/{room.ids['claim']}")
    link = next(one for one in page.named("link") if one.get("type") == "application/json+oembed")
    found = room.http.get(link["href"] or "").json()
    assert "iframe" in found["html"]
    assert micawber.Provider((link["href"] or "").partition("?")[0]).request(found["thumbnail_url"].partition("/card.png")[0])
    assert found["html"].replace("?lang=en", "") in page.text.replace("?lang=en", "")
    assert f"@misc{{onrecord-{room.ids['claim'][7:19]}," in page.text
    assert page.named("textarea")[0]["readonly"] is None


def test_data_of_others_cannot_end_the_script_element(room: Newsroom) -> None:
    claim = room.add("hostile share", claim_record(HOSTILE))
    response, page = get(room.http, f"/claims/{claim}")
    assert (page.faults, page.open) == ([], [])
    assert len([one for one in page.named("script") if "src" not in one]) == 1
    (told,) = data(response.text)
    assert (told["@type"], told["text"], told["identifier"]) == ("Claim", HOSTILE, claim)
    assert r"alert(1)\textbackslash{}" not in page.text
    assert r"\textbraceleft{}\%raw\%\textbraceright{} \textbackslash{} \$x\_1\%" in page.text


def test_a_text_cannot_end_its_member_in_bibtex(room: Newsroom) -> None:
    claim = room.add("braces", claim_record("so} , note = {it is proven"))
    entry = get(room.http, f"/claims/{claim}")[1].text.partition("@misc{")[2]
    title = re.split(r",\s+howpublished = ", entry.partition("title = ")[2])[0]
    # As BibTeX counts: a backslash before a brace changes nothing.
    depths = list(accumulate((sign == "{") - (sign == "}") for sign in title))
    assert depths.index(0) == len(title) - 1


def test_where_it_appeared_is_told(room: Newsroom) -> None:
    (told,) = data(get(room.http, f"/claims/{room.ids['claim']}")[0].text)
    assert told["appearance"] == [{"@type": "CreativeWork", "url": "https://outlet.example/troops"}]
    assert told["url"].endswith(f"/claims/{room.ids['claim']}")


def test_a_verdict_is_a_review_only_where_numbers_may_be_shown(tmp_path: Path) -> None:
    with newsroom(tmp_path) as room:
        room.fill()
        thin, strong = room.ids["claim"], carried(room)
        for claim in (thin, strong):
            room.post({**VERDICT, "target": claim}).raise_for_status()
        assert [one["@type"] for one in data(get(room.http, f"/claims/{thin}")[0].text)] == ["Claim"]
        claim_, review = data(get(room.http, f"/claims/{strong}")[0].text)
        exported = json.loads(room.http.get(f"/v1/claims/{strong}/export?format=claimreview").content)["@graph"]
        assert review == exported[1]
        assert {**claim_, "url": None} == {**exported[0], "url": None}
        assert review["reviewRating"]["alternateName"] == "Mostly true"
        assert str(room.http.get(f"/v1/claims/{strong}/corroboration").json()["probability"])[:5] not in json.dumps(review)


def test_of_a_private_person_programs_get_no_text_and_no_names(tmp_path: Path) -> None:
    with newsroom(tmp_path) as room:
        claim = accused(room)
        room.post({**VERDICT, "target": claim}).raise_for_status()
        response, page = get(room.http, f"/claims/{claim}")
        (told,) = data(response.text)
        assert set(told) == {"@type", "@id", "identifier", "url", "abstract"}
        for text in (*metas(page).values(), *[str(one) for one in page.named("textarea")]):
            assert TEXT not in text
            assert "Court" not in text


def test_programs_get_no_sealed_name_that_the_page_does_not_say(tmp_path: Path) -> None:
    """The ledger has the opening, and shows it of the source itself."""
    with newsroom(tmp_path) as room:
        claim = room.add("bridge", claim_record("The bridge was closed"))
        hidden, opening = seal(room.signer, "names", "Ivan Zebrafish")
        person = {"kind": "source", "id": "witness-a", "type": "person", "names": {"en": {"sealed": hidden.sealed}}}
        room.ledger.add([sign_record(read_record(person), room.signer, {hidden.sealed: opening})])
        room.post(
            {"kind": "assessment", "target": "witness-a", "scheme": "admiralty-reliability", "value": "B"}
        ).raise_for_status()
        room.post(said(claim, "witness-a", act="asserts", basis="witnessed", said_at="2025-04-28")).raise_for_status()
        assert "Ivan Zebrafish" in room.http.get("/v1/sources/witness-a").text
        for language in ("en", "de"):
            response, page = get(room.http, f"/claims/{claim}?lang={language}")
            assert "witness-a" in metas(page)["og:description"]
            assert "Zebrafish" not in response.text


def test_addresses_are_whole_and_the_operators_own(tmp_path: Path) -> None:
    with newsroom(tmp_path, public_url="https://ledger.example/facts") as room:
        room.fill()
        html, page = get(room.http, f"/claims/{room.ids['claim']}", Host="evil.example")
        assert metas(page)["og:image"].startswith(f"https://ledger.example/facts/claims/{room.ids['claim']}/card.png?")
        assert "evil.example" not in html.text
        assert ORIGIN in metas(page)["og:site_name"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    program = find_chromium()
    if program is None:
        _missing("no Chromium: neither `chromium` nor `chromium-browser`")
    with chromium(program, tmp_path_factory.mktemp("profile")) as context:
        yield context


def test_a_browser_sees_no_breach_of_the_policy_and_runs_no_data(browser: BrowserContext, room: Newsroom) -> None:
    claim = room.add("hostile share 2", claim_record(HOSTILE + " again"))
    page, complaints = browser.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append("a dialog"))
    for path in (f"/claims/{room.ids['claim']}", f"/claims/{claim}", f"/embed/claims/{claim}"):
        page.goto(f"{str(room.http.base_url).rstrip('/')}{path}", wait_until="networkidle")
        assert room.http.get(path, headers=BROWSER).status_code == 200
    page.goto(f"{str(room.http.base_url).rstrip('/')}/claims/{claim}")
    found = page.locator("script[type='application/ld+json']").evaluate("one => JSON.parse(one.textContent)['@graph'][0].text")
    assert found == HOSTILE + " again"
    assert complaints == []
    page.close()
