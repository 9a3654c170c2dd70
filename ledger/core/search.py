"""Normalised terms of a text: what the store indexes, and the expressions by which it is asked for them.

Text is NFKC, case-folded and without the marks that people leave out when they type: diacritics, the dots of \u0451, Arabic
and Hebrew vowels; what nobody sees is left out too. Figures lose the marks between their thousands. Runs of Han, Hangul, Kana,
Thai, Lao, Burmese and Khmer give their characters and overlapping pairs, since these scripts have no blanks to go by; other
words give themselves, and each pair of neighbours, by which phrases are found. A whole text gives one term more, by which it is
found by itself, a name, or a link. A term never holds a blank.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

MAX_TERMS = 4_000
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
_IN_TERMS = frozenset("LMN")  # letters, marks and numbers, by the first letter of their Unicode category
# Combining diacritics; the points of Hebrew; the vowels, hamzas and the lengthening line of Arabic. Not the vowels of Indic
# scripts, without which other words remain.
_LEFT_OUT = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0640\u064b-\u065f\u0670]")
_SPELT = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ى": "ي", "ة": "ه"}
)
_THOUSANDS = re.compile(r"(?<![\w.,])[0-9]{1,3}(?:[.,'’ \u00a0\u2009\u202f][0-9]{3})+(?![\w]|[.,][0-9])")
# A soft hyphen, joiners and marks of direction, which come along with what is copied from a page. Not U+200C: it parts words.
_UNSEEN = re.compile("[\u00ad\u200b\u200d-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

# Decimal digits of any script but our own.
_DIGIT = re.compile(r"(?![0-9])\d")
_LONGEST_REMEMBERED = 40

Run = tuple[str, bool]
"""A run of letters of one kind, and whether its script is one of those without blanks."""


# What the store can be asked for


@dataclass(frozen=True, slots=True)
class Term:
    """Records that hold this term, or one that begins so."""

    word: str
    opens: bool = False


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class But:
    """What fits the one and not the other."""

    wanted: Expression
    unwanted: Expression


Expression = Term | All | AnyOf | But


def all_of(parts: Iterable[Expression]) -> Expression:
    held = tuple(dict.fromkeys(parts))
    return held[0] if len(held) == 1 else All(held)


def any_of(parts: Iterable[Expression]) -> Expression:
    held = tuple(dict.fromkeys(parts))
    return held[0] if len(held) == 1 else AnyOf(held)


def is_held(wanted: Expression, terms: Collection[str]) -> bool:
    """Whether a record with these terms is an answer: what a store does with an index."""
    match wanted:
        case Term(word, opens):
            return any(term.startswith(word) for term in terms) if opens else word in terms
        case All(parts):
            return all(is_held(part, terms) for part in parts)
        case AnyOf(parts):
            return any(is_held(part, terms) for part in parts)
        case But(yes, no):
            return is_held(yes, terms) and not is_held(no, terms)


# Texts as terms


def terms_of(texts: Iterable[str], *, whole: bool = True) -> list[str]:
    """Every term by which these texts can be found, each once, in order; of very long texts the first 4,000. `whole`: each
    by itself too."""
    found: dict[str, None] = {}
    for text in texts:
        parts = list(runs(text))
        if parts and whole:
            found[whole_term(parts)] = None
        for run, dense in parts:
            found.update(dict.fromkeys([*run, *_slices(run, 2)] if dense else [run]))
        found.update((pair_term(one, other), None) for one, other in pairwise(parts))
        # Two figures side by side may look like one with a blank between its thousands: each is found by itself too.
        found.update((part, None) for figure in _THOUSANDS.findall(text) for part in figure.split() if part != figure)
    return list(found)[:MAX_TERMS]


def query_terms(text: str) -> list[str]:
    """The terms that a text must all have to hold every word of this one."""
    return list(dict.fromkeys(term for run in runs(text) for term in run_terms(run)))


def run_terms(run: Run) -> list[str]:
    """What a text must have to hold this run: a word, or the pairs of letters of a script without blanks."""
    letters, dense = run
    return _slices(letters, 2) if dense and len(letters) > 1 else [letters]


def pair_term(one: Run, other: Run) -> str:
    """The term of two runs that stand side by side. No word begins with its first sign."""
    return f"_{one[0]}_{other[0]}"


def whole_term(parts: Sequence[Run]) -> str:
    """The term of a text, or a name, that is exactly this."""
    return "=" + hashlib.sha256(" ".join(run for run, _ in parts).encode()).hexdigest()[:24]


def topic_term(name: str) -> str:
    """The term of whatever is about a topic or a source: its QID or slug."""
    return "#" + name.lower()


def country_mark(country: str) -> str:
    """A topic that no item and no slug is: the sources of a country."""
    return f"country:{country}"


def runs(text: str) -> Iterator[Run]:
    """Runs of one kind of letter, in order."""
    # No run goes over a blank, and the same words come again and again.
    for part in folded(text).split():
        yield from _runs_of_word(part) if len(part) <= _LONGEST_REMEMBERED else _runs_in(part)


def _runs_in(folded_text: str) -> Iterator[Run]:
    for kind, letters in groupby(folded_text, _kind):
        if kind:
            yield "".join(letters), kind == "dense"


@lru_cache(maxsize=20_000)
def _runs_of_word(word: str) -> tuple[Run, ...]:
    return tuple(_runs_in(word))


def forget() -> None:
    """For who erases or withholds: no word that was seen is remembered."""
    _runs_of_word.cache_clear()


def folded(text: str) -> str:
    """The text without differences that do not matter to somebody who looks for it."""
    # Folding can take a text out of normal form, and normalising can bring capitals back: twice is enough (Unicode 3.13, D146).
    joined = join_thousands(_UNSEEN.sub("", text))
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", joined).casefold()).casefold()
    if plain.isascii():
        return plain
    bare = _LEFT_OUT.sub("", unicodedata.normalize("NFD", plain)).translate(_SPELT)
    return _DIGIT.sub(lambda found: str(unicodedata.digit(found[0])), unicodedata.normalize("NFC", bare))


def join_thousands(text: str) -> str:
    """The text with figures as one word each: `12 500` and `12,500` are `12500`."""
    return _THOUSANDS.sub(lambda found: re.sub(r"[^0-9]", "", found[0]), text)


@lru_cache(maxsize=20_000)
def _kind(letter: str) -> str:
    if _DENSE.fullmatch(letter):
        return "dense"
    return "word" if unicodedata.category(letter)[0] in _IN_TERMS else ""


def _slices(run: str, width: int) -> list[str]:
    return [run[place : place + width] for place in range(len(run) - width + 1)]
