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

    @property
    def frame_below(self) -> float:
        return self.frame * 0.75

    @property
    def frame_above(self) -> float:
        """With a line for what the frame is called."""
        return self.frame * 1.25


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
    stack = _stack(sizes, forward, [hop for hop in hops if hop in backward], layers, framed, room)
    margin = room.frame + room.row if framed or backward else 0.0
    grid = _grid(sizes, layers, stack.middles, margin, room)
    boxes = {name: (grid.left(name)[0], grid.middles[name] - sizes[name][1] / 2) for name in sizes}
    groups = dict.fromkeys(framed.values())
    frames = {group: _frame([one for one in framed if framed[one] == group], boxes, sizes, room) for group in groups}
    width = max((x + sizes[name][0] for name, (x, _) in boxes.items()), default=0.0)
    bottoms = [y + sizes[name][1] for name, (_, y) in boxes.items()] + [track + margin for track in stack.tracks.values()]
    return Layout(
        width=width + margin,
        height=max(bottoms, default=0.0) + margin,
        boxes=boxes,
        routes={hop: _route(hop, sizes, grid, stack, margin, room) for hop in hops},
        frames=frames,
        layers=layers,
        backward=backward,
    )


@dataclass
class _Stack:
    """Parts one beneath the other: the middle of each box and bend, the bends of each hop, and the tracks that run back."""

    middles: dict[str, float] = field(default_factory=dict)
    bends: dict[Hop, list[str]] = field(default_factory=dict)
    tracks: dict[Hop, float] = field(default_factory=dict)


def _stack(
    sizes: Mapping[str, Point],
    forward: Sequence[Hop],
    backward: Sequence[Hop],
    layers: Mapping[str, int],
    framed: Mapping[str, str],
    room: Room,
) -> _Stack:
    stack, top = _Stack(), 0.0
    for names in _parts(sizes, [*forward, *backward], framed):
        inside = set(names)
        part = _part(names, [hop for hop in forward if hop[0] in inside], layers)
        _untangle(part, framed)
        placed = _rows(part, sizes, framed, room)
        half = {name: (sizes[name][1] if name in sizes else _BEND) / 2 for name in placed}
        first = min(middle - half[name] - (room.frame_above if name in framed else 0) for name, middle in placed.items())
        stack.middles |= {name: middle - first + top for name, middle in placed.items()}
        top = max(stack.middles[name] + half[name] + (room.frame_below if name in framed else 0) for name in placed)
        for hop in (hop for hop in backward if hop[0] in inside):
            top += room.track
            stack.tracks[hop] = top
        top += room.part
        stack.bends |= part.bends
    return stack


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


@dataclass(frozen=True)
class _Grid:
    """Where columns begin and how wide they are, with the middle of each box and bend."""

    starts: Sequence[float]
    widths: Sequence[float]
    middles: Mapping[str, float]
    layers: Mapping[str, int]

    def left(self, name: str) -> Point:
        return self.starts[self.layers[name]], self.middles[name]

    def passed(self, above: str, bends: Sequence[str]) -> list[Point]:
        """Both ends of the level line through each column that a hop passes."""
        columns = range(self.layers[above] + 1, self.layers[above] + 1 + len(bends))
        starts = [(self.starts[column], self.widths[column]) for column in columns]
        return [(x + shift, self.middles[bend]) for (x, wide), bend in zip(starts, bends, strict=True) for shift in (0.0, wide)]


def _grid(
    sizes: Mapping[str, Point], layers: Mapping[str, int], middles: Mapping[str, float], margin: float, room: Room
) -> _Grid:
    widths = [0.0] * (1 + max(layers.values(), default=0))
    for name, layer in layers.items():
        widths[layer] = max(widths[layer], sizes[name][0])
    starts = [margin + sum(widths[:layer]) + room.column * layer for layer in range(len(widths))]
    return _Grid(starts, widths, {name: middle + margin for name, middle in middles.items()}, layers)


def _route(hop: Hop, sizes: Mapping[str, Point], grid: _Grid, stack: _Stack, margin: float, room: Room) -> list[Point]:
    below, above = hop
    x, y = grid.left(above)
    start, end = (x + sizes[above][0], y), grid.left(below)
    if hop in stack.tracks:
        return _beneath(start, stack.tracks[hop] + margin, end, room.row)
    return [start, *grid.passed(above, stack.bends[hop]), end]


def _beneath(start: Point, track: float, end: Point, aside: float) -> list[Point]:
    right, left = start[0] + aside * 0.8, end[0] - aside * 0.8
    return [start, (right, start[1]), (right, track), (left, track), (left, end[1]), end]


def _frame(
    names: Sequence[str], boxes: Mapping[str, Point], sizes: Mapping[str, Point], room: Room
) -> tuple[float, float, float, float]:
    left, top = min(boxes[name][0] for name in names), min(boxes[name][1] for name in names)
    right = max(boxes[name][0] + sizes[name][0] for name in names)
    bottom = max(boxes[name][1] + sizes[name][1] for name in names)
    aside, above, below = room.frame_below, room.frame_above, room.frame_below
    return left - aside, top - above, right - left + 2 * aside, bottom - top + above + below
