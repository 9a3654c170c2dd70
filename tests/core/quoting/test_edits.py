"""A thousand edits of real sentences: nothing wrong is accepted, and nearly everything is found."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.core.quoting.editing import EDITS
from tests.core.quoting.judging import CHANGED, STANDING, judged_edits
from tests.core.quoting.texts import sections, sentences

COUNT, SEED = 1_000, 20_261_127


@pytest.fixture(scope="module")
def judged() -> dict[str, Counter[str]]:
    """Of each kind of edit how many were found how."""
    found = judged_edits(sentences(), COUNT, SEED)
    for kind, counts in found.items():
        print(f"{kind}: {dict(counts)}")
    return found


def test_nothing_wrong_is_accepted(judged: dict[str, Counter[str]]) -> None:
    assert sum(sum(counts.values()) for counts in judged.values()) == COUNT
    assert judged.keys() == EDITS.keys()
    assert {kind: counts["WRONG"] for kind, counts in judged.items() if counts["WRONG"]} == {}


def test_words_that_still_stand_there_are_found(judged: dict[str, Counter[str]]) -> None:
    found, all_ = sum(judged[kind]["exact"] for kind in STANDING), sum(judged[kind].total() for kind in STANDING)
    print(f"exact: {found} of {all_}")
    assert found / all_ > 0.99


def test_words_that_were_changed_are_shown_to_be_judged(judged: dict[str, Counter[str]]) -> None:
    found, all_ = sum(judged[kind]["fuzzy, shown"] for kind in CHANGED), sum(judged[kind].total() for kind in CHANGED)
    print(f"fuzzy: {found} of {all_}")
    assert found / all_ > 0.97


def test_what_is_gone_is_an_orphan(judged: dict[str, Counter[str]]) -> None:
    assert judged["gone"]["orphan"] > 95


def test_of_whole_sections_nothing_wrong_is_accepted() -> None:
    found = judged_edits(sections(), 100, SEED)
    assert {kind: counts["WRONG"] for kind, counts in found.items() if counts["WRONG"]} == {}
    assert sum(found[kind]["exact"] for kind in STANDING) >= 49
