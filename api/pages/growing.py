"""How the log grew, as a line in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.dates import time_of

WIDE, HIGH = 600, 120


@dataclass(frozen=True)
class Growth:
    """`line` and `area` in a field of 600 to 120; the first and last state as (time, size)."""

    line: str
    area: str
    first: tuple[str, int]
    last: tuple[str, int]
    states: Sequence[tuple[str, int]]


def growth(points: Sequence[tuple[int, int]]) -> Growth | None:
    """Steps: a size holds until the next state was published. None of a log that never grew."""
    if len(points) < 2 or points[-1][1] == 0:
        return None
    begin, end = points[0][0], points[-1][0]
    # So that the last step has a tread, and a log that was filled within a second is no upright line at the edge.
    wide = max(end - begin, 1) * 1.05
    corners: list[tuple[float, float]] = []
    for place, (time, size) in enumerate(points):
        until = (points[place + 1][0] - begin) / wide * WIDE if place + 1 < len(points) else WIDE
        y = round((1 - size / points[-1][1]) * (HIGH - 4) + 2, 1)
        corners += [(round((time - begin) / wide * WIDE, 1), y), (round(until, 1), y)]
    line = "M" + "L".join(f"{x:g} {y:g}" for x, y in corners)
    states = [(time_of(time), size) for time, size in points]
    return Growth(line, f"{line}V{HIGH}H0Z", states[0], states[-1], states)
