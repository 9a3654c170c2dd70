"""Records that are allowed and make no sense, or too much of it: each has one answer, and the report says why."""

from __future__ import annotations

import itertools
import math
import time

import pytest

from ledger.errors import FormatError
from tests.core.world import World

T = "2025-01-01"


def bodies(*slugs: str, letter: str = "B") -> World:
    w = World()
    for slug in slugs:
        w.source(slug, letter, type="government_body")
    return w


def documented(w: World, slug: str, act: str = "confirms", day: str | None = T, **more: object) -> str:
    return w.says(slug, act, document=w.document(slug, day), **more)


# Relations between claims


def test_relations_that_contradict_each_other_leave_no_stance_and_the_report_says_so() -> None:
    w = bodies("gov")
    other = w.claim("the other")
    w.relate_claims(w.claim_id, "entails", other)
    w.relate_claims(other, "contradicts", w.claim_id)
    documented(w, "gov")
    report = w.report(claim=other)
    assert (report.headline, report.log_odds) == ("not_enough", 0.0)
    assert [item.reason for item in report.no_weight] == ["the relations between the claims lead to both sides"]


@pytest.mark.parametrize("relation", ["entails", "equivalent"])
def test_claims_that_lead_to_each_other_in_a_ring_are_all_supported_once(relation: str) -> None:
    w = bodies("gov")
    ring = [w.claim_id, w.claim("second"), w.claim("third")]
    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
        w.relate_claims(one, relation, other)
    for claim in ring:
        documented(w, "gov", claim=claim)
    reports = [w.report(claim=claim) for claim in ring]
    assert {report.log_odds for report in reports} == {reports[0].log_odds}
    assert [len(report.contributions) for report in reports] == [1, 1, 1]


def test_three_claims_each_equivalent_to_the_others_are_one() -> None:
    w = bodies("gov", "lab")
    claims = [w.claim_id, w.claim("second"), w.claim("third")]
    for one, other in itertools.permutations(claims, 2):
        w.relate_claims(one, "equivalent", other)
    documented(w, "gov", "asserts", claim=claims[1])
    documented(w, "lab", "denies", claim=claims[2])
    found = {(report.log_odds, report.headline, len(report.contributions)) for report in (w.report(claim=it) for it in claims)}
    assert found == {(0.0, "contested", 2)}


def test_a_claim_that_entails_its_own_contrary_through_others_keeps_what_is_said_of_itself() -> None:
    w = bodies("gov")
    middle = w.claim("in between")
    w.relate_claims(w.claim_id, "entails", middle)
    w.relate_claims(middle, "contradicts", w.claim_id)
    documented(w, "gov")
    assert [row.side for row in w.report().contributions] == ["for"]


# Much of it


def test_a_thousand_statements_of_one_source_are_one_origin() -> None:
    w = bodies("gov")
    documented(w, "gov")
    once = w.report()
    records = [entry.record for entry in w.logged]
    for number in range(1000):
        records.append(records[-1].model_copy(update={"said_at": f"2025-01-01T00:{number // 60:02}:{number % 60:02}Z"}))
    for record in records[len(w.logged) :]:
        w.add(**record.model_dump(exclude_none=True))
    began = time.perf_counter()
    report = w.report()
    assert time.perf_counter() - began < 5
    assert (report.log_odds, report.interval, len(report.contributions)) == (once.log_odds, once.interval, 1)


def test_a_chain_of_five_hundred_hops_is_walked_and_counts_for_next_to_nothing() -> None:
    w = bodies("gov")
    here = w.says("gov", "confirms", said_at=T)
    for number in range(500):
        here = w.through(w.source(f"paper-{number}", "B"), here, T)
    row = w.report().contributions[0]
    assert (row.origin, len(row.relays_collapsed)) == ("gov", 500)
    assert row.factors.fidelity == pytest.approx(0.93)  # its first reader has it from one relay
    bare = bodies("gov")
    here = bare.says("gov", "confirms", said_at=T)
    for number in range(500):
        below = bare.says(bare.source(f"paper-{number}", "B"), "reports", basis="told", said_at=T)
        bare.hop(below, here)
        here = below
    assert 0 < bare.report().contributions[0].weight < 1e-12


def test_a_joint_statement_of_fifty_is_one_row_of_the_best_and_the_first_by_name() -> None:
    names = [f"state-{number:02}" for number in range(50)]
    w = bodies(*names, letter="C")
    w.rate("state-31", "A")
    w.rate("state-17", "A")
    documented(w, "state-00", joint_with=names[1:])
    report = w.report()
    assert ([row.origin for row in report.contributions], report.independent_origins.for_) == (["state-17"], 1.0)


# Relations between sources


def test_owners_in_a_ring_are_one_voice() -> None:
    w = bodies("one", "two", "three")
    for slug, owner in (("one", "two"), ("two", "three"), ("three", "one")):
        w.relate(slug, "owned_by", owner)
        documented(w, slug)
    report = w.report()
    assert report.independent_origins.for_ == 1.0
    assert len(report.related) == 3
    assert w.report(without=["owner:one"]).headline == "no_reports"


