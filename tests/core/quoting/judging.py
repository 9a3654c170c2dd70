"""What comes of quotations in texts that were edited, held against what is true of each edit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from ledger.core.quoting.anchoring import Anchored, Place, anchor
from tests.core.quoting.editing import EDITS, Case, cases

STANDING, CHANGED = list(EDITS)[:5], list(EDITS)[5:9]
"""The kinds of edit after which the very words stand there still, and those after which other words do."""


def judged_edits(texts: Sequence[str], count: int, seed: int) -> dict[str, Counter[str]]:
    """Of each kind of edit how many quotations were found how."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for case in cases(texts, count, seed):
        found[case.kind][judge(case, anchor(case.text, case.quoted))] += 1
    return found


def judge(case: Case, found: Anchored) -> str:
    if found.accepted:
        assert found.place is not None
        right = case.there is not None and overlap(found.place, case.there) > 0.8
        return "exact" if right else "WRONG"
    if found.outcome == "orphan":
        return "orphan"
    shown = case.like is not None and any(overlap(one, case.like) > 0.6 for one in found.places)
    return f"{found.outcome}, shown" if shown else f"{found.outcome}, elsewhere"


def overlap(place: Place, there: tuple[int, int]) -> float:
    common = min(place.end, there[1]) - max(place.start, there[0])
    return max(0, common) / (max(place.end, there[1]) - min(place.start, there[0]))
