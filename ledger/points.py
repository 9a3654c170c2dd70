"""The points of the write path at which a process may die, by name. Whoever tests that listens; nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Point = Literal[
    # One step of the log, from the first that is to be written to the answers
    "checked",
    "signed",
    "head moved",
    "entries written",
    "tiles written",
    "checkpoint written",
    "derived written",
    "before the commit",
    "committed",
    "head kept",
    "before the replies",
    # Of an import, between two of its batches
    "batch stored",
    # The log's head, kept in place
    "place written",
    # A small file that is replaced: the log's first head, or what a witness signed last
    "file written beside",
    "file replaced",
    # A witness
    "growth judged",
    # Publishing as files
    "tiles published",
    "checkpoint published",
    # Rebuilding what is derived
    "derived cleared",
    "derived rebuilt",
    # Making a ledger
    "init begun",
    "keys made",
    "ledger created",
    "ledger founded",
    # New keys of the log, and old ones that go
    "log keys made",
    "log keys retired",
    # Erasing openings
    "openings erased",
    "before the scrub",
]

listener: Callable[[Point], None] | None = None


def reached(point: Point) -> None:
    """Said right where it is; costs nothing worth counting while nobody listens."""
    if listener is not None:
        listener(point)
