"""Where the boxes of a chain stand: origins in the first column, who has it from them to the right, few lines crossing.

Sizes and hops in; places and routes out. Nothing here knows what a box says or how it is drawn.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]
Hop = tuple[str, str]
"""From the box that has it, to the box that it has it from."""

_SWEEPS = 12
_BEND = 10.0
"""The height that a line takes where it passes a column."""


@dataclass(frozen=True)
class Room:
    """Distances: between columns, between boxes of a column, around a frame, and between what hangs on nothing common."""

    column: float = 130
    row: float = 18
    frame: float = 14
    part: float = 26
    track: float = 22
    """Between the lines that run back beneath a part."""


@dataclass(frozen=True)
class Layout:
    """`boxes`: the upper left corner of each. `routes`: of each hop the points from the origin's side to the reader's.
    `frames`: x, y, width, height around what belongs together. `layers`: the column of each box, 0 for origins."""

    width: float
    height: float
    boxes: Mapping[str, Point]
    routes: Mapping[Hop, Sequence[Point]]
    frames: Mapping[str, tuple[float, float, float, float]]
    layers: Mapping[str, int]
    backward: frozenset[Hop]
    """Hops that close a circle. They run back beneath what hangs together, each on a track of its own: out to the right, down,
    to the left, up, and in from the left."""


@dataclass
class _Part:
    """What hangs together: its columns from top to bottom, bends included, and which neighbours each has on each side."""

    columns: list[list[str]]
    left: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    right: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    bends: dict[Hop, list[str]] = field(default_factory=dict)


def lay_out(
    sizes: Mapping[str, Point],
    hops: Sequence[Hop],
    together: Mapping[str, str] | None = None,
    room: Room | None = None,
) -> Layout:
    """Boxes in the order of `sizes` where nothing else decides. `together`: first boxes of one name stand in one frame."""
    room, together = room or Room(), together or {}
    hops = list(dict.fromkeys(hop for hop in hops if hop[0] in sizes and hop[1] in sizes and hop[0] != hop[1]))
    backward = _closing(sizes, hops)
    forward = [hop for hop in hops if hop not in backward]
    layers = _layers(sizes, forward)
    framed = {name: group for name, group in together.items() if name in sizes and layers[name] == 0}
    centres: dict[str, float] = {}
    bends: dict[Hop, list[str]] = {}
    tracks: dict[Hop, float] = {}
    top = 0.0
    for names in _parts(sizes, hops, framed):
        part = _part(names, [hop for hop in forward if hop[0] in names], layers)
        _untangle(part, framed)
        placed = _rows(part, sizes, framed, room)
        heights = {name: sizes[name][1] if name in sizes else _BEND for name in placed}
        first = min(centre - heights[name] / 2 for name, centre in placed.items())
        centres |= {name: centre - first + top for name, centre in placed.items()}
        top = max(centres[name] + heights[name] / 2 for name in placed)
        for hop in (hop for hop in hops if hop in backward and hop[0] in centres and hop not in tracks):
            top += room.track
            tracks[hop] = top
        top += room.part
        bends |= part.bends
    return _measured(sizes, hops, layers, centres, bends, tracks, framed, room)


def _closing(sizes: Mapping[str, Point], hops: Sequence[Hop]) -> frozenset[Hop]:
    """The hops without which there is no circle: those that lead back to where a walk has come from."""
    up: dict[str, list[str]] = defaultdict(list)
    for below, above in hops:
        up[below].append(above)
    done: set[str] = set()
    found: set[Hop] = set()
    for start in sizes:
        path: dict[str, list[str]] = {} if start in done else {start: list(up[start])}
        while path:
            here, waiting = next(reversed(path.items()))
            if not waiting:
                done.add(here)
                del path[here]
                continue
            step = waiting.pop(0)
            if step in path:
                found.add((here, step))
            elif step not in done:
                path[step] = list(up[step])
    return frozenset(found)


def _layers(sizes: Mapping[str, Point], forward: Sequence[Hop]) -> dict[str, int]:
    """The longest way to an origin."""
    up: dict[str, list[str]] = defaultdict(list)
    down: dict[str, list[str]] = defaultdict(list)
    for below, above in forward:
        up[below].append(above)
        down[above].append(below)
    missing = {name: len(up[name]) for name in sizes}
    layers = dict.fromkeys((name for name in sizes if not missing[name]), 0)
    queue = list(layers)
    for here in queue:
        for below in down[here]:
            missing[below] -= 1
            layers[below] = max(layers.get(below, 0), layers[here] + 1)
            if not missing[below]:
                queue.append(below)
    return layers


def _parts(sizes: Mapping[str, Point], hops: Iterable[Hop], framed: Mapping[str, str]) -> list[list[str]]:
    """What hangs together by hops or by a frame, in the order of its first box."""
    beside: dict[str, list[str]] = defaultdict(list)
    for one, other in hops:
        beside[one].append(other)
        beside[other].append(one)
    for name, group in framed.items():
        beside[name].append(f"frame {group}")
        beside[f"frame {group}"].append(name)
    found: list[list[str]] = []
    seen: set[str] = set()
    for start in sizes:
        if start in seen:
            continue
        queue = [start]
        seen.add(start)
        for here in queue:
            fresh = [name for name in beside[here] if name not in seen]
            seen.update(fresh)
            queue += dict.fromkeys(fresh)
        inside = set(queue)
        found.append([name for name in sizes if name in inside])
    return found


def _part(names: Sequence[str], forward: Sequence[Hop], layers: Mapping[str, int]) -> _Part:
    """Its boxes in columns; a hop over several columns bends in each that it passes."""
    part = _Part([[] for _ in range(1 + max(layers[name] for name in names))])
    for name in names:
        part.columns[layers[name]].append(name)
    for below, above in forward:
        passed = [f"{above} > {below} > {layer}" for layer in range(layers[above] + 1, layers[below])]
        part.bends[below, above] = passed
        for place, bend in enumerate(passed):
            part.columns[layers[above] + 1 + place].append(bend)
        for one, other in pairwise([above, *passed, below]):
            part.right[one].append(other)
            part.left[other].append(one)
    return part


def _untangle(part: _Part, framed: Mapping[str, str]) -> None:
    """Each box near the mean of its neighbours, from left to right and back, as long as that makes fewer crossings."""
    best, fewest = [list(column) for column in part.columns], _crossings(part)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        forth = sweep % 2 == 0
        order = range(1, len(part.columns)) if forth else range(len(part.columns) - 2, -1, -1)
        for number in order:
            beside = part.columns[number - 1 if forth else number + 1]
            _sort(part, number, {name: place for place, name in enumerate(beside)}, part.left if forth else part.right, framed)
        now = _crossings(part)
        if now < fewest:
            best, fewest = [list(column) for column in part.columns], now
    part.columns = best
    _sort(part, 0, {}, part.left, framed)


def _sort(
    part: _Part, number: int, places: Mapping[str, int], neighbours: Mapping[str, list[str]], framed: Mapping[str, str]
) -> None:
    """One column by the mean place of its neighbours; who has none stays. A frame stays together."""
    column = part.columns[number]
    wish = {name: float(place) for place, name in enumerate(column)}
    for name in column:
        known = [places[one] for one in neighbours.get(name, ()) if one in places]
        if known:
            wish[name] = sum(known) / len(known)
    groups: dict[str, list[float]] = defaultdict(list)
    for name in column:
        groups[_group(name, framed)].append(wish[name])
    mean = {group: sum(wishes) / len(wishes) for group, wishes in groups.items()}
    column.sort(key=lambda name: (mean[_group(name, framed)], _group(name, framed), wish[name]))


def _group(name: str, framed: Mapping[str, str]) -> str:
    return f"frame {framed[name]}" if name in framed else name


def _crossings(part: _Part) -> int:
    """How many pairs of lines cross between neighbouring columns."""
    count = 0
    for left, right in pairwise(part.columns):
        places = {name: place for place, name in enumerate(right)}
        ends = [sorted(places[one] for one in part.right.get(name, ()) if one in places) for name in left]
        passed: list[int] = []
        for here in ends:
            count += sum(len(passed) - bisect_right(passed, end) for end in here)
            passed = sorted(passed + here)
    return count


def _rows(part: _Part, sizes: Mapping[str, Point], framed: Mapping[str, str], room: Room) -> dict[str, float]:
    """The height at which each box's middle stands: in the order of its column, as near to its neighbours as there is room."""
    offsets = {number: _offsets(column, sizes, framed, room) for number, column in enumerate(part.columns)}
    centres = {name: offset for number, column in enumerate(part.columns)
               for name, offset in zip(column, offsets[number], strict=True)}  # fmt: skip
    forth = list(range(len(part.columns)))
    for order, neighbours in [(forth[1:], part.left), (forth[::-1][1:], part.right)] * 3 + [(forth[1:], part.left)]:
        for number in order:
            column = part.columns[number]
            wishes = [_mean([centres[one] for one in neighbours.get(name, ())], centres[name]) for name in column]
            centres.update(zip(column, _spread(wishes, offsets[number]), strict=True))
    return centres


