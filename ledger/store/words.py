"""Words as an index takes them: no blanks inside, none overlong, each once, in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import overload

# Far beyond a word that somebody would look up; PostgreSQL takes at most 2,046 bytes for one.
LONGEST_WORD = 250
_BETWEEN_WORDS = re.compile(r"[\x00-\x20\x7f\s]+")


def words_of(terms: Iterable[str]) -> list[str]:
    """These terms as words."""
    if isinstance(terms, Words):
        return terms.split()
    return sorted({word[:LONGEST_WORD] for word in _BETWEEN_WORDS.split(" ".join(terms)) if word})


class Words(Sequence[str]):
    """Words that were made already, in one text: so they travel between processes, and into an index."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def of(cls, terms: Iterable[str]) -> Words:
        return cls(" ".join(words_of(terms)))

    def split(self) -> list[str]:
        return self.text.split(" ") if self.text else []

    def __bool__(self) -> bool:
        return bool(self.text)

    def __len__(self) -> int:
        return len(self.split())

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        return self.split()[place]
