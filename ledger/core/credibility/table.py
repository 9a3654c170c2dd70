"""Claims as columns: who says what about which item. All is numbered by the order of names, so row order is nothing."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ClaimTable:
    """An *item* is one attribute of one object; a *fact* is one of its rival values. Facts stand by item, claims by fact."""

    sources: Sequence[str]
    objects: Sequence[str]
    attributes: Sequence[str]
    values: Sequence[str]
    item_object: Ints
    item_attribute: Ints
    fact_item: Ints
    fact_value: Ints
    first_fact: Ints
    """Of each item, where its facts begin."""
    claim_source: Ints
    claim_fact: Ints

    @property
    def items(self) -> int:
        return len(self.item_object)

    @property
    def facts(self) -> int:
        return len(self.fact_item)

    @property
    def support(self) -> Ints:
        """How many sources claim each fact."""
        return np.bincount(self.claim_fact, minlength=self.facts)

    @property
    def rivals(self) -> Ints:
        """How many facts each item has."""
        return np.diff(self.first_fact, append=self.facts)

    def value(self, fact: int) -> str:
        return self.values[int(self.fact_value[fact])]

    def of_items(self, amounts: Floats) -> Floats:
        """Sums over the facts of each item."""
        return np.asarray(np.add.reduceat(amounts, self.first_fact)) if self.items else np.zeros(0)

    def on_facts(self, amounts: Floats) -> Floats:
        """Sums over the claims of each fact."""
        return np.bincount(self.claim_fact, weights=amounts, minlength=self.facts).astype(np.float64)

    def on_sources(self, amounts: Floats) -> Floats:
        """Sums over the claims of each source."""
        return np.bincount(self.claim_source, weights=amounts, minlength=len(self.sources)).astype(np.float64)

    def softmax(self, scores: Floats) -> Floats:
        """Probabilities over the facts of each item."""
        if not self.items:
            return scores
        highest = np.maximum.reduceat(scores, self.first_fact)
        raised = np.exp(scores - highest[self.fact_item])
        return raised / self.of_items(raised)[self.fact_item]

    def best(self, scores: Floats) -> Ints:
        """The fact of each item with the highest score; a tie goes to the value that sorts first."""
        order = np.lexsort((-scores, self.fact_item))
        return order[self.first_fact]


class Names:
    """Names numbered as they come; `ordered` gives them sorted, and the new number of each."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def ordered(self) -> tuple[list[str], Ints]:
        names = sorted(self._numbers)
        renumbered = np.empty(len(names), dtype=np.int64)
        for position, name in enumerate(names):
            renumbered[self._numbers[name]] = position
        return names, renumbered


def tabulate(rows: Iterable[tuple[str, str, str, str]], *, without: Container[str] = ()) -> ClaimTable:
    """The table of (source, object, attribute, value), whatever the order of the rows.

    A source that says several things of one item counts once: with what most sources say, then with what sorts first.
    """
    from array import array

    named = [Names() for _ in range(4)]
    columns = [array("i") for _ in range(4)]
    for row in rows:
        if row[0] in without:
            continue
        for column, names, text in zip(columns, named, row, strict=True):
            column.append(names.number(text))
    ordered = [names.ordered() for names in named]
    texts = [names for names, _ in ordered]
    source, object_, attribute, value = (
        renumbered[np.frombuffer(column, dtype=np.int32)] if len(column) else np.zeros(0, dtype=np.int64)
        for column, (_, renumbered) in zip(columns, ordered, strict=True)
    )
    return _numbered(texts, source, object_ * max(1, len(texts[2])) + attribute, value)


def _numbered(texts: list[list[str]], source: Ints, pair: Ints, value: Ints) -> ClaimTable:
    pairs, item = np.unique(pair, return_inverse=True)
    fact = item * max(1, len(texts[3])) + value
    facts, fact = np.unique(fact, return_inverse=True)
    claims = np.unique(source * max(1, len(facts)) + fact)
    source, fact = np.divmod(claims, max(1, len(facts)))
    item = np.divmod(facts, max(1, len(texts[3])))[0]
    support = np.bincount(fact, minlength=len(facts))
    # The first of each (source, item) is kept.
    order = np.lexsort((fact, -support[fact], item[fact], source))
    source, fact = source[order], fact[order]
    again = (np.diff(source) == 0) & (np.diff(item[fact]) == 0)
    kept = np.concatenate(([True], ~again))[: len(fact)]
    source = source[kept]
    facts, fact = np.unique(facts[fact[kept]], return_inverse=True)
    order = np.lexsort((source, fact))
    fact_item, fact_value = np.divmod(facts, max(1, len(texts[3])))
    item_object, item_attribute = np.divmod(pairs, max(1, len(texts[2])))
    return ClaimTable(
        sources=texts[0],
        objects=texts[1],
        attributes=texts[2],
        values=texts[3],
        item_object=item_object,
        item_attribute=item_attribute,
        fact_item=fact_item,
        fact_value=fact_value,
        first_fact=np.searchsorted(fact_item, np.arange(len(pairs))),
        claim_source=source[order],
        claim_fact=fact[order],
    )
