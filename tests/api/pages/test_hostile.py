"""A ledger filled by somebody who means harm: each kind of page is opened in a real browser, and it is nothing but text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page
from pydantic import ValidationError

from ledger.core.records import read_record
from ledger.errors import OnRecordError
from tests.api.newsroom import ORIGIN, Members, Newsroom, claim_record, id_of, newsroom, said, source
from tests.browser import chromium, find_chromium
from tests.conftest import _missing
from tests.gallery import many_relays

SCRIPT = "<script>window.harmed=1;alert(1)</script>"
TAG = "\"><img src=x onerror='window.harmed=1;alert(2)'> ' onmouseover='alert(3)' autofocus onfocus='alert(4)"
LINK = "javascript:alert(5) data:text/html,<script>alert(6)</script> [x](javascript:alert(7))"
TEMPLATE = "{{ 7*191 }} {% raw %} ${7*191} </title></main></svg><h1>other</h1><!--"
RTL = "\u202egnorw\u202c \u2067\u05e9\u05dc\u05d5\u05dd (1) \u0639\u0631\u0628\u064a"
ZALGO = "Z\u0335\u0321\u0489\u0489\u0489\u0489\u0353\u034f\u0489\u0489\u0489" * 20
UNSEEN = "zero\u200bwidth\u200d\ufeff\u2060joined\u00ad"
EMOJI = "👩\u200d👩\u200d👧\u200d👦🏴\u200d☠\ufe0f🇰🇵" * 8
LONG = "W" * 290
TEXTS = (SCRIPT, TAG, LINK, TEMPLATE, RTL, ZALGO, UNSEEN, EMOJI, LONG)
URL = "https://evil.example/\"onmouseover=\"alert(8)?<script>alert(9)</script>='javascript:'#" + "x" * 900
RELAYS = 300
SPY = """document.addEventListener('securitypolicyviolation', one =>
  (window.violations ??= []).push(one.violatedDirective + ' ' + one.blockedURI))"""
# Data that is told in a script's element is none, as long as it is data to its end.
HARM = """() => { const isData = one => one.type === 'application/ld+json' && !one.text.includes('<')
  && typeof JSON.parse(one.text) === 'object'; return {
  harmed: window.harmed ?? null, violations: window.violations ?? [],
  scripts: [...document.scripts].filter(one => !one.src.startsWith(location.origin + '/static/') && !isData(one))
    .map(one => one.outerHTML),
  made: document.querySelectorAll('img[src="x"], [onerror], [onmouseover], [onfocus]').length,
  links: [...document.querySelectorAll('[href], [src], [action]')]
    .map(one => one.getAttribute('href') ?? one.getAttribute('src') ?? one.getAttribute('action'))
    .filter(one => /^\\s*(javascript|data|vbscript):/i.test(one)),
  headings: document.querySelectorAll('h1').length, wide: document.documentElement.scrollWidth - innerWidth}; }"""
# Of the words that follow a name: whether they stand after it, on its line or below.
AFTER = """name => { const box = name.getBoundingClientRect(), range = document.createRange();
  const next = name.closest('a').nextSibling; range.selectNodeContents(next);
  const words = range.getClientRects()[0];
  return {text: next.textContent, after: words.left >= box.right - 1 || words.top >= box.bottom - 1}; }"""


@dataclass
class Watched:
    """A page, and what it did."""

    page: Page
    dialogs: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Hostile:
    room: Newsroom
    paths: dict[str, str]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with newsroom(tmp_path_factory.mktemp("hostile")) as room:
        yield Hostile(room, _fill(room))


def _fill(room: Newsroom) -> dict[str, str]:
    """Harm in every place that takes free text, and the address of every kind of page."""
    sources = [{**source(f"evil-{n}", "outlet"), "names": {"en": one, "he": one[:90]}} for n, one in enumerate(TEXTS)]
    room.post(*sources, *_about_sources()).raise_for_status()
    claims = [claim_record(one) for one in TEXTS]
    works = [_work(one, f"evil-{n}") for n, one in enumerate(TEXTS)]
    room.post(*claims, *works, *(_said(claims[n], works[n], n) for n in range(len(TEXTS)))).raise_for_status()
    long = [_renamed(one) for one in many_relays((TAG + SCRIPT + RTL + LONG * 7)[:2_000], RELAYS, 150)]
    room.post(*long).raise_for_status()
    hidden = claim_record(f"{SCRIPT} that is withheld")
    slip = said(id_of(claims[0]), "evil-1", act="denies", polarity="-", said_at="2025-01-01")
    room.post(hidden, slip).raise_for_status()
    room.post({"kind": "correction", "target": id_of(slip), "reason": TAG + RTL, "ledger": ORIGIN}).raise_for_status()
    order = {"basis": SCRIPT + RTL, "authority": TAG, "ledger": ORIGIN}
    room.post({"kind": "withhold", "target": id_of(hidden), **order}).raise_for_status()
    room.ledger.catch_up()
    return {
        "home": "/",
        **{f"claim-{n}": f"/claims/{id_of(one)}" for n, one in enumerate(claims)},
        **{f"source-{n}": f"/sources/evil-{n}" for n in range(len(TEXTS))},
        **{f"document-{n}": f"/documents/{id_of(one)}" for n, one in enumerate(works)},
        **{f"search-{n}": f"/search?query={quote(one[:290])}" for n, one in enumerate(TEXTS) if one.strip()},
        "chain": f"/claims/{id_of(long[0])}",
        "chain-past": f"/claims/{id_of(long[0])}?until=2025-03-10&without=source:relay-{RELAYS}-3",
        "record": f"/records/{id_of(long[0])}",
        "record-work": f"/records/{id_of(works[1])}",
        "search-source": f"/search?source={quote(TAG[:90])}",
        "corrections": "/corrections",
        "log": "/log",
        "method": "/method",
        "about": "/about",
        "verify": f"/verify?claim={quote(TAG)}#key={quote(SCRIPT)}",
        "nowhere": "/nowhere/" + quote(TAG.replace("/", "")),
        "withheld": f"/claims/{id_of(hidden)}",
        "withheld-record": f"/records/{id_of(hidden)}",
        "pack": f"/claims/{id_of(claims[1])}/pack",
        "pack-names": f"/claims/{id_of(claims[4])}/pack",
        "card": f"/embed/claims/{id_of(claims[1])}",
        "card-chain": f"/embed/claims/{id_of(long[0])}",
    }


def _about_sources() -> Iterator[Members]:
    for n in range(len(TEXTS)):
        rating = {"scheme": "admiralty-reliability", "value": "D", "rationale": TEXTS[n] + TAG}
        yield {"kind": "assessment", "target": f"evil-{n}", **rating}
        if n:
            yield {"kind": "source_relation", "subject": f"evil-{n}", "relation": "owned_by", "object": "evil-0", "share": 51}
    yield {"kind": "assessment", "target": "evil-0", "scheme": URL, "value": TAG[:290], "rationale": SCRIPT}


def _work(text: str, slug: str) -> Members:
    dated = {"published_at": "2025-04-28T06:00:00Z", "lang": "en"}
    return {"kind": "document", "url": URL, "title": text, "publisher": slug, "archive_urls": [URL + "2"], **dated}


def _said(claim: Members, work: Members, n: int) -> Members:
    translated = [{"text": TEXTS[n] + SCRIPT, "lang": "de", "by": TAG[:290], "method": "machine"}]
    words = {"exact": TEXTS[n] + TAG + LONG * 12, "prefix": SCRIPT, "suffix": TAG, "translations": translated}
    more: dict[str, Any] = {
        "described_as": TEXTS[n],
        "occasion": TAG,
        "interest": "against",
        "interest_reason": TEXTS[n] + SCRIPT,
    }
    return {**said(id_of(claim), f"evil-{n}", act="confirms", basis="own_act"), "document": id_of(work), "quote": words, **more}


def _renamed(one: Members) -> Members:
    if one["kind"] != "source":
        return one
    step = int(str(one["id"]).rpartition("-")[2])
    return {**one, "names": {"en": TEXTS[step % len(TEXTS)] + str(step)}}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    program = find_chromium()
    if program is None:
        _missing("no Chromium: neither `chromium` nor `chromium-browser`")
    with chromium(program, tmp_path_factory.mktemp("profile")) as context:
        context.add_init_script(SPY)
        yield context


@pytest.fixture(scope="module")
def watched(browser: BrowserContext) -> Iterator[Watched]:
    page = browser.new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    seen = Watched(page)
    page.on("dialog", lambda one: (seen.dialogs.append(one.message), one.dismiss()))
    page.on("console", lambda one: seen.complaints.append(one.text) if "Content Security" in one.text else None)
    page.on("pageerror", lambda one: seen.complaints.append(str(one)))
    yield seen
    page.close()


KINDS = (
    "home", "claim", "source", "document", "search", "chain", "record", "corrections", "log", "method", "about", "verify",
    "nowhere", "withheld", "pack", "card",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_text_comes_of_it(watched: Watched, hostile: Hostile, kind: str) -> None:
    status = {"nowhere": 404, "withheld": 451}.get(kind, 200)
    looked_at = [name for name in hostile.paths if name.split("-")[0] == kind]
    assert looked_at
    for name in looked_at:
        response = watched.page.goto(hostile.room.http.base_url.join(hostile.paths[name]).__str__(), wait_until="load")
        assert response is not None
        assert (name, response.status) == (name, status)
        found = watched.page.evaluate(HARM)
        if kind == "verify":  # its own script is inside it, by its hash, and its icon is empty
            assert (len(found["scripts"]), found["links"]) == (1, ["data:,"])
            found |= {"scripts": [], "links": []}
        assert found.pop("wide") <= 0, name
        assert found.pop("headings") <= 1, name
        assert found == {"harmed": None, "violations": [], "scripts": [], "made": 0, "links": []}, name
        assert "1337" not in watched.page.locator("body").inner_text()
        assert (watched.dialogs, watched.complaints) == ([], []), name
        # What somebody typed stays as it is in the fields for it.
        html = re.sub(r"<input [^>]*>", "", response.text())
        assert not re.search("[\u202a-\u202e]", html), name
        assert "<script>window" not in html


def test_the_words_after_a_name_that_runs_the_other_way_stay_behind_it(watched: Watched, hostile: Hostile) -> None:
    place = hostile.paths[f"document-{TEXTS.index(RTL)}"]
    watched.page.set_viewport_size({"width": 1200, "height": 800})
    watched.page.goto(str(hostile.room.http.base_url.join(place)))
    name = watched.page.locator(".statements li > p > a > bdi").first
    assert "שלום" in name.inner_text()
    told = name.evaluate(AFTER)
    assert "confirms it" in told["text"]
    assert told["after"]
    assert name.evaluate("one => getComputedStyle(one).unicodeBidi") == "isolate"
    watched.page.set_viewport_size({"width": 390, "height": 800})


def test_the_spy_would_tell(watched: Watched, hostile: Hostile) -> None:
    """A page in which such text were markup is noticed."""
    watched.page.goto(str(hostile.room.http.base_url.join("/about")))
    watched.page.evaluate("text => { document.querySelector('main').innerHTML += text }", TAG[2:])
    watched.page.wait_for_function("() => window.violations?.length")
    found = watched.page.evaluate(HARM)
    assert found["made"] == 1
    assert found["harmed"] is None  # the policy holds even then
    watched.complaints.clear()


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", " https://x.example"]
)
def test_an_address_that_is_none_is_not_taken(address: str) -> None:
    for member in ("url", "archive_urls"):
        work = {"kind": "document", "title": "x", member: address if member == "url" else [address]}
        with pytest.raises((OnRecordError, ValidationError)):
            read_record(work)
