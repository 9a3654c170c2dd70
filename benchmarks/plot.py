"""What an answer costs against the ledger's size, drawn plainly: a panel for each kind of answer, on one scale from nothing.

Rates are drawn as milliseconds for one answer. The line is the median of the rounds, the whisker their least and most; the
dashed line is the same bytes from a bare route. Colours follow the reader's light or dark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from benchmarks.figures import Figure, Samples

_WIDE, _HIGH = 230, 170
_LEFT, _TOP, _GAP, _FOOT = 58, 62, 34, 62
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1d2733 }
.title { font-size: 16px; font-weight: 600 }
.head { font-weight: 600 }
.small { font-size: 12px; fill: #4b5866 }
.paper { fill: #ffffff }
.rule { stroke: #d5dbe1; stroke-width: 1 }
.ours { stroke: #0b5cad; stroke-width: 2.5; fill: none }
.dot { fill: #0b5cad }
.floor { stroke: #6b7785; stroke-width: 2; stroke-dasharray: 5 4; fill: none }
.ring { fill: #ffffff; stroke: #6b7785; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6ebf0 }
  .small { fill: #a9b5c1 }
  .paper { fill: #14191f }
  .rule { stroke: #333d48 }
  .ours { stroke: #6cb2ff }
  .dot { fill: #6cb2ff }
  .floor { stroke: #97a3b0 }
  .ring { fill: #14191f; stroke: #97a3b0 }
}
"""


@dataclass(frozen=True)
class Point:
    """Milliseconds at a size: the median of the rounds, their least and most."""

    size: int
    value: float
    least: float
    most: float


@dataclass(frozen=True)
class Panel:
    name: str
    ours: tuple[Point, ...]
    floor: tuple[Point, ...]

    @property
    def most(self) -> float:
        return max(point.most for point in (*self.ours, *self.floor))


def plots(figures: Sequence[Figure]) -> dict[str, str]:
    """Files by name: one for each back end on which rates of reading were measured at several sizes."""
    found = {}
    for back_end in sorted({one.back_end for one in figures if one.back_end}):
        panels = _panels([one for one in figures if one.back_end == back_end and one.part == "read" and one.unit == "/s"])
        if panels:
            found[f"cost-{back_end.lower()}.svg"] = _drawn(f"What an answer costs as the ledger grows: {back_end}", panels)
    return found


def _panels(figures: Sequence[Figure]) -> list[Panel]:
    panels = []
    for name in dict.fromkeys(one.name for one in figures):
        some = sorted((one for one in figures if one.name == name and one.size), key=lambda one: one.size or 0)
        if len({one.size for one in some}) > 1:
            ours = tuple(_point(one.size or 0, one.ours) for one in some)
            panels.append(Panel(name, ours, tuple(_point(one.size or 0, one.floor) for one in some)))
    return panels


def _point(size: int, rates: Samples) -> Point:
    least, most = rates.spread
    return Point(size, 1e3 / rates.value, 1e3 / most, 1e3 / least)


def _drawn(title: str, panels: Sequence[Panel]) -> str:
    most, step = _scale(max(one.most for one in panels))
    sizes = sorted({point.size for one in panels for point in one.ours})
    columns = min(len(panels), 2)
    rows = ceil(len(panels) / columns)
    wide = _LEFT + columns * (_WIDE + _GAP)
    high = _TOP + rows * (_HIGH + _FOOT) + 34
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(_told(panels))}</desc>",
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{wide}" height="{high}"/>',
            f'<text class="title" x="{_LEFT}" y="26">{escape(title)}</text>',
            *(
                line
                for place, panel in enumerate(panels)
                for line in _panel(
                    panel,
                    _LEFT + place % columns * (_WIDE + _GAP),
                    _TOP + place // columns * (_HIGH + _FOOT),
                    sizes,
                    most,
                    step,
                )
            ),
            *_key(high - 22),
            "</svg>\n",
        ]
    )


def _told(panels: Sequence[Panel]) -> str:
    """The same in words, for those who do not see it."""
    said = []
    for panel in panels:
        points = ", ".join(f"{point.value:.2f} ms at {point.size:,} records" for point in panel.ours)
        said.append(f"{panel.name}: {points}.")
    return " ".join(said)


def _scale(most: float) -> tuple[float, float]:
    """The end of the axis, and the step between its lines: one, two or five of a power of ten."""
    power = 10.0 ** floor(log10(most / 4))
    step = next(one * power for one in (1, 2, 5, 10) if most / (one * power) <= 5)
    return step * ceil(most / step), step


def _panel(panel: Panel, left: float, top: float, sizes: Sequence[int], most: float, step: float) -> Iterator[str]:
    yield f'<text class="head" x="{left}" y="{top - 10}">{escape(panel.name)}</text>'
    for number in range(round(most / step) + 1):
        height = top + _HIGH - number * step / most * _HIGH
        yield f'<line class="rule" x1="{left}" y1="{height:.1f}" x2="{left + _WIDE}" y2="{height:.1f}"/>'
        yield f'<text class="small" x="{left - 6}" y="{height + 4:.1f}" text-anchor="end">{number * step:g}</text>'
    yield f'<text class="small" x="{left - 6}" y="{top - 10}" text-anchor="end">ms</text>'
    for size in sizes:
        yield (
            f'<text class="small" x="{_across(size, sizes, left):.1f}" y="{top + _HIGH + 18}" text-anchor="middle">'
            f"{size:,}</text>"
        )
    yield from _line(panel.floor, "floor", "ring", left, top, sizes, most)
    yield from _line(panel.ours, "ours", "dot", left, top, sizes, most)


def _line(
    points: Sequence[Point], line: str, dot: str, left: float, top: float, sizes: Sequence[int], most: float
) -> Iterator[str]:
    def up(value: float) -> float:
        return top + _HIGH - value / most * _HIGH

    places = [(_across(one.size, sizes, left), one) for one in points]
    yield f'<polyline class="{line}" points="{" ".join(f"{x:.1f},{up(one.value):.1f}" for x, one in places)}"/>'
    for x, one in places:
        yield f'<line class="{line}" x1="{x:.1f}" y1="{up(one.least):.1f}" x2="{x:.1f}" y2="{up(one.most):.1f}"/>'
        yield f'<circle class="{dot}" cx="{x:.1f}" cy="{up(one.value):.1f}" r="4"/>'


def _across(size: int, sizes: Sequence[int], left: float) -> float:
    """The place of a size on a line of powers of ten, with room at both ends for its name."""
    least, most = log10(sizes[0]), log10(sizes[-1])
    return left + 24 + (log10(size) - least) / (most - least) * (_WIDE - 48)


def _key(height: float) -> Iterator[str]:
    yield f'<line class="ours" x1="{_LEFT}" y1="{height - 4}" x2="{_LEFT + 30}" y2="{height - 4}"/>'
    yield f'<text class="small" x="{_LEFT + 38}" y="{height}">OnRecord</text>'
    yield f'<line class="floor" x1="{_LEFT + 122}" y1="{height - 4}" x2="{_LEFT + 152}" y2="{height - 4}"/>'
    yield (f'<text class="small" x="{_LEFT + 160}" y="{height}">the same bytes from a bare route; across: records held</text>')
