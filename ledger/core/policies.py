"""The parameters of each scoring policy, and its rules in words for the public (SCORING, defaults of olo-1)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ledger.errors import NotFoundError


@dataclass(frozen=True)
class Policy:
    """One version of every number in the score. A published version never changes."""

    version: str
    reliability: dict[str, float]
    strength: dict[str, float]
    phi_type: dict[str, float]
    phi_letter: dict[str, float]
    phi_unrated: float
    h_act: dict[str, float]
    h_certainty: dict[str, float]
    h_figure_to_event: float
    rho: dict[str, float]
    rho_minority_owner: float
    minority_share: float
    majority_share: float
    rho_unnamed_same_affiliation: float
    against_interest_logit: float
    against_interest_variance: float
    self_serving: float
    unnamed_cap: float
    reliability_cap: float
    edge_cap: float
    confirming_relay: float
    assessor_too_close: float
    prior_variance: float
    interval_z: float
    interval_limit: float
    probability_limit: float
    differs_at: float
    exact_within: float
    about_within: float
    order_of_factor: float
    confidence_low: float
    confidence_moderate: float
    contested: tuple[float, float] = field(default=(0.20, 0.80))

    def rho_owned_by(self, share: float | None) -> float:
        """Dependence of a source on its owner, by the share in percent; no share stated means the owner."""
        if share is None or share >= self.majority_share:
            return self.rho["owned_by"]
        return self.rho_minority_owner if share >= self.minority_share else 0.0

    def rho_unnamed(self, one: str | None, other: str | None) -> float:
        """Dependence of two unnamed persons, who may be one and the same: only their affiliation speaks."""
        if one != other:
            return 0.0
        return 1.0 if one is None else self.rho_unnamed_same_affiliation


OLO_1 = Policy(
    version="olo-1",
    reliability={"A": 0.95, "B": 0.85, "C": 0.70, "D": 0.58, "E": 0.50, "F": 0.50},
    strength={"A": 40, "B": 25, "C": 12, "D": 10, "E": 6, "F": 3},
    phi_type={
        "news_agency": 0.97,
        "outlet": 0.93,
        "organization": 0.85,
        "government_body": 0.85,
        "armed_group": 0.85,
        "person": 0.85,
        "dataset": 0.80,
        "unnamed": 0.70,
        "platform_account": 0.60,
    },
    phi_letter={"A": 1.0, "B": 1.0, "C": 0.95, "D": 0.80, "E": 0.30},
    phi_unrated=0.90,
    h_act={
        "confirms": 1.0,
        "finds": 1.0,
        "asserts": 0.95,
        "announces": 0.95,
        "denies": 0.95,
        "reports": 0.95,
        "corrects": 0.95,
        "claims": 0.80,
        "estimates": 0.60,
        "alleges": 0.50,
        "warns": 0.50,
        "withdraws": 0.0,
        "dismisses": 0.0,
        "questions": 0.0,
        "declines_to_comment": 0.0,
        "did_not_respond": 0.0,
    },
    h_certainty={"certain": 1.0, "probable": 0.75, "possible": 0.35, "unstated": 1.0},
    h_figure_to_event=0.95,
    rho={"speaks_for": 1.0, "part_of": 1.0, "owned_by": 1.0, "controlled_by": 0.9, "allied_with": 0.5},
    rho_minority_owner=0.9,
    minority_share=20.0,
    majority_share=50.0,
    rho_unnamed_same_affiliation=0.8,
    against_interest_logit=math.log(3),
    against_interest_variance=0.25,
    self_serving=0.5,
    unnamed_cap=0.70,
    reliability_cap=0.99,
    edge_cap=0.98,
    confirming_relay=0.5,
    assessor_too_close=0.9,
    prior_variance=1.0,
    interval_z=1.645,
    interval_limit=math.log(99),
    probability_limit=1e-6,
    differs_at=math.log(1.5),
    exact_within=0.05,
    about_within=0.15,
    order_of_factor=3.0,
    confidence_low=0.5,
    confidence_moderate=0.25,
)
POLICIES = {OLO_1.version: OLO_1}


def policy(version: str) -> Policy:
    if version not in POLICIES:
        raise NotFoundError(f"no policy {version[:40]!r}", suggestions=sorted(POLICIES))
    return POLICIES[version]
