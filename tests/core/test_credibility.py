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


@pytest.mark.parametrize("others, kept", [([], "first"), (["last"], "last"), (["first", "last"], "first")])
def test_a_source_that_says_two_things_counts_once_in_any_order_of_rows(others: list[str], kept: str) -> None:
    rows = [("s", "o", "a", "first"), ("s", "o", "a", "last"), *((f"t{n}", "o", "a", value) for n, value in enumerate(others))]
    for ordered in (rows, rows[::-1]):
        table = tabulate(ordered)
        assert len(table.claim_source) == 1 + len(others)
        said = table.claim_fact[table.claim_source == table.sources.index("s")]
        assert [table.value(int(fact)) for fact in said] == [kept]


@pytest.mark.parametrize("scale", [Scale(), Scale({"a": Tolerance(1)}), Scale(hierarchy=Hierarchy([], []))])
@pytest.mark.parametrize(
    "rows",
    [[], [("s", "o", "a", "v")], [("s", f"o{n}", "a", "1") for n in range(9)], [(f"s{n}", "o", "a", "1") for n in range(9)]],
    ids=["nothing", "one claim", "one source", "all agree"],
)
def test_records_without_rivals_have_an_answer(rows: list[Row], scale: Scale) -> None:
    table = tabulate(rows)
    for answer in METHODS.values():
        assert len(answer(table, scale).chosen) == table.items


def timetable(seed: int) -> tuple[list[Row], list[Truth]]:
    """Departures counted from the gate by three, from the ground by six who round in their own ways; two know which holds.

    On half of the flights the one holds, on half the other. Who knows best there shows the gates best, too.
    """
    chance = random.Random(seed)
    rows, truths = [], []
    for flight in range(300):
        leaves = chance.randrange(300, 1200)
        lifts, gate = leaves + 12 + chance.randrange(15), chance.randrange(40)
        right = leaves if chance.random() < 0.5 else lifts
        truths.append(Truth(f"f{flight}", "departure", str(right)))
        for number, (kind, able) in enumerate([("knows", 0.97)] * 2 + [("gate", 0.95)] * 3 + [("ground", 0.85)] * 6):
            counted = {"knows": right, "gate": leaves, "ground": lifts + chance.randrange(3)}[kind]
            time = counted if chance.random() > 0.05 else chance.randrange(300, 1200)
            shown = gate if chance.random() < able else chance.randrange(40)
            rows.append((f"s{number:02}", f"f{flight}", "departure", str(time)))
            rows.append((f"s{number:02}", f"f{flight}", "gate", str(shown)))
    return rows, truths


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_many_who_count_in_one_way_count_as_one(seed: int) -> None:
    rows, truths = timetable(seed)
    table, scale = tabulate(rows), Scale({"departure": Tolerance(10)})
    judged = judge(table, METHODS["OriginEM"](table, scale).chosen, truths, scale)
    assert judged.accuracy is not None
    assert judged.accuracy >= 0.9, "without conventions, about .5: one of the two is taken for the truth"


@pytest.mark.parametrize("seed", range(3))
def test_where_few_speak_to_an_item_wrong_values_are_not_taken_to_be_popular(seed: int) -> None:
    chance = random.Random(seed)
    able = [chance.choice((0.95, 0.75, 0.5)) for _ in range(300)]
    rows = [
        (f"s{number}", f"o{item}", "place", "right" if chance.random() < able[number] else f"error{chance.randrange(50)}")
        for item in range(1000)
        for number in chance.sample(range(300), 3)
    ]
    found = {method: accuracy(rows, method) for method in METHODS}
    assert found["OriginEM"] >= max(found["Vote"], found["PopAccu"]) + 0.02, found
    assert found["OriginEM"] >= found["Accu"] - 0.02, "made for such records"


@pytest.mark.parametrize("seed", range(3))
def test_families_are_those_who_copy(seed: int) -> None:
    chance = random.Random(seed)
    rows = record([0.9, 0.85, 0.8, 0.8, 0.75, 0.7, 0.6, 0.5], items=300, wrong=20, seed=seed)
    said = {(source, object_): value for source, object_, _, value in rows}
    for name, of in [("s6b", "s6"), ("s6c", "s6"), ("s7b", "s7"), ("s7c", "s7")]:
        copied_rows = [(name, f"o{item}", "place", said[of, f"o{item}"]) for item in range(300) if chance.random() < 0.7]
        rows += [row if chance.random() < 0.98 else (*row[:3], "typo") for row in copied_rows]
    # Half from one family, half from the other: kin of both, and no reason to call the two one.
    rows += [("both", f"o{item}", "place", said["s6" if item % 2 else "s7", f"o{item}"]) for item in range(300)]
    found = origin_em(tabulate(rows)).families
    assert ["s6", "s6b", "s6c"] in [[name for name in family if name != "both"] for family in found]
    assert ["s7", "s7b", "s7c"] in [[name for name in family if name != "both"] for family in found]
    assert sum(len(family) for family in found) <= 7


def test_an_item_with_thousands_of_near_values_is_no_table_of_all_pairs() -> None:
    rows = [(f"s{number}", "o", "time", str(600 + number / 1000)) for number in range(8000)]
    table, scale = tabulate(rows), Scale({"time": Tolerance(10)})
    assert len(table.best(origin_em(table, scale).scores)) == 1


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
    towns = Hierarchy(["World", "Ohio", "Iowa", "Springfield", "Springfield"], [-1, 0, 0, 1, 2])
    assert towns.path("Springfield") == ["Springfield", "Ohio", "Iowa", "World"]
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
