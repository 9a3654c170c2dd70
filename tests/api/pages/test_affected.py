"""What rests on something, on its own page and on those of sources, documents and records: bounded, the rest by number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.newsroom import Newsroom, claim_record, newsroom, said
from tests.api.pages.reading import BROWSER, Page, parse


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """The outlet has it from the agency, which has taken its line back; and the agency spoke on six claims more."""
    with newsroom(tmp_path_factory.mktemp("affected")) as room:
        room.fill()
        for number in range(6):
            claim = room.add(f"more {number}", claim_record(f"The bridge number {number} fell"))
            room.post(said(claim, "yonhap", said_at="2025-04-30")).raise_for_status()
        line = {"act": "withdraws", "basis": "own_act", "polarity": "-", "withdraws": room.ids["agency"]}
        room.add("withdrawal", said(room.ids["claim"], "yonhap", said_at="2025-05-02", **line))
        yield room


def read(room: Newsroom, address: str) -> Page:
    response = room.http.get(address, headers=BROWSER)
    assert response.status_code == 200, response.text
    return parse(response.text)


def test_the_page_says_who_still_carries_what_was_taken_back(room: Newsroom) -> None:
    text = " ".join(read(room, f"/affected/{room.ids['agency']}").text.split())
    assert "Before it was taken back" in text
    assert "Yonhap reports it, 2025-04-28: has taken it back:" in text
    assert "Outlet reports it, 2025-04-28 06:00 UTC: still carries it; set aside: everything it rests on is set aside" in text


@pytest.mark.parametrize("address", ["/sources/yonhap", "/records/{agency}", "/records/{withdrawal}", "/records/{hop}"])
def test_other_pages_hold_a_section_of_it(room: Newsroom, address: str) -> None:
    page = read(room, address.format(**room.ids))
    assert "What rests on it" in page.text
    assert "has taken it back" in page.text or "still carries it" in page.text or "yonhap" in address


def test_a_documents_page_names_what_stands_in_it(room: Newsroom) -> None:
    text = read(room, f"/documents/{room.ids['document']}").text
    assert "One statement rests on it," in " ".join(text.split())


def test_a_page_shows_three_claims_and_how_many_there_are(room: Newsroom) -> None:
    page = read(room, "/sources/yonhap")
    assert "All 7 claims that rest on it" in page.text
    assert [f"The bridge number {number} fell" in page.text for number in (5, 4, 3)] == [True] * 3
    whole = read(room, "/affected/yonhap?limit=4")
    assert "Older claims" in whole.text
    further = next(one["href"] for name, one in whole.elements if name == "a" and "cursor=" in (one.get("href") or ""))
    assert further is not None
    assert "North Korea sent troops" in read(room, further).text


def test_what_nothing_rests_on_says_so_in_german(room: Newsroom) -> None:
    assert "Keine eingetragene Aussage beruht darauf." in read(room, "/sources/russia?lang=de").text
