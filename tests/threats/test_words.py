"""Words put into mouths: upstreams that never said so, hops, withdrawals, bridges between claims (docs/threats.md)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ledger.core.policies import OLO_1
from ledger.errors import ForbiddenError, RuleError
from schemas.records import Record
from tests import factory
from tests.threats.desk import Desk, letter_weight


def blog_citing(desk: Desk, upstream: str, **said: Any) -> list[Record]:
    """An outlet of one's own that says it has it from somebody, who is known by that alone."""
    desk.source("blog", by=desk.mallory, type="outlet")
    document, report = desk.word("blog", "reports", basis="told")
    members = {"act": "confirms", "basis": "own_act", "interest": "neutral"} | said
    credited = factory.statement(desk.claim, upstream, reported_by=report, **members)
    return [document, report, credited, factory.attribution(report, credited, credited_as=upstream)]


def test_an_invented_upstream_weighs_no_more_than_its_letter_through_that_channel_which_is_named(desk: Desk) -> None:
    desk.source("council", "A", by=desk.anna, type="organization")
    records = blog_citing(desk, "council")
    moved = desk.change(*records)
    phi = OLO_1.phi_type["outlet"] * OLO_1.phi_unrated
    assert moved == pytest.approx(math.log((1 + 0.9 * phi) / (1 - 0.9 * phi)), abs=1e-9)
    assert moved < letter_weight("A")
    assert [link.source for link in desk.row("council").chain] == ["council", "blog"]
    desk.is_told(records[2], desk.mallory)
    desk.is_told(records[3], desk.mallory)
    hops = {hop.record_id for hop in desk.ledger.chain(desk.claim_id, desk.now).hops}
    assert factory.id_of(records[3]) in hops


@pytest.mark.parametrize("kind", ["news_agency", "outlet", "platform_account", "dataset"])
def test_an_agency_that_is_said_to_have_said_so_weighs_nothing(desk: Desk, kind: str) -> None:
    """It neither acts for itself nor says how it knows: unknown via that agency."""
    desk.source("wire", "A", by=desk.anna, type=kind)
    assert desk.change(*blog_citing(desk, "wire", act="reports", basis="told")) == 0.0
    assert desk.row("wire").reason.startswith("unknown via")


@pytest.mark.parametrize("day", ["2025-04-26", "2024-01-01/2099", "9999-12-31"])
def test_invented_words_move_at_most_what_the_origin_weighed_and_weighs(desk: Desk, day: str) -> None:
    weighed = desk.row("pentagon").weight
    said = factory.statement(
        desk.claim, "pentagon", act="denies", polarity="-", basis="own_act", interest="neutral", said_at=day
    )
    moved = desk.change(said)
    assert -weighed - letter_weight("B") <= moved <= -weighed + 1e-9
    gone = [one for one in desk.report().withdrawn if one.origin == "pentagon"]
    assert factory.id_of(desk.said["pentagon"]) in {one.statement for one in gone}
    shown = {one.id: one.said for one in desk.ledger.claim(desk.claim_id, desk.now).statements}
    assert shown[factory.id_of(said)] == day
    desk.is_told(said, desk.mallory)


def test_words_signed_by_two_sources_move_at_most_what_both_weighed(desk: Desk) -> None:
    weighed = math.fsum(desk.row(slug).weight for slug in ("pentagon", "nis"))
    document, joint = desk.word("nis", "denies", day="2025-04-26", joint_with=["pentagon"])
    moved = desk.change(document, joint)
    assert -weighed - letter_weight("B") <= moved < 0
    assert set(desk.report().label_sources["changed_position"]) == {"nis", "pentagon"}
    desk.is_told(joint, desk.mallory)


def test_a_hop_that_makes_a_relay_of_an_origin_costs_at_most_its_weight_and_is_told(desk: Desk) -> None:
    desk.source("blog", by=desk.mallory, type="platform_account")
    document, earlier = desk.word("blog", "asserts", day="2025-04-01")
    desk.add(document, earlier, by=desk.mallory)
    weighed = desk.row("nis").weight
    hop = factory.attribution(desk.said["nis"], earlier, standing="found_later")
    moved = desk.change(hop)
    assert moved == pytest.approx(-weighed, abs=1e-12)
    assert "nis" not in {row.origin for row in desk.report().contributions}
    shown = next(one for one in desk.ledger.chain(desk.claim_id, desk.now).hops if one.record_id == factory.id_of(hop))
    assert (shown.standing, shown.inferred) == ("found_later", False)
    desk.is_told(hop, desk.mallory)


