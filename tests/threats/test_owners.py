"""Who belongs to whom: sock puppets, relations that part what belongs together or join rivals (docs/threats.md)."""

from __future__ import annotations

import math

import pytest

from ledger.errors import ForbiddenError, RuleError
from tests import factory
from tests.threats.desk import Desk, letter_weight

PUPPETS = 5


def puppets(desk: Desk) -> float:
    """What the outlets of one owner add when each is rated B, by somebody who does not know whose they are."""
    before = desk.report().log_odds
    for number in range(PUPPETS):
        desk.source(f"puppet-{number}", "B", by=desk.anna, type="outlet")
        desk.add(*desk.word(f"puppet-{number}", basis="witnessed"), by=desk.anna)
    return desk.report().log_odds - before


def test_outlets_whose_owner_is_on_record_weigh_as_one(desk: Desk) -> None:
    desk.source("holding", by=desk.mallory, type="organization")
    desk.source("puppet-0", "B", by=desk.anna, type="outlet")
    desk.add(factory.relation("puppet-0", "owned_by", "holding"), by=desk.bert)
    desk.add(*desk.word("puppet-0", basis="witnessed"), by=desk.anna)
    for number in range(1, PUPPETS):
        desk.source(f"puppet-{number}", "B", by=desk.anna, type="outlet")
        desk.add(factory.relation(f"puppet-{number}", "owned_by", "holding"), by=desk.bert)
        assert desk.change(*desk.word(f"puppet-{number}", basis="witnessed")) == 0.0


def test_outlets_whose_owner_nobody_recorded_count_in_full_until_somebody_does(desk: Desk) -> None:
    assert puppets(desk) == pytest.approx(PUPPETS * letter_weight("B"), abs=1e-9)
    desk.source("holding", by=desk.bert, type="organization")
    owned = [factory.relation(f"puppet-{number}", "owned_by", "holding") for number in range(PUPPETS)]
    moved = desk.change(*owned, by=desk.bert)
    assert moved == pytest.approx(-(PUPPETS - 1) * letter_weight("B"), abs=1e-9)
    assert "puppet-0 owned_by holding, puppet-1 owned_by holding" in {one.why for one in desk.report().related}
    assert desk.row("puppet-3").related_to == "puppet-0"
    desk.is_told(owned[-1], desk.bert)


def test_a_small_share_that_hides_an_owner_is_outbid_by_control_or_replaced_by_an_editor(desk: Desk) -> None:
    desk.source("holding", by=desk.mallory, type="organization")
    puppets(desk)
    hiding = [factory.relation(f"puppet-{number}", "owned_by", "holding", share=1) for number in range(PUPPETS)]
    assert desk.change(*hiding) == 0.0
    true = factory.relation("puppet-0", "owned_by", "holding", replaces=hiding[0])
    with pytest.raises(ForbiddenError, match="may replace it"):
        desk.add(true, by=desk.bert)
    control = [factory.relation(f"puppet-{number}", "controlled_by", "holding") for number in range(PUPPETS)]
    moved = desk.change(*control, by=desk.bert)
    assert moved == pytest.approx(-(PUPPETS - 1) * 0.9 * letter_weight("B"), abs=1e-9)
    desk.add(true, by=desk.edda)
    assert {one.share for one in desk.ledger.source("puppet-0").relations} == {None}


def test_a_contributor_parts_nothing_that_others_put_together(desk: Desk) -> None:
    joined = factory.relation("nis", "part_of", "pentagon")
    desk.add(joined, by=desk.anna)
    before = desk.report()
    ended = factory.relation("nis", "part_of", "pentagon", valid_to="2000", replaces=joined)
    for attempt in (
        ended,
        factory.correction(joined),
        factory.source("nis", type="person", replaces=factory.source("nis", type="government_body")),
    ):
        with pytest.raises(ForbiddenError):
            desk.add(attempt, by=desk.mallory)
    for more in ("member_of", "syndicates_from", "controlled_by", "owned_by"):
        desk.add(factory.relation("nis", more, "pentagon", **({"share": 1} if more == "owned_by" else {})), by=desk.mallory)
    assert desk.report().log_odds == before.log_odds


@pytest.mark.parametrize("how", ["owned_by", "part_of", "controlled_by", "allied_with", "same_as"])
def test_joining_two_origins_of_a_side_costs_at_most_the_weaker_and_is_told(desk: Desk, how: str) -> None:
    weaker = desk.row("nis").weight
    rho = {"controlled_by": 0.9, "allied_with": 0.5}.get(how, 1.0)
    topic = {"topic": "ukraine-war"} if how == "allied_with" else {}
    # A source of one's own that is the same as both needs nobody's leave.
    joined = (
        factory.source("alias", type="organization", same_as=["nis", "pentagon"])
        if how == "same_as"
        else factory.relation("nis", how, "pentagon", **topic)
    )
    assert desk.change(joined) == pytest.approx(-rho * weaker, abs=1e-9)
    assert {"nis", how, "pentagon"} <= set(" ".join(one.why for one in desk.report().related).replace(",", "").split())
    desk.is_told(joined, desk.mallory)


@pytest.mark.parametrize("how", ["speaks_for", "same_as"])
@pytest.mark.parametrize("a,b", [("nis", "dprk"), ("dprk", "pentagon")])
def test_making_rivals_one_origin_costs_at_most_what_both_weigh_and_is_told(desk: Desk, how: str, a: str, b: str) -> None:
    both = math.fsum(desk.row(slug).weight for slug in (a, b))
    joined = (
        factory.relation(a, how, b)
        if how == "speaks_for"
        else factory.source("alias", type="organization", same_as=sorted([a, b]))
    )
    moved = desk.change(joined)
    assert 0 < abs(moved) <= both
    report = desk.report()
    assert {a, b} <= {slug for one in report.related for slug in (one.a, one.b, *one.why.split())}
    assert {one.reason for one in report.withdrawn} == {"contrary statements, and nobody knows which came last"}
    desk.is_told(joined, desk.mallory)
    # Whoever knows better takes it back by one record, and all is as it was.
    taken_back = factory.correction(joined, "they are rivals")
    with pytest.raises(ForbiddenError):
        desk.add(taken_back, by=desk.anna)
    assert desk.change(taken_back, by=desk.edda) == pytest.approx(-moved, abs=1e-12)


def test_a_spokesman_is_squatted_until_an_editor_ends_it(desk: Desk) -> None:
    desk.source("mission", by=desk.anna)
    false = factory.relation("mission", "speaks_for", "nis")
    desk.add(false, by=desk.mallory)
    true = factory.relation("mission", "speaks_for", "dprk")
    with pytest.raises(RuleError, match="speaks for nis at that time already"):
        desk.add(true, by=desk.anna)
    desk.is_signed_by(false, desk.mallory)
    desk.add(factory.correction(false, "it does not"), by=desk.edda)
    desk.add(true, by=desk.anna)
