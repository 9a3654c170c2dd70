"""What is published: vote, PooledInvestment, Accu, PopAccu. Each scores every fact; the highest of an item is the answer."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from ledger.core.credibility.table import ClaimTable, Floats

ROUNDS = 20
GROWTH = 1.4
FALSE_VALUES = 100
START = 0.8
SURE = 0.99
SETTLED = 1e-5


def vote(table: ClaimTable) -> Floats:
    """The share of an item's sources that claim the fact."""
    support = table.support.astype(np.float64)
    return support / table.of_items(support)[table.fact_item]


def pooled_investment(table: ClaimTable) -> Floats:
    """Pasternack and Roth (COLING 2010): sources invest in what they claim; items pay rising returns."""
    credit = vote(table)
    claims = np.maximum(1, np.bincount(table.claim_source, minlength=len(table.sources)))
    trust = np.ones(len(table.sources))
    for _ in range(ROUNDS):
        stake = (trust / claims)[table.claim_source]
        invested = np.maximum(table.on_facts(stake), 1e-300)
        trust = table.on_sources(credit[table.claim_fact] * stake / invested[table.claim_fact])
        trust = trust / max(trust.max(initial=0.0), 1e-300)
        invested = table.on_facts((trust / claims)[table.claim_source])
        grown = invested**GROWTH
        credit = invested * grown / np.maximum(table.of_items(grown), 1e-300)[table.fact_item]
    return credit


def accu(table: ClaimTable) -> Floats:
    """Dong, Berti-Equille and Srivastava (VLDB 2009) without copying: every false value is as likely as every other."""
    return _by_accuracy(table, table.support * np.log(FALSE_VALUES))


def pop_accu(table: ClaimTable) -> Floats:
    """Dong, Saha and Srivastava (VLDB 2013): false values are as likely as they are popular."""
    support = table.support.astype(np.float64)
    others = table.of_items(support)[table.fact_item] - support
    return _by_accuracy(table, -xlogy(support, support) - xlogy(others, others))


def _by_accuracy(table: ClaimTable, prior: Floats) -> Floats:
    claims = np.maximum(1, np.bincount(table.claim_source, minlength=len(table.sources)))
    accuracy = np.full(len(table.sources), START)
    belief = vote(table)
    for _ in range(ROUNDS):
        weight = np.log(accuracy / (1 - accuracy))
        belief = table.softmax(table.on_facts(weight[table.claim_source]) + prior)
        before, accuracy = accuracy, np.clip(table.on_sources(belief[table.claim_fact]) / claims, 1 - SURE, SURE)
        if np.abs(accuracy - before).max(initial=0.0) < SETTLED:
            break
    return belief
