"""Which sources are one family: they agree where truth does not explain it. Sparse: only pairs that share contested values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit, logit

from ledger.core.credibility.table import ClaimTable, Floats, Ints

SAME_ORIGIN = 0.98
"""How often two sources of one origin agree."""
PRIOR = 0.05
COMMON = 8
"""Contested items that two sources must share before anything is said of them."""
POPULAR = 0.5
"""How often two sources that err alone hit on one wrong value."""
BEST_ALONE = 0.9
"""The most agreement on contested items that two separate sources are credited with."""
SAME_KIN = 0.8
"""How much of their kin two sources of one family share: else whoever copies from two families would join them."""
NEGLIGIBLE = 0.001
"""A dependence not worth looking at."""
PLAINLY_WRONG = 0.1
"""A value less likely than this is a mistake for good: of what is still open, nobody knows yet whether it is one."""
CROWD = 500
"""A value that more sources than this claim proposes no pairs: it says little of any two, and its pairs are too many."""
_BATCH = 2_000_000


@dataclass(frozen=True)
class Pairs:
    """Pairs of sources with enough in common. `left`, `right`, `pair`: the claims in which they agree, and whose they are."""

    a: Ints
    b: Ints
    agreed: Ints
    common: Ints
    left: Ints
    right: Ints
    pair: Ints


def find_pairs(table: ClaimTable) -> Pairs:
    """The pairs that share at least 8 contested items and agree on at least half of them."""
    claims = np.flatnonzero((table.rivals > 1)[table.fact_item[table.claim_fact]])
    busy = np.bincount(table.claim_source[claims], minlength=len(table.sources)) >= COMMON
    claims = claims[busy[table.claim_source[claims]]]
    fact = table.claim_fact[claims]
    shape = (len(table.sources), table.facts)
    shared = np.bincount(fact, minlength=table.facts)
    telling = claims[(shared[fact] > 1) & (shared[fact] <= CROWD)]
    proposing = _incidence(
        table.claim_source[telling], table.claim_fact[telling], np.ones(len(telling), dtype=np.float64), shape
    )
    a, b = _proposed(proposing)
    items = _incidence(
        table.claim_source[claims], table.fact_item[fact], np.ones(len(claims)), (len(table.sources), table.items)
    )
    # Claims are numbered from one here: nought is how a sparse matrix says that there is none.
    numbered = _incidence(table.claim_source[claims], fact, claims + 1.0, shape)
    return _joined(a, b, items, numbered)


def _proposed(incidence: csr_array) -> tuple[Ints, Ints]:
    """Pairs of rows with enough ones in the same columns, in batches that bound the memory."""
    found: list[tuple[Ints, Ints]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    ends = np.cumsum(np.asarray(incidence @ incidence.sum(axis=0)))
    columns, start = csr_array(incidence.T), 0
    while start < incidence.shape[0]:
        stop = _stop(ends, start)
        both = (incidence[start:stop] @ columns).tocoo()
        likely = (both.data >= COMMON / 2) & (both.col > both.row + start)
        found.append((both.row[likely].astype(np.int64) + start, both.col[likely].astype(np.int64)))
        start = stop
    a, b = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((b, a))
    return a[order], b[order]


def _stop(ends: NDArray[Any], start: int) -> int:
    """Where a batch that begins here ends: at least one further, at most so much work on."""
    return max(start + 1, int(np.searchsorted(ends, (ends[start - 1] if start else 0) + _BATCH)))


def _incidence(rows: Ints, columns: Ints, amounts: NDArray[np.floating[Any]], shape: tuple[int, int]) -> csr_array:
    matrix = csr_array((amounts, (rows, columns)), shape=shape)
    matrix.sort_indices()
    return matrix


def _joined(a: Ints, b: Ints, items: csr_array, numbered: csr_array) -> Pairs:
    """The proposed pairs looked at whole, in batches that bound the memory."""
    sizes = np.diff(items.indptr)
    ends = np.cumsum(sizes[a] + sizes[b])
    found: list[tuple[Ints, ...]] = [tuple(np.zeros(0, np.int64) for _ in range(7))]
    start = pairs = 0
    while start < len(a):
        stop = _stop(ends, start)
        batch_a, batch_b = a[start:stop], b[start:stop]
        common = np.asarray(items[batch_a].multiply(items[batch_b]).sum(axis=1)).ravel().astype(np.int64)
        enough = common >= COMMON
        batch_a, batch_b, common = batch_a[enough], batch_b[enough], common[enough]
        left, right, pair = _agreements(numbered[batch_a], numbered[batch_b])
        agreed = np.bincount(pair, minlength=len(batch_a))
        kept = 2 * agreed >= common
        place = np.cumsum(kept) - 1 + pairs
        of_kept = kept[pair]
        found.append(
            (
                batch_a[kept],
                batch_b[kept],
                agreed[kept],
                common[kept],
                left[of_kept],
                right[of_kept],
                place[pair[of_kept]],
            )
        )
        pairs += int(kept.sum())
        start = stop
    return Pairs(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _agreements(left: csr_array, right: csr_array) -> tuple[Ints, Ints, Ints]:
    """The claims that both rows make, row by row."""
    ours, theirs = left.multiply(_ones(right)).tocoo(), right.multiply(_ones(left)).tocoo()
    first, second = np.lexsort((ours.col, ours.row)), np.lexsort((theirs.col, theirs.row))
    pair = ours.row[first].astype(np.int64)
    return ours.data[first].astype(np.int64) - 1, theirs.data[second].astype(np.int64) - 1, pair


def _ones(matrix: csr_array) -> csr_array:
    return csr_array((np.ones_like(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)


def alikeness(pairs: Pairs, accuracy: float | Floats) -> Floats:
    """Of each pair that hardly ever differs, the probability of one origin by that alone, whatever is right; else 0.

    Only for these: accurate sources agree too, but seldom without a single slip.
    """
    expected = np.minimum(np.square(accuracy) + POPULAR * np.square(1 - np.asarray(accuracy)), BEST_ALONE)
    differed = pairs.common - pairs.agreed
    evidence = pairs.agreed * np.log(SAME_ORIGIN / expected) + differed * np.log((1 - SAME_ORIGIN) / (1 - expected))
    alike = pairs.agreed >= SAME_ORIGIN * pairs.common
    return np.where(alike, expit(evidence + logit(PRIOR)), 0.0)


def dependence(pairs: Pairs, accuracy: Floats, belief: Floats) -> Floats:
    """Of each pair, the probability of one origin. `accuracy` is per claim, `belief` per claim: how likely its value is right.

    Agreement in what is right says little, since good sources agree; in what is wrong, much; disagreement speaks against.
    """
    left = np.clip(accuracy[pairs.left], 1 - SAME_ORIGIN, SAME_ORIGIN)
    right = np.clip(accuracy[pairs.right], 1 - SAME_ORIGIN, SAME_ORIGIN)
    truth = np.clip(belief[pairs.left], 0.0, 1.0)
    both, either = (left + right) / 2, POPULAR * (1 - left) * (1 - right)
    apart = truth * left * right + (1 - truth) * either
    together = SAME_ORIGIN * (truth * both + (1 - truth) * (1 - both) * POPULAR)
    agreeing = np.bincount(pairs.pair, weights=np.log(together / apart), minlength=len(pairs.a))
    expected = np.bincount(pairs.pair, weights=left * right + either, minlength=len(pairs.a)) / np.maximum(pairs.agreed, 1)
    differing = (pairs.common - pairs.agreed) * np.log((1 - SAME_ORIGIN) / (1 - np.minimum(expected, 0.97)))
    told = np.asarray(expit(agreeing + differing + logit(PRIOR)), dtype=np.float64)
    return np.maximum(told, alikeness(pairs, np.sqrt(np.clip(expected, 0.0, 1.0))))


def shared_errors(pairs: Pairs, accuracy: Floats, belief: Floats) -> Floats:
    """Of each pair, the probability of one origin by their plain mistakes alone: where one errs, does the other err alike?

    Where both are right nothing is said, so sources that agree because they are accurate stay apart, even if all is
    measured in one way; who follows another convention is wrong together, however many they are.
    """
    wrong = np.maximum(belief[pairs.left], belief[pairs.right]) < PLAINLY_WRONG
    both = np.bincount(pairs.pair, weights=wrong, minlength=len(pairs.a))
    # Speakers are (source, attribute) here: one accuracy each, so any claim of a pair tells it.
    left, right = np.full((2, len(pairs.a)), SAME_ORIGIN)
    left[pairs.pair], right[pairs.pair] = accuracy[pairs.left], accuracy[pairs.right]
    left, right = (np.clip(one, 1 - SAME_ORIGIN, SAME_ORIGIN) for one in (left, right))
    alone = POPULAR * (1 - left) * (1 - right) / (1 - left * right)
    errs = 1 - SAME_ORIGIN * (left + right) / 2
    together = (errs - (1 - SAME_ORIGIN)) / errs
    differing = (pairs.common - pairs.agreed) * np.log((1 - together) / (1 - alone))
    return np.asarray(expit(both * np.log(together / alone) + differing + logit(PRIOR)), dtype=np.float64)


def independence(table: ClaimTable, pairs: Pairs, rho: Floats, weight: Floats) -> Floats:
    """Of each claim, 1 - the largest dependence on a stronger source that claims the same; ties go to the first name."""
    # Of most pairs nothing is to be said, and there are millions of claims in which they agree.
    telling = (rho > NEGLIGIBLE)[pairs.pair]
    left, right, pair = pairs.left[telling], pairs.right[telling], pairs.pair[telling]
    same = weight[left] == weight[right]
    stronger = (weight[left] > weight[right]) | (same & (table.claim_source[left] < table.claim_source[right]))
    largest = np.zeros(len(table.claim_source))
    np.maximum.at(largest, np.where(stronger, right, left), rho[pair])
    return 1 - largest


def families(table: ClaimTable, pairs: Pairs, rho: Floats) -> list[list[str]]:
    """Sources that are more likely one than not and have mostly the same kin, joined; the largest family first."""
    sources, one = len(table.sources), rho > 0.5
    a, b = pairs.a[one], pairs.b[one]
    links = csr_array((np.ones(len(a)), (a, b)), shape=(sources, sources))
    kin = csr_array(links + links.T + eye_array(sources))
    size = np.asarray(kin.sum(axis=1)).ravel()
    shared = np.asarray((kin @ kin).multiply(links)[a, b]).ravel()
    close = shared >= SAME_KIN * np.sqrt(size[a] * size[b])
    joined = csr_array((np.ones(int(close.sum())), (a[close], b[close])), shape=(sources, sources))
    _, label = connected_components(joined, directed=False)
    members: dict[int, list[str]] = {}
    for source in np.flatnonzero(np.bincount(label)[label] > 1).tolist():
        members.setdefault(int(label[source]), []).append(table.sources[source])
    return sorted(members.values(), key=lambda family: (-len(family), family))
