"""Small pictures in numbers: where a bar begins, which way a line runs. Templates draw them, the stylesheet colours them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from schemas import dates
from schemas.corroboration import Figure, Figures

WIDE, HIGH = 600, 160
"""Of the course of a score; 1 is at the top, 0 at the bottom."""


@dataclass(frozen=True)
class Bar:
    """Of 100: where the interval begins and how long it is, and where the likelihood stands."""

    start: float
    length: float
    at: float


@dataclass(frozen=True)
class Course:
    """How a score moved: the line as steps, the interval as an area, and the first and last date."""

    line: str
    area: str
    first: str
    last: str


@dataclass(frozen=True)
class Span:
    figure: Figure
    bar: Bar


@dataclass(frozen=True)
class Ranges:
    """The figures on record side by side, from `low` to `high`."""

    figures: Figures
    low: float
    high: float
    most: Bar
    spans: Sequence[Span]


def bar(at: float, interval: tuple[float, float]) -> Bar:
    low, high = interval
    return Bar(round(100 * low, 1), round(max(100 * (high - low), 0.6), 1), round(100 * at, 1))


def course(points: Sequence[tuple[str, float, tuple[float, float]]]) -> Course:
    """Steps: a score stands until the next point moves it."""
    moments = [_moment(at) for at, _, _ in points]
    begin, end = moments[0], max(moments)
    wide = max(end - begin, 1.0) * 1.06  # so that the last step has a tread
    across = [round((one - begin) / wide * WIDE, 1) for one in moments] + [float(WIDE)]
    middle = _steps(across, [probability for _, probability, _ in points])
    top, bottom = (_steps(across, [interval[side] for _, _, interval in points]) for side in (1, 0))
    return Course(_path(middle), _path([*top, *reversed(bottom)]) + "Z", points[0][0][:10], points[-1][0][:10])


def _moment(at: str) -> float:
    return float(dates.bounds(at)[0])


def _steps(across: Sequence[float], heights: Sequence[float]) -> list[tuple[float, float]]:
    found = []
    for place, height in enumerate(heights):
        y = round((1 - height) * HIGH, 1)
        found += [(across[place], y), (across[place + 1], y)]
    return found


def _path(corners: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in corners)


def ranges(figures: Figures) -> Ranges:
    """On a scale that is even in ratios, where every figure is above nothing; even in differences else."""
    ends = [end for one in figures.figures for end in (one.low, one.high) if math.isfinite(end)] + [*figures.most]
    low, high = min(ends), max(ends)
    scale = math.log if low > 0 else float
    span = (scale(high) - scale(low)) or 1.0

    def place(value: float) -> float:
        return (scale(min(max(value, low), high)) - scale(low)) / span if math.isfinite(value) else 1.0

    def drawn(start: float, end: float) -> Bar:
        return bar(place(figures.median), (place(start), place(end)))

    return Ranges(figures, low, high, drawn(*figures.most), [Span(one, drawn(one.low, one.high)) for one in figures.figures])
