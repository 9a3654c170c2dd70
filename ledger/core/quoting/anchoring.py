"""A quotation found again in a text: exactly, nearly, in several places, or not at all.

Only what the text says word for word is accepted; what is merely like the quotation is shown with what differs, for a person
to judge. `start` and `end` count the characters (code points) of the text, as a W3C TextPositionSelector does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from rapidfuzz import fuzz

from ledger.core.quoting.folding import Folded, divides_words, fold
from ledger.errors import FormatError

MAX_TEXT = 4_000_000
MAX_QUOTE = 20_000
FUZZY = 0.75
"""Below it nothing in the text is like enough to be shown."""
_SHORT = 20
"""Words shorter than this say too little by themselves where what stood around them is not there."""
_CONTEXT = 64
_MOST_PLACES = 200
_MOST_SEEDS = 60
_MOST_LOOKED_AT = 12
_ALIKE = 0.05
_LIKE_CONTEXT = 0.6
_CLEARLY = 0.2
_CHANGES = 20
_LONG_WORD = 40
_LONG, _END = 600, 150
_MOST_BOUNDARIES = 40
# Scripts whose words are set apart by blanks and take no endings or beginnings of other words: there half a word is none.
_LETTER = re.compile("[0-9A-Za-z\u00aa-\u02ff\u0370-\u058f\u0590-\u07ff\u1e00-\u1fff]")

Outcome = Literal["exact", "fuzzy", "ambiguous", "orphan"]


@dataclass(frozen=True)
class Quoted:
    """A TextQuoteSelector: the words, and what stands before and after them."""

    exact: str
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Place:
    """Where something stands: a TextPositionSelector, with how like the quotation it is and how like what is around it."""

    start: int
    end: int
    score: float
    context: float | None


@dataclass(frozen=True)
class Anchored:
    """`place` is where it stands, if it is known; `places` are all that come into question. `changes` are the words that were
    quoted beside those that the text has instead."""

    outcome: Outcome
    place: Place | None
    places: tuple[Place, ...] = ()
    changes: tuple[tuple[str, str], ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the words stand there as quoted. What is fuzzy is for a person to decide."""
        return self.outcome == "exact"


def anchor(text: str, quoted: Quoted, position: tuple[int, int] | None = None) -> Anchored:
    """The quotation in the text. `position` is only for the very text that it was taken from, and tells equal words apart."""
    if len(text) > MAX_TEXT or len(quoted.exact) > MAX_QUOTE:
        raise FormatError(f"at most {MAX_TEXT} characters of text and {MAX_QUOTE} of a quotation are compared")
    if not fold(quoted.exact).text.strip():
        raise FormatError("the quotation has no words")
    ways = (True, False) if divides_words(text) or divides_words(quoted.exact) else (True,)
    looked = [(text_folded, *_words(quoted, join)) for text_folded in (fold(text, join=way) for way in ways) for join in ways]
    exact = _merged([place for one in looked for place in _exact(*one)])
    if exact:
        return _chosen(exact, quoted, position)
    found = _merged([place for one in looked[:1] for place in _fuzzy(*one)])
    return _nearest(found, text, quoted)


def _words(quoted: Quoted, join: bool) -> tuple[str, str, str]:
    exact = fold(quoted.exact, join=join).text.strip()
    return exact, fold(quoted.prefix, join=join).text, fold(quoted.suffix, join=join).text


# The very words


def _exact(text: Folded, exact: str, prefix: str, suffix: str) -> list[Place]:
    found = []
    for start in _occurrences(text.text, exact):
        end = start + len(exact)
        if _is_whole(text.text, start, end):
            found.append(Place(*text.span(start, end), 1.0, _context(text.text, start, end, prefix, suffix)))
    return found


