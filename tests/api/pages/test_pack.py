"""A claim's legal pack: what is in it, what is not, and how Chromium prints it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from ledger.keys import Signer
from tests.api.newsroom import HOP, ORIGIN, Newsroom, claim_record, newsroom, said, source
from tests.api.pages.reading import get
from tests.api.pages.story import GERMAN, HEBREW, KOREAN, RUSSIAN, TRANSLATION, tell
from tests.browser import chromium, find_chromium
from tests.conftest import _missing
from tests.factory import key, signer

NUMBER = re.compile(r"[<>]?\b[01][.,]\d\d\b|\d ?%")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """The story, one of its statements endorsed by somebody else, one corrected, one withheld."""
    with newsroom(tmp_path_factory.mktemp("pack"), public_url="https://ledger.example") as room:
        room.fill()
        tell(room)
        endorse(room, "told wire", signer("second"))
        late = room.add("late", said(room.ids["told claim"], "outlet-two", said_at="2025-05-03"))
        room.add("late is taken back", {"kind": "correction", "target": late, "reason": "the wrong outlet", "ledger": ORIGIN})
        hidden = said(room.ids["told claim"], "outlet-two", said_at="2025-05-04", quote={"exact": "a quokka"})
        room.add("hidden", hidden)
        order = {"basis": "an order", "authority": "a court", "ledger": ORIGIN}
        room.add("order", {"kind": "withhold", "target": room.ids["hidden"], **order})
        yield room


def endorse(room: Newsroom, name: str, other: Signer) -> None:
    enrolment = key(other, ledger=ORIGIN).model_dump(mode="json", by_alias=True, exclude_none=True)
    room.post(enrolment).raise_for_status()
    record = room.http.get(f"/v1/records/{room.ids[name]}").json()["record"]
    room.post(record, by=other).raise_for_status()


def test_a_long_list_in_the_pack_is_cut_and_says_how_much_is_missing_and_where_it_is(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/claims/{room.ids['told claim']}/pack"
    whole = get(room.http, path)[0].text
    assert "are not listed here" not in whole
    rows = len(re.findall(r"<tr><th scope=.row.>[^<]+<br><code class=.id.>sha256:", whole))
    monkeypatch.setattr("api.pages.packing.MOST_RECORDS", 2)
    cut, page = get(room.http, path)
    assert len(re.findall(r"<tr><th scope=.row.>[^<]+<br><code class=.id.>sha256:", cut.text)) == 2
    assert f"{rows - 2} more are not listed here" in page.text
    assert "in the bundle that section 8 names" in page.text


def test_the_pack_has_what_a_lawyer_asks_about(room: Newsroom) -> None:
    response, page = get(room.http, f"/claims/{room.ids['told claim']}/pack")
    assert response.status_code == 200
    assert not page.faults
    for part in (
        "Soldiers of North Korea are in Russia",
        KOREAN,
        GERMAN,
        RUSSIAN,
        f"{TRANSLATION['text']} (Anna Probe, translated by a person)",
        "Soldaten, Outlet, 2025-04-29 06:00 UTC",
        "https://outlet.example/soldiers",
        "Archived copy: https://archive.example/1",
        "sha256:" + "5a" * 32,
        "no. 1: cites, explicitly",
        "Denial: Russia denies it, 2025-04-29 (no. 3). No longer stands: withdrawn by Russia itself, 2025-05-20",
        "No reply of theirs is on record here. That does not say that nobody asked",
        "the wrong outlet",
        "admin,",
        "second,",
        "one signature",
        "an order",
        "a court",
        "https://ledger.example/v1/claims/",
        "onrecord verify FILE",
        "An intact record shows what was recorded and when, not that it is true.",
    ):
        assert part in page.text
    assert "quokka" not in response.text
    assert not page.named("b")
    assert not page.named("script")
    receipt = room.http.get(f"/v1/records/{room.ids['told wire']}/receipt").json()
    assert receipt["leaf_hash"] in page.text
    assert receipt["checkpoint"]["root"] in page.text


def test_the_pack_of_a_claim_without_a_number_has_none(room: Newsroom) -> None:
    for lang in ("en", "de"):
        text = get(room.http, f"/claims/{room.ids['told claim']}/pack?lang={lang}")[1].text
        assert not NUMBER.search(text)
    assert "Eine Antwort ist hier nicht verzeichnet." in text
    assert "eine Unterschrift" in text


def test_the_pack_is_asked_as_the_page_is(room: Newsroom) -> None:
    claim = room.ids["told claim"]
    html, page = get(room.http, f"/claims/{claim}/pack?until=2025-04-28&without=source:outlet")
    assert "no. 3" not in page.text
    assert "until=2025-04-28" in html.text
    assert "without=source%3Aoutlet" in html.text
    href = next(one["href"] for one in get(room.http, f"/claims/{claim}?until=2025-04-28")[1].named("a") if "/pack" in str(one))
    assert href == f"/claims/{claim}/pack?until=2025-04-28"


def test_a_withheld_claim_has_no_pack(room: Newsroom) -> None:
    secret = room.add("secret", claim_record("The quokka was seen"))
    order = {"basis": "an order", "authority": "a court", "ledger": ORIGIN}
    room.add("secret order", {"kind": "withhold", "target": secret, **order})
    response, page = get(room.http, f"/claims/{secret}/pack")
    assert response.status_code == 451
    assert "quokka" not in response.text
    assert "a court" in page.text
    assert get(room.http, f"/claims/{'0' * 64}/pack")[0].status_code == 404


def test_what_stands_at_the_foot_of_a_page_is_made_of_an_id_and_nothing_else(room: Newsroom) -> None:
    good = room.http.get(f"/static/running/{'a' * 64}.css?lang=de")
    assert good.headers["content-type"].startswith("text/css")
    assert f'claim sha256:{"a" * 64}"' in good.text
    assert '"Seite "' in good.text
    assert room.http.get("/static/running/aaaaaaaa.css").status_code == 404
    assert room.http.get('/static/running/a"}body{.css').status_code == 404


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    program = find_chromium()
    if program is None:
        _missing("no Chromium: neither `chromium` nor `chromium-browser`")
    with chromium(program, tmp_path_factory.mktemp("profile")) as context:
        yield context


def printed(browser: BrowserContext, room: Newsroom, claim: str, place: Path, lang: str = "en") -> list[str]:
    """The text of each page as Chromium prints it."""
    if shutil.which("pdftotext") is None:
        _missing("no pdftotext: Debian's poppler-utils has it")
    page = browser.new_page()
    page.goto(f"{room.http.base_url}/claims/{claim}/pack?lang={lang}")
    page.pdf(path=place, prefer_css_page_size=True)
    page.close()
    told = subprocess.run(["pdfinfo", place], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Page size: +59[45]\.\d+ x 84[12]\.\d+ pts \(A4\)", told)
    text = subprocess.run(["pdftotext", "-layout", place, "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


def test_it_prints_to_a4_with_every_quotation_whole(room: Newsroom, browser: BrowserContext, tmp_path: Path) -> None:
    claim = room.ids["told claim"]
    pages = printed(browser, room, claim, tmp_path / "pack.pdf")
    assert len(pages) > 1
    for number, text in enumerate(pages, 1):
        assert f"claim {claim}" in text
        assert f"Page {number} / {len(pages)}" in text
    together = " ".join(" ".join(pages).split())
    for part in (KOREAN, GERMAN, RUSSIAN, str(TRANSLATION["text"]), "https://outlet.example/soldiers"):
        assert part in together
    # The words of a line that runs from right to left come in the order of the eye.
    assert all(word in together for word in re.findall(r"[\u0590-\u05ff]+", HEBREW))


def test_a_long_chain_prints_whole_in_german(room: Newsroom, browser: BrowserContext, tmp_path: Path) -> None:
    claim = room.add("long claim", claim_record("A long chain"))
    records = [source(f"relay-{n}", "outlet", names={"en": f"Relay number {n}"}) for n in range(60)]
    room.post(*records).raise_for_status()
    statements = [
        said(claim, f"relay-{n}", said_at="2025-04-28", quote={"exact": f"{KOREAN} {n}", "lang": "ko"}) for n in range(60)
    ]
    ids = [room.add(f"long {n}", one) for n, one in enumerate(statements)]
    room.post(*({**HOP, "from": below, "to": above} for above, below in pairwise(ids))).raise_for_status()
    pages = printed(browser, room, claim, tmp_path / "long.pdf", "de")
    together = " ".join(" ".join(pages).split())
    assert f"Seite {len(pages)} / {len(pages)}" in pages[-1]
    for n in range(60):
        assert f"Relay number {n} berichtet" in together
        assert f"{KOREAN} {n}" in together
        assert ids[n] in together


def test_nothing_is_wider_than_the_paper_or_the_window(room: Newsroom, browser: BrowserContext) -> None:
    page = browser.new_page()
    page.goto(f"{room.http.base_url}/claims/{room.ids['told claim']}/pack")
    for media, width in (("screen", 390), ("print", 672)):  # 178 mm of paper are 672 px
        page.emulate_media(media=media)  # type: ignore[arg-type]  # it wants a literal
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
