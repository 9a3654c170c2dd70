"""How a figure that was said compares with the figure of a claim (SCORING section 3, quantities)."""

from __future__ import annotations

import math

from ledger.core.policies import Policy
from schemas.dates import bounds
from schemas.members import Quantity

Range = tuple[float, float]


def _widened(low: float, high: float) -> Range:
    """Half a unit on each side, on a scale of ln(1 + x), so that a single figure has a width."""
    return math.log1p(max(low, 0.0) - 0.5), math.inf if high == math.inf else math.log1p(high + 0.5)


def asserted(quantity: Quantity, policy: Policy) -> Range:
    """The range that the words of an assertion cover: more_than N is N to 2 N, about N is N give or take 15 %, and so on."""
    low, best, high = quantity.low, quantity.best, quantity.high
    match quantity.hedge:
        case "more_than":
            assert low is not None
            return _widened(low, 2 * low)
        case "at_least":
            assert low is not None
            return _widened(low, 3 * low)
        case "up_to":
            assert high is not None
            return _widened(high / 3, high)
        case "between":
            assert low is not None
            assert high is not None
            return _widened(low, high)
        case "order_of":
            assert best is not None
            return _widened(best / policy.order_of_factor, best * policy.order_of_factor)
        case hedge:
            assert best is not None
            share = policy.exact_within if hedge == "exact" else policy.about_within
            return _widened(best * (1 - share), best * (1 + share))


def claimed(quantity: Quantity, policy: Policy) -> Range:
    """The range of a claim. One with only a lower bound has no upper end; one with only an upper bound no lower end."""
    if quantity.low is not None and quantity.high is None:
        return _widened(quantity.low, math.inf)[0], math.inf
    if quantity.high is not None and quantity.low is None:
        return -math.inf, _widened(0, quantity.high)[1]
    return asserted(quantity, policy)


def comparable(said: Quantity, claim: Quantity) -> bool:
    """Same unit, same measure, and times that overlap; killed are not casualties."""
    if said.unit != claim.unit or said.measure != claim.measure:
        return False
    if said.as_of is None or claim.as_of is None:
        return True
    one, two = bounds(said.as_of), bounds(claim.as_of)
    return one[0] <= two[1] and two[0] <= one[1]


def kappa(said: Quantity, claim: Quantity, policy: Policy) -> float:
    """How far a figure agrees with the claim's figure: 1 fully, 0 not comparable, below 0 how far it differs."""
    if not comparable(said, claim):
        return 0.0
    a, q = asserted(said, policy), claimed(claim, policy)
    low, high = max(a[0], q[0]), min(a[1], q[1])
    if low > high:
        return -min(1.0, (low - high) / policy.differs_at)
    width_a, width_q = a[1] - a[0], q[1] - q[0]
    narrow = min(width_a, width_q)
    covered = (high - low) / narrow if narrow > 0 else 1.0  # figures so large that half a unit is lost in a float
    return covered if width_q == math.inf or width_a <= 0 else covered * min(1.0, width_q / width_a)
