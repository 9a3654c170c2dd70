"""A claim's page in a real browser: the graph, the slider through time, what-if; with scripts, and the same paths without."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page

from api.pages.language import tongue
from api.pages.rendering import static_files
from api.pages.spelling import short
from ledger.operations import NOW
from tests.api.pages.reading import get
from tests.api.pages.test_claim import NUMBER
from tests.browser import chromium, find_chromium
from tests.conftest import _missing
from tests.gallery import TROOPS, Gallery, add, gallery, many_relays

Json = Mapping[str, Any]
ENGLISH = tongue("en")
LOWEST = "Math.min(...[...document.querySelectorAll('.oc a text')].map(one => one.getBoundingClientRect().height))"
REMOVED = "many => new URLSearchParams(location.search).getAll('without').length === many"
QUESTIONS = ("", "?until=2024-10-30", "?without=country:KR&without=origin:russia")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    program = find_chromium()
    if program is None:
        _missing("no Chromium: neither `chromium` nor `chromium-browser`")
    with chromium(program, tmp_path_factory.mktemp("profile")) as context:
        context.set_default_timeout(20_000)
        yield context


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with gallery(tmp_path_factory.mktemp("browsing")) as made:
        made.pages["claim-300"] = f"/claims/{add(made.ledger, made.signer, *many_relays('The dam broke', 300, 15))[0]}"
        yield made


@pytest.fixture(scope="module")
def http(shown: Gallery) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shown.url, timeout=60) as client:
        yield client


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    """An error in a script, or a word of the browser's against our policy, fails the test."""
    page, errors = browser.new_page(), list[object]()
    page.on("pageerror", lambda error: errors.append(error))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield page
    page.close()
    assert not errors


@pytest.fixture
def bare(browser: BrowserContext) -> Iterator[Page]:
    """A page in which no script runs."""
    page = browser.new_page()
    browser.new_cdp_session(page).send("Emulation.setScriptExecutionDisabled", {"value": True})
    yield page
    page.close()


def chain_of(http: httpx.Client, address: str) -> Json:
    path, _, query = address.partition("?")
    found: Json = http.get(f"/v1{path}/chain?{query}").raise_for_status().json()
    return found


def drawn(page: Page) -> tuple[list[str], list[str]]:
    """The nodes and edges of the picture, by their short names."""
    nodes = page.locator("[data-node]").evaluate_all("all => all.map(one => one.dataset.node)")
    edges = page.locator("[data-edge]").evaluate_all("all => all.map(one => one.dataset.edge)")
    return sorted(nodes), sorted(edges)


def on_record(chain: Json) -> tuple[list[str], list[str]]:
    nodes = sorted(short(node["id"]) for node in chain["nodes"])
    return nodes, sorted(f"{short(hop['from'])} {short(hop['to'])}" for hop in chain["hops"])


def standing(page: Page) -> tuple[str, str | None]:
    """What the answer says: the headline, and the likelihood where there is one."""
    figure = page.locator(".likelihood figcaption")
    return page.locator("#answer").inner_text(), figure.inner_text() if figure.count() else None


def assert_says(page: Page, report: Json) -> None:
    """The answer is that of the report, and without a number where the report's is not to be shown."""
    headline, likelihood = standing(page)
    assert headline == ENGLISH.word("headline", report["headline"])
    if report["showable"]:
        low, high = map(ENGLISH.probability, report["interval"])
        assert f"{ENGLISH.probability(report['probability'])} (90 % interval {low} to {high})" in (likelihood or "")
    else:
        assert likelihood is None
        assert not NUMBER.search(page.locator(".answer").inner_text())


def told(http: httpx.Client, address: str) -> Json:
    parts = urlsplit(address)
    found: Json = http.get(f"/v1{parts.path}/corroboration?{parts.query}").raise_for_status().json()
    return found


def slide(page: Page, key: str) -> str:
    """One step of the slider; the date that the page shows afterwards."""
    before = page.evaluate("document.querySelector('.slider').dataset.until")
    page.keyboard.press(key)
    page.wait_for_function(
        "before => { const one = document.querySelector('.slider');"
        " return one.dataset.until !== before && !one.hasAttribute('aria-busy') }",
        arg=before,
    )
    until: str = page.evaluate("document.querySelector('.slider').dataset.until")
    return until


