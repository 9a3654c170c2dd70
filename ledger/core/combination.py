"""From the positions of origins to one log-odds, its interval, and the words for it (SCORING 3.7 to 3.11, headline)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ledger.core.origins import Position
from ledger.core.policies import Policy
from ledger.core.relations import Registry
from ledger.core.testimony import Testimony
from ledger.core.weights import logit, probability
from schemas.corroboration import Headline, Words

SCORED = ("event", "quantity")
NOTHING_KNOWN: Mapping[str, Row] = MappingProxyType({})


@dataclass(frozen=True)
class Row:
    """One origin in the sum: `independence` of the stronger origins of its side, and the one it depends on most."""

    position: Position
    testimony: Testimony
    independence: float
    related_to: str | None
    variance: float

    @property
    def origin(self) -> str:
        return self.position.origin

    @property
    def sign(self) -> int:
        return 1 if self.testimony.side == "+" else -1

    @property
    def contribution(self) -> float:
        return self.sign * self.independence * self.testimony.weight

    @property
    def counts(self) -> bool:
        return self.testimony.counts and self.testimony.e > 0


def rows_of(positions: Sequence[Position], registry: Registry) -> list[Row]:
    """Rows of both sides, strongest first on each."""
    rows: list[Row] = []
    for side in ("+", "-"):
        rows += independence(_carried(positions, side), registry)
    return rows


Carried = tuple[Position, Testimony]


def _carried(positions: Iterable[Position], side: str) -> list[Carried]:
    return [(position, position.best) for position in positions if position.best and position.best.side == side]


def rows_again(rows: Sequence[Row], changed: Mapping[str, Position | None], registry: Registry) -> list[Row]:
    """The rows where these origins stand otherwise, or nowhere: what `rows_of` gives for all positions. A row is as it was if
    the stronger one that it depends on most has not changed, and none on its side that has is its kin."""
    found: list[Row] = []
    for side in ("+", "-"):
        same = [row for row in rows if row.origin not in changed and row.testimony.side == side]
        new = _carried([position for position in changed.values() if position is not None], side)
        beside = [position.origin for position, _ in new]
        known = {row.origin: row for row in same if row.related_to not in changed and not _kin(row.origin, beside, registry)}
        found += independence([*((row.position, row.testimony) for row in same), *new], registry, known)
    return found


def _kin(origin: str, others: Sequence[str], registry: Registry) -> bool:
    return any(registry.rho(origin, other) > 0 for other in others)


def independence(side: Sequence[Carried], registry: Registry, known: Mapping[str, Row] = NOTHING_KNOWN) -> list[Row]:
    """On each side origins are ranked by weight, and each counts only as far as it is independent of every stronger one: the
    factor is 1 minus the largest dependence. Dependence follows recorded relations (speaks for, part of, owned by, controlled
    by, allied on this topic) through the whole registry."""
    rows: list[Row] = []
    stronger: dict[str, list[str]] = defaultdict(list)
    for position, testimony in sorted(side, key=_rank):
        origin = position.origin
        family = stronger[registry.family(origin)]
        row = known.get(origin)
        if row is None:
            most, closest = _closest(origin, family, registry)
            row = Row(position, testimony, 1.0 - most, closest, testimony.variance)
        rows.append(row)
        family.append(origin)
    return rows


def _rank(one: Carried) -> tuple[float, float, str]:
    return -one[1].weight, -one[1].variance, one[0].origin


def _closest(origin: str, stronger: Sequence[str], registry: Registry) -> tuple[float, str | None]:
    """How dependent an origin is on the stronger one that it depends on most, and which that is."""
    most, closest = 0.0, None
    for other in stronger:
        rho = registry.rho(origin, other)
        if rho > most:
            most, closest = rho, other
    return most, closest


def independent_origins(rows: Sequence[Row], side: str) -> float:
    """The number of independent origins of a side: the independence factors of its established, rated origins, added up."""
    return round(math.fsum(row.independence for row in rows if row.counts and row.testimony.side == side), 9)


def log_odds(rows: Sequence[Row], base: float) -> float:
    """Base plus the contributions of all origins: those for the claim add, those against it subtract."""
    return base + math.fsum(row.contribution for row in sorted(rows, key=lambda row: row.origin))


def interval(rows: Sequence[Row], total: float, base: float, policy: Policy) -> tuple[float, float]:
    """A 90 % interval: the variances of the weights, and one unit for what the model does not know. Without any evidence it is
    the widest there is, .01 to .99."""
    if not any(row.counts for row in rows):
        half = policy.interval_limit
        return probability(base - half, policy), probability(base + half, policy)
    variance = policy.prior_variance + math.fsum(row.independence**2 * row.variance for row in rows)
    half = min(policy.interval_z * math.sqrt(variance), policy.interval_limit)
    return probability(total - half, policy), probability(total + half, policy)


def base_log_odds(base_rate: float | None) -> float:
    return logit(base_rate) if base_rate is not None else 0.0


def words_for(p: float) -> Words:
    """Words of likelihood as ICD 203 uses them."""
    steps: list[tuple[float, Words]] = [
        (0.05, "almost no chance"),
        (0.20, "very unlikely"),
        (0.45, "unlikely"),
        (0.55, "roughly even"),
        (0.80, "likely"),
        (0.95, "very likely"),
    ]
    return next((word for limit, word in steps if p <= limit), "almost certain")


def confidence_in(limits: tuple[float, float], policy: Policy) -> str:
    """High, moderate or low, by the width of the interval."""
    width = round(limits[1] - limits[0], 9)
    if width > policy.confidence_low:
        return "low"
    return "moderate" if width > policy.confidence_moderate else "high"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the headline is decided from."""

    scored: bool
    anything: bool
    n_for: float
    n_against: float
    p: float
    low_confidence: bool
    channel_for: bool
    channel_against: bool
    named_for: bool
    named_against: bool


