"""Values that statements give to an item: positions among claims that rule each other out, and figures. Which implies which."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ledger.core.policies import OLO_1
from schemas.members import Quantity


@dataclass(frozen=True)
class Position:
    """Which of the claims of a group is affirmed, if any, and which are denied."""

    group: frozenset[str]
    affirmed: str | None
    denied: frozenset[str]

    @property
    def text(self) -> str:
        if self.affirmed is not None:
            return f"+{self.affirmed}"
        return "-" + ",".join(sorted(self.denied))

    @property
    def number(self) -> float | None:
        return None

    @property
    def ruled_out(self) -> frozenset[str]:
        return self.group - {self.affirmed} if self.affirmed is not None else self.denied

    def implies(self, other: Value) -> bool:
        if not isinstance(other, Position):
            return False
        if other.affirmed is not None:
            return other.affirmed == self.affirmed
        return other.denied <= self.ruled_out

    def agrees_with(self, other: Value) -> bool:
        """Whether both can be right: neither affirms what the other rules out."""
        if not isinstance(other, Position):
            return False
        return self.affirmed not in other.ruled_out and other.affirmed not in self.ruled_out

    def followed_by(self, later: Position) -> Position:
        """What the source says after this and then that: a later word replaces what it contradicts, and adds to the rest."""
        if not self.agrees_with(later):
            return later
        affirmed = later.affirmed or self.affirmed
        return Position(self.group, affirmed, self.denied | later.denied)


@dataclass(frozen=True)
class Figure:
    """A figure, or a range that the words of an assertion cover; `refused` if it is denied."""

    low: float
    high: float
    refused: bool = False

    @property
    def text(self) -> str:
        """A plain number for a single figure, so that near ones can be told from far ones."""
        shown = f"{self.low:.15g}" if self.low == self.high else f"{self.low:.15g}..{self.high:.15g}"
        return f"not {shown}" if self.refused else shown

    @property
    def number(self) -> float | None:
        return self.low if self.low == self.high and not self.refused else None

    def implies(self, other: Value) -> bool:
        if not isinstance(other, Figure):
            return False
        apart = self.low > other.high or self.high < other.low
        if other.refused:
            return (other.low >= self.low and other.high <= self.high) if self.refused else apart
        return not self.refused and other.low <= self.low and self.high <= other.high

    def agrees_with(self, other: Value) -> bool:
        """Whether one can be right with the other: a range and what lies in it, near figures, and whatever only overlaps."""
        if not isinstance(other, Figure) or (self.refused and other.refused):
            return isinstance(other, Figure)
        if self.refused or other.refused:
            said, denied = (other, self) if self.refused else (self, other)
            return not (denied.low <= said.low and said.high <= denied.high)
        if self.number is not None and other.number is not None:
            return near(self.number, other.number)
        return self.low <= other.high and other.low <= self.high


Value = Position | Figure


def near(one: float, other: float) -> bool:
    """As near as the word `about` allows."""
    return abs(one - other) <= OLO_1.about_within * max(abs(one), abs(other))


def figure_of(quantity: Quantity) -> Figure:
    """What an assertion of this quantity covers, by its hedge; a single figure where it names one."""
    low, best, high = quantity.low, quantity.best, quantity.high
    match quantity.hedge:
        case "more_than" if low is not None:
            return Figure(low, 2 * low)
        case "at_least" if low is not None:
            return Figure(low, 3 * low)
        case "up_to" if high is not None:
            return Figure(high / 3, high)
        case "between" if low is not None and high is not None:
            return Figure(low, high)
        case "order_of" if best is not None:
            return Figure(best / OLO_1.order_of_factor, best * OLO_1.order_of_factor)
        case _:
            assert best is not None
            return Figure(best, best)


def refused(quantity: Quantity) -> Figure:
    """What somebody denies who denies this quantity: `more than 10,000` has no upper end then, `up to` no lower one."""
    if quantity.low is not None and quantity.high is None:
        return Figure(quantity.low, math.inf, refused=True)
    if quantity.high is not None and quantity.low is None:
        return Figure(0, quantity.high, refused=True)
    told = figure_of(quantity)
    return Figure(told.low, told.high, refused=True)
