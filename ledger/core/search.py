"""Normalised terms of a text: what the store indexes, and what a question asks it for.

Text is NFKC and case-folded. Runs of Han, Hangul and Kana give their characters and overlapping pairs, since these scripts
have no blanks to go by; other words give themselves and their overlapping triples of letters, so that "troop" finds "troops".
A term holds letters, marks and digits only, never a blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby

MAX_TERMS = 4_000
_DENSE = re.compile(
    "[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
_IN_TERMS = frozenset("LMN")  # letters, marks and numbers, by the first letter of their Unicode category


def terms_of(texts: Iterable[str]) -> list[str]:
    """Every term by which these texts can be found, each once, in order; of very long texts the first 4,000."""
    found: dict[str, None] = {}
    for text in texts:
        for run, dense in runs(text):
            found.update(dict.fromkeys(_pieces_kept(run, dense)))
    return list(found)[:MAX_TERMS]


def query_terms(text: str) -> list[str]:
    """The terms that a text must all have to be an answer to this question: parts of words are enough."""
    return list(dict.fromkeys(term for run, dense in runs(text) for term in _pieces_asked(run, dense)))


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """Runs of one kind of letter, each with whether its script is one of those without blanks."""
    # Folding can take a text out of normal form, and normalising can bring capitals back: twice is enough (Unicode 3.13, D146).
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).casefold()
    for kind, letters in groupby(folded, _kind):
        if kind:
            yield "".join(letters), kind == "dense"


def _kind(letter: str) -> str:
    if _DENSE.fullmatch(letter):
        return "dense"
    return "word" if unicodedata.category(letter)[0] in _IN_TERMS else ""


def _pieces_kept(run: str, dense: bool) -> list[str]:
    if dense:
        return [*run, *_slices(run, 2)]
    return [run, *_slices(run, 3)]


def _pieces_asked(run: str, dense: bool) -> list[str]:
    width = 2 if dense else 3
    return _slices(run, width) if len(run) >= width else [run]


def _slices(run: str, width: int) -> list[str]:
    return [run[place : place + width] for place in range(len(run) - width + 1)]
