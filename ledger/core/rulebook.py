"""The rules of the score in the order in which they apply: section of SCORING, parameters, and the function that is the rule.

Each function's docstring is its public explanation; a rule that is not listed here is not part of a policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ledger.core import aside, building, combination, origins, quantities, ratings, testimony, weights
from ledger.core.policies import policy
from schemas.lookups import PolicyView, Rule

RULES: list[tuple[str, tuple[str, ...], Callable[..., Any]]] = [
    ("2.4", (), aside.set_aside),
    ("2.5", (), building.join_placeholders),
    ("2.6", (), testimony.established),
    ("2.8", (), origins.current_stance),
    ("2.8", (), testimony.joint_signatory),
    ("2.9", ("phi_type", "phi_letter", "phi_unrated"), ratings.Ratings.phi),
    ("2.9", ("phi_type",), ratings.Ratings.phi_alone),
    ("2.9", (), origins.bottlenecks),
    ("2.10", ("confirming_relay",), testimony.confirming_relay),
    ("3.1", ("reliability", "strength", "assessor_too_close"), ratings.Ratings.reliability),
    ("3.2", ("against_interest_logit",), testimony.against_interest),
    ("3.2", ("self_serving",), testimony.self_serving),
    ("3.1", ("against_interest_logit", "unnamed_cap", "reliability_cap"), weights.adjusted_reliability),
    ("3.5", ("h_act", "h_certainty", "h_figure_to_event"), weights.hedge),
    ("3.4", ("edge_cap",), weights.edge),
    ("3.6", (), weights.weight_of_evidence),
    (
        "3.8",
        ("rho", "rho_minority_owner", "minority_share", "majority_share", "rho_unnamed_same_affiliation"),
        combination.independence,
    ),
    ("3.9", (), combination.log_odds),
    ("3.10", (), combination.independent_origins),
    ("3.11", ("prior_variance", "interval_z", "interval_limit"), combination.interval),
    ("3.11", ("strength", "against_interest_variance"), weights.variance_term),
    ("quantities", ("exact_within", "about_within", "order_of_factor"), quantities.asserted),
    ("quantities", ("differs_at",), testimony.figure_agreement),
    ("headline", ("contested",), combination.headline),
    ("headline", ("confidence_low", "confidence_moderate"), combination.confidence_in),
    ("headline", (), combination.words_for),
]


def policy_view(version: str) -> PolicyView:
    """Every parameter of the policy and every rule with its text, from the functions that apply it."""
    parameters = asdict(policy(version))
    rules = [
        Rule(
            name=function.__name__,
            section=section,
            text=" ".join((function.__doc__ or "").split()),
            parameters={name: parameters[name] for name in names},
        )
        for section, names, function in RULES
    ]
    return PolicyView(version=version, parameters=parameters, rules=rules)
