"""OriginEM: accuracies of sources and families of sources, learned together from what they say where they disagree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from ledger.core.credibility.agreeing import Agreement, Scale, agreement, by_convention
from ledger.core.credibility.families import Pairs, alikeness, dependence, families, find_pairs, independence, shared_errors
from ledger.core.credibility.methods import GROWTH, ROUNDS
from ledger.core.credibility.table import ClaimTable, Floats, Ints

EM_ROUNDS = 8
MEAN, MEAN_WEIGHT = 0.8, 5
"""How accurate sources are taken to be before anything is known of any, and how many sources' records that is worth."""
OWN_WEIGHT = 10
"""A source with fewer contested claims than this is known less by its own record than by what sources are like here."""
SOURCE_WEIGHT = 20
"""The same for an attribute of a source, beside the source's whole record."""
LOWEST, HIGHEST = 0.02, 0.99
STRONGEST = 4.0
"""The most log odds that one voice counts: no source outweighs any number of others."""
SETTLED = 1e-4
FADING = 0.8
"""What is left of a shared convention after each round. A mistake is one only while nobody believes it: forgotten at once,
a convention that gains belief would come apart, count severally, and gain by that alone; kept for good, first errors stay."""
VARIETY = np.exp(np.linspace(np.log(0.3), np.log(100.0), 30))
"""Candidates for how varied wrong values are: small, errors repeat each other; large, hardly two err alike."""


@dataclass(frozen=True)
class Estimate:
    """`scores` of the facts; `accuracy` of the sources where they are contradicted; families by name."""

    scores: Floats
    accuracy: Floats
    families: list[list[str]]


@dataclass(frozen=True)
class _Learner:
    table: ClaimTable
    agreement: Agreement | None
    contested: Floats
    """Per claim, 1 where its item has rivals."""
    cell: Ints
    """Per claim, the number of its (source, attribute)."""
    cell_source: Ints
    conventions: tuple[ClaimTable, Pairs] | None
    """The same claims with near numbers as one, each (source, attribute) a speaker; and its pairs."""

    def supported(self, amounts: Floats) -> Floats:
        """Of each fact, what speaks for it: its own and what agrees with it."""
        return amounts if self.agreement is None else np.asarray(self.agreement.supports @ amounts)

    def believed(self, belief: Floats) -> Floats:
        """Of each fact, how likely it is that who claims it is right."""
        return belief if self.agreement is None else np.minimum(1.0, self.agreement.supports.T @ belief)


def origin_em(table: ClaimTable, scale: Scale | None = None) -> Estimate:
    """Start from PooledInvestment with copies counted once; then accuracies, families, beliefs in turn; at most 8 rounds."""
    if not table.items:
        return Estimate(np.zeros(0), np.zeros(len(table.sources)), [])
    learner = _learner(table, scale or Scale())
    pairs = find_pairs(table)
    # Copies are known before anything else is: else a crowd of them makes itself right.
    free = independence(table, pairs, alikeness(pairs, MEAN), np.zeros(len(table.claim_fact)))
    belief = _invested(learner, free)
    rho = np.zeros(len(pairs.a))
    alike = np.zeros(0 if learner.conventions is None else len(learner.conventions[1].a))
    accuracy = np.full(len(table.sources), MEAN)
    for _ in range(EM_ROUNDS):
        right = learner.believed(belief)[table.claim_fact]
        accuracy, of_claim = _accuracies(learner, right)
        weight = np.minimum(np.log(of_claim / (1 - of_claim)), STRONGEST)
        rho = dependence(pairs, of_claim, right)
        free = independence(table, pairs, rho, weight)
        if learner.conventions is not None:
            merged, kin = learner.conventions
            alike = np.maximum(FADING * alike, shared_errors(kin, of_claim, right))
            free = np.minimum(free, independence(merged, kin, alike, weight))
        before, belief = belief, _belief(learner, free, weight, belief)
        if np.abs(belief - before).max() < SETTLED:
            break
    return Estimate(_chosen(learner, belief, free), accuracy, families(table, pairs, rho))


