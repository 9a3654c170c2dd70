"""What a picture of chains is made of, in a file and in a page: boxes with their words broken into lines, frames, routes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from ledger.core.layout import Layout, Point, Room, lay_out
from ledger.exports.lettering import cut, shown, width_of, wrap
from ledger.exports.picture import GONE, Box, Line, Picture
from ledger.exports.svgstyle import DASHES
from ledger.exports.wording import Wording

WIDE = 224.0
TEXT = 40.0
"""Where a box's text begins: right of the sign that shows its stance."""
SMALL = 11.0
_PAD = 12.0
_NAME, _DEED = 13.0, 12.0
_ROOM = Room(column=140, row=18, frame=14, part=24)
_SIGNS = {GONE: "⊘", "bottleneck": "▸◂", "circle": "↻"}


@dataclass(frozen=True)
class Text:
    kind: str
    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Written:
    """A box with its words broken into lines, as they stand in it."""

    box: Box
    height: float
    lines: tuple[Text, ...]

    @property
    def kind(self) -> str:
        return f"oc-{'aside' if self.box.set_aside else self.box.stance or 'none'}"


@dataclass(frozen=True)
class Placed:
    """A picture with all in its place. `framed` names the frame of each box that stands in one."""

    picture: Picture
    say: Wording
    written: dict[str, Written]
    framed: dict[str, str]
    layout: Layout

    @property
    def lines(self) -> Iterator[Line]:
        """Those that lead from one box to another."""
        return (line for line in self.picture.lines if (line.below, line.above) in self.layout.routes)

    def sides(self) -> tuple[float, float] | None:
        """Where the first column begins and the last one ends; None where nobody says anything."""
        places = [x for x, _ in self.layout.boxes.values()]
        return (min(places), max(places) + WIDE) if places else None

    def frames(self) -> Iterator[tuple[tuple[float, float, float, float], Text]]:
        for origin, (x, y, width, height) in self.layout.frames.items():
            count = sum(other == origin for other in self.framed.values())
            words = self.say.text("one_origin", name=self.picture.names.get(origin, origin))
            words += f" ({count}×)" if count > 1 else ""
            yield (x, y, width, height), Text("oc-group", x + 10, y + 11, cut(shown(words), width - 20, SMALL))


def place(one: Picture, say: Wording, about: int = 2) -> Placed:
    """`about`: in how many lines at most a box says which related claim it is about."""
    written = {box.id: _write(box, say, about) for box in one.boxes}
    framed = _frames(one)
    sizes = {name: (WIDE, box.height) for name, box in written.items()}
    return Placed(one, say, written, framed, lay_out(sizes, [(line.below, line.above) for line in one.lines], framed, _ROOM))


def _frames(one: Picture) -> dict[str, str]:
    """A frame where several boxes count as one origin, or one counts as another's."""
    members: dict[str, list[str]] = {}
    for name, origin in one.together.items():
        members.setdefault(origin, []).append(name)
    names = {box.id: box.name for box in one.boxes}
    return {
        name: origin
        for origin, inside in members.items()
        for name in inside
        if len(inside) > 1 or names.get(name) != one.names.get(origin, origin)
    }


def _write(box: Box, say: Wording, about: int) -> Written:
    room = WIDE - TEXT - _PAD
    lines = [("oc-name", _NAME, line) for line in wrap(box.name, room, _NAME, 3, bold=True)]
    lines += [("oc-deed", _DEED, line) for line in wrap(box.deed, room, _DEED, 2)]
    lines.append(("oc-faint", SMALL, cut(shown(box.said), room, SMALL)))
    if box.about and about:
        lines += [("oc-about", SMALL, line) for line in wrap(say.text("on", text=box.about), room, SMALL, about)]
    if box.root and not box.established and box.stance is not None and not box.set_aside:
        lines += [("oc-mark", SMALL, line) for line in wrap(f"? {say.text('unfounded')}", room, SMALL, 2)]
    if box.set_aside:
        lines += [("oc-mark", SMALL, line) for line in wrap(f"✕ {say.text('aside')}: {box.why}".rstrip(": "), room, SMALL, 2)]
    lines += [("oc-mark", SMALL, f"{_SIGNS[mark]} {say.text(mark)}") for mark in box.marks]
    texts, down = [], _PAD - 4
    for style, size, words in lines:
        down += size * 1.36
        struck = " oc-struck" if (box.set_aside or GONE in box.marks) and style == "oc-name" else ""
        texts.append(Text(style + struck, TEXT, down - size * 0.22, words))
    return Written(box, 2 * _PAD + sum(size * 1.36 for _, size, _ in lines) - 4, tuple(texts))


def stroke(line: Line, layout: Layout) -> tuple[str, str]:
    """The classes of a line, and its dashes where it is not drawn whole."""
    kind = ["oc-line"] + (["oc-line-aside"] if line.set_aside else [])
    kind += ["oc-back"] if (line.below, line.above) in layout.backward else []
    kind += ["oc-thick"] if line.mode == "quotes" else []
    dash = "2 5" if line.inferred else "5 4" if line.standing != "explicit" else DASHES.get(line.mode, "")
    return " ".join(kind), f' stroke-dasharray="{dash}"' if dash else ""


def path_of(line: Line, layout: Layout, digits: int = 1) -> str:
    """Level where it leaves and arrives, straight through the columns that it passes; with corners where it runs back."""
    hop = (line.below, line.above)
    points = [(_round(x, digits), _round(y, digits)) for x, y in layout.routes[hop]]
    if hop in layout.backward:
        return "M" + "L".join(f"{x} {y}" for x, y in points)
    (x, y), *rest = points
    path = f"M{x} {y}"
    for number, (to_x, to_y) in enumerate(rest):
        middle = _round((float(x) + float(to_x)) / 2, digits)
        path += f"H{to_x}" if number % 2 or y == to_y else f"C{middle} {y} {middle} {to_y} {to_x} {to_y}"
        x, y = to_x, to_y
    return path


def _round(value: float, digits: int) -> str:
    return f"{value:.{digits}f}"


def labels(one: Placed) -> Iterator[Text]:
    """How it was passed on, beside the line: near the reader where several start together, else near the origin."""
    layout, leaving = one.layout, dict[str, int]()
    for line in one.picture.lines:
        leaving[line.above] = leaving.get(line.above, 0) + 1
    for line in one.lines:
        points = layout.routes[line.below, line.above]
        if (line.below, line.above) in layout.backward:
            (x, y), (to_x, _) = points[2:4]
            yield Text("oc-mode", (x + to_x) / 2, y - 5, f"{line.label} ({one.say.text('closes')})")
            continue
        yield _label(line, points, many=leaving[line.above] > 1)


def _label(line: Line, points: Sequence[Point], *, many: bool) -> Text:
    (x, y), (to_x, to_y) = points[-2:] if many else points[:2]
    share = 0.72 if many else 0.34
    bent = share * share * (3 - 2 * share)  # the height of a curve that is level at both ends
    text = cut(line.label, _ROOM.column - 8, SMALL)
    half = width_of(text, SMALL) / 2 + 2
    low, high = min(x, to_x) + half + 2, max(x, to_x) - half - 10
    at = min(max(x + (to_x - x) * share, low), max(low, high))
    crossed = " ✕" if line.mode == "not_from" else ""
    return Text("oc-mode", at, y + (to_y - y) * bent - 6, text + crossed)


def words_of(text: str) -> str:
    return escape(shown(text), quote=False)


def attribute(text: str) -> str:
    return escape(shown(text))