def headline(it: Standing, policy: Policy) -> Headline:
    """The first that holds: nothing on record; no established, rated origin; contested, with an origin on each side and a
    likelihood between .20 and .80; corroborated, with two independent origins, .80 or more, an interval that is not wide,
    more than one channel and a named origin; contradicted, its mirror; a single origin; a single channel; the mirrors of
    both; mostly for, from .50; mostly against."""
    p, low, high = round(it.p, 9), *policy.contested
    if not it.scored:
        return "not_scored"
    if not it.anything:
        return "no_reports"
    if it.n_for == 0 and it.n_against == 0:
        return "not_enough"
    if it.n_for >= 1 and it.n_against >= 1 and low < p < high:
        return "contested"
    if it.n_for >= 2 and p >= high and not it.low_confidence and not it.channel_for and it.named_for:
        return "corroborated"
    if it.n_against >= 2 and p <= low and not it.low_confidence and not it.channel_against and it.named_against:
        return "contradicted"
    if 0 < it.n_for < 2 and it.n_against == 0:
        return "single_origin"
    if it.n_for >= 2 and it.n_against == 0 and it.channel_for:
        return "single_channel"
    if 0 < it.n_against < 2 and it.n_for == 0:
        return "single_origin_against"
    if it.n_against >= 2 and it.n_for == 0 and it.channel_against:
        return "single_channel_against"
    return "mostly_for" if p >= 0.5 else "mostly_against"


@dataclass(frozen=True)
class Verdict:
    """A combination: where the score stands with these rows."""

    total: float
    probability: float
    interval: tuple[float, float]
    n_for: float
    n_against: float
    words: Words
    confidence: str
    headline: Headline


def combine(
    rows: Sequence[Row],
    base: float,
    policy: Policy,
    *,
    scored: bool,
    anything: bool,
    channels: tuple[bool, bool],
    named: tuple[bool, bool],
) -> Verdict:
    """Number, interval and words. Headline, words and confidence are always those of an even base."""
    even = log_odds(rows, 0.0)
    p, limits = probability(even, policy), interval(rows, even, 0.0, policy)
    total = log_odds(rows, base) if base else even
    confidence = confidence_in(limits, policy)
    n_for, n_against = independent_origins(rows, "+"), independent_origins(rows, "-")
    standing = Standing(
        scored, anything, n_for, n_against, p, confidence == "low", channels[0], channels[1], named[0], named[1]
    )
    return Verdict(
        total=total,
        probability=probability(total, policy) if base else p,
        interval=interval(rows, total, base, policy) if base else limits,
        n_for=n_for,
        n_against=n_against,
        words=words_for(p),
        confidence=confidence,
        headline=headline(standing, policy),
    )