# The graph


def test_the_graph_has_exactly_the_nodes_and_edges_of_the_chain(shown: Gallery, http: httpx.Client) -> None:
    looked_at = 0
    for one in http.get("/v1/claims?query=Russia").json()["claims"]:
        for question in QUESTIONS if TROOPS in one["text"].get("en", "") else QUESTIONS[:1]:
            address = f"/claims/{one['id']}{question}"
            chain = chain_of(http, address)
            _, page = get(http, address)
            nodes = [attributes["data-node"] or "" for _, attributes in page.elements if "data-node" in attributes]
            edges = [attributes["data-edge"] or "" for _, attributes in page.elements if "data-edge" in attributes]
            assert (sorted(nodes), sorted(edges)) == on_record(chain), address
            looked_at += len(edges)
    assert looked_at > 60


def test_a_document_at_the_end_of_a_chain_and_what_is_set_aside_are_in_the_graph(page: Page, shown: Gallery) -> None:
    from tests.api.newsroom import HOP, claim_record, id_of, said, source

    claim = claim_record("The picture shows a column of tanks")
    image = {
        "kind": "document",
        "title": "An image <b>",
        "publisher": "photo-desk",
        "medium": "image",
        "published_at": "2025-05-01",
    }
    told_so = said(id_of(claim), "morgenblatt", said_at="2025-05-02")
    forged = {"kind": "assessment", "target": id_of(image), "scheme": "authenticity", "value": "forged", "rationale": "pixels"}
    desk = source("photo-desk", "news_agency")
    shown.add(desk, claim, image, told_so, {**HOP, "from": id_of(told_so), "to": id_of(image)}, forged)
    page.goto(f"{shown.url}/claims/{id_of(claim)}")
    assert drawn(page) == (
        sorted(map(short, (id_of(image), id_of(told_so)))),
        [f"{short(id_of(told_so))} {short(id_of(image))}"],
    )
    page.locator(f"[data-node='{short(id_of(image))}']").click()
    assert "An image <b>" in page.locator(".panel").inner_text()
    assert page.locator(".panel a[href^='/documents/']").count() == 1
    assert "set aside" in page.locator(f"[data-node='{short(id_of(told_so))}']").text_content()  # type: ignore[operator]


def reach(chain: Json, start: str) -> set[str]:
    """All that it has it from, and all that have it from it."""
    found: set[str] = set()
    for here, there in (("from", "to"), ("to", "from")):
        queue, seen = [start], {start}
        for one in queue:
            fresh = [hop[there] for hop in chain["hops"] if hop[here] == one and hop[there] not in seen]
            seen.update(fresh)
            queue += fresh
        found |= seen
    return found


def test_a_box_that_is_clicked_tells_its_statement_and_shows_its_paths(page: Page, shown: Gallery, http: httpx.Client) -> None:
    address = shown.pages["claim"]
    chain = chain_of(http, address)
    nodes = {node["id"]: node for node in chain["nodes"]}
    one = next(hop["from"] for hop in chain["hops"] if nodes[hop["from"]]["speaker"] == "yonhap")
    view = next(said for said in shown.ledger.claim(address.rpartition("/")[2], NOW).statements if said.id == one)
    page.goto(shown.url + address)
    page.locator(f"[data-node='{short(one)}']").click()
    words = page.locator(".panel").inner_text()
    for part in (view.name, view.quote or "", view.translations[0].text, f"entry {view.index}", (view.said or "")[:10]):
        assert part in words
    assert page.locator(".panel a[href^='/records/'], .panel a[href^='/documents/']").count() == 2
    marked = page.locator(".oc [data-node].on").evaluate_all("all => all.map(one => one.dataset.node)")
    assert set(marked) == {short(name) for name in reach(chain, one)}
    assert 2 < len(marked) < len(nodes)
    page.keyboard.press("Escape")
    assert page.locator(".panel").is_hidden()
    assert page.locator(".on").count() == 0


