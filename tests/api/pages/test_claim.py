"""The page of a claim on the running example, on private persons, and on hostile texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import httpx
import pytest

from api.app import create_app
from api.deps import Few
from api.pages.claiming import sum_of
from ledger.operations import NOW, Question
from ledger.service import Ledger
from ledger.wiring import open_ledger
from schemas.corroboration import Report
from tests.api.newsroom import ORIGIN, Newsroom, claim_record, newsroom, said, source
from tests.api.pages.reading import Page, get
from tests.api.serving import served
from tests.cli.conftest import run_here

NUMBER = re.compile(r"[<>]?\b[01][.,]\d\d\b|(?<![\w.])[<>]?\.\d\d\b|[+-]\d+\.\d{3}|\d ?%")
LIKELIHOOD = ("chance", "unlikely", "roughly even", "likely", "almost certain")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Ledger]]:
    place = str(tmp_path_factory.mktemp("pages") / "my.db")
    assert run_here("demo", "--no-serve", "--ledger", place).code == 0
    ledger = open_ledger(place)
    assert isinstance(ledger, Ledger)
    with served(create_app(ledger)) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield http, ledger
    ledger.close()


def named(http: httpx.Client, words: str) -> str:
    return str(http.get("/v1/claims", params={"query": words}).json()["claims"][0]["id"])


@pytest.fixture(scope="module")
def troops(example: tuple[httpx.Client, Ledger]) -> str:
    return named(example[0], "sent troops to fight for Russia in the war")


def test_the_page_begins_with_the_sentence_that_answers(example: tuple[httpx.Client, Ledger], troops: str) -> None:
    http, ledger = example
    _, page = get(http, f"/claims/{troops}")
    assert ledger.corroboration(troops, NOW).summary in page.text
    assert "0.99 (90 % interval 0.85 to >0.99)" in page.text
    assert "Almost certain" in page.text


def test_sources_have_the_names_that_the_reader_knows_them_by(example: tuple[httpx.Client, Ledger], troops: str) -> None:
    http, ledger = example
    for path in (f"/claims/{troops}", f"/claims/{troops}/pack", f"/embed/claims/{troops}"):
        _, page = get(http, f"{path}?lang=en")
        assert "The Pentagon, North Korea" in page.text, path
        _, page = get(http, f"{path}?lang=de")
        assert "Pentagon, Nordkorea" in page.text, path
    names = ledger.claim_sheet(troops, NOW).chain.names
    assert names["kremlin"] == "The Kremlin", "the API names them as its report does"


def test_it_says_first_how_many_origins_are_independent_as_the_card_says_it(
    example: tuple[httpx.Client, Ledger], troops: str
) -> None:
    for lang, words in (
        ("en", "2 independent origins for it, 3 that depend on others"),
        ("de", "2 unabhängige Ursprünge dafür, 3 hängen von anderen ab"),
    ):
        _, page = get(example[0], f"/claims/{troops}?lang={lang}")
        _, card = get(example[0], f"/embed/claims/{troops}?lang={lang}")
        assert words in card.text
        assert page.text.index(words) < page.text.index("13 ")


def test_where_nobody_alone_changes_the_headline_it_says_who_moves_it_most(
    example: tuple[httpx.Client, Ledger], troops: str
) -> None:
    http, ledger = example
    report = ledger.corroboration(troops, NOW)
    assert {one.headline for one in report.sensitivity} == {report.headline}
    far = max(report.sensitivity, key=lambda one: abs(one.probability - report.probability))
    assert far.without == "country:GB"
    words = f"Leaving out sources from GB moves it the most: 0.99 → {far.probability:.2f}."
    assert words in get(http, f"/claims/{troops}")[1].text


def test_the_sentence_is_told_in_german_too(example: tuple[httpx.Client, Ledger], troops: str) -> None:
    _, page = get(example[0], f"/claims/{troops}?lang=de")
    assert "13 Berichte; 5 Ursprünge dafür, nicht alle unabhängig: Pentagon, Nordkorea" in page.text
    assert "gegen eigenes Interesse eingeräumt: Nordkorea und Russland; Position geändert: Nordkorea." in page.text
    assert "So gut wie sicher" in page.text


def test_the_rows_as_shown_add_up_to_the_total_as_shown(example: tuple[httpx.Client, Ledger], troops: str) -> None:
    http, ledger = example
    for question in ("", "?without=origin:dprk", "?until=2024-12-01", "?base_rate=0.3"):
        html = get(http, f"/claims/{troops}{question}")[0].text
        terms = [Decimal(one) for one in re.findall(r"<td data-term>([^<]+)</td>", html)]
        total = re.findall(r"<td data-total>([^<]+)</td>", html)
        assert len(terms) > 2
        assert sum(terms) == Decimal(total[0])
    report = ledger.corroboration(troops, NOW)
    assert sum_of(report)[1] == f"{report.log_odds:+.4f}"


def test_thirds_add_up_too(example: tuple[httpx.Client, Ledger], troops: str) -> None:
    report = example[1].corroboration(troops, NOW)
    rows = [row.model_copy(update={"contribution": 1 / 3}) for row in report.contributions[:3]]
    terms, total = sum_of(Report.model_copy(report, update={"contributions": rows, "base": 0.0, "log_odds": 1.0}))
    assert sum(Decimal(term.shown) for term in terms) == Decimal(total) == 1


def test_where_no_number_is_to_be_shown_there_is_none(example: tuple[httpx.Client, Ledger]) -> None:
    http, _ = example
    looked_at = 0
    for one in http.get("/v1/claims").json()["claims"]:
        if not one["showable"]:
            for question in ("", "?without=source:yonhap", "?clock=public"):
                if http.get(f"/v1/claims/{one['id']}/corroboration{question}").json().get("showable", True):
                    continue
                _, page = get(http, f"/claims/{one['id']}{question}")
                assert_no_number(page, thin=True)
                looked_at += 1
    assert looked_at > 20


def assert_no_number(page: Page, *, thin: bool) -> None:
    # The course may pass through states that could be shown; those are told beside their dates.
    answer = page.text.split("On this page")[0] if thin else page.text
    assert not NUMBER.findall(answer.replace("max-width:100%", "")), answer  # of the frame to copy
    assert not [word for word in LIKELIHOOD if word in answer.lower()]
    assert not re.search(r"\brat(ed|es|ing) [\w' ]*\b[A-F]\b", page.text)
    assert "<td data-term>" not in page.text


def test_of_a_private_person_there_is_never_a_number(tmp_path_factory: pytest.TempPathFactory) -> None:
    with newsroom(tmp_path_factory.mktemp("private")) as room:
        room.post(source("mayor-x", "person")).raise_for_status()
        for slug in ("court", "police", "press", "union"):
            room.post(source(slug, "government_body")).raise_for_status()
            rating = {"kind": "assessment", "target": slug, "scheme": "admiralty-reliability", "value": "A"}
            room.post(rating).raise_for_status()
        members = {**claim_record("She took the money"), "concerns": [{"source": "mayor-x", "role": "accused"}]}
        hidden = sealed_claim(room, members)
        for slug in ("court", "police", "press", "union"):
            room.post(said(hidden, slug, act="confirms", basis="own_act", said_at="2025-04-28")).raise_for_status()
        report = room.ledger.corroboration(hidden, NOW)
        assert report.confidence != "low"
        assert not report.showable
        response, page = get(room.http, f"/claims/{hidden}")
        assert response.status_code == 200
        assert "It concerns a private person: no number is shown." in page.text
        assert_no_number(page, thin=False)
        assert "No reply of theirs is on record here." in page.text
        _, pack = get(room.http, f"/claims/{hidden}/pack")
        assert "It concerns a private person: no number is shown." in pack.text
        assert_no_number(pack, thin=False)


def sealed_claim(room: Newsroom, members: dict[str, object]) -> str:
    """The claim with its text sealed, as the ledger wants it of whoever is private."""
    from ledger.core.records import read_record, record_id
    from ledger.keys import seal, sign_record

    hidden, opening = seal(room.signer, "text", "She took the money")
    record = read_record({**members, "text": {"en": {"sealed": hidden.sealed}}})
    room.ledger.add([sign_record(record, room.signer, {hidden.sealed: opening})])
    return record_id(record)


def test_asking_for_an_earlier_date_gives_what_the_api_says_of_it(example: tuple[httpx.Client, Ledger], troops: str) -> None:
    http, _ = example
    told = http.get(f"/v1/claims/{troops}/corroboration?until=2024-12-01").json()
    _, page = get(http, f"/claims/{troops}?until=2024-12-01&clock=said&lang=")
    assert f"{told['probability']:.2f} (90 % interval {told['interval'][0]:.2f}" in page.text
    assert "what had been said by 2024-12-01" in page.text
    fields = {one["name"]: one.get("value") for one in page.named("input")}
    assert fields["until"] == "2024-12-01"


def test_an_empty_date_in_the_form_asks_for_now(example: tuple[httpx.Client, Ledger], troops: str) -> None:
    response, page = get(example[0], f"/claims/{troops}?until=&clock=said")
    assert response.status_code == 200
    assert "Not as it stands now" not in page.text


def test_every_channel_is_told_in_words(example: tuple[httpx.Client, Ledger], troops: str) -> None:
    http, ledger = example
    _, page = get(http, f"/claims/{troops}")
    chain = ledger.chain(troops, NOW)
    for channel in chain.channels:
        assert " → ".join(chain.names[slug] for slug in reversed(channel.speakers)) in page.text


def test_while_others_are_served_the_page_comes_without_its_timeline(room: Newsroom) -> None:
    heavy = Few(1)
    claim, rare = room.ids["claim"], Question(until="2025-04-30")  # nobody has asked this yet
    with heavy.turn():
        assert room.ledger.claim_sheet(claim, rare, heavy.if_free).history is None
    assert room.ledger.claim_sheet(claim, rare, heavy.if_free).history is not None
    with heavy.turn():
        assert room.ledger.claim_sheet(claim, rare, heavy.if_free).history is not None, "what was told takes no turn"
    with heavy.turn():
        pass  # every turn was given back


def test_the_page_is_small(example: tuple[httpx.Client, Ledger], troops: str) -> None:
    """On the wire, as a browser asks for it; and unpacked it is what comes to who takes no gzip."""
    http, path = example[0], f"/claims/{troops}"
    asked = {"accept": "text/html", "accept-language": "de"}
    packed = http.get(path, headers=asked | {"accept-encoding": "gzip, br"})
    plain = http.get(path, headers=asked | {"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < 25_000
    assert packed.text == plain.text
    assert len(plain.content) < 90_000
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in packed.headers["vary"]
    again = http.get(path, headers=asked | {"accept-encoding": "gzip", "if-none-match": packed.headers["etag"]})
    assert again.status_code == 304


HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)> ' onmouseover='alert(2)",
    "{{ 7*7 }} {% raw %} ${7*7} </title></main><h1>other</h1>",
    "safe \u202etxet desrever\u202c and \u2066isolated",
    "W" * 2_000,
    "مرحبا بالعالم <b>",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_words_of_others_stay_words(room: Newsroom, text: str) -> None:
    claim = room.add("hostile", claim_record(text))
    document = {"kind": "document", "url": "https://outlet.example/?q=<script>", "title": text, "publisher": "outlet"}
    work = room.add("hostile work", document)
    statement = said(claim, "outlet", document=work, quote={"exact": text}, occasion=text)
    room.add("hostile statement", statement)
    for path in (f"/claims/{claim}", f"/documents/{work}", f"/records/{claim}", "/", "/search", "/sources/outlet"):
        response, page = get(room.http, path)
        assert response.status_code == 200
        assert (page.faults, page.open) == ([], [])
        assert len(page.named("h1")) == 1
        assert all(one["type"] == "application/ld+json" for one in page.named("script") if "src" not in one)
        assert all((one.get("src") or "/static/").startswith("/static/") for one in page.named("script"))
        assert "alert(1)</script>" not in response.text
        assert all("onerror" not in one and "onmouseover" not in one for _, one in page.elements)
        assert "\u202e" not in response.text
    _, page = get(room.http, f"/claims/{claim}")
    assert " ".join(text.replace("\u202e", "\ufffd").replace("\u202c", "\ufffd").split()) in page.text


@pytest.mark.parametrize("asked", ["<script>alert(1)</script>", '"><h1>x', "\u202eabc"])
def test_what_is_asked_for_is_escaped_too(room: Newsroom, asked: str) -> None:
    for path in ("/search", "/nowhere/" + asked.replace("/", "")):
        response = room.http.get(path, params={"query": asked}, headers={"Accept": "text/html"})
        assert "<script>" not in response.text
        assert '"><h1>x' not in response.text


def test_a_withheld_claim_is_a_page_of_its_own_status(tmp_path_factory: pytest.TempPathFactory) -> None:
    with newsroom(tmp_path_factory.mktemp("withheld-page")) as room:
        room.fill()
        other = room.ids["other"]
        order = {"kind": "withhold", "target": other, "basis": "an order", "authority": "a court", "ledger": ORIGIN}
        room.post(order).raise_for_status()
        for path in (f"/claims/{other}", f"/records/{other}"):
            response, page = get(room.http, path)
            assert response.status_code == 451
            assert "an order" in page.text
            assert "a court" in page.text
            assert "treaty" not in page.text
        assert "treaty" not in get(room.http, "/search")[1].text


def test_the_banner_says_by_which_clock_it_was_asked(example: tuple[httpx.Client, Ledger], troops: str) -> None:
    http = example[0]
    for query, words in (
        ("until=2024-12-01&clock=public", "what had become public by 2024-12-01."),
        ("clock=public", "by when things became public."),
    ):
        _, page = get(http, f"/claims/{troops}?{query}")
        assert words in page.text


def test_that_the_headline_stands_is_said_once(example: tuple[httpx.Client, Ledger], troops: str) -> None:
    _, page = get(example[0], f"/claims/{troops}")
    assert page.text.count("stands without any one origin") == 1


def test_an_origin_that_spoke_of_a_related_claim_is_said_to_have_spoken_of_that(
    example: tuple[httpx.Client, Ledger], troops: str
) -> None:
    http, ledger = example
    own = {one.id: one for one in ledger.claim(troops, NOW).statements}
    rows = [row for row in ledger.corroboration(troops, NOW).contributions if row.statement in own]
    elsewhere = [own[row.statement] for row in rows if row.statement and own[row.statement].claim != troops]
    assert elsewhere
    html = get(http, f"/claims/{troops}")[0].text.partition('<h2 id="who">')[2].partition("</section>")[0]
    for one in elsewhere:
        told = html.partition(f'href="#s-{one.id.removeprefix("sha256:")[:8]}')[2].partition("</li>")[0]
        assert "(on: " in told
        assert " it<" not in told.partition("</a>")[0]