def test_a_disputed_hop_is_read_both_ways(desk: Desk) -> None:
    desk.add(factory.attribution(desk.said["nis"], desk.said["pentagon"], standing="disputed"), by=desk.mallory)
    readings = [one.reading for one in desk.report().sensitivity if one.reading]
    assert len(readings) == 1


def test_a_hop_between_claims_that_nothing_joins_is_refused(desk: Desk) -> None:
    other = factory.claim("The harvest was poor")
    document, said = desk.word("nis", claim=other)
    with pytest.raises(RuleError, match="no relation between claims joins them"):
        desk.add(other, document, said, factory.attribution(desk.said["nis"], said), by=desk.mallory)


def test_an_invented_withdrawal_costs_at_most_what_was_said_and_is_labelled(desk: Desk) -> None:
    weighed = desk.row("pentagon").weight
    taken_back = factory.statement(
        desk.claim, "pentagon", act="withdraws", withdraws=desk.said["pentagon"], said_at="2025-04-25"
    )
    assert desk.change(taken_back) == pytest.approx(-weighed, abs=1e-12)
    (aside,) = desk.report().set_aside
    assert aside.reason == "withdrawn by PENTAGON itself, 2025-04-25"
    assert desk.report().label_sources["rests_on_set_aside_evidence"] == ["pentagon"]
    shown = {one.id: one.withdraws for one in desk.ledger.claim(desk.claim_id, desk.now).statements}
    assert shown[factory.id_of(taken_back)] == factory.id_of(desk.said["pentagon"])
    desk.is_told(taken_back, desk.mallory)


def test_nobody_withdraws_what_somebody_else_said(desk: Desk) -> None:
    with pytest.raises(RuleError, match="cannot take back what pentagon said"):
        desk.add(
            factory.statement(desk.claim, "nis", act="withdraws", withdraws=desk.said["pentagon"], said_at="2025-04-25"),
            by=desk.mallory,
        )


# Claims


def test_a_bridge_between_two_claims_moves_at_most_what_stands_on_the_other_and_is_told(desk: Desk) -> None:
    """A contributor relates a claim of its own to any two: what was said of one then bears on the other."""
    home = factory.claim("All troops stayed at home", about=["ukraine-war"])
    desk.source("institute", "A", by=desk.anna, type="organization")
    desk.add(home, *desk.word("institute", claim=home), by=desk.anna)
    weighed = desk.row("institute", home).weight
    bridge = factory.claim("Bridge")
    one, two = factory.claim_relation(bridge, "equivalent", desk.claim), factory.claim_relation(home, "contradicts", bridge)
    moved = desk.change(bridge, one, two)
    assert moved == pytest.approx(-weighed, abs=1e-9)
    row = desk.row("institute")
    shown = {said.id: said.claim for said in desk.ledger.claim(desk.claim_id, desk.now).statements}
    assert shown[row.statement or ""] == factory.id_of(home)
    assert factory.id_of(bridge) in {other.id for other in desk.ledger.claim(desk.claim_id, desk.now).related}
    desk.is_told(two, desk.mallory)
    assert desk.change(factory.correction(one, "not the same"), by=desk.edda) == pytest.approx(weighed, abs=1e-9)


def test_a_contributor_relates_no_two_claims_of_others(desk: Desk) -> None:
    home = factory.claim("All troops stayed at home")
    desk.add(home, by=desk.anna)
    with pytest.raises(ForbiddenError, match="relates claims of which it recorded one"):
        desk.add(factory.claim_relation(home, "contradicts", desk.claim), by=desk.mallory)


def test_a_claim_of_ones_own_that_is_replaced_by_anothers_brings_at_most_what_was_said_of_it_and_is_told(desk: Desk) -> None:
    mine = factory.claim("No troops were sent", about=["ukraine-war"])
    desk.source("institute", "A", by=desk.anna, type="organization")
    desk.add(mine, by=desk.mallory)
    desk.add(*desk.word("institute", claim=mine), by=desk.anna)
    weighed = desk.row("institute", mine).weight
    replaced = factory.correction(mine, "the same thing", replaced_by=desk.claim)
    assert desk.change(replaced) == pytest.approx(weighed, abs=1e-9)
    assert desk.ledger.corrections().corrections[0].by == ["mallory"]
    desk.is_told(replaced, desk.mallory)
    assert desk.change(factory.correction(replaced, "it is not"), by=desk.edda) == pytest.approx(-weighed, abs=1e-9)
