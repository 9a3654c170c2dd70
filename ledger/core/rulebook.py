"""The rules of the score in the order in which they apply: section of SCORING, parameters, and the function that is the rule.

Each function's docstring is its public explanation; a rule that is not listed here is not part of a policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from ledger.core import (
    aside,
    building,
    combination,
    figures,
    graph,
    hearing,
    origins,
    paths,
    quantities,
    ratings,
    relations,
    reporting,
    sensitivity,
    stances,
    testimony,
    weights,
)
from ledger.core.policies import policy
from schemas.corroboration import Contribution, Report
from schemas.lookups import PolicyView, Rule


@dataclass(frozen=True)
class Entry:
    """A rule. `at_work` is whether it made a difference in a report, as far as the report shows."""

    name: str
    section: str
    parameters: tuple[str, ...]
    function: Callable[..., Any]
    at_work: Callable[[Report], bool]


def _always(_: Report) -> bool:
    return True


def _never(_: Report) -> bool:
    """What no report shows of itself."""
    return False


def _any_row(test: Callable[[Contribution], bool]) -> Callable[[Report], bool]:
    return lambda report: any(test(row) for row in report.contributions)


_DEPENDENCE = ("rho", "rho_minority_owner", "minority_share", "majority_share", "rho_unnamed_same_affiliation")
RULES: tuple[Entry, ...] = (
    Entry("two_clocks", "2.1", (), hearing.moment_of, lambda report: report.until is not None),
    Entry("later", "2.2", (), graph.Span.is_later, lambda report: bool(report.withdrawn)),
    Entry("what_bears_on_a_claim", "2.3", (), stances.readings, _never),
    Entry("set_aside", "2.4", (), aside.set_aside, lambda report: bool(report.set_aside)),
    Entry("join_placeholders", "2.5", (), building.join_placeholders, _never),
    Entry("shown_documents", "2.5", (), testimony.shows_its_source, _any_row(lambda row: row.chain[0].statement is None)),
    Entry("circular_citations", "2.5", (), paths.circles, lambda report: bool(report.circular)),
    Entry("established", "2.6", (), testimony.established, _any_row(lambda row: not row.established)),
    Entry("current_stance", "2.8", (), origins.current_stance, lambda report: bool(report.withdrawn)),
    Entry("joint_signatory", "2.8", (), testimony.joint_signatory, _never),
    Entry("most_faithful_chain", "2.9", (), paths.Paths.best, _any_row(lambda row: len(row.chain) > 1)),
    Entry(
        "fidelity_of_a_relay",
        "2.9",
        ("phi_type", "phi_letter", "phi_unrated"),
        ratings.Ratings.phi,
        _any_row(lambda row: len(row.chain) > 1 and row.weight > 0),
    ),
    Entry(
        "fidelity_without_a_document",
        "2.9",
        ("phi_type",),
        ratings.Ratings.phi_alone,
        _any_row(lambda row: len(row.chain) == 1 and row.factors.fidelity < 1),
    ),
    Entry("bottlenecks", "2.9", (), origins.bottlenecks, lambda report: bool(report.bottlenecks)),
    Entry(
        "confirming_relay", "2.10", ("confirming_relay",), testimony.confirming_relay, _any_row(lambda row: row.factors.c < 1)
    ),
    Entry("reliability", "3.1", ("reliability", "strength", "assessor_too_close"), ratings.Ratings.reliability, _always),
    Entry(
        "against_interest",
        "3.2",
        ("against_interest_logit",),
        testimony.against_interest,
        _any_row(lambda row: row.factors.against_interest),
    ),
    Entry("self_serving", "3.2", ("self_serving",), testimony.self_serving, _any_row(lambda row: row.factors.self_serving)),
    Entry(
        "adjusted_reliability",
        "3.1",
        ("against_interest_logit", "unnamed_cap", "reliability_cap"),
        weights.adjusted_reliability,
        _any_row(lambda row: row.factors.against_interest or row.factors.capped),
    ),
    Entry(
        "hedge",
        "3.5",
        ("h_act", "h_certainty", "h_figure_to_event"),
        weights.hedge,
        _any_row(lambda row: row.weight > 0 and row.factors.h < 1),
    ),
    Entry("edge", "3.4", ("edge_cap",), weights.edge, _any_row(lambda row: row.weight > 0)),
    Entry("weight_of_evidence", "3.6", (), weights.weight_of_evidence, _any_row(lambda row: row.weight > 0)),
    Entry("dependence", "3.7", _DEPENDENCE, relations.Registry.rho, lambda report: bool(report.related)),
    Entry("independence", "3.8", (), combination.independence, _any_row(lambda row: row.independence < 1)),
    Entry("log_odds", "3.9", (), combination.log_odds, _always),
    Entry("independent_origins", "3.10", (), combination.independent_origins, _always),
    Entry("interval", "3.11", ("prior_variance", "interval_z", "interval_limit"), combination.interval, _always),
    Entry("variance_term", "3.11", ("strength", "against_interest_variance"), weights.variance_term, _never),
    Entry(
        "asserted_range",
        "quantities",
        ("exact_within", "about_within", "order_of_factor"),
        quantities.asserted,
        lambda report: bool(report.figures),
    ),
    Entry(
        "figure_agreement",
        "quantities",
        ("differs_at",),
        testimony.figure_agreement,
        _any_row(lambda row: row.factors.kappa != 1),
    ),
    Entry("ranges_of_figures", "quantities", (), figures.ranges_of_figures, lambda report: bool(report.figures)),
    Entry("headline", "headline", ("contested",), combination.headline, _always),
    Entry("labels", "headline", (), reporting.labels_of, lambda report: bool(report.labels)),
    Entry("confidence", "headline", ("confidence_low", "confidence_moderate"), combination.confidence_in, _always),
    Entry("words", "headline", (), combination.words_for, lambda report: report.showable),
    Entry("sensitivity", "report", (), sensitivity.sensitivity, lambda report: bool(report.sensitivity)),
)


@lru_cache(maxsize=8)
def policy_view(version: str) -> PolicyView:
    """Every parameter of the policy and every rule with its text, from the functions that apply it."""
    parameters = asdict(policy(version))
    rules = [
        Rule(
            name=entry.name,
            section=entry.section,
            text=" ".join((entry.function.__doc__ or "").split()),
            parameters={name: parameters[name] for name in entry.parameters},
        )
        for entry in RULES
    ]
    return PolicyView(version=version, parameters=parameters, rules=rules)


def rules_at_work(report: Report) -> list[str]:
    """Names of the rules that made a difference in this report."""
    return [entry.name for entry in RULES if entry.at_work(report)]