def _occurrences(text: str, words: str) -> Iterable[int]:
    start, count = text.find(words), 0
    while start >= 0 and count < _MOST_PLACES:
        yield start
        start, count = text.find(words, start + 1), count + 1


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no word is cut in two at either end."""
    return not (_joins(text[start - 1 : start], text[start]) or _joins(text[end - 1], text[end : end + 1]))


def _joins(one: str, other: str) -> bool:
    return bool(one and other and _LETTER.match(one) and _LETTER.match(other))


def _context(text: str, start: int, end: int, prefix: str, suffix: str) -> float | None:
    """How like what stands around it is, from 0 to 1, which is just that; None where nobody said what does."""
    before, after = prefix.strip(), suffix.strip()
    if not before and not after:
        return None
    left, right = text[max(0, start - len(before) - 2) : start], text[end : end + len(after) + 2]
    if left.rstrip().endswith(before) and right.lstrip().startswith(after):
        return 1.0
    before, after = before[-_CONTEXT:], after[:_CONTEXT]
    parts = []
    if before:
        parts.append((fuzz.ratio(before, text[:start][-len(before) - 1 :].strip()[-len(before) :]) / 100, len(before)))
    if after:
        parts.append((fuzz.ratio(after, text[end : end + len(after) + 1].strip()[: len(after)]) / 100, len(after)))
    return min(0.99, sum(score * weight for score, weight in parts) / sum(weight for _, weight in parts))


def _chosen(places: Sequence[Place], quoted: Quoted, position: tuple[int, int] | None) -> Anchored:
    """The one place where the words stand; of several the one that what is around them tells apart."""
    by_context = sorted(places, key=lambda one: (-(one.context or 0.0), one.start))
    best = by_context[0]
    if len(places) == 1:
        if best.context is not None and best.context < _LIKE_CONTEXT and len(quoted.exact.strip()) < _SHORT:
            return Anchored("fuzzy", best, (best,))
        return Anchored("exact", best, (best,))
    lead = (best.context or 0.0) - (by_context[1].context or 0.0)
    just_there = best.context == 1.0 and lead > 0
    if just_there or (best.context is not None and best.context >= _LIKE_CONTEXT and lead >= _CLEARLY):
        return Anchored("exact", best, tuple(by_context))
    at = [one for one in places if position == (one.start, one.end)]
    if at:
        return Anchored("exact", at[0], tuple(by_context))
    return Anchored("ambiguous", None, tuple(by_context[:_CHANGES]))


# What is like them


def _fuzzy(text: Folded, exact: str, prefix: str, suffix: str) -> list[Place]:
    """Stretches of the text that are like the words, looked for where pieces of them stand in the same order."""
    found = []
    for start in _likely_starts(text.text, exact):
        slack = _slack(exact)
        low, high = max(0, start - slack), min(len(text.text), start + len(exact) + slack)
        window = text.text[low:high]
        if not window:
            continue
        near = _aligned(exact, window)
        if near is None:
            continue
        begin, end = _whole_words(text.text, low + near[0], low + near[1])
        if len(exact) <= _LONG:
            begin, end = _fitted(text.text, exact, (low, begin), (end, high))
        score = fuzz.ratio(exact, text.text[begin:end]) / 100
        if score >= FUZZY and end > begin:
            found.append(Place(*text.span(begin, end), round(score, 4), _context(text.text, begin, end, prefix, suffix)))
    return found


def _likely_starts(text: str, exact: str) -> list[int]:
    """Where it may begin, the likeliest first: each piece of it that is found votes for a beginning."""
    votes: dict[int, float] = {}
    step = max(8, len(exact) // 8)
    for offset, piece in _pieces(exact):
        places = list(_occurrences(text, piece))
        for place in places:
            bucket = max(0, place - offset) // step
            votes[bucket] = votes.get(bucket, 0.0) + 1 / len(places)
    both = {bucket: vote + votes.get(bucket + 1, 0.0) for bucket, vote in votes.items()}
    best = sorted(both, key=lambda bucket: (-both[bucket], bucket))[:_MOST_LOOKED_AT]
    return [bucket * step + step // 2 for bucket in best]


def _pieces(exact: str) -> list[tuple[int, str]]:
    """Words and short stretches of it, spread over the whole."""
    words = [(found.start(), found.group()) for found in re.finditer(r"\S{4,}", exact)]
    size = 8 if len(exact) >= 32 else 4
    runs = [(start, exact[start : start + size]) for start in range(0, max(1, len(exact) - size + 1), size)]
    pieces = [*words, *runs]
    every = max(1, len(pieces) // _MOST_SEEDS)
    return pieces[::every]


def _slack(exact: str) -> int:
    """By how much more or less than the words is looked at on either side."""
    return max(16, len(exact) // 3)


def _aligned(exact: str, window: str) -> tuple[int, int] | None:
    """Where in the window it lies; of very long words where their beginning and their end do, which costs less."""
    if len(exact) <= _LONG:
        found = fuzz.partial_ratio_alignment(exact, window, score_cutoff=100 * (FUZZY - 0.25))
        return None if found is None else (found.dest_start, found.dest_end)
    # As far as in a whole window; one that the text's end cuts off may be shorter than the words.
    reach = min(len(window), 2 * _slack(exact) + _END)
    first = fuzz.partial_ratio_alignment(exact[:_END], window[:reach], score_cutoff=50)
    last = fuzz.partial_ratio_alignment(exact[-_END:], window[-reach:], score_cutoff=50)
    if first is None or last is None:
        return None
    return first.dest_start, len(window) - reach + last.dest_end


def _fitted(text: str, exact: str, first: tuple[int, int], last: tuple[int, int]) -> tuple[int, int]:
    """The stretch that is likest the words: what was cut out of them is not made up for with their neighbours, and what was
    put in does not push their ends out. Each end is tried at the words around it."""
    begin, end = first[1], last[0]
    ends = [end, *_boundaries(text, begin + 1, last[1], end)]
    end = max(ends, key=lambda one: (fuzz.ratio(exact, text[begin:one]), -one))
    begins = [begin, *_boundaries(text, first[0], end - 1, begin)]
    begin = max(begins, key=lambda one: (fuzz.ratio(exact, text[one:end]), one))
    return _whole_words(text, begin, end)


def _boundaries(text: str, low: int, high: int, near: int) -> list[int]:
    """Where words begin or end, the nearest to a place."""
    found = [one.start() for one in re.finditer(r"\b", text[low:high])]
    return sorted((low + one for one in found), key=lambda one: abs(one - near))[:_MOST_BOUNDARIES]


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch with the words that it cuts, unless they are very long, and without blanks at its ends."""
    first, last = max(0, start - _LONG_WORD), min(len(text), end + _LONG_WORD)
    while first < start < len(text) and _joins(text[start - 1], text[start]):
        start -= 1
    while 0 < end < last and _joins(text[end - 1], text[end]):
        end += 1
    while start < end and text[start] == " ":
        start += 1
    while start < end and text[end - 1] == " ":
        end -= 1
    return start, end


