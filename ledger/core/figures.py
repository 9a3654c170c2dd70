"""What all figures on record come to: a weighted median and two ranges for each thing counted (SCORING, quantities)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ledger.core.combination import independence
from ledger.core.hearing import Hearing
from ledger.core.origins import Position
from ledger.core.policies import Policy
from ledger.core.quantities import Range, asserted
from ledger.core.testimony import Testimony
from ledger.core.weights import edge, hedge
from schemas.corroboration import Figure, Figures
from schemas.dates import bounds
from schemas.members import Quantity
from schemas.records import ClaimRecord, Record

HALF, MOST = (0.25, 0.75), (0.10, 0.90)


@dataclass(frozen=True, slots=True)
class _Given:
    """The latest figure of one origin for one thing."""

    position: Position
    testimony: Testimony
    quantity: Quantity


def ranges_of_figures(hearing: Hearing) -> list[Figures]:
    """All figures that were given for one thing (same unit, measure, and times that overlap) are taken together: of each origin
    its latest, over the whole range that its words cover, weighted as its word weighs when it is not compared with the claim.
    The median and the ranges that hold half and four fifths of that weight are on a logarithmic scale. If nobody who gave a
    figure carries weight, all count alike, and that is said."""
    groups: dict[tuple[str, str | None], list[_Given]] = defaultdict(list)
    for given in _given(hearing):
        groups[given.quantity.unit, given.quantity.measure].append(given)
    ordered = sorted(groups, key=lambda kind: (kind[0], kind[1] or ""))
    return [_figures(hearing, _latest(at_one_time)) for kind in ordered for at_one_time in _by_time(groups[kind])]


def _given(hearing: Hearing) -> Iterable[_Given]:
    """Each origin's latest figure of each kind, among what expresses its current stance."""
    claims = {entry.id: entry.record for entry in hearing.stands.loose["claim"]}
    for position in hearing.positions:
        latest: dict[tuple[str, str | None, str | None], _Given] = {}
        for testimony in sorted(position.standing, key=lambda t: (t.counts, t.span.last, t.said.index)):
            quantity = _quantity(testimony, claims.get(testimony.said.claim))
            if quantity is not None and not testimony.joint:
                latest[quantity.unit, quantity.measure, quantity.as_of] = _Given(position, testimony, quantity)
        yield from latest.values()


def _quantity(testimony: Testimony, claim: Record | None) -> Quantity | None:
    """The figure it names, else the one of the claim that it affirms."""
    record = testimony.said.record
    if record.polarity == "-":
        return None
    return record.quantity or (claim.quantity if isinstance(claim, ClaimRecord) else None)


def _by_time(given: Sequence[_Given]) -> list[list[_Given]]:
    """Those whose times overlap, one after another; figures that bear no time stand together."""
    timeless = [one for one in given if one.quantity.as_of is None]
    found: list[list[_Given]] = [timeless] if timeless else []
    end = None
    dated = [(bounds(one.quantity.as_of), one) for one in given if one.quantity.as_of is not None]
    for (first, last), one in sorted(dated, key=lambda item: item[0]):
        if end is None or first > end:
            found.append([])
        found[-1].append(one)
        end = last if end is None else max(end, last)
    return found


def _latest(given: Sequence[_Given]) -> list[_Given]:
    """Of each origin one: what was said last, where its figures are for times that overlap."""
    found: dict[str, _Given] = {}
    for one in sorted(given, key=lambda one: (one.testimony.counts, one.testimony.span.last, one.testimony.said.index)):
        found[one.position.origin] = one
    return list(found.values())


def _figures(hearing: Hearing, given: Sequence[_Given]) -> Figures:
    policy = hearing.court.policy
    weights = _weights(hearing, given)
    weighted = any(weights)
    parts = [(asserted(one.quantity, policy), weight if weighted else 1.0) for one, weight in zip(given, weights, strict=True)]
    total = math.fsum(weight for _, weight in parts)
    rows = [
        Figure(
            origin=one.position.origin,
            statement=one.testimony.said.id,
            quantity=one.quantity,
            low=_count(span[0]),
            high=_count(span[1]),
            share=weight / total,
        )
        for one, (span, weight) in zip(given, parts, strict=True)
    ]
    first = given[0].quantity
    return Figures(
        unit=first.unit,
        measure=first.measure,
        as_of=sorted({one.quantity.as_of for one in given if one.quantity.as_of is not None}),
        median=_count(_quantile(parts, 0.5)),
        half=(_count(_quantile(parts, HALF[0])), _count(_quantile(parts, HALF[1]))),
        most=(_count(_quantile(parts, MOST[0])), _count(_quantile(parts, MOST[1]))),
        weighted=weighted,
        figures=sorted(rows, key=lambda row: (-row.share, row.origin, row.statement)),
    )


def _weights(hearing: Hearing, given: Sequence[_Given]) -> list[float]:
    """Weight times independence of each, in the order given; two figures of one origin are told apart by their statements."""
    policy, registry = hearing.court.policy, hearing.court.registry
    alone = [(one.position, _uncompared(one.testimony, policy)) for one in given]
    rows = independence(alone, registry)
    found = {(row.origin, row.testimony.said.id): row.independence * row.testimony.weight for row in rows}
    return [found[one.position.origin, one.testimony.said.id] for one in given]


def _uncompared(testimony: Testimony, policy: Policy) -> Testimony:
    if not testimony.counts:
        return testimony.with_edge(0.0, policy)
    h = hedge(testimony.said.record, False, policy)
    e = edge(testimony.reliability, testimony.s, testimony.chain.fidelity, h, 1.0, testimony.c, policy)
    return testimony.with_edge(e, policy)


def _quantile(parts: Sequence[tuple[Range, float]], share: float) -> float:
    """Where that share of the weight lies below, each part spread evenly over its range."""
    goal = share * math.fsum(weight for _, weight in parts)
    edges = sorted({end for span, _ in parts for end in span})
    below = 0.0
    for low, high in pairwise(edges):
        within = math.fsum(
            weight * (high - low) / (span[1] - span[0])
            for span, weight in parts
            if span[0] <= low and high <= span[1] and span[1] > span[0]
        )
        if within > 0 and below + within >= goal:
            return low + (high - low) * (goal - below) / within
        below += within
    return edges[-1]


def _count(logarithm: float) -> float:
    """Back from ln(1 + x), never below nought."""
    return max(0.0, math.expm1(logarithm))
