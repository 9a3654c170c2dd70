"""Words that differ by a slip of the hand: one in a word of four letters or more, two in one of eight or more.

Each word is kept under itself and under what remains of it without one of its letters. Two words that are one slip apart (a
letter left out, put in, changed, or two changed places) share one of these. For two slips the word that was typed is also cut
twice; two that are not found so are found if the first three letters are right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from rapidfuzz.distance import OSA

SHORTEST, SHORTEST_FOR_TWO = 4, 8
LONGEST = 24
"""Longer words are rarely typed, and have many cuts."""
_DECIMAL = re.compile(r"\d")
BEGINNING = 3
SPELT = ("claim", "claim_text", "source")
"""Kinds of records whose words are looked for so: those that are found by what they are called or what they say."""


def kept_spellings(word: str) -> list[str]:
    """Under what a word is kept, itself first; nothing where no slip is looked for."""
    if not may_slip(word):
        return []
    return list(dict.fromkeys([word, *_cuts(word, 1)]))


def asked_spellings(word: str) -> list[str]:
    """What a word that may hold slips has in common with the words that were meant."""
    if not may_slip(word):
        return []
    twice = _cuts(word, 2) if slips_in(word) > 1 else ()
    return list(dict.fromkeys([word, *_cuts(word, 1), *twice]))


def may_slip(word: str) -> bool:
    """A figure is what it is; short words are all alike."""
    return SHORTEST <= len(word) <= LONGEST and _DECIMAL.search(word) is None


def slips_in(word: str) -> int:
    return (len(word) >= SHORTEST) + (len(word) >= SHORTEST_FOR_TWO)


def nearest(word: str, known: Iterable[str], limit: int) -> list[str]:
    """Of these words those that are near enough, the nearest first."""
    most = slips_in(word)
    measured = ((OSA.distance(word, one, score_cutoff=most), one) for one in set(known) - {word})
    return [one for slips, one in sorted(measured) if slips <= min(most, slips_in(one))][:limit]


def _cuts(word: str, letters: int) -> Iterator[str]:
    for places in combinations(range(len(word)), letters):
        yield "".join(letter for place, letter in enumerate(word) if place not in places)


def spelt_words(terms: Sequence[str]) -> list[str]:
    """The words among these terms in which slips are looked for."""
    return [term for term in terms if term[0].isalpha() and may_slip(term)]
