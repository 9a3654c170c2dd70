"""Which texts are nearly the same: their shingles, an index that proposes pairs of them, and the exact comparison that decides.

A shingle is a run of words, or of letters where the script is Han, Hangul or Kana. What the index proposes is always compared
exactly, and it leaves out no pair that is alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from math import ceil

from ledger.core.search import runs

WORDS, LETTERS = 3, 4
"""The length of a shingle. Shorter ones are shared by all who write about one event; longer ones break at every edit."""
LEAST_WORDS, LEAST_LETTERS = 10, 20
"""Shorter texts are not compared: two people can find the same eight words ("we firmly deny these groundless rumours")."""
ALIKE = 0.5
"""Share of all their shingles that two texts have in common. It stands a change of one word in eight."""
WITHIN = 0.8
"""Share of the shorter text's shingles that the longer one holds: an excerpt in which one word in fourteen was changed."""
LONGEST = 3
"""An excerpt is compared with texts of at most so many times its length."""
FEW = 200
"""Up to so many texts every pair is compared; past them those pairs that the index proposes."""
_SHARED = min(WITHIN, 2 * ALIKE / (1 + ALIKE))
"""The least share of the shorter text's shingles that texts alike have in common: a Jaccard index of 0.5 asks for 2/3."""

Shingles = frozenset[str]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Shared shingles, as a share of all there are in both (Jaccard) and of those in the shorter text."""

    jaccard: float
    containment: float


def shingles_of(text: str) -> Shingles:
    """The text without case, signs and spaces, in overlapping pieces; none if it is too short to compare."""
    tokens: list[str] = []
    letters = 0
    for run, dense in runs(text):
        tokens += run if dense else [run]
        letters += len(run) if dense else 0
    by_letter = 2 * letters > len(tokens)
    width, least = (LETTERS, LEAST_LETTERS) if by_letter else (WORDS, LEAST_WORDS)
    if len(tokens) < least:
        return frozenset()
    return frozenset(" ".join(tokens[place : place + width]) for place in range(len(tokens) - width + 1))


def likeness(one: Shingles, other: Shingles) -> Likeness | None:
    """How much two texts share, if that is so much that one looks copied from the other; else None."""
    shorter, longer = sorted((len(one), len(other)))
    if not shorter:
        return None
    shared = len(one & other)
    found = Likeness(shared / (shorter + longer - shared), shared / shorter)
    excerpt = found.containment >= WITHIN and longer <= LONGEST * shorter
    return found if found.jaccard >= ALIKE or excerpt else None


def proposed(texts: Sequence[Shingles]) -> Iterator[tuple[int, int]]:
    """Pairs of places, the smaller first, that may be alike: all of them where there are few texts, else those that meet."""
    if len(texts) <= FEW:
        return combinations(range(len(texts)), 2)
    return _meeting(texts)


def _meeting(texts: Sequence[Shingles]) -> Iterator[tuple[int, int]]:
    """Prefix filtering (Chaudhuri, Ganti and Kaushik 2006): whoever shares two thirds of its shingles with a longer text shares
    one of any third of them with it, so each text stands in the index with its rarest third alone."""
    held = Counter(chain.from_iterable(texts))
    index: dict[str, list[int]] = {}
    pairs: list[tuple[int, int]] = []
    for place in sorted(range(len(texts)), key=lambda one: len(texts[one])):
        text = texts[place]
        met = {other for shingle in text for other in index.get(shingle, ()) if len(text) <= LONGEST * len(texts[other])}
        pairs += [(min(place, other), max(place, other)) for other in met]
        rarest = sorted(text, key=lambda shingle: (held[shingle], shingle))
        for shingle in rarest[: len(text) - ceil(_SHARED * len(text)) + 1]:
            index.setdefault(shingle, []).append(place)
    yield from sorted(pairs, key=lambda pair: (pair[1], pair[0]))
