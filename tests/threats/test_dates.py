"""Dates: statements and documents dated back or ahead, and asking for another state of the ledger (docs/threats.md)."""

from __future__ import annotations

import pytest

from ledger.errors import ForbiddenError, FormatError, NotFoundError
from tests import factory
from tests.threats.desk import Desk, letter_weight


def test_what_is_dated_back_never_enters_an_earlier_state_of_the_ledger(desk: Desk) -> None:
    size = desk.size()
    questions = [{}, {"until": "2025-02-01"}, {"until": "2025-04-20", "clock": "public"}]
    before = [desk.report(as_of=str(size), **one) for one in questions]
    denial = desk.word("pentagon", "denies", day="2025-01-05")
    earlier = desk.word("nis", "asserts", day="2025-01-01")
    desk.add(*denial, *earlier, factory.assessment("nis", "A", valid_from="2020"), by=desk.mallory)
    assert [desk.report(as_of=str(size), **one) for one in questions] == before


def test_what_is_dated_back_moves_views_of_the_past_and_shows_when_it_was_entered(desk: Desk) -> None:
    assert desk.report(until="2025-02-01").headline == "no_reports"
    document, said = desk.word("pentagon", "denies", day="2025-01-05")
    desk.add(document, said, by=desk.mallory)
    for clock in ("said", "public"):
        row = desk.row("pentagon", until="2025-02-01", clock=clock)
        assert (row.side, row.statement) == ("against", factory.id_of(said))
    shown = desk.ledger.record(factory.id_of(said))
    assert shown.record["document"] == factory.id_of(document)
    assert shown.logged_at > "2025-04-28"
    desk.is_signed_by(said, desk.mallory)


def test_words_dated_back_do_not_undo_later_ones_and_are_labelled(desk: Desk) -> None:
    moved = desk.change(*desk.word("pentagon", "denies", day="2025-01-05"))
    assert moved == 0.0
    report = desk.report()
    assert report.label_sources["changed_position"] == ["pentagon"]
    assert [one.said for one in report.withdrawn] == ["2025-01-05"]


def test_words_dated_ahead_count_at_once_until_they_are_corrected_but_not_for_a_date_before_theirs(desk: Desk) -> None:
    """Not stopped: later true words come before them. Asked up to today they do not count, and the page prints their date."""
    today, before = {"until": "2025-04-28"}, desk.report()
    document, said = desk.word("pentagon", "denies", day="2099-01-01")
    moved = desk.change(document, said)
    assert -before.contributions[0].weight - letter_weight("B") <= moved < 0
    assert desk.change(*desk.word("pentagon", day="2025-04-27"), by=desk.anna) == 0.0
    assert desk.row("pentagon", **today).side == "for"
    assert desk.report(**today).log_odds == pytest.approx(before.log_odds, abs=1e-12)
    shown = {one.id: (one.said, one.recorded_by) for one in desk.ledger.claim(desk.claim_id, desk.now).statements}
    assert shown[factory.id_of(said)] == ("2099-01-01", ["mallory"])
    desk.is_told(said, desk.mallory)
    desk.add(factory.correction(said, "not said yet"), by=desk.edda)
    assert desk.report().log_odds == pytest.approx(before.log_odds, abs=1e-12)


def test_an_earlier_date_of_a_document_does_not_change_what_readers_could_find_then(desk: Desk) -> None:
    """A document that says it is older is another record with another id; what stood in the first stays where it is."""
    older = factory.document("https://pentagon.example/2025-04-20/confirms/0", publisher="pentagon", published_at="2024-01-01")
    assert desk.change(older) == 0.0
    assert desk.report(until="2024-06-01", clock="public").headline == "no_reports"


def test_only_published_states_can_be_asked_for(desk: Desk) -> None:
    desk.add(*desk.word("nis", day="2025-04-21"), by=desk.mallory)
    with pytest.raises(FormatError) as caught:
        desk.report(as_of=str(desk.size() - 1))
    assert f"{desk.size()}" in (caught.value.hint or "")
    with pytest.raises(FormatError):
        desk.report(as_of=str(desk.size() + 1))
    with pytest.raises(NotFoundError):
        desk.report(as_of="2020-01-01T00:00:00Z")


def test_a_later_rating_that_claims_to_hold_since_long_ago_leaves_earlier_states_alone(desk: Desk) -> None:
    size, past = desk.size(), {"until": "2025-04-21"}
    before, weight = desk.report(as_of=str(size), **past), desk.row("pentagon", **past).weight
    rating = factory.assessment("pentagon", "E", rationale="never was", valid_from="2000")
    desk.add(rating, by=desk.mallory)
    assert desk.report(as_of=str(size), **past) == before
    assert before.log_odds - desk.report(**past).log_odds == pytest.approx(weight, abs=1e-12)
    desk.is_told(rating, desk.mallory)


def test_a_key_signs_nothing_before_it_was_enrolled(desk: Desk) -> None:
    late = factory.signer("late")
    with pytest.raises(ForbiddenError):
        desk.add(*desk.word("nis", day="2025-04-21"), by=late)
