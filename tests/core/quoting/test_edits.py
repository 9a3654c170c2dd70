"""A thousand edits of real sentences: nothing wrong is accepted, and nearly everything is found."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from ledger.core.quoting.anchoring import Anchored, Place, anchor
from tests.core.quoting.editing import EDITS, Case, cases
from tests.core.quoting.texts import sentences

COUNT, SEED = 1_000, 20_261_127


def overlap(place: Place, there: tuple[int, int]) -> float:
    common = min(place.end, there[1]) - max(place.start, there[0])
    return max(0, common) / (max(place.end, there[1]) - min(place.start, there[0]))


@pytest.fixture(scope="module")
def judged() -> dict[str, Counter[str]]:
    """Of each kind of edit how many were found how."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for case in cases(sentences(), COUNT, SEED):
        found[case.kind][judge(case, anchor(case.text, case.quoted))] += 1
    for kind, counts in found.items():
        print(f"{kind}: {dict(counts)}")
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


def test_nothing_wrong_is_accepted(judged: dict[str, Counter[str]]) -> None:
    assert sum(sum(counts.values()) for counts in judged.values()) == COUNT
    assert judged.keys() == EDITS.keys()
    assert {kind: counts["WRONG"] for kind, counts in judged.items() if counts["WRONG"]} == {}


def test_words_that_still_stand_there_are_found(judged: dict[str, Counter[str]]) -> None:
    standing = list(EDITS)[:5]
    found, all_ = sum(judged[kind]["exact"] for kind in standing), sum(judged[kind].total() for kind in standing)
    print(f"exact: {found} of {all_}")
    assert found / all_ > 0.99


def test_words_that_were_changed_are_shown_to_be_judged(judged: dict[str, Counter[str]]) -> None:
    changed = list(EDITS)[5:9]
    found, all_ = sum(judged[kind]["fuzzy, shown"] for kind in changed), sum(judged[kind].total() for kind in changed)
    print(f"fuzzy: {found} of {all_}")
    assert found / all_ > 0.97


def test_what_is_gone_is_an_orphan(judged: dict[str, Counter[str]]) -> None:
    assert judged["gone"]["orphan"] > 95