def test_the_arrow_keys_follow_the_lines_and_enter_chooses(page: Page, shown: Gallery, http: httpx.Client) -> None:
    chain = chain_of(http, shown.pages["claim"])
    hops = {(short(hop["from"]), short(hop["to"])) for hop in chain["hops"]}
    page.goto(shown.url + shown.pages["claim"])
    assert page.locator("[data-node][tabindex='0']").count() == 1
    page.locator("[data-node][tabindex='0']").focus()

    def here() -> str:
        name: str = page.evaluate("document.activeElement.dataset.node")
        return name

    origin = here()
    page.keyboard.press("ArrowRight")
    relay = here()
    assert (relay, origin) in hops
    page.keyboard.press("Enter")
    assert page.locator(".panel [data-told]").get_attribute("data-told") == relay
    page.keyboard.press("ArrowLeft")
    assert here() == origin == page.locator(".panel [data-told]").get_attribute("data-told")
    page.keyboard.press("ArrowDown")
    assert here() not in (origin, relay)
    page.keyboard.press("Escape")
    assert page.locator(".panel").is_hidden()
    assert page.evaluate("document.activeElement.dataset.node")


def test_a_tall_picture_opens_where_its_first_origin_is(page: Page, shown: Gallery) -> None:
    """Its origin stands in the middle of all that have it from there; a reader is not shown an empty corner."""
    page.goto(shown.url + shown.pages["claim-300"])
    page.locator(".graph[data-alive]").wait_for()
    seen = page.evaluate(
        """() => {
          const view = document.querySelector(".picture").getBoundingClientRect();
          return [...document.querySelectorAll("[data-node]")].filter((one) => {
            const box = one.getBoundingClientRect();
            return box.left < view.right && box.top >= view.top && box.bottom <= view.bottom;
          }).length;
        }"""
    )
    assert seen > 0
    assert page.evaluate("scrollY") == 0


