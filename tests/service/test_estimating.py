"""What OriginEM makes of a ledger: who is right where sources contest each other, who errs alike, and what is suggested."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ledger.core.suggesting import LETTERS, MINIMUM, letter_bounds, letter_of, suggested
from ledger.errors import NotFoundError
from ledger.operations import Question
from ledger.service import estimating
from schemas.estimate import SourceEstimate
from tests.service.contested import GOOD, TRUE, Contested

ITEMS = 2 * 2 * TRUE // 3


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Contested:
    """Not to be written to."""
    return Contested(tmp_path_factory.mktemp("contested"))


def told(world: Contested, question: Question | None = None) -> dict[str, SourceEstimate]:
    return {one.source: one for one in world.ledger.estimate(question or Question()).sources}


def test_who_is_right_is_told_from_who_errs(world: Contested) -> None:
    found = told(world)
    for slug in GOOD:
        assert (found[slug].contested, found[slug].right, found[slug].wrong) == (ITEMS, ITEMS, 0)
        assert found[slug].accuracy > 0.9
    assert (found["tabloid"].right, found["tabloid"].wrong) == (0, ITEMS)
    assert found["tabloid"].accuracy < 0.3
    assert world.ledger.estimate().items == ITEMS


def test_those_who_share_mistakes_are_a_family(world: Contested) -> None:
    estimate = world.ledger.estimate()
    assert ["copy", "tabloid"] in estimate.families
    assert told(world)["copy"].family == ["tabloid"]


def test_letters_are_suggested_with_their_reason_and_date(world: Contested) -> None:
    found = told(world)
    suggestion = found["north"].suggestion
    assert suggestion is not None
    assert suggestion.value == ("A" if found["north"].interval[0] >= letter_bounds()["A"] else "B")
    size = world.ledger.checkpoint().size
    assert suggestion.rationale.startswith(
        f"suggested by OriginEM/1 at size {size}: right on {ITEMS} of {ITEMS} contested items"
    )
    assert suggestion.valid_from == world.ledger.checkpoint().time[:10]
    bad = found["tabloid"].suggestion
    assert bad is not None
    assert bad.value == "E"


def test_a_count_names_the_claims_behind_it(world: Contested) -> None:
    wrong = told(world)["tabloid"].named["wrong"]
    assert len(wrong) == 20
    assert set(wrong) <= {claim for number, claim in enumerate(world.happened) if number % 3}


def test_what_is_relayed_has_no_voice_and_is_held_against_the_outcome(world: Contested) -> None:
    agency = told(world)["agency"]
    assert (agency.contested, agency.relayed_right, agency.relayed_wrong) == (0, 0, ITEMS)
    assert agency.suggestion is None
    assert "at least 10" in (agency.reason or "")


def test_persons_take_part_and_are_never_listed(world: Contested) -> None:
    assert "resident" not in world.ledger.estimate().model_dump_json()
    assert world.ledger.estimate(sources=["resident"]).sources == []


def test_past_days_know_less_and_suggest_less(world: Contested) -> None:
    early = world.ledger.estimate(Question(until="2024-01-06"))
    assert early.items == 4
    assert all(one.suggestion is None for one in early.sources)
    later = told(world, Question(until="2024-01-24"))["north"]
    assert later.suggestion is not None
    assert later.suggestion.valid_from == "2024-01-24"


def test_the_estimate_is_the_same_at_the_same_size(world: Contested) -> None:
    size = str(world.ledger.checkpoint().size)
    assert world.ledger.estimate(Question(as_of=size)) == world.ledger.estimate()


def test_an_earlier_size_does_not_see_what_came_later(tmp_path: Path) -> None:
    world = Contested(tmp_path)
    size = str(world.ledger.checkpoint().size)
    before = world.ledger.estimate()
    slip = next(entry.id for entry in world.logged if getattr(entry.record, "speaker", None) == "tabloid")
    world.correct(slip)
    for claim in world.happened:
        world.says("north", "asserts", claim=claim, said_at="2025-01-01")
    after = world.ledger.estimate()
    assert after.sources != before.sources
    assert world.ledger.estimate(Question(as_of=size)) == before


def test_what_is_withheld_since_is_not_in_a_past_estimate(tmp_path: Path) -> None:
    world = Contested(tmp_path)
    size = str(world.ledger.checkpoint().size)
    word = next(
        e.id for e in world.logged if getattr(e.record, "speaker", "") == "tabloid" and e.record.claim == world.happened[1]
    )
    world.withhold(word)
    for question in (Question(), Question(as_of=size)):
        assert told(world, question)["tabloid"].contested == ITEMS - 1
    assert world.ledger.estimate(Question(as_of=size)).withheld == 1


def test_an_empty_ledger_suggests_nothing(tmp_path: Path) -> None:
    from tests.service.written import Written

    estimate = Written(tmp_path).ledger.estimate()
    assert (estimate.items, estimate.sources, estimate.families, estimate.complete) == (0, [], [], True)


def test_an_estimate_that_leaves_statements_out_says_so(world: Contested, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "MAX_STATEMENTS", 50)
    estimate = world.ledger.estimate(Question(until="2029"))
    assert not estimate.complete
    assert estimate.statements < 100


def test_a_source_that_is_not_on_record_is_not_found(world: Contested) -> None:
    with pytest.raises(NotFoundError) as caught:
        world.ledger.estimate(sources=["nort"])
    assert "north" in caught.value.suggestions


# Letters


def test_letters_follow_the_reliabilities_of_the_policy() -> None:
    assert letter_bounds() == {"A": 0.9, "B": 0.775, "C": 0.64, "D": 0.54, "E": 0.0}
    assert [letter_of(value) for value in (0.95, 0.9, 0.85, 0.7, 0.58, 0.5, 0.0)] == ["A", "A", "B", "C", "D", "E", "E"]


@pytest.mark.parametrize(
    "type, settled, accuracy, interval, letter",
    [
        ("outlet", 47, 0.865, (0.78, 0.93), "B"),
        ("outlet", MINIMUM - 1, 0.95, (0.91, 0.99), None),
        ("outlet", MINIMUM, 0.93, (0.81, 0.99), "B"),
        ("outlet", 60, 0.96, (0.91, 0.99), "A"),
        ("outlet", MINIMUM, 0.6, (0.39, 0.79), None),
        ("dataset", 200, 0.5, (0.45, 0.55), "E"),
        ("person", 200, 0.96, (0.95, 0.97), None),
        ("unnamed", 200, 0.96, (0.95, 0.97), None),
        ("platform_account", 200, 0.96, (0.95, 0.97), None),
    ],
)
def test_a_letter_is_suggested_only_where_the_record_is_sure(
    type: str, settled: int, accuracy: float, interval: tuple[float, float], letter: str | None
) -> None:
    found, reason = suggested(type, settled, accuracy, interval)
    assert found == letter
    assert (reason is None) == (letter is not None)
    assert found is None or found in LETTERS


def test_asking_for_anything_else_does_not_load_numpy() -> None:
    script = "import sys, ledger.service.ledger, ledger.client, api.app; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"numpy", "scipy"} & set(ran.stdout.split())
