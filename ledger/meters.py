"""What is counted and timed while a server runs, by name. Whoever keeps figures listens; nobody else does.

Kinds are names out of short lists of ours: no id, no address, no word of anybody.
"""

from __future__ import annotations

from time import perf_counter
from typing import Literal, Protocol

Counted = Literal["records", "database errors", "cosignatures", "witness failures", "webhook failures"]
Timed = Literal["waited", "settled"]


class Meter(Protocol):
    """Threads may share it."""

    def count(self, what: Counted, kind: str, by: int) -> None: ...

    def begun(self) -> None:
        """This thread begins a step of the log; `ledger.points` says how far it comes, and `took` that it is over."""

    def took(self, what: Timed, seconds: float) -> None: ...

    def waiting(self, submissions: int) -> None:
        """So many wait for the log now."""


meter: Meter | None = None


def count(what: Counted, kind: str = "", by: int = 1) -> None:
    if meter is not None and by:
        meter.count(what, kind, by)


def begin() -> float:
    """A step of the log begins; to be given to `took_since`."""
    if meter is not None:
        meter.begun()
    return perf_counter()


def took_since(what: Timed, begun: float) -> None:
    """`begun` as `perf_counter` tells it."""
    if meter is not None:
        meter.took(what, perf_counter() - begun)


def waiting(submissions: int) -> None:
    if meter is not None:
        meter.waiting(submissions)