def test_a_chain_of_three_hundred_opens_scrolls_and_selects(page: Page, shown: Gallery, http: httpx.Client) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(shown.url + shown.pages["claim-300"])
    chain = chain_of(http, shown.pages["claim-300"])
    assert len(chain["nodes"]) == 300
    assert drawn(page) == on_record(chain)
    # Nothing is made smaller than it is drawn, and the picture does not push the page aside.
    assert (
        page.evaluate(
            "Math.min(...[...document.querySelectorAll('.oc a text')].map(one => one.getBoundingClientRect().height))"
        )
        > 10
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    last = page.locator("[data-node]").last
    last.click()
    assert last.get_attribute("data-node") == page.locator(".panel [data-told]").get_attribute("data-told")
    assert page.evaluate("document.querySelector('.picture').scrollTop + document.querySelector('.picture').scrollLeft") > 300
    page.locator(".graph > button").first.click()
    assert page.locator(".picture svg").bounding_box()["width"] <= 390  # type: ignore[index]
    page.locator(".graph > button").first.click()
    assert page.locator(".picture svg").bounding_box()["width"] > 1_000  # type: ignore[index]


# Time


def test_from_a_search_to_a_claim_and_back_through_time(page: Page, shown: Gallery, http: httpx.Client) -> None:
    page.goto(shown.url)
    page.locator("main input[type=search]").fill("troops fight Russia")
    page.keyboard.press("Enter")
    page.locator(".claims a", has_text=TROOPS).first.click()
    assert urlsplit(page.url).path == shown.pages["claim"]
    assert_says(page, told(http, shown.pages["claim"]))
    page.locator("#moment").focus()
    seen = []
    for _ in range(int(page.locator("#moment").get_attribute("max") or 0)):
        until = slide(page, "ArrowLeft")
        assert parse_qs(urlsplit(page.url).query) == {"until": [until]}
        report = told(http, page.url.removeprefix(shown.url))
        assert_says(page, report)
        output = page.locator(".slider output").inner_text()
        assert ENGLISH.word("headline", report["headline"]) in output
        assert bool(NUMBER.search(output)) == report["showable"]
        assert drawn(page) == on_record(chain_of(http, page.url.removeprefix(shown.url)))
        assert until[:10] in page.locator("[role=status]").inner_text()
        seen.append((until, *standing(page)))
    assert page.evaluate("document.activeElement.id") == "moment"
    assert len({headline for _, headline, _ in seen}) > 3
    # The address can be handed on: who opens it sees the same.
    page.reload()
    assert (seen[-1][0], *standing(page)) == seen[-1]
    page.locator("#moment").focus()
    page.keyboard.press("End")
    page.wait_for_function("() => !document.querySelector('.slider').dataset.until")
    assert urlsplit(page.url).query == ""
    assert_says(page, told(http, shown.pages["claim"]))


def test_the_graph_can_be_used_after_the_slider_has_moved(page: Page, shown: Gallery) -> None:
    page.goto(shown.url + shown.pages["claim"])
    page.locator("#moment").focus()
    slide(page, "ArrowLeft")
    page.locator("[data-node]").first.click()
    assert page.locator(".panel").is_visible()


def test_a_link_within_the_page_leads_there_after_the_slider_has_moved(page: Page, shown: Gallery) -> None:
    page.goto(shown.url + shown.pages["claim"])
    page.locator("#moment").focus()
    slide(page, "ArrowLeft")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.evaluate("document.getElementById('why').dataset.mark = 'still here'")
    page.locator(".contents a[href='#why']").click()
    page.wait_for_timeout(300)
    assert urlsplit(page.url).fragment == "why"
    assert page.locator("#why").get_attribute("data-mark") == "still here"
    assert asked == []


# What if


def test_what_if_adds_up_and_can_be_taken_back(page: Page, shown: Gallery, http: httpx.Client) -> None:
    page.goto(shown.url + shown.pages["claim"])
    before = told(http, shown.pages["claim"])
    asked: list[str] = []
    for words in ("Without Russia", "Without sources from US", "Without North Korea and its own"):
        page.locator(".choices a", has_text=re.compile(f"^{words}$")).first.click()
        page.wait_for_function(REMOVED, arg=len(asked) + 1)
        asked = parse_qs(urlsplit(page.url).query)["without"]
        report = told(http, page.url.removeprefix(shown.url))
        assert_says(page, report)
        result = page.locator("[data-result]").inner_text()
        assert ENGLISH.word("headline", report["headline"]) in result
        if report["headline"] != before["headline"]:
            assert f"was {ENGLISH.word('headline', before['headline'])}" in result
        assert bool(NUMBER.search(result)) == (report["showable"] and before["showable"])
        assert page.evaluate("document.activeElement.id") == "change"
    assert asked == ["origin:russia", "country:US", "owner:dprk"]
    page.locator(".back a", has_text="sources from US").click()
    page.wait_for_function("() => !location.search.includes('US')")
    assert parse_qs(urlsplit(page.url).query)["without"] == ["origin:russia", "owner:dprk"]
    assert_says(page, told(http, page.url.removeprefix(shown.url)))
    page.go_back()
    page.wait_for_function("() => document.querySelectorAll('.back > li').length === 4")
    page.locator(".back a", has_text="put all back").click()
    page.wait_for_function("() => !document.querySelector('[data-result]')")
    assert_says(page, before)


def test_a_small_page_says_who_said_it_first_and_what_would_change_it(shown: Gallery, http: httpx.Client) -> None:
    _, page = get(http, shown.pages["claim"])
    assert "First said by National Intelligence Service, 2024-10-18, through Yonhap News Agency" in page.text
    assert "a related claim was made earlier by Defence Intelligence of Ukraine, 2024-10-17" in page.text
    for one in http.get("/v1/claims?query=Russia").json()["claims"]:
        report = told(http, f"/claims/{one['id']}")
        turning = [change for change in report["sensitivity"] if change["headline"] != report["headline"]]
        for language in ("en", "de"):
            response, page = get(http, f"/claims/{one['id']}", **{"Accept-Language": language})
            assert int(response.headers["content-length"]) < 30_000
            if report["contributions"]:
                assert tongue(language)("first.more") in page.text
                assert (" it would be “" in page.text or " hieße es „" in page.text) == bool(turning), one


def test_the_rules_stand_in_full_in_their_list(page: Page, shown: Gallery) -> None:
    page.goto(shown.url + shown.pages["claim"])
    rules = page.locator("#why ~ details, section[aria-labelledby=why] details").first
    rules.locator("summary").click()
    told = {rule.name: rule.text for rule in shown.ledger.policy("olo-1").rules}
    names = [name.replace(" ", "_") for name in rules.locator("dt").all_inner_texts()]
    assert names
    assert rules.locator("dd").all_inner_texts() == [told[name] for name in names]


# In German, and without a script


def test_the_picture_and_the_panel_are_german_for_a_german_reader(page: Page, shown: Gallery) -> None:
    page.goto(f"{shown.url}{shown.pages['claim']}?lang=de")
    words = page.locator(".oc").first.text_content() or ""
    for word in ("URSPRUNG", "LESER", "zitiert", "bestätigt es", "bestreitet es", "ein Ursprung: Nordkorea"):
        assert word in words
    assert not re.search(r"\b(confirms|denies|quotes|cites|reports|undated|one origin)\b", words)
    page.locator("[data-node]").first.click()
    assert "Schließen" in page.locator(".panel").inner_text()
    page.locator("#moment").focus()
    slide(page, "ArrowLeft")
    assert page.locator("html").get_attribute("lang") == "de"
    assert "lang=de" in page.url
    assert page.locator("#answer").inner_text() in {tongue("de").word("headline", one) for one in ("corroborated", "contested")}


@pytest.mark.parametrize("kind", ["page", "bare"])
def test_what_a_fold_holds_is_printed_with_and_without_a_script(
    kind: str, request: pytest.FixtureRequest, shown: Gallery, tmp_path: Path
) -> None:
    if shutil.which("pdftotext") is None:
        _missing("no pdftotext: Debian's poppler-utils has it")
    page: Page = request.getfixturevalue(kind)
    page.goto(shown.url + shown.pages["claim"])
    folded = page.locator("details:not([open])")
    assert folded.count() > 1
    page.pdf(path=tmp_path / "claim.pdf")
    text = subprocess.run(["pdftotext", tmp_path / "claim.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "most faithful chain" in text  # a rule, in the fold of rules
    assert folded.count() > 1  # as it was, once it is printed


def test_without_a_script_the_same_paths_lead_to_the_same_answers(bare: Page, shown: Gallery, http: httpx.Client) -> None:
    bare.goto(shown.url)
    bare.locator("main input[type=search]").fill("troops fight Russia")
    bare.keyboard.press("Enter")
    bare.locator(".claims a", has_text=TROOPS).first.click()
    assert drawn(bare) == on_record(chain_of(http, shown.pages["claim"]))
    assert bare.locator("#moment, .panel, .graph > button").count() == 0
    # A box leads to its statement, which is in sight then.
    node = bare.locator("[data-node]").nth(2)
    node.click()
    name = node.get_attribute("data-node")
    assert bare.url.endswith(f"#s-{name}")
    place = bare.locator(f"#s-{name}").bounding_box()
    assert place is not None
    assert 0 <= place["y"] < 700
    # The form, a moment of the timeline, and what-if are links and a form.
    bare.locator("#until").fill("2024-10-30")
    bare.locator(".until button").click()
    assert parse_qs(urlsplit(bare.url).query)["until"] == ["2024-10-30"]
    assert_says(bare, told(http, bare.url.removeprefix(shown.url)))
    bare.locator(".choices a", has_text="Without North Korea").first.click()
    assert parse_qs(urlsplit(bare.url).query)["without"] == ["origin:dprk"]
    assert_says(bare, told(http, bare.url.removeprefix(shown.url).partition("#")[0]))
    bare.locator(".back a").first.click()
    assert "without" not in bare.url
    bare.locator(".timeline > li[data-at] > p > a").last.click()
    assert_says(bare, told(http, bare.url.removeprefix(shown.url).partition("#")[0]))


# What it costs


def test_the_scripts_are_small_and_wait_until_the_page_is_there(shown: Gallery, http: httpx.Client) -> None:
    scripts = {name: content for name, (content, _) in static_files().items() if name.endswith(".js")}
    assert sum(map(len, scripts.values())) < 15_000
    _, page = get(http, shown.pages["claim"])
    modules = [one for one in page.named("script") if "src" in one]
    assert {(one["src"] or "").partition("?")[0] for one in modules} == {f"/static/{name}" for name in scripts}
    assert all(one["type"] == "module" for one in modules), "a module waits until the page is there"
