"""What a text is looked for by: little is read, and what is rare, or rarely together, is in it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.clues import ALONE, EVERYTHING, TOGETHER, WALKED, Clue, counted_terms, most_that_hold, rarity, worth_looking_at
from ledger.core.search import Expression, Term, all_of, any_of, is_held, pair_term, terms_of, whole_term

MILLION = 1_000_000


def clues(counts: Mapping[str, int]) -> list[Clue]:
    return [Clue(Term(term), claims) for term, claims in counts.items()]


def looked_at(counts: Mapping[str, int], *terms: str, total: int = MILLION) -> bool:
    wanted = worth_looking_at(clues(counts), total)
    return wanted is not None and is_held(wanted, terms)


def test_a_rare_word_is_enough() -> None:
    assert looked_at({"kursk": 3, "troops": 90_000}, "kursk")


def test_a_common_word_is_not_enough_and_two_that_rarely_meet_are() -> None:
    counts = {"korea": 4_000, "fishery": 5_000, "treaty": 6_000}
    assert not any(looked_at(counts, word) for word in counts)
    assert looked_at(counts, "korea", "fishery")
    assert looked_at(counts, "fishery", "treaty")


def test_words_that_half_of_all_claims_hold_are_not_walked_through() -> None:
    assert worth_looking_at(clues({"in": MILLION // 2, "of": MILLION // 3}), MILLION) is None


def test_what_no_claim_holds_leads_nowhere() -> None:
    assert worth_looking_at(clues({"unheard": 0}), MILLION) is None
    assert worth_looking_at([], 0) is None


@given(st.dictionaries(st.text("abcdef", min_size=2, max_size=6), st.integers(0, MILLION), max_size=40))
def test_no_more_is_read_than_was_said(counts: dict[str, int]) -> None:
    wanted = worth_looking_at(clues(counts), MILLION)

    def looks_at(*terms: str) -> bool:
        return wanted is not None and is_held(wanted, terms)

    alone = [term for term in counts if looks_at(term)]
    assert sum(counts[term] for term in alone) <= ALONE
    others = sorted(set(counts) - set(alone))
    assert max((counts[term] for term in alone), default=0) <= min(
        (counts[term] for term in others if counts[term]), default=MILLION
    )
    pairs = [pair for pair in combinations(others, 2) if looks_at(*pair)]
    walked = {term for pair in pairs for term in pair}
    assert sum(counts[term] for term in walked) <= WALKED
    assert sum(counts[one] * counts[other] / MILLION for one, other in pairs) <= TOGETHER


@pytest.mark.parametrize("total", [2, 33, 100_000])
def test_the_rarer_the_more_it_tells(total: int) -> None:
    told = [rarity(claims, total) for claims in range(total + 1)]
    assert told == sorted(told, reverse=True)
    assert told[0] == told[1] == 1 > told[-1] > 0


NAMED = any_of([Term("#q423"), all_of([Term("north"), Term("korea"), Term(pair_term(("north", False), ("korea", False)))])])


@pytest.mark.parametrize(
    "wanted,most",
    [
        (Term("north"), 10),
        (Term("unheard"), 0),
        (all_of([Term("north"), Term("korea")]), 4),
        (any_of([Term("north"), Term("korea")]), 14),
        (NAMED, 6),
        (Term(whole_term([("north", False)])), 20),
    ],
)
def test_no_more_claims_can_hold_it_than_hold_what_it_is_made_of(wanted: Expression, most: int) -> None:
    assert most_that_hold(wanted, {EVERYTHING: 20, "north": 10, "korea": 4, "#q423": 2}) == most


def test_words_figures_and_topics_are_counted_and_neighbours_and_whole_texts_are_not() -> None:
    assert counted_terms([*terms_of(["12 파병 troops"]), "#q423"]) == [EVERYTHING, "12", "파병", "troops", "#q423"]
