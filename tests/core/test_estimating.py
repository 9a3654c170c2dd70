"""Sources of known accuracy, and whether the estimate finds it: letters near the true ones, intervals that hold them."""

from __future__ import annotations

import random

import pytest

from ledger.core.contests import Item, Word
from ledger.core.estimating import Estimation, learn
from ledger.core.suggesting import LETTERS, letter_of, suggested
from ledger.core.values import Figure, Position

CLAIM = "c"


def stance(claim: str, holds: bool) -> Position:
    group = frozenset([claim])
    return Position(group, claim, frozenset()) if holds else Position(group, None, group)


def told(accuracy: dict[str, float], items: int, voices: int, seed: int, copies: int = 0) -> list[Word]:
    """Each item is spoken on by some of the sources, each right as often as it is accurate; the first has its copies."""
    chance = random.Random(seed)
    found = []
    for number in range(items):
        item, truth = Item(f"{CLAIM}{number}", "event"), chance.random() < 0.5
        for source in chance.sample(sorted(accuracy), voices):
            said = truth if chance.random() < accuracy[source] else not truth
            names = [source, *(f"copy-{copy}" for copy in range(copies if source == min(accuracy) else 0))]
            found += [Word(name, item, stance(item.claim, said), False) for name in names]
    return found


def of(estimation: Estimation) -> dict[str, float]:
    return {one.source: one.accuracy for one in estimation.learned}


CROWDS = [(40, 120, 8, 60), (12, 60, 5, 5), (40, 400, 3, 0)]


@pytest.mark.parametrize("sources, items, voices, least", CROWDS, ids=["many voices", "few sources", "three voices an item"])
def test_suggested_letters_are_the_true_ones_or_next_to_them(sources: int, items: int, voices: int, least: int) -> None:
    """Where three speak on an item, little is settled: then few letters or none is right, and wrong ones are not."""
    near, all_ = 0, 0
    for seed in range(4):
        chance = random.Random(seed + 100)
        accuracy = {f"s{number:02}": chance.uniform(0.5, 0.98) for number in range(sources)}
        for one in learn(told(accuracy, items, voices, seed)).learned:
            letter, _ = suggested("outlet", one.settled, one.accuracy, one.interval)
            if letter is not None:
                all_ += 1
                near += abs(LETTERS.index(letter) - LETTERS.index(letter_of(accuracy[one.source]))) <= 1
    assert all_ >= least
    assert near >= 0.9 * all_ - 1


def test_four_in_five_intervals_hold_the_true_accuracy() -> None:
    held = []
    for seed in range(4):
        chance = random.Random(seed)
        accuracy = {f"s{number:02}": chance.uniform(0.5, 0.98) for number in range(40)}
        for one in learn(told(accuracy, 120, 8, seed)).learned:
            held.append(one.interval[0] <= accuracy[one.source] <= one.interval[1])
    assert sum(held) >= 0.8 * len(held)


def test_copies_of_a_bad_source_change_little_for_the_others() -> None:
    accuracy = {"a-bad": 0.3, **{f"s{number}": 0.85 for number in range(9)}}
    alone, copied = (of(learn(told(accuracy, 150, 7, 5, copies))) for copies in (0, 20))
    assert max(abs(alone[slug] - copied[slug]) for slug in accuracy) < 0.1


def test_two_who_contradict_each_other_settle_nothing() -> None:
    words = []
    for number in range(20):
        item = Item(f"{CLAIM}{number}", "event")
        words += [Word("one", item, stance(item.claim, True), False), Word("other", item, stance(item.claim, False), False)]
    for one in learn(words).learned:
        assert (one.settled, len(one.open)) == (0, 20)


def test_figures_that_are_near_bear_each_other_out() -> None:
    words = []
    for number in range(15):
        item = Item(f"{CLAIM}{number}", "figure killed people")
        said = {"a": 100, "b": 102, "c": 104, "d": 98, "far": 300 + number}
        words += [Word(slug, item, Figure(figure, figure), False) for slug, figure in said.items()]
        words.append(Word("vague", item, Figure(90, 180), False))
    found = {one.source: one for one in learn(words).learned}
    assert len(found["far"].wrong) == 15
    assert all(len(found[slug].right) == 15 for slug in ("a", "b", "c", "d", "vague"))


def test_nothing_said_is_nothing_learned() -> None:
    estimation = learn([])
    assert (estimation.items, estimation.learned, estimation.families) == (0, [], [])


def test_order_is_nothing() -> None:
    accuracy = {f"s{number}": 0.6 + number / 30 for number in range(10)}
    words = told(accuracy, 40, 6, 1)
    again = list(words)
    random.Random(3).shuffle(again)
    one, other = learn(words), learn(again)
    assert of(one) == of(other)
    assert one.families == other.families
    assert [sorted(it.right) for it in one.learned] == [sorted(it.right) for it in other.learned]
