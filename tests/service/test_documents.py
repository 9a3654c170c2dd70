"""A document in which very much is said is told page by page, and a source that has very many ties tells the newest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import FormatError
from ledger.operations import MOST_SHOWN
from schemas.lookups import DocumentView
from tests import factory
from tests.factory import Ready, id_of
from tests.service.test_query_plans import Asked
from tests.service.written import Written

DOCUMENT = factory.document("https://news.example/all", publisher="outlet", published_at="2025-04-28")
CLAIMS = [factory.claim(f"matter {number}") for number in range(9)]
SAID = [factory.statement(one, speaker="outlet", document=DOCUMENT, said_at=None) for one in CLAIMS]
NEWEST_FIRST = [id_of(one) for one in reversed(SAID)]


@pytest.fixture
def made(database: str) -> Iterator[Ready]:
    ready = factory.ready(database)
    ready.add(factory.source("outlet"), DOCUMENT, *CLAIMS, *SAID)
    yield ready
    ready.ledger.close()


def pages(made: Ready, limit: int) -> list[DocumentView]:
    found = [made.ledger.document(id_of(DOCUMENT), limit=limit)]
    while (after := found[-1].next) is not None:
        found.append(made.ledger.document(id_of(DOCUMENT), after, limit))
    return found


def told(*views: DocumentView) -> list[str]:
    return [one.id for view in views for one in view.statements]


def test_every_statement_stands_on_one_page_and_each_says_how_many_older_ones_there_are(made: Ready) -> None:
    found = pages(made, 4)
    assert told(*found) == NEWEST_FIRST
    assert [(len(one.statements), one.more) for one in found] == [(4, 5), (4, 1), (1, 0)]
    assert [(len(one.statements), one.more, one.next) for one in pages(made, 9)] == [(9, 0, None)]


def test_what_is_said_meanwhile_moves_no_page(made: Ready) -> None:
    first = made.ledger.document(id_of(DOCUMENT), limit=4)
    made.add(factory.statement(CLAIMS[0], speaker="outlet", act="confirms", document=DOCUMENT, said_at=None))
    assert first.next is not None
    rest = made.ledger.document(id_of(DOCUMENT), first.next)
    assert told(first, rest) == NEWEST_FIRST
    assert rest.more == 0
    assert len(made.ledger.document(id_of(DOCUMENT)).statements) == 10


def test_what_is_taken_back_or_not_to_be_told_is_not_counted_either(made: Ready) -> None:
    """A statement that was taken back, one that is withheld, and one on a claim that is; the first comes back in the end."""
    assert told(*pages(made, 4)) == NEWEST_FIRST  # what is remembered of this state is not what the next one is told from
    slip = factory.correction(SAID[8], ledger=made.origin)
    made.add(slip, factory.withhold(SAID[7], ledger=made.origin), factory.withhold(CLAIMS[6], ledger=made.origin))
    found = pages(made, 2)
    assert told(*found) == NEWEST_FIRST[3:]
    assert [one.more for one in found] == [4, 2, 0]
    made.add(factory.correction(slip, ledger=made.origin))
    assert told(*pages(made, 2)) == [NEWEST_FIRST[0], *NEWEST_FIRST[3:]]


def test_a_statement_that_several_signed_is_told_and_counted_once(made: Ready) -> None:
    made.add(SAID[0], SAID[1], by=made.enroll("ben"))
    found = pages(made, 4)
    assert told(*found) == NEWEST_FIRST
    assert [one.more for one in found] == [5, 1, 0]


def test_a_page_asks_little_however_much_is_said(made: Ready) -> None:
    def asked(limit: int) -> int:
        noted = Asked()
        noted.during(lambda: made.ledger.document(id_of(DOCUMENT), limit=limit))
        return len(noted.statements)

    made.ledger.document(id_of(DOCUMENT), limit=1)
    few = asked(1)
    assert asked(9) <= few + 1


@pytest.mark.parametrize("cursor, limit", [("nonsense", 4), ("", 0), ("", 201)])
def test_a_cursor_of_nobody_and_a_limit_past_measure_are_refused(made: Ready, cursor: str, limit: int) -> None:
    with pytest.raises(FormatError):
        made.ledger.document(id_of(DOCUMENT), cursor or None, limit)


def test_unless_asked_otherwise_the_newest_hundred_are_told(tmp_path: Path) -> None:
    world = Written(tmp_path)
    world.source("outlet")
    document = world.document("outlet", "2025-04-29")
    said = [world.says("outlet", claim=world.claim(f"matter {number}"), document=document) for number in range(MOST_SHOWN + 20)]
    view = world.ledger.document(document)
    assert told(view) == said[:19:-1]
    assert view.more == 20


def test_a_source_tells_its_newest_relations_and_ratings_and_how_many_more_there_are(tmp_path: Path) -> None:
    world = Written(tmp_path)
    world.source("holding", "B")
    relations = [world.relate(world.source(f"paper-{number}"), "owned_by", "holding") for number in range(MOST_SHOWN + 3)]
    ratings = [
        world.add(kind="assessment", target="holding", scheme="https://scale.example/", value="fair", by=f"rater-{number}")
        for number in range(MOST_SHOWN + 1)
        if world.source(f"rater-{number}")
    ]
    view = world.ledger.source("holding")
    assert [one.id for one in view.relations] == relations[3:]
    assert [one.id for one in view.assessments] == ratings[1:]
    assert (view.more_relations, view.more_assessments) == (3, 2)
    assert set(view.source_names) == {"holding", *(f"paper-{number}" for number in range(3, MOST_SHOWN + 3))}
