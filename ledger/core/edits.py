"""What became of a page's words from one visit to the next, and of the words that were quoted from it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ledger.core.quoting.anchoring import MAX_QUOTE, Quoted, anchor

_SENTENCE = re.compile(r"(?<=[.!?。！？؟।])\s+|\n+|\f")
_MOST_SENTENCES = 4_000
Fate = Literal["stands", "altered", "gone"]


@dataclass(frozen=True)
class QuoteFate:
    """`now` are the words that stand in its place, where some do."""

    quote: str
    fate: Fate
    now: str | None = None


def sentences(text: str) -> list[str]:
    """The text as a reader takes it in, blanks evened out; no more than 4,000 of them."""
    found = (" ".join(part.split()) for part in _SENTENCE.split(text))
    return [part for part in found if part][:_MOST_SENTENCES]


def differences(before: str, after: str) -> list[str]:
    """What went (`- `) and what came (`+ `), a sentence a line, in the order of the page."""
    old, new = sentences(before), sentences(after)
    lines: list[str] = []
    for change, first, last, begin, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if change != "equal":
            lines += [f"- {one}" for one in old[first:last]] + [f"+ {one}" for one in new[begin:end]]
    return lines


def fate_of(quote: str, after: str) -> QuoteFate:
    """Whether the words still stand there, as they are but for blanks. Words that are only alike are never taken for them."""
    wanted = " ".join(quote.split())
    if wanted and wanted in " ".join(after.split()):
        return QuoteFate(quote, "stands")
    found = anchor(after, Quoted(quote)) if len(quote) <= MAX_QUOTE else None
    if found is None or found.outcome == "orphan" or found.place is None:
        return QuoteFate(quote, "gone")
    now = " ".join(after[found.place.start : found.place.end].split())
    return QuoteFate(quote, "stands") if found.accepted else QuoteFate(quote, "altered", now)


def fates(quotes: Sequence[str], before: str | None, after: str) -> list[QuoteFate]:
    """What became of each quote that stood there before; what never did is nobody's change."""
    earlier = None if before is None else " ".join(before.split())
    stood = [one for one in dict.fromkeys(quotes) if earlier is None or " ".join(one.split()) in earlier]
    return [fate_of(one, after) for one in stood]
