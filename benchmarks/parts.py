"""The parts of `make bench`, in the order in which they run: what each measures, how long it takes, and how big it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmarks.figures import Figure
from benchmarks.grounds import Grounds

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How much is measured. `sizes` are of the ledgers that are read from; the rest are numbers of records."""

    rounds: int = 3
    sizes: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    back_ends: tuple[str, ...] = field(default_factory=Grounds.back_ends)
    requests: dict[int, int] = field(default_factory=lambda: {1: 300, 32: 3_000, 256: 4_000})
    """Appends of a round, for so many clients."""
    imported: int = 100_000
    checked: int = 100_000
    lone: int = 10_000
    claims: int = 300
    """Whose standing is worked out."""
    turns: int = 5
    """How often a command is started for one sample."""
    seconds: float = 2.0
    """How long one kind of read is asked for, for one sample."""
    workers: int = 1
    """Processes of each server that reads are asked of, ours and the bare one."""


FULL = Plan()
QUICK = Plan(
    sizes=(1_000, 10_000),
    requests={1: 60, 32: 320, 256: 512},
    imported=5_000,
    checked=2_000,
    lone=300,
    claims=50,
    turns=3,
    seconds=0.5,
)


@dataclass(frozen=True)
class Part:
    """`seconds` is about what it takes on two quiet cores."""

    name: str
    says: str
    seconds: Callable[[Plan], float]
    run: Callable[[Plan, Grounds, Tell], Iterator[Figure]]


def parts() -> tuple[Part, ...]:
    from benchmarks import appending, checking, disk, floors, importing, reading, standing, starting

    some = (floors, starting, appending, importing, reading, checking, disk, standing)
    return tuple(one.PART for one in some)
