"""Unicode normal form C of texts as long as somebody likes, in time that grows with their length."""

from __future__ import annotations

import re
import unicodedata

from ledger.errors import FormatError

MAX_MARKS = 100
"""Combining marks in a row: no writing has a third of that (UAX #15 calls 30 safe for every one)."""

# Marks are no word characters; what else is none is told from them one by one.
_RUN = re.compile(r"[^\w\x00-\x7f]++")


def normal_form(text: str) -> str:
    """The text in normal form C. FormatError where too many combining marks follow each other.

    Normalizing puts these in order, in time that grows with the square of their number: 200 kB of them take ten seconds.
    """
    if not text.isascii():
        for run in _RUN.finditer(text):
            if run.end() - run.start() > MAX_MARKS:
                _refuse_marks(run.group())
    return unicodedata.normalize("NFC", text)


def _refuse_marks(run: str) -> None:
    count = 0
    for letter in run:
        count = count + 1 if _is_mark(letter) else 0
        if count > MAX_MARKS:
            raise FormatError(f"more than {MAX_MARKS} combining marks in a row")


def _is_mark(letter: str) -> bool:
    """Whether it is put in order with its neighbours: by itself, or as what it is taken apart into."""
    return unicodedata.combining(unicodedata.normalize("NFD", letter)[0]) != 0
