"""The arithmetic of one origin: from a letter to a weight of evidence (SCORING section 3). Every function is one rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ledger.core.policies import Policy
from schemas.records import StatementRecord


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def logistic(x: float) -> float:
    """In the two branches that neither overflow nor lose digits."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    grown = math.exp(x)
    return grown / (1 + grown)


def probability(log_odds: float, policy: Policy) -> float:
    """Log-odds as a probability, never 0 and never 1."""
    return min(max(logistic(log_odds), policy.probability_limit), 1 - policy.probability_limit)


@dataclass(frozen=True, slots=True)
class Voice:
    """What the reliability of one statement depends on, beside its letter."""

    letter: str
    rated: bool
    against_interest: bool
    unnamed: bool


def adjusted_reliability(voice: Voice, policy: Policy) -> float:
    """Reliability R comes from the letter. Who speaks against its own interest gains ln 3 in log-odds. An unnamed or anonymous
    voice, or one that reaches us through an unnamed one, has at most .70. R is never below .5: the word of a known liar is
    worth nothing, it is not evidence for the opposite; and never above .99."""
    reliability = policy.reliability[voice.letter]
    if voice.against_interest and voice.rated:
        reliability = logistic(logit(reliability) + policy.against_interest_logit)
    if voice.unnamed:
        reliability = min(reliability, policy.unnamed_cap)
    return max(0.5, min(reliability, policy.reliability_cap))


def hedge(record: StatementRecord, across_entails: bool, policy: Policy) -> float:
    """How firmly the origin itself said it: the weaker of its speech act (confirms 1, claims .8, estimates .6, alleges .5) and
    its stated certainty (probable .75, possible .35), so that one hedge counts once. A hedge on a figure does not weaken
    the event that the figure entails."""
    if across_entails and record.hedge_on == "figure":
        return policy.h_figure_to_event
    return min(policy.h_act[record.act], policy.h_certainty[record.certainty])


def edge(reliability: float, s: float, fidelity: float, h: float, kappa: float, c: float, policy: Policy) -> float:
    """e = (2 R - 1) times .5 if self-serving, times the fidelity of the best chain, times the firmness h, times the agreement
    of the figures, times .5 for a relay that confirms what it was shown. At most .98."""
    return min((2 * reliability - 1) * s * fidelity * h * abs(kappa) * c, policy.edge_cap)


def weight_of_evidence(e: float) -> float:
    """Each origin weighs ln((1 + e) / (1 - e)) nats; weights of independent origins add up to the log-odds of the claim."""
    return math.log((1 + e) / (1 - e))


def variance_term(e: float, reliability: float, letter: str, against: bool, policy: Policy) -> float:
    """How unsure one weight is: letters rest on few cases (40 for A, 25 for B, 12 for C, 10 for D, 6 for E), and a bonus for
    speaking against one's interest is a judgement of its own."""
    if reliability <= 0.5 or e <= 0:
        return 0.0
    after = (1 + e) / 2
    slope = (e / (2 * reliability - 1)) * reliability * (1 - reliability) / (after * (1 - after))
    spread = 1 / (policy.strength[letter] * reliability * (1 - reliability))
    return slope**2 * (spread + (policy.against_interest_variance if against else 0.0))
