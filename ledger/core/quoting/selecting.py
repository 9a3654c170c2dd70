"""Selectors made: words of a text, with as much around them as tells them from every other place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.core.quoting.anchoring import Quoted
from ledger.core.quoting.folding import Folded, fold
from ledger.errors import FormatError

LEAST, MOST = 32, 1_000
"""So much stands before and after the words at least, where there is so much, and at most."""
AROUND = 500
"""So far from the words a credited name may stand."""
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Selected:
    """The words with what is around them, and where they stand. `unique` unless the text says all of it several times."""

    quoted: Quoted
    start: int
    end: int
    unique: bool


def select(text: str, start: int, end: int) -> Selected:
    """The selectors of a part of the text; prefix and suffix end at whole words, and are long enough to be unique."""
    if not 0 <= start < end <= len(text):
        raise FormatError(f"the text has no part from {start} to {end}")
    folded = fold(text)
    size = LEAST
    while True:
        low, high = _word_start(text, start - size), _word_end(text, end + size)
        prefix, suffix = text[low:start], text[end:high]
        unique = _occurs_once(folded, prefix + text[start:end] + suffix)
        if unique or size >= MOST or (low == 0 and high == len(text)):
            return Selected(Quoted(text[start:end], prefix, suffix), start, end, unique)
        size = min(2 * size, MOST)


def _occurs_once(folded: Folded, words: str) -> bool:
    wanted = fold(words).text.strip()
    first = folded.text.find(wanted)
    return folded.text.find(wanted, first + 1) < 0


def _word_start(text: str, place: int) -> int:
    """The beginning of a word near this place, not before the text's own."""
    place = max(0, place)
    limit = max(0, place - 30)
    while place > limit and _WORD.match(text[place]) and _WORD.match(text[place - 1]):
        place -= 1
    return place


def _word_end(text: str, place: int) -> int:
    place = min(len(text), place)
    limit = min(len(text), place + 30)
    while place < limit and _WORD.match(text[place]) and _WORD.match(text[place - 1]):
        place += 1
    return place


def named_near(text: str, start: int, end: int, names: Sequence[str]) -> bool:
    """Whether one of the names stands in the words or around them, in whatever case."""
    around = _plain(text[max(0, start - AROUND) : end + AROUND])
    return any(name and name in around for name in map(_plain, names))


def names_to_look_for(names: Iterable[str], credited_as: str | None = None, *, person: bool = False) -> list[str]:
    """A source's names as a text may have them: whole, without what stands in brackets, and in short: a person by the last
    word of the name, anybody else by the first that says something."""
    found = [] if credited_as is None else [credited_as]
    for name in names:
        bare = re.sub(r"\s*[(\[（].*?[)\]）]\s*", " ", name).strip()
        telling = [word for word in bare.split() if len(word) > 3 or not word.isascii()]
        found += [name, bare, *(telling[-1:] if person else telling[:1])]
    return [one for one in dict.fromkeys(found) if len(one) > 1]


def _plain(text: str) -> str:
    return f" {fold(text).text.strip()} ".casefold().replace("'", "").strip()
