"""Where boxes stand: nothing overlaps, lines lead from origins to readers, what belongs together stands together."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.layout import Layout, Room, lay_out

SIZE = (100.0, 40.0)
NAMES = [f"b{number}" for number in range(12)]
HOPS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=25)


def placed(hops: list[tuple[str, str]], together: dict[str, str] | None = None, names: list[str] = NAMES) -> Layout:
    return lay_out(dict.fromkeys(names, SIZE), hops, together)


@settings(max_examples=150, deadline=None)
@given(HOPS, st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["x", "y"])))
def test_no_two_boxes_overlap_and_all_are_inside(hops: list[tuple[str, str]], together: dict[str, str]) -> None:
    layout = placed(hops, together)
    assert layout.boxes.keys() == set(NAMES)
    for (x, y), (other_x, other_y) in combinations(layout.boxes.values(), 2):
        assert abs(x - other_x) >= SIZE[0] or abs(y - other_y) >= SIZE[1] - 1e-6
    for x, y in layout.boxes.values():
        assert 0 <= x <= layout.width - SIZE[0]
        assert -1e-6 <= y <= layout.height - SIZE[1] + 1e-6


@settings(max_examples=150, deadline=None)
@given(HOPS)
def test_lines_lead_to_the_right_but_for_those_that_close_a_circle(hops: list[tuple[str, str]]) -> None:
    layout = placed(hops)
    for below, above in set(hops):
        if below != above and (below, above) not in layout.backward:
            assert layout.layers[below] > layout.layers[above]
    drawn = {hop for hop in hops if hop[0] != hop[1]}
    assert layout.routes.keys() == drawn
    up = {name: {above for below, above in drawn - layout.backward if below == name} for name in NAMES}
    assert all(layout.layers[name] == max((layout.layers[one] + 1 for one in up[name]), default=0) for name in NAMES)


@settings(max_examples=100, deadline=None)
@given(HOPS, st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["x", "y"])))
def test_a_frame_holds_its_own_boxes_and_no_others(hops: list[tuple[str, str]], together: dict[str, str]) -> None:
    layout = placed(hops, together)
    for name, (x, y) in layout.boxes.items():
        for group, (left, top, width, height) in layout.frames.items():
            inside = left <= x and x + SIZE[0] <= left + width and top < y + SIZE[1] and y < top + height
            assert inside == (together.get(name) == group and layout.layers[name] == 0)
    for (_, top, _, height), (_, other_top, _, other_height) in combinations(layout.frames.values(), 2):
        assert top + height <= other_top or other_top + other_height <= top


@given(HOPS)
def test_the_same_chains_are_laid_out_the_same_again(hops: list[tuple[str, str]]) -> None:
    assert placed(hops) == placed(hops)


def test_a_chain_is_one_level_line() -> None:
    layout = placed([("b1", "b0"), ("b2", "b1")], names=["b0", "b1", "b2"])
    assert [layout.layers[name] for name in ("b0", "b1", "b2")] == [0, 1, 2]
    assert len({y for _, y in layout.boxes.values()}) == 1
    assert layout.boxes["b1"][0] == SIZE[0] + Room().column


def test_readers_stand_in_the_order_of_what_they_have_it_from() -> None:
    layout = placed([("b2", "b1"), ("b3", "b0"), ("b4", "b0"), ("b4", "b1")], names=["b0", "b1", "b2", "b3", "b4"])
    first = [name for name in ("b0", "b1") if layout.layers[name] == 0]
    order = sorted(("b2", "b3", "b4"), key=lambda name: layout.boxes[name][1])
    upper = min(first, key=lambda name: layout.boxes[name][1])
    assert order == (["b3", "b4", "b2"] if upper == "b0" else ["b2", "b4", "b3"])


@pytest.mark.parametrize("length", [2, 3, 7])
def test_a_circle_is_cut_at_one_place(length: int) -> None:
    names = NAMES[:length]
    layout = placed([(name, names[place - 1]) for place, name in enumerate(names)], names=names)
    assert len(layout.backward) == 1
    assert sorted(layout.layers.values()) == list(range(length))


def test_a_thousand_boxes_are_laid_out() -> None:
    names = [f"n{number}" for number in range(1_000)]
    hops = [(names[number], names[number * 7 % max(number, 1)]) for number in range(1, 1_000)]
    assert placed(hops, names=names).boxes.keys() == set(names)
