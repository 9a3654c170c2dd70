"""Source credibility on made-up records, where it is known who is right, who copies and who errs alone."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from ledger.core.credibility.agreeing import Hierarchy, Scale, Tolerance
from ledger.core.credibility.evaluating import METHODS
from ledger.core.credibility.families import find_pairs
from ledger.core.credibility.judging import Truth, is_right, judge
from ledger.core.credibility.methods import vote
from ledger.core.credibility.origin import origin_em
from ledger.core.credibility.table import ClaimTable, tabulate

Row = tuple[str, str, str, str]


def record(accuracies: list[float], *, items: int = 200, wrong: int = 5, seed: int = 1) -> list[Row]:
    """Sources s0, s1, ... that are right as often as said, alone; the truth is always `right`."""
    chance = random.Random(seed)
    return [
        (f"s{number}", f"o{item}", "place", "right" if chance.random() < accuracy else f"wrong{chance.randrange(wrong)}")
        for number, accuracy in enumerate(accuracies)
        for item in range(items)
    ]


def copied(rows: list[Row], source: str, copies: int) -> list[Row]:
    return rows + [(f"copy{copy}", *row[1:]) for copy in range(copies) for row in rows if row[0] == source]


def accuracy(rows: list[Row], method: str = "OriginEM") -> float:
    table = tabulate(rows)
    truths = [Truth(name, "place", "right") for name in table.objects]
    judged = judge(table, METHODS[method](table, Scale()).chosen, truths, Scale())
    assert judged.accuracy is not None
    return judged.accuracy


def answers(table: ClaimTable, scale: Scale | None = None) -> dict[str, str]:
    chosen = table.best(origin_em(table, scale).scores)
    return {table.objects[item]: table.value(int(fact)) for item, fact in zip(table.item_object, chosen, strict=True)}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_what_good_sources_agree_on(method: str) -> None:
    assert accuracy(record([0.9, 0.8, 0.8, 0.7, 0.3]), method) >= 0.9


@pytest.mark.parametrize("copies", [1, 5, 50])
def test_clones_of_a_bad_source_change_nothing(copies: int) -> None:
    rows = record([0.9, 0.8, 0.8, 0.7, 0.7, 0.3])
    assert abs(accuracy(copied(rows, "s5", copies)) - accuracy(rows)) <= 0.005
    assert accuracy(copied(rows, "s5", 50), "Vote") < 0.5, "the clones would win a vote"


def test_copies_are_one_family_and_sources_that_agree_because_they_are_right_are_not() -> None:
    estimate = origin_em(tabulate(copied(record([0.95, 0.95, 0.9, 0.7, 0.4]), "s4", 3)))
    assert estimate.families == [["copy0", "copy1", "copy2", "s4"]]


def test_accuracies_come_near_to_what_they_are_where_sources_contradict_each_other() -> None:
    estimate = origin_em(tabulate(record([0.9, 0.8, 0.8, 0.7, 0.3], items=1000)))
    assert (np.argmax(estimate.accuracy), np.argmin(estimate.accuracy)) == (0, 4)


def test_the_order_of_rows_changes_no_bit() -> None:
    rows = copied(record([0.9, 0.7, 0.6, 0.4]), "s3", 4)
    shuffled = rows[:]
    random.Random(2).shuffle(shuffled)
    first, second = origin_em(tabulate(rows)), origin_em(tabulate(shuffled))
    assert first.scores.tobytes() == second.scores.tobytes()
    assert first.families == second.families


def test_a_source_that_says_two_things_has_said_the_later_one() -> None:
    table = tabulate([("s", "o", "a", "first"), ("s", "o", "a", "last")])
    assert [table.value(fact) for fact in range(table.facts)] == ["last"]


@pytest.mark.parametrize("rows", [[], [("s", "o", "a", "v")]], ids=["nothing", "one claim"])
def test_records_without_rivals_have_an_answer(rows: list[Row]) -> None:
    table = tabulate(rows)
    for answer in METHODS.values():
        assert len(answer(table, Scale()).chosen) == len(rows)


def test_numbers_within_the_tolerance_support_each_other() -> None:
    rows = [("a", "o", "time", "600"), ("b", "o", "time", "601"), ("c", "o", "time", "602")]
    rows += [(name, "o", "time", "700") for name in ("d", "e")]
    table = tabulate(rows)
    assert answers(table, Scale({"time": Tolerance(10)}))["o"] in ("600", "601", "602")
    assert answers(table)["o"] == "700"


def test_a_general_value_supports_a_more_detailed_one() -> None:
    tree = Hierarchy(["World", "USA", "California", "Los Angeles", "France"], [-1, 0, 1, 2, 0])
    rows = [("a", "o", "p", "California"), ("b", "o", "p", "Los Angeles"), ("c", "o", "p", "France"), ("d", "o", "p", "USA")]
    assert answers(tabulate(rows), Scale(hierarchy=tree))["o"] == "Los Angeles"


def test_a_hierarchy_with_a_circle_and_a_name_at_two_places_has_paths_that_end() -> None:
    tree = Hierarchy(["A", "B", "Springfield", "Springfield"], [1, 0, 0, -1])
    assert tree.path("Springfield") == ["Springfield", "A", "B"]
    assert tree.path("nowhere") == ["nowhere"]


@pytest.mark.parametrize(
    "answer, right",
    [("Los Angeles", True), ("California", False), ("France", False)],
)
def test_with_a_hierarchy_the_most_detailed_true_value_on_offer_is_right(answer: str, right: bool) -> None:
    tree = Hierarchy(["USA", "California", "Los Angeles", "Hollywood"], [-1, 0, 1, 2])
    truth = Truth("o", "p", "Hollywood")
    claimed = ["Los Angeles", "California", "France"]
    assert is_right(answer, truth, claimed, Scale(hierarchy=tree)) is right
    assert (
        is_right(answer, replace(truth, path=("Hollywood", "Los Angeles", "California")), claimed, Scale(hierarchy=tree))
        is right
    )


@pytest.mark.parametrize(
    "answer, truth, tolerance, right",
    [
        ("610", "600", Tolerance(10), True),
        ("611", "600", Tolerance(10), False),
        ("101", "100", Tolerance(0.01, relative=True), True),
        ("102", "100", Tolerance(0.01, relative=True), False),
        ("-1", "-1.5", Tolerance(0.5, relative=True), True),
        ("nan", "600", Tolerance(10), False),
        ("B14", "B15", Tolerance(10), False),
        ("smith | jones", "jones | smith", None, True),
        ("smith", "jones | smith", None, False),
    ],
)
def test_an_answer_is_right_as_its_attribute_says(answer: str, truth: str, tolerance: Tolerance | None, right: bool) -> None:
    scale = Scale({"a": tolerance} if tolerance else {})
    assert is_right(answer, Truth("o", "a", truth), [answer], scale) is right


def test_only_truths_that_somebody_speaks_to_are_scored() -> None:
    table = tabulate([("s", "o", "a", "v")])
    truths = [Truth("o", "a", "v"), Truth("o", "b", "v"), Truth("p", "a", "v")]
    assert judge(table, table.best(vote(table)), truths, Scale()).scored == 1
    assert judge(table, table.best(vote(table)), [], Scale()).accuracy is None


def test_a_hundred_thousand_sources_need_no_table_of_all_pairs() -> None:
    chance = random.Random(3)
    rows = [
        (f"s{number}", f"o{chance.randrange(20_000)}", "place", "right" if chance.random() < 0.7 else f"w{chance.randrange(9)}")
        for number in range(100_000)
        for _ in range(3)
    ]
    busy = [(f"busy{number}", f"o{item}", "place", "right") for number in range(3) for item in range(200)]
    table = tabulate(rows + busy)
    assert len(table.sources) > 100_000
    assert len(find_pairs(table).a) <= 3
    assert accuracy(rows) >= 0.8
