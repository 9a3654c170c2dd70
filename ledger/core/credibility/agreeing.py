"""Values that are not rivals though they differ: numbers within a tolerance, and a general value of a more detailed one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csr_array

from ledger.core.credibility.table import ClaimTable, Floats, Ints

STEEPNESS = 3
"""How fast support falls with distance: a minute off is nearly the same time, nine of ten is hardly support."""
NEIGHBOURS = 200
"""Of numbers in a crowd, only so many on each side count as near: else a huge item would need every pair of its values."""
SAME = 1 / 3
"""Numbers nearer than this share of the tolerance are one value to two sources that count alike and round differently."""


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be from the right one: so much, or such a share of it."""

    amount: float
    relative: bool = False

    def around(self, number: float) -> float:
        return self.amount * abs(number) if self.relative else self.amount


@dataclass(frozen=True)
class Hierarchy:
    """A tree of names. A name may stand at several nodes: then it is each of them."""

    names: Sequence[str]
    parents: Sequence[int]
    """Of each node, the position of its parent; -1 of a root."""
    _nodes: dict[str, list[int]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for node, name in enumerate(self.names):
            self._nodes.setdefault(name, []).append(node)

    def path(self, name: str) -> list[str]:
        """The name and what it lies in, outwards; of a name at several nodes, level by level."""
        found: dict[str, None] = {name: None}
        level, seen = self._nodes.get(name, []), set[int]()
        while level:
            found.update((self.names[node], None) for node in level)
            seen.update(level)
            level = list(dict.fromkeys(up for node in level if (up := self.parents[node]) >= 0 and up not in seen))
        return list(found)


@dataclass(frozen=True)
class Scale:
    """What is known of the values besides their spelling."""

    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    hierarchy: Hierarchy | None = None


@dataclass(frozen=True)
class Agreement:
    """`supports[v, c]` is how far a claim of c is right if v is the truth; `near` is the part of it that is nearness."""

    supports: csr_array
    near: csr_array | None


def agreement(table: ClaimTable, scale: Scale) -> Agreement | None:
    """What supports what among the facts of each item; None where every value stands alone."""
    nearness = _near(table, scale.tolerances)
    detail = _more_detailed(table, scale.hierarchy)
    own = np.arange(table.facts)
    if not len(nearness[0]) and not len(detail[0]):
        return None
    near = _matrix(table, [(own, own, np.ones(table.facts)), nearness])
    return Agreement(_matrix(table, [(own, own, np.ones(table.facts)), nearness, detail]), near if len(nearness[0]) else None)


def _matrix(table: ClaimTable, parts: list[tuple[Ints, Ints, Floats]]) -> csr_array:
    rows, columns, amounts = (np.concatenate(column) for column in zip(*parts, strict=True))
    return csr_array((amounts, (rows, columns)), shape=(table.facts, table.facts))


def as_number(text: str) -> float:
    """The number that the text is; nan where it is none."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _measured(table: ClaimTable, tolerances: Mapping[str, Tolerance]) -> tuple[Floats, Floats]:
    """Of each contested fact on an attribute with a tolerance, its number, and how far the tolerance reaches; else nan, -1."""
    number = np.full(table.facts, np.nan)
    reach = np.full(table.facts, -1.0)
    attribute = table.item_attribute[table.fact_item]
    for name, tolerance in tolerances.items():
        if name not in table.attributes:
            continue
        facts = np.flatnonzero((attribute == table.attributes.index(name)) & (table.rivals > 1)[table.fact_item])
        number[facts] = [as_number(table.value(fact)) for fact in facts.tolist()]
        reach[facts] = [tolerance.around(value) for value in number[facts].tolist()]
    return number, reach


def by_convention(table: ClaimTable, tolerances: Mapping[str, Tolerance], cell: Ints, cell_source: Ints) -> ClaimTable | None:
    """The same claims, each (source, attribute) a speaker of its own, and near numbers one value: who counts alike agrees.

    What has no tolerance is left without rivals; None where nothing has.
    """
    number, reach = _measured(table, tolerances)
    if not np.isfinite(number).any():
        return None
    order = np.lexsort((number, table.fact_item))
    item, ordered, room = table.fact_item[order], number[order], reach[order]
    begins = np.ones(table.facts, dtype=bool)
    apart = np.diff(ordered) > SAME * np.maximum(room[1:], room[:-1])
    unlike = np.isfinite(ordered[1:]) != np.isfinite(ordered[:-1])
    begins[1:] = (item[1:] != item[:-1]) | apart | unlike
    merged = np.empty(table.facts, dtype=np.int64)
    merged[order] = np.cumsum(begins) - 1
    return replace(
        table,
        sources=[table.sources[source] for source in cell_source.tolist()],
        fact_item=item[begins],
        fact_value=table.fact_value[order][begins],
        first_fact=np.searchsorted(item[begins], np.arange(table.items)),
        claim_source=cell,
        claim_fact=merged[table.claim_fact],
    )


def _near(table: ClaimTable, tolerances: Mapping[str, Tolerance]) -> tuple[Ints, Ints, Floats]:
    """Pairs of numbers of one item within the tolerance: full support beside the number, none at the tolerance's end."""
    number, reach = _measured(table, tolerances)
    facts = np.flatnonzero(np.isfinite(number) & (reach > 0))
    facts = facts[np.lexsort((number[facts], table.fact_item[facts]))]
    found: list[tuple[Ints, Ints, Floats]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    # Sorted within their item, so once no number reaches its n-th neighbour none reaches one further on.
    for step in range(1, min(len(facts), NEIGHBOURS + 1)):
        low, high = facts[:-step], facts[step:]
        distance, room = number[high] - number[low], np.maximum(reach[low], reach[high])
        within = (table.fact_item[low] == table.fact_item[high]) & (distance < room)
        if not within.any():
            break
        share = (1 - distance[within] / room[within]) ** STEEPNESS
        found += [(low[within], high[within], share), (high[within], low[within], share)]
    rows, columns, shares = (np.concatenate(column) for column in zip(*found, strict=True))
    return rows, columns, shares


def _more_detailed(table: ClaimTable, hierarchy: Hierarchy | None) -> tuple[Ints, Ints, Floats]:
    """Pairs (detailed, general) of one item: who says the general value is right if the detailed one is."""
    pairs: list[tuple[int, int]] = []
    if hierarchy is not None:
        above = {name: frozenset(hierarchy.path(name)[1:]) for name in table.values}
        contested = np.flatnonzero(table.rivals > 1)
        for first, count in zip(table.first_fact[contested].tolist(), table.rivals[contested].tolist(), strict=True):
            names = {table.value(fact): fact for fact in range(first, first + count)}
            for name, fact in names.items():
                # Two names above each other are no levels of detail.
                pairs += [(fact, names[up]) for up in sorted(above[name] & names.keys()) if name not in above[up]]
    rows = np.array([detailed for detailed, _ in pairs], dtype=np.int64)
    return rows, np.array([general for _, general in pairs], dtype=np.int64), np.ones(len(pairs))
