"""Answers held against known truths: equal, equal as lists, within a tolerance, or as detailed as what was on offer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.core.credibility.agreeing import Scale, as_number
from ledger.core.credibility.table import ClaimTable, Ints

LIST_SIGN = "|"


@dataclass(frozen=True)
class Truth:
    object: str
    attribute: str
    value: str
    path: tuple[str, ...] = ()
    """The value and what it lies in, outwards, where the file says so."""


@dataclass(frozen=True)
class Judgement:
    """`accuracy` is None where nothing could be judged."""

    scored: int
    accuracy: float | None


def judge(table: ClaimTable, answers: Ints, truths: Iterable[Truth], scale: Scale) -> Judgement:
    """How many of the truths that somebody speaks to are answered rightly; `answers` is the fact chosen for each item."""
    objects = {name: number for number, name in enumerate(table.objects)}
    attributes = {name: number for number, name in enumerate(table.attributes)}
    items = {
        pair: item for item, pair in enumerate(zip(table.item_object.tolist(), table.item_attribute.tolist(), strict=True))
    }
    scored = right = 0
    for truth in truths:
        item = items.get((objects.get(truth.object, -1), attributes.get(truth.attribute, -1)))
        if item is None:
            continue
        first = int(table.first_fact[item])
        claimed = [table.value(fact) for fact in range(first, first + int(table.rivals[item]))]
        scored += 1
        right += is_right(table.value(int(answers[item])), truth, claimed, scale)
    return Judgement(scored, right / scored if scored else None)


def is_right(answer: str, truth: Truth, claimed: Sequence[str], scale: Scale) -> bool:
    """Whether the answer is the truth; with a hierarchy, whether it is the most detailed true value that anyone claims."""
    tolerance = scale.tolerances.get(truth.attribute)
    wanted = truth.value
    if scale.hierarchy is not None and tolerance is None:
        path = truth.path or tuple(scale.hierarchy.path(truth.value))
        offered = next((name for name in path if name in claimed), None)
        if offered is None:
            return False
        wanted = offered
    if answer == wanted or _listed(answer) == _listed(wanted):
        return True
    if tolerance is None:
        return False
    right = as_number(wanted)
    # False too where either is no number: nothing compares with nan.
    return abs(as_number(answer) - right) <= tolerance.around(right) * (1 + 1e-12)


def _listed(value: str) -> frozenset[str]:
    """The members of a list value, in whatever order it names them."""
    return frozenset(part.strip() for part in value.split(LIST_SIGN))
