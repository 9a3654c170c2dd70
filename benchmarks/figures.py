"""What a benchmark finds: figures, each beside its floor or its plain alternative, measured in turns in one run.

A figure has a name, a unit, one sample of ours and one of the floor's for each round, and the bars that it is held against.
Everything else follows from these: medians, spreads, ratios, and whether a bar is met.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, quantiles
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

FORMAT = 1
"""Of the JSON; another number is another shape."""

Verdict = Literal["met", "missed", "not asked"]


class Shape(BaseModel):
    # What follows from the samples is written beside them for whoever reads the JSON, and not read back.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Samples(Shape):
    """One value a round. `whole` is the value over all rounds together, where that is not the median: a percentile."""

    name: str
    values: tuple[float, ...]
    whole: float | None = None

    @property
    def value(self) -> float:
        return median(self.values) if self.whole is None else self.whole

    @property
    def spread(self) -> tuple[float, float]:
        return min(self.values), max(self.values)


class Bar(Shape):
    """What a figure, or its ratio to the floor, has to reach. Asked only at the size that it was set for, if it was for one."""

    of: Literal["figure", "ratio"]
    sense: Literal["at least", "at most"]
    limit: float
    size: int | None = None

    def verdict(self, figure: Figure) -> Verdict:
        if self.size is not None and self.size != figure.size:
            return "not asked"
        found = figure.ours.value if self.of == "figure" else figure.ratio
        kept = found >= self.limit if self.sense == "at least" else found <= self.limit
        return "met" if kept else "missed"


class Figure(Shape):
    """`size` is how many records the ledger held, or the work was on; `beside` are facts that help to read it."""

    part: str
    name: str
    unit: str
    better: Literal["more", "less"]
    ours: Samples
    floor: Samples
    back_end: str | None = None
    size: int | None = None
    bars: tuple[Bar, ...] = ()
    beside: dict[str, float] = {}

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours by the floor's, of each round."""
        return tuple(one / other for one, other in zip(self.ours.values, self.floor.values, strict=True))

    @property
    def ratio(self) -> float:
        if self.ours.whole is not None and self.floor.whole is not None:
            return self.ours.whole / self.floor.whole
        return median(self.ratios)


class Machine(Shape):
    """What the figures depend on; no name of a host, no path."""

    cores: int
    memory_gb: float
    system: str
    python: str
    sqlite: str
    postgresql: str | None
    packages: dict[str, str]


class Ran(Shape):
    """How the run went. `load` is the load average before each part, `busy` how many cores others kept busy just then."""

    date: str
    seconds: float
    rounds: int
    arguments: str
    load: dict[str, float]
    busy: dict[str, float]


class Bench(Shape):
    machine: Machine
    ran: Ran
    figures: tuple[Figure, ...]


def percentiles(took: Sequence[float]) -> tuple[float, float]:
    """p50 and p99 of all that it took."""
    if len(took) < 2:
        return (took[0], took[0])
    cuts = quantiles(took, n=100, method="inclusive")
    return cuts[49], cuts[98]


# JSON


def as_json(bench: Bench) -> dict[str, Any]:
    """The facts, and beside them what follows."""
    return {
        "format": FORMAT,
        "machine": bench.machine.model_dump(mode="json"),
        "ran": bench.ran.model_dump(mode="json"),
        "figures": [_figure(one) for one in bench.figures],
    }


def from_json(value: Any) -> Bench:
    if value.get("format") != FORMAT:
        raise ValueError(f"format {value.get('format')!r}, wanted {FORMAT}")
    return Bench.model_validate(value)


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        **figure.model_dump(mode="json", exclude={"ours", "floor", "bars"}),
        "ours": _samples(figure.ours),
        "floor": _samples(figure.floor),
        "ratio": {"value": figure.ratio, "least": min(figure.ratios), "most": max(figure.ratios)},
        "bars": [{**one.model_dump(mode="json"), "verdict": one.verdict(figure)} for one in figure.bars],
    }


def _samples(samples: Samples) -> dict[str, Any]:
    least, most = samples.spread
    return {**samples.model_dump(mode="json"), "value": samples.value, "least": least, "most": most}
