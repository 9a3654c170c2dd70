"""What the page of a claim prints of who entered and rated what its answer rests on (docs/threats.md, "Where to look")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from api.app import create_app
from ledger.config import Settings
from tests import factory
from tests.api.serving import served
from tests.threats.desk import Desk

Read = Callable[..., str]
WORDS = re.compile(r"<[^>]*>")


@pytest.fixture
def read(desk: Desk) -> Iterator[Read]:
    """The words of a page, without its marks."""
    with served(create_app(desk.room.ledger, settings=Settings())) as url, httpx.Client(base_url=url, timeout=30) as http:

        def page(path: str, **asked: str) -> str:
            answer = http.get(path, params=asked, headers={"accept": "text/html"})
            return " ".join(WORDS.sub("", answer.text).split())

        yield page


def test_a_page_says_who_entered_each_statement_who_rated_each_origin_and_who_moved_the_score(desk: Desk, read: Read) -> None:
    desk.source("mole", "A", by=desk.mallory, type="person")
    desk.add(*desk.word("mole"), by=desk.mallory)
    page = read(f"/claims/{desk.claim_id}")
    assert "rated A by mallory" in page
    assert "rated B by anna" in page
    size = desk.size()
    assert f"entry {size - 1} · entered by mallory" in page
    assert re.search(r"MOLE confirms it \w+ · entered by mallory", page)


def test_a_thin_answer_names_its_raters_without_their_letters(desk: Desk, read: Read) -> None:
    other = factory.claim("Shells were sent as well", about=["ukraine-war"])
    desk.add(other, *desk.word("nis", claim=other), by=desk.mallory)
    page = read(f"/claims/{factory.id_of(other)}")
    assert "rated by anna" in page
    assert "rated C" not in page


def test_a_wording_that_was_added_later_names_who_added_it(desk: Desk, read: Read) -> None:
    """A translation that says the contrary moves no score, but it is what readers of that language see first."""
    false = factory.claim_text(desk.claim, "de", "Nordkorea hat nie Truppen geschickt")
    assert desk.change(false) == 0.0
    (added,) = desk.ledger.claim(desk.claim_id, desk.now).added_texts
    assert (added.lang, added.id, added.recorded_by) == ("de", factory.id_of(false), ["mallory"])
    german = read(f"/claims/{desk.claim_id}", lang="de")
    assert "Diese Fassung hat mallory ergänzt" in german
    assert "wie sie eingetragen wurde: North Korea sent troops" in german
    assert "mallory" not in read(f"/claims/{desk.claim_id}", lang="en")
    desk.add(factory.correction(false, "it says the contrary"), by=desk.edda)
    assert desk.ledger.claim(desk.claim_id, desk.now).added_texts == []


def test_what_was_said_of_a_claim_two_steps_away_is_listed_on_the_page(desk: Desk, read: Read) -> None:
    home, bridge = factory.claim("All troops stayed at home"), factory.claim("Bridge")
    desk.source("institute", "A", by=desk.anna, type="organization")
    document, said = desk.word("institute", claim=home)
    desk.add(home, document, said, by=desk.anna)
    relations = factory.claim_relation(bridge, "equivalent", desk.claim), factory.claim_relation(home, "contradicts", bridge)
    desk.add(bridge, *relations, by=desk.mallory)
    page = read(f"/claims/{desk.claim_id}")
    assert f"Claim {factory.id_of(home)[7:19]}" in page
    assert re.search(r"INSTITUTE confirms, 2025-04-20; stated as certain [^;]* · entry \d+ · entered by anna", page)


def test_the_page_of_a_claim_that_was_taken_back_names_the_correction(desk: Desk, read: Read) -> None:
    gone = factory.correction(desk.claim, "never mind")
    desk.add(gone, by=desk.anna)
    assert factory.id_of(gone) in read(f"/claims/{desk.claim_id}")


def test_the_page_of_a_record_names_its_signer_key_and_time(desk: Desk, read: Read) -> None:
    page = read(f"/records/{factory.id_of(desk.said['nis'])}")
    assert f"anna {desk.anna.did}" in page
    assert "2025-04-28 00:26 UTC" in page


def test_an_alias_that_renames_an_origin_moves_nothing_and_is_named_beside_it_even_where_the_answer_is_thin(
    desk: Desk, read: Read
) -> None:
    """Of sources that are the same the first slug stands for all of them; whose invention it is, its record says."""
    other = factory.claim("Shells were sent as well", about=["ukraine-war"])
    desk.add(other, *desk.word("nis", claim=other), by=desk.anna)
    alias = factory.source("aaa", type="organization", names={"en": "Notorious Liars"}, same_as=["nis"])
    assert desk.change(alias, claim=other) == 0.0
    page = read(f"/claims/{factory.id_of(other)}")
    assert "aaa same as nis" in page
    desk.is_signed_by(alias, desk.mallory)
