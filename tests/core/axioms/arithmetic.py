"""Axioms of the sum, its interval and its words."""

from __future__ import annotations

import math

from tests.core.axioms.cases import Case, axiom
from tests.core.axioms.headlines import expected_headline
from tests.core.axioms.random_worlds import RandomWorld


@axiom
def base_and_contributions_add_up_to_the_log_odds(case: Case) -> bool:
    """Exactly: the correctly rounded sum, in whatever order the rows stand."""
    report = case.before
    assert report.log_odds == report.base + math.fsum(row.contribution for row in report.contributions)
    for row in report.contributions:
        sign = 1 if row.side == "for" else -1
        assert row.contribution == sign * row.independence * row.weight
        assert row.weight == math.log((1 + row.factors.edge) / (1 - row.factors.edge))
    return True


@axiom
def the_number_lies_inside_its_interval_and_is_never_certain(case: Case) -> bool:
    for report in (case.before, case.after(case.world(), base_rate=case.chance.choice([1e-300, 1e-9, 0.3, 1 - 1e-9]))):
        low, high = report.interval
        assert 0 < low <= report.probability <= high < 1
    return True


@axiom
def no_evidence_gives_the_widest_interval_there_is(case: Case) -> bool:
    """From .01 to .99 where nothing has weight; where something has, never wider."""
    low, high = case.before.interval
    assert high - low <= 0.98 + 1e-12
    if not case.counting:
        assert (round(low, 12), round(high, 12), case.before.probability) == (0.01, 0.99, 0.5)
        assert case.before.confidence == "low"
    return True


@axiom
def a_base_rate_moves_the_number_and_never_the_words(case: Case) -> bool:
    rate = case.chance.choice([0.001, 0.2, 0.5, 0.9])
    based, before = case.after(case.world(), base_rate=rate), case.before
    assert math.isclose(based.base, math.log(rate / (1 - rate)), abs_tol=1e-12)
    assert math.isclose(based.log_odds, before.log_odds + based.base, abs_tol=1e-12)
    assert (based.headline, based.words, based.confidence) == (before.headline, before.words, before.confidence)
    return True


@axiom
def exactly_one_headline_holds(case: Case) -> bool:
    """The headline of every report is what the list of eleven conditions says of the report's own numbers."""
    report = case.before
    found = expected_headline(report, anything=_shows_anything(case), named=_named_sides(case))
    assert report.headline == found, f"found {report.headline}, wanted {found}"
    return True


def _shows_anything(case: Case) -> bool:
    """Whether the report shows anything that was said: nobody is told "not enough" without seeing of what."""
    report = case.before
    return bool(report.contributions or report.no_weight or report.set_aside or report.withdrawn or report.reports)


def _named_sides(case: Case) -> set[str]:
    """The sides on which an origin with weight has a name."""
    world: RandomWorld = case.made
    found = set()
    for row in case.before.contributions:
        anonymous = row.statement is not None and world.of(row.statement).anonymity == "anonymous"
        of_document = row.chain[0].statement is None
        if row.weight > 0 and row.chain[0].source not in world.unnamed and (of_document or not anonymous):
            found.add(row.side)
    return found
