"""Time a thing and its floor in turns, in one run, so that the ratio means the same on slow machines and fast ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from benchmarks.figures import Figure, Samples

_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6}


@dataclass(frozen=True)
class Case:
    """`work` is what we do; `floor` is the least that anybody could do instead. Either runs `calls` times for one sample; where
    these are `apart`, they take turns too, and the sample is their median."""

    name: str
    work: Callable[[], object]
    floor_name: str
    floor: Callable[[], object]
    calls: int = 1
    apart: bool = False
    unit: str = "us"


def figure(part: str, case: Case, rounds: int) -> Figure:
    """The time of one call of each, in every round. Turns are taken so that a busy moment of the machine hits both."""
    sample = _in_turns if case.apart else _one_after_another
    pairs = [sample(case) for _ in range(rounds + 1)][1:]  # the first round warms the caches
    work, floor = (tuple(one * _UNITS[case.unit] for one in some) for some in zip(*pairs, strict=True))
    return Figure(
        part=part,
        name=case.name,
        unit=case.unit,
        better="less",
        ours=Samples(name=case.name, values=work),
        floor=Samples(name=case.floor_name, values=floor),
    )


def _one_after_another(case: Case) -> tuple[float, float]:
    return _time(case.work, case.calls), _time(case.floor, case.calls)


def _in_turns(case: Case) -> tuple[float, float]:
    pairs = [(_time(case.work, 1), _time(case.floor, 1)) for _ in range(case.calls)]
    work, floor = zip(*pairs, strict=True)
    return median(work), median(floor)


def _time(work: Callable[[], object], calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        work()
    return (perf_counter() - start) / calls