def test_where_everybody_is_allied_each_further_ally_adds_half() -> None:
    names = [f"state-{number}" for number in range(8)]
    w = bodies(*names)
    for one, other in itertools.combinations(names, 2):
        w.relate(one, "allied_with", other)
    for slug in names:
        documented(w, slug)
    report = w.report()
    assert report.independent_origins.for_ == 1 + 7 * 0.5
    assert len(report.related) == 28


def test_sources_that_are_the_same_in_a_ring_are_one_origin() -> None:
    w = World()
    for slug, other in (("one", "two"), ("two", "three"), ("three", "one")):
        w.source(slug, "B", type="government_body", same_as=[other])
        documented(w, slug)
    assert len(w.report().contributions) == 1


# Dates


@pytest.mark.parametrize("when", ["0001", "0001-01-01", "9999", "9999-12-31", "../2025", "2025/..", "0001/9999", None])
def test_dates_at_the_ends_and_without_an_end_have_an_answer(when: str | None) -> None:
    w = bodies("gov")
    documented(w, "gov", day=when)
    assert w.report().headline == "single_origin"
    known = when is not None and (when.startswith("0001-") or when in ("0001", "../2025"))
    assert w.report("2025-12-31").headline == ("single_origin" if known else "no_reports")
    assert w.report("9999-12-31").headline == ("no_reports" if when == "2025/.." else "single_origin")


def test_a_question_about_a_day_before_everything_finds_nothing_on_record() -> None:
    w = bodies("gov")
    documented(w, "gov")
    report = w.report("1950")
    assert (report.headline, report.contributions, report.no_weight, report.summary[:9]) == ("no_reports", [], [], "0 reports")


# Figures


def claim_of(w: World, **figure: object) -> str:
    return w.claim("so many", "quantity", quantity={"unit": "soldiers", **figure})


@pytest.mark.parametrize(
    "said, side, kappa",
    [
        ({"best": 0, "hedge": "exact"}, "against", -1.0),
        ({"best": 2**53 - 1, "hedge": "exact"}, "against", -1.0),
        ({"low": 0, "hedge": "more_than"}, "against", -1.0),
        ({"high": 2**53 - 1, "hedge": "up_to"}, "against", -1.0),
        ({"low": 0, "high": 2**53 - 1, "hedge": "between"}, "for", None),
        ({"best": 1000, "hedge": "exact"}, "for", 1.0),
    ],
)
def test_figures_at_the_ends_are_compared(said: dict[str, object], side: str, kappa: float | None) -> None:
    w = bodies("gov")
    claim = claim_of(w, best=1000, hedge="about")
    documented(w, "gov", "reports", claim=claim, quantity={"unit": "soldiers", **said})
    row = w.report(claim=claim).contributions[0]
    assert (row.side, row.stance) == (side, "supports" if side == "for" else "differs")
    assert row.factors.kappa == pytest.approx(kappa) if kappa is not None else 0 < row.factors.kappa < 0.1


@pytest.mark.parametrize("figure", [{"best": 0, "hedge": "exact"}, {"best": 2**53 - 1, "hedge": "about"}])
def test_a_claim_of_nothing_or_of_very_many_is_supported_by_its_own_figure(figure: dict[str, object]) -> None:
    w = bodies("gov")
    claim = claim_of(w, **figure)
    documented(w, "gov", "reports", claim=claim, quantity={"unit": "soldiers", **figure})
    assert w.report(claim=claim).contributions[0].factors.kappa == pytest.approx(1.0)


@pytest.mark.parametrize("other", [{"unit": "shells"}, {"measure": "killed"}, {"as_of": "2023"}])
def test_figures_of_another_unit_measure_or_time_are_not_compared_and_the_report_says_so(other: dict[str, object]) -> None:
    w = bodies("gov")
    claim = claim_of(w, best=100, hedge="about", as_of="2025")
    documented(w, "gov", "reports", claim=claim, quantity={"best": 100, "hedge": "about", "unit": "soldiers", **other})
    report = w.report(claim=claim)
    assert (report.headline, report.contributions) == ("not_enough", [])
    assert [item.reason for item in report.no_weight] == ["its figure cannot be compared: another unit, measure or time"]


# Questions


def test_leaving_out_a_country_that_is_everybody_leaves_no_report_and_says_what_was_left_out() -> None:
    w = World()
    for slug in ("one", "two"):
        w.source(slug, "B", type="government_body", country="KR")
        documented(w, slug)
    report = w.report(without=["country:KR"])
    assert (report.headline, report.set_aside, report.without) == ("no_reports", [], ["country:KR"])


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 2.0, math.nan, math.inf])
def test_a_base_rate_that_leaves_nothing_to_find_out_is_refused(rate: float) -> None:
    with pytest.raises(FormatError, match="between 0 and 1"):
        World().report(base_rate=rate)


@pytest.mark.parametrize("rate", [5e-324, 1e-300, 1 - 2**-53])
def test_a_base_rate_near_the_ends_still_gives_no_certainty(rate: float) -> None:
    w = bodies("gov")
    documented(w, "gov")
    report = w.report(base_rate=rate)
    assert 0 < report.interval[0] <= report.probability <= report.interval[1] < 1
    assert report.headline == "single_origin"
