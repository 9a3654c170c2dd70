"""Ratings: of oneself, twice, of what one would sink; and rules that keep somebody else's rating out (docs/threats.md)."""

from __future__ import annotations

import pytest

from ledger.errors import ConflictError, ForbiddenError
from tests import factory
from tests.threats.desk import Desk


def test_nobody_rates_itself_into_weight(desk: Desk) -> None:
    """The name under which a key is enrolled, what it owns, controls or speaks for, and what is the same."""
    desk.source("mallory", "A", by=desk.mallory, type="person")
    for slug, relation in (
        ("m-news", "owned_by"),
        ("m-daily", "controlled_by"),
        ("m-press", "speaks_for"),
        ("m-desk", "part_of"),
    ):
        desk.source(slug, "A", by=desk.mallory, type="organization")
        desk.add(factory.relation(slug, relation, "mallory"), by=desk.mallory)
    desk.source("m-pen", "A", by=desk.mallory, type="person", same_as=["mallory"])
    own = ("mallory", "m-news", "m-daily", "m-press", "m-desk", "m-pen")
    assert desk.change(*(one for slug in own for one in desk.word(slug))) == 0.0
    for row in desk.report().contributions:
        if row.origin in own:
            (rating,) = row.assessments
            assert (rating.assessor, rating.used) == ("mallory", False)
            assert "mallory" in (rating.reason or "")


def test_a_second_key_of_the_same_person_gives_no_second_vote(desk: Desk) -> None:
    second = factory.signer("mallory's phone")
    desk.add(factory.key(second, subject="mallory"), by=desk.room.admin)
    rating = factory.assessment("pentagon", "E", rationale="no")
    desk.add(rating, by=desk.mallory)
    before = desk.report()
    with pytest.raises(ConflictError):
        desk.add(rating, by=second)  # an endorsement of one's own rating
    with pytest.raises(ConflictError):
        desk.add(factory.assessment("pentagon", "E", rationale="indeed"), by=second)
    desk.add(factory.assessment("pentagon", "E", rationale="indeed", replaces=rating), by=second)
    assert desk.report().log_odds == before.log_odds
    assert [one.assessor for one in desk.row("pentagon").assessments] == ["anna", "mallory"]


def test_a_second_name_is_an_admins_to_give(desk: Desk) -> None:
    double = factory.signer("double")
    with pytest.raises(ForbiddenError):
        desk.add(factory.key(double, subject="double"), by=desk.mallory)
    enrolled = factory.key(double, subject="double")
    desk.add(enrolled, by=desk.room.admin)
    desk.is_signed_by(enrolled, desk.room.admin)


@pytest.mark.parametrize("slug", ["nis", "dprk"])
def test_nobody_alone_raises_a_source_that_somebody_has_rated(desk: Desk, slug: str) -> None:
    assert desk.change(factory.assessment(slug, "A", rationale="the best")) == 0.0
    assert [one.value for one in desk.row(slug).assessments] in (["C", "A"], ["D", "A"])


def test_one_bad_letter_takes_a_source_with_one_rater_out_and_no_more(desk: Desk) -> None:
    weighed = desk.row("pentagon").weight
    bad = factory.assessment("pentagon", "E", rationale="never right")
    assert desk.change(bad) == pytest.approx(-weighed, abs=1e-12)
    assert [(one.assessor, one.value, one.used) for one in desk.row("pentagon").assessments] == [
        ("anna", "B", True),
        ("mallory", "E", True),
    ]
    desk.is_told(bad, desk.mallory)


@pytest.mark.parametrize("letter", ["A", "E", "F"])
def test_where_two_raters_agree_no_third_moves_anything(desk: Desk, letter: str) -> None:
    desk.rate("pentagon", "B", by=desk.bert)
    assert desk.change(factory.assessment("pentagon", letter, rationale="I think so")) == 0.0
    assert "mallory" in [one.assessor for one in desk.row("pentagon").assessments]


@pytest.mark.parametrize("letter,comes_to", [("A", "B"), ("D", "C"), ("E", "C")])
def test_where_raters_disagree_one_more_moves_it_to_a_letter_that_one_of_them_gave(
    desk: Desk, letter: str, comes_to: str
) -> None:
    desk.rate("pentagon", "C", by=desk.bert)
    assert desk.row("pentagon").factors.letter == "C"
    desk.add(factory.assessment("pentagon", letter, rationale="I think so"), by=desk.mallory)
    assert desk.row("pentagon").factors.letter == comes_to


def test_cannot_be_judged_takes_no_letter_away(desk: Desk) -> None:
    assert desk.change(factory.assessment("pentagon", "F")) == 0.0
    assert desk.row("pentagon").assessments[-1].reason == "others could judge it"


def test_making_a_rater_look_partial_costs_at_most_what_it_rated_and_says_so(desk: Desk) -> None:
    """A source under the rater's own name, tied to what it rated: its letter is kept out, with the reason beside it."""
    weighed = desk.row("pentagon").weight
    desk.source("anna", by=desk.mallory, type="person")
    tie = factory.relation("anna", "part_of", "pentagon")
    assert desk.change(tie) == pytest.approx(-weighed, abs=1e-12)
    (rating,) = desk.row("pentagon").assessments
    assert (rating.used, rating.reason) == (False, "anna and pentagon are too close: anna part_of pentagon")
    desk.is_told(tie, desk.mallory)
    desk.rate("pentagon", "B", by=desk.bert)
    assert desk.row("pentagon").weight == weighed


@pytest.mark.parametrize("value", ["forged", "altered", "miscaptioned"])
def test_one_judgement_sinks_a_document_and_one_other_lifts_it(desk: Desk, value: str) -> None:
    weighed = desk.row("pentagon").weight
    document = next(one for one in desk.documents.values() if one.publisher == "pentagon")  # type: ignore[union-attr]
    judgement = factory.assessment(document, value, scheme="authenticity", rationale="the shadows are wrong")
    assert desk.change(judgement) == pytest.approx(-weighed, abs=1e-12)
    assert desk.report().set_aside[0].reason == f"its document was judged {value}"
    assert desk.report().label_sources["rests_on_set_aside_evidence"] == ["pentagon"]
    (shown,) = desk.ledger.document(factory.id_of(document)).assessments
    assert (shown.by, shown.value) == ("mallory", value)
    desk.is_told(judgement, desk.mallory)
    genuine = factory.assessment(document, "authentic", scheme="authenticity", rationale="we have the negative")
    assert desk.change(genuine, by=desk.bert) == pytest.approx(weighed, abs=1e-12)


def test_a_verdict_in_somebody_elses_name_is_never_in_the_number(desk: Desk) -> None:
    desk.source("checkers", by=desk.mallory, type="organization")
    verdict = factory.assessment(desk.claim, "False", by="checkers")
    assert desk.change(verdict) == 0.0
    (shown,) = desk.report().verdicts
    assert shown.by == "checkers"
    assert desk.ledger.record(factory.id_of(verdict)).index == shown.index
    desk.is_signed_by(verdict, desk.mallory)
