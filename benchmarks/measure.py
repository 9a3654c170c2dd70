"""Time a thing and its floor in turns, in one run, so that the ratio means the same on slow machines and fast ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

ROUNDS = 7


@dataclass(frozen=True)
class Case:
    """`work` is what we do; `floor` is the least that anybody could do instead. Either runs `calls` times a round."""

    name: str
    work: Callable[[], object]
    floor_name: str
    floor: Callable[[], object]
    calls: int = 1


@dataclass(frozen=True)
class Row:
    name: str
    seconds: float
    floor_name: str
    floor_seconds: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.floor_seconds


def measure(case: Case) -> Row:
    """The median time of one call of each. Turns are taken so that a busy moment of the machine hits both."""
    rounds = [(_time(case.work, case.calls), _time(case.floor, case.calls)) for _ in range(ROUNDS + 1)]
    work, floor = zip(*rounds[1:], strict=True)  # the first round warms the caches
    return Row(case.name, median(work), case.floor_name, median(floor))


def print_table(rows: Iterable[Row]) -> None:
    """One line per row, as soon as it is known."""
    print(f"{'what':<34} {'time':>11}   {'floor':<34} {'time':>11} {'ratio':>8}")
    for row in rows:
        print(
            f"{row.name:<34} {_human(row.seconds):>11}   {row.floor_name:<34} {_human(row.floor_seconds):>11} "
            f"{row.ratio:>7.2f}x",
            flush=True,
        )


def _time(work: Callable[[], object], calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        work()
    return (perf_counter() - start) / calls


def _human(seconds: float) -> str:
    if seconds >= 0.1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} us"