def _nearest(found: Sequence[Place], text: str, quoted: Quoted) -> Anchored:
    if not found:
        return Anchored("orphan", None)
    ranked = sorted(found, key=lambda one: (-one.score - 0.1 * (one.context or 0.0), one.start))
    best = ranked[0]
    rivals = [one for one in ranked[1:] if one.score > best.score - _ALIKE]
    if any((best.context or 0.0) - (one.context or 0.0) < _CLEARLY for one in rivals):
        return Anchored("ambiguous", None, (best, *rivals))
    return Anchored("fuzzy", best, tuple(ranked), changes(quoted.exact, text[best.start : best.end]))


def changes(quoted: str, found: str) -> tuple[tuple[str, str], ...]:
    """The words that differ: those that were quoted, and those that stand in their place."""
    one, other = fold(quoted).text.split(), fold(found).text.split()
    steps = SequenceMatcher(None, one, other, autojunk=False).get_opcodes() if len(one) + len(other) < 4_000 else []
    differ = [(" ".join(one[a:b]), " ".join(other[c:d])) for tag, a, b, c, d in steps if tag != "equal"]
    return tuple(differ[:_CHANGES])


def _merged(places: Iterable[Place]) -> list[Place]:
    """Each stretch once, the best of those that overlap."""
    kept: list[Place] = []
    for place in sorted(places, key=lambda one: (-one.score, -(one.context or 0.0), one.start)):
        if all(place.end <= other.start or other.end <= place.start for other in kept):
            kept.append(place)
    return sorted(kept, key=lambda one: one.start)
