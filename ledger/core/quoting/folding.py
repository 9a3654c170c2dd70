"""A text as quotations are compared by, with the place in the original of every letter.

Two texts that differ only in how they were set fold to the same: kinds of quotation marks and dashes, blanks and line breaks,
soft hyphens, ligatures, marks that steer the direction of writing, and accents written apart from their letters. Letters, case,
figures and all other signs stay, so that equal foldings say the same.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.core.normal import normal_form

_QUOTES = (
    "'\"`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u2039\u203a\u00ab\u00bb"
    "\u300c\u300d\u300e\u300f\uff02\uff07"
)
_DASHES = "\\-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
# Soft hyphen, zero-width blanks and joiners, tatweel, and what steers the direction of writing.
_UNSEEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u061c\u0640\u180e"
_SPELT = {"…": "...", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_TOKEN = re.compile(
    rf"(?P<plain>[^\s{_QUOTES}{_DASHES}{_UNSEEN}{''.join(_SPELT)}]+)|(?P<quote>[{_QUOTES}])|(?P<dash>[{_DASHES}])"
    rf"|(?P<blank>\s+)|(?P<unseen>[{_UNSEEN}]+)|(?P<spelt>[{''.join(_SPELT)}])"
)
_LINE_BREAK = re.compile(rf"(?<=\w)(?:[\u2010{_DASHES[:2]}]|\u00ad)[^\S\n]*\r?\n\s*(?=\w)")
# Han, Hiragana and Katakana are set without blanks: a line ends anywhere.
_WITHOUT_BLANKS = re.compile("[\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class Folded:
    """`text` is what is compared; letter `i` of it stands for the original from `starts[i]` up to `ends[i]`."""

    text: str
    starts: array[int]
    ends: array[int]
    original: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original that a part of the folded text, which is not empty, stands for."""
        return self.starts[start], self.ends[end - 1]

    def place(self, start: int) -> int:
        """The first letter of the folded text that stands at this place of the original or behind it."""
        return bisect_left(self.starts, start)


def fold(text: str, *, join: bool = True) -> Folded:
    """The text folded; words divided at the end of a line are joined, or keep the hyphen that divides them.

    FormatError where too many combining marks follow each other.
    """
    composed, places = _composed(text)
    made = _Folding(composed, _divisions(composed), join)
    made.take()
    starts, ends = made.starts, made.ends
    if places is not None:
        starts = array("L", (places[one] for one in starts))
        ends = array("L", (places[one] for one in ends))
    return Folded("".join(made.parts), starts, ends, text)


def divides_words(text: str) -> bool:
    """Whether there is a line that ends in a hyphen, which may or may not belong to the word."""
    return _LINE_BREAK.search(text) is not None


def _divisions(text: str) -> dict[int, int]:
    return {found.start(): found.end() for found in _LINE_BREAK.finditer(text)}


def _composed(text: str) -> tuple[str, array[int] | None]:
    """The text in normal form C, and for each letter and the end where it began; None where they are the same."""
    if normal_form(text) == text:
        return text, None
    parts: list[str] = []
    places = array("L")
    for start, end in _clusters(text):
        part = unicodedata.normalize("NFC", text[start:end])
        parts.append(part)
        places.extend([start] * len(part))
    places.append(len(text))
    return "".join(parts), places


def _clusters(text: str) -> Iterable[tuple[int, int]]:
    """Each letter with the marks that belong to it, a Hangul syllable with all its parts."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not _belongs_to_the_last(text[place]):
            yield start, place
            start = place


def _belongs_to_the_last(letter: str) -> bool:
    return letter >= "\u0300" and ("\u1160" <= letter <= "\u11ff" or unicodedata.category(letter)[0] == "M")


class _Folding:
    def __init__(self, text: str, divisions: dict[int, int], join: bool) -> None:
        self._text, self._divisions, self._join = text, divisions, join
        self.parts: list[str] = []
        self.starts, self.ends = array("L"), array("L")

    def take(self) -> None:
        text, begin = self._text, 0
        while begin < len(text):
            found = _TOKEN.match(text, begin)
            assert found is not None, "every letter is a token of some kind"
            begin = self._take_one(found)

    def _take_one(self, found: re.Match[str]) -> int:
        start, end = found.span()
        match found.lastgroup:
            case "plain":
                self.parts.append(found.group())
                self.starts.extend(range(start, end))
                self.ends.extend(range(start + 1, end + 1))
            case "quote":
                self._put("'", start, end)
            case "dash" | "unseen" if start in self._divisions:
                if not self._join and found.lastgroup == "dash":
                    self._put("-", start, end)
                return self._divisions[start]
            case "dash":
                self._put("-", start, end)
            case "blank":
                self._blank(found.group(), start, end)
            case "spelt":
                for letter in _SPELT[found.group()]:
                    self._put(letter, start, end)
        return end

    def _blank(self, blank: str, start: int, end: int) -> None:
        before, after = self._text[start - 1 : start], self._text[end : end + 1]
        if "\n" in blank and _WITHOUT_BLANKS.match(before) and _WITHOUT_BLANKS.match(after):
            return
        if self.parts and self.parts[-1] != " ":  # marks that are not seen may stand between two blanks
            self._put(" ", start, end)

    def _put(self, letter: str, start: int, end: int) -> None:
        self.parts.append(letter)
        self.starts.append(start)
        self.ends.append(end)