def _learner(table: ClaimTable, scale: Scale) -> _Learner:
    item = table.fact_item[table.claim_fact]
    cells, cell = np.unique(table.claim_source * len(table.attributes) + table.item_attribute[item], return_inverse=True)
    contested = (table.rivals > 1)[item].astype(np.float64)
    cell_source = cells // len(table.attributes)
    merged = by_convention(table, scale.tolerances, cell, cell_source)
    conventions = None if merged is None else (merged, find_pairs(merged))
    return _Learner(table, agreement(table, scale), contested, cell, cell_source, conventions)


def _invested(learner: _Learner, free: Floats) -> Floats:
    """PooledInvestment, each claim counting by its independence, as probabilities."""
    table = learner.table
    credit = table.on_facts(free)
    credit = credit / np.maximum(table.of_items(credit), 1e-300)[table.fact_item]
    claims = np.maximum(table.on_sources(free), 1e-9)
    trust = np.ones(len(table.sources))
    for _ in range(ROUNDS):
        stake = free * (trust / claims)[table.claim_source]
        invested = np.maximum(learner.supported(table.on_facts(stake)), 1e-300)
        trust = table.on_sources((credit / invested)[table.claim_fact] * stake)
        trust = trust / max(trust.max(), 1e-300)
        invested = learner.supported(table.on_facts(free * (trust / claims)[table.claim_source]))
        grown = invested**GROWTH
        credit = invested * grown / np.maximum(table.of_items(grown), 1e-300)[table.fact_item]
    return credit / np.maximum(table.of_items(credit), 1e-300)[table.fact_item]


def _accuracies(learner: _Learner, right: Floats) -> tuple[Floats, Floats]:
    """Per source, and per claim for its attribute: from contested items, an attribute shrunk to its source, a source to all."""
    table, contested = learner.table, learner.contested
    hits, tries = np.bincount(learner.cell, weights=right * contested), np.bincount(learner.cell, weights=contested)
    sources = len(table.sources)
    hit, tried = (np.bincount(learner.cell_source, weights=part, minlength=sources) for part in (hits, tries))
    known = tried > 0
    mean = (MEAN_WEIGHT * MEAN + (hit[known] / tried[known]).sum()) / (MEAN_WEIGHT + known.sum())
    of_source = (OWN_WEIGHT * mean + hit) / (OWN_WEIGHT + tried)
    of_cell = (SOURCE_WEIGHT * of_source[learner.cell_source] + hits) / (SOURCE_WEIGHT + tries)
    return of_source, np.clip(of_cell, LOWEST, HIGHEST)[learner.cell]


def _belief(learner: _Learner, free: Floats, weight: Floats, belief: Floats) -> Floats:
    """How likely each fact is, from who claims it, how far each is free, and how well chance explains the rest."""
    table = learner.table
    voices = np.maximum(table.on_facts(free), 1.0)
    total = table.of_items(voices)[table.fact_item]
    voices = np.minimum(learner.supported(voices), total)
    variety = _variety(table, belief, voices, total)
    chance = -gammaln(voices) - gammaln(variety + total - voices)
    return table.softmax(learner.supported(table.on_facts(free * weight)) + chance)


def _variety(table: ClaimTable, belief: Floats, voices: Floats, total: Floats) -> Floats:
    """How varied the wrong values of each attribute are, by the likelihood of a Chinese restaurant; per fact.

    It spans what PopAccu assumes (errors are popular) and what Accu assumes (errors are spread), and lets the record say.
    """
    contested = np.flatnonzero(table.rivals[table.fact_item] > 1)
    attribute = table.item_attribute[table.fact_item]
    wrong, tables = (total - voices)[contested], (table.rivals[table.fact_item] - 1.0)[contested]
    likely = np.empty((len(VARIETY), len(table.attributes)))
    for row, variety in enumerate(VARIETY):
        chance = tables * np.log(variety) + gammaln(variety) - gammaln(variety + wrong)
        likely[row] = np.bincount(attribute[contested], weights=belief[contested] * chance, minlength=len(table.attributes))
    return np.asarray(VARIETY[np.argmax(likely, axis=0)][attribute], dtype=np.float64)


def _chosen(learner: _Learner, belief: Floats, free: Floats) -> Floats:
    """What to pick by: of near numbers, the one most likely within tolerance; then the likelier, then the more told."""
    voices = learner.table.on_facts(free)
    near = belief
    if learner.agreement is not None and learner.agreement.near is not None:
        near = np.asarray(learner.agreement.near @ belief)
    return near + 1e-6 * belief + 1e-9 * voices / max(float(voices.max()), 1.0)