def _offsets(column: Sequence[str], sizes: Mapping[str, Point], framed: Mapping[str, str], room: Room) -> list[float]:
    """How far below the first each middle stands where all are as close as they may be."""
    offsets: list[float] = []
    for name in column:
        height = sizes[name][1] if name in sizes else _BEND
        if offsets:
            before = column[len(offsets) - 1]
            apart = _group(before, framed) != _group(name, framed)
            edges = sum(room.frame for one in (before, name) if one in framed) if apart else 0.0
            above = sizes[before][1] if before in sizes else _BEND
            offsets.append(offsets[-1] + (above + height) / 2 + room.row + edges + (room.frame if edges else 0))
        else:
            offsets.append(height / 2)
    return offsets


def _spread(wishes: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """Places as near to the wishes as their order and distances allow: neighbours in each other's way share the loss."""
    blocks: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        total, count = wish - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / count:
            before, many = blocks.pop()
            total, count = total + before, count + many
        blocks.append((total, count))
    level = [total / count for total, count in blocks for _ in range(count)]
    return [start + offset for start, offset in zip(level, offsets, strict=True)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _measured(
    sizes: Mapping[str, Point], hops: Sequence[Hop], layers: Mapping[str, int], centres: Mapping[str, float],
    bends: Mapping[Hop, list[str]], tracks: Mapping[Hop, float], framed: Mapping[str, str], room: Room,
) -> Layout:  # fmt: skip
    """Everything moved to where nothing is left of or above zero."""
    margin = room.frame + room.row if framed or tracks else 0.0
    wide = [max((sizes[name][0] for name in sizes if layers[name] == layer), default=0.0)
            for layer in range(1 + max(layers.values(), default=0))]  # fmt: skip
    starts = [margin + sum(wide[:layer]) + room.column * layer for layer in range(len(wide))]
    boxes = {name: (starts[layers[name]], centres[name] - sizes[name][1] / 2 + margin) for name in sizes}
    routes: dict[Hop, list[Point]] = {}
    for below, above in hops:
        x, to_x = boxes[above][0], boxes[below][0]
        start, end = (x + sizes[above][0], centres[above] + margin), (to_x, centres[below] + margin)
        if (below, above) in tracks:
            routes[below, above] = _beneath(start, tracks[below, above] + margin, end, room.row)
            continue
        passed = [(starts[layers[above] + 1 + place], centres[bend] + margin)
                  for place, bend in enumerate(bends.get((below, above), ()))]  # fmt: skip
        through = [(at + shift, height) for (at, height), wideness in zip(passed, wide[layers[above] + 1 :], strict=False)
                   for shift in (0.0, wideness)]  # fmt: skip
        routes[below, above] = [start, *through, end]
    frames = {group: _frame([name for name in framed if framed[name] == group], boxes, sizes, room) for group in
              dict.fromkeys(framed.values())}  # fmt: skip
    width = max((x + sizes[name][0] for name, (x, _) in boxes.items()), default=0.0)
    height = max((y + sizes[name][1] for name, (_, y) in boxes.items()), default=0.0)
    height = max([height, *(track + margin for track in tracks.values())])
    return Layout(width + margin, height + margin, boxes, routes, frames, layers, frozenset(tracks))


def _beneath(start: Point, track: float, end: Point, aside: float) -> list[Point]:
    right, left = start[0] + aside * 0.8, end[0] - aside * 0.8
    return [start, (right, start[1]), (right, track), (left, track), (left, end[1]), end]


def _frame(
    names: Sequence[str], boxes: Mapping[str, Point], sizes: Mapping[str, Point], room: Room
) -> tuple[float, float, float, float]:
    left, top = min(boxes[name][0] for name in names), min(boxes[name][1] for name in names)
    right = max(boxes[name][0] + sizes[name][0] for name in names)
    bottom = max(boxes[name][1] + sizes[name][1] for name in names)
    around = room.frame * 0.75
    return left - around, top - around - room.frame / 2, right - left + 2 * around, bottom - top + 2 * around + room.frame / 2
