"""What those concerned replied, what no longer stands and who still carries it, and where a hedge was lost: on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ledger.keys import seal, sign_record
from tests.api.newsroom import HOP, Newsroom, body_of, claim_record, id_of, newsroom, record_of, said
from tests.api.pages.reading import Page, get, parse
from tests.api.pages.story import KOREAN, RUSSIAN, tell


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with newsroom(tmp_path_factory.mktemp("replies")) as room:
        room.fill()
        tell(room)
        yield room


def section(html: str, name: str) -> Page:
    found = re.search(rf'<section aria-labelledby="{name}">.*?</section>', html, re.DOTALL)
    assert found is not None
    return parse(found[0])


@pytest.fixture(scope="module")
def html(room: Newsroom) -> str:
    return get(room.http, f"/claims/{room.ids['told claim']}")[0].text


def test_every_reply_is_told_with_its_date_its_words_and_what_became_of_it(room: Newsroom, html: str) -> None:
    page = section(html, "replies")
    text = page.text
    russia, ukraine = text.index("Russia accused"), text.index("Ukraine victim")
    own = text[russia:ukraine]
    assert "Denial: Russia denies it, 2025-04-29" in own
    assert RUSSIAN in own
    assert "In translation (en): That is a lie, there are no soldiers there. (Anna Probe, translated by a person)" in own
    assert "No longer stands: withdrawn by Russia itself, 2025-05-20" in own
    assert "where it was published" in own
    assert any(one.get("lang") == "ru" for one in page.named("bdi"))
    assert "No comment: Ukraine did not respond, 2025-04-29" in text[ukraine:]
    assert "Dismissal: Dprk dismisses it, 2025-04-30" in text


def test_nothing_on_record_is_not_told_as_never_asked(html: str) -> None:
    text = section(html, "replies").text
    nato = text[text.index("NATO subject") :]
    assert "No reply of theirs is on record here. That does not say that nobody asked" in nato
    assert "not asked" not in text.lower()


def test_a_hostile_quotation_stays_words(html: str) -> None:
    page = section(html, "replies")
    assert not page.named("b")
    assert any(one.get("lang") == "he" for one in page.named("bdi"))


def test_the_page_names_who_still_carries_what_was_withdrawn(room: Newsroom, html: str) -> None:
    page = section(html, "history")
    assert "withdrawn by Yonhap itself, 2025-05-02" in page.text
    assert "Still carried by:Outlet reports it, 2025-04-29 06:00 UTC" in page.text
    assert "https://outlet.example/soldiers" in [one.get("href") for one in page.named("a")]
    assert f"/documents/{room.ids['told document']}" in [one.get("href") for one in page.named("a")]


def test_a_lost_hedge_is_told_under_the_chain_and_marked_at_the_statement(room: Newsroom) -> None:
    claim = room.add("hedged", claim_record("A hedge is lost"))
    wire = room.add("hedged wire", said(claim, "yonhap", said_at="2025-04-28", quote={"exact": KOREAN, "lang": "ko"}))
    hidden, opening = seal(room.signer, "statement", "Die Truppen sind da.")
    quote = {"exact": {"sealed": hidden.sealed}, "lang": "de"}
    outlet = said(claim, "outlet-two", said_at="2025-04-29", certainty="unstated", quote=quote)
    body = body_of([sign_record(record_of(outlet), room.signer, {hidden.sealed: opening})])
    room.http.post("/v1/records", content=body).raise_for_status()
    room.add("hedged hop", {**HOP, "from": id_of(outlet), "to": wire})
    (lost,) = room.http.get(f"/v1/claims/{claim}/chain").json()["lost_hedges"]
    assert lost["says"] == "hedge '것으로 알려졌다' at Yonhap is gone at Outlet-Two"
    html = get(room.http, f"/claims/{claim}?lang=de")[0].text
    text = section(html, "chain").text
    assert "Der Vorbehalt „것으로 알려졌다“ bei Yonhap fehlt bei Outlet-Two." in text
    assert "Am Wert ändert es nichts." in text
    assert "Ein Vorbehalt dessen, worauf es beruht, fehlt hier." in section(html, "statements").text
