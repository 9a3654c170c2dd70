"""Where claims stand, as a store keeps it: rows, how far they are worked out, one step forward, and how they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StandingRow:
    """Where the claim recorded at `index` stands: its score in brief at `size`, the last published size that can have moved it.

    At `changed_at`, a published size, the headline became what it is, after `previous` (None: the claim was not there, or
    not standing, or something that it may have rested on was withheld then, or nobody looked any further back). From the
    second `lapses_at` on, time alone may change it.
    """

    index: int
    claim: str
    size: int
    policy: str
    headline: str
    labels: tuple[str, ...]
    probability: float
    n_for: float
    n_against: float
    confidence: str
    showable: bool
    changed_at: int
    previous: str | None
    lapses_at: int | None


@dataclass(frozen=True, slots=True)
class StandingProgress:
    """The standing is complete to `size`, as of `time`, by the method `policy`; `version` counts what was written about it.
    Claims that could not be worked out are without a row then, and still due.

    It is on its way to `target` (the same size: nothing to do). Of the entries from `size` on, those below `seen` have been
    looked through for claims that they touch; until those are worked out they are listed as due.
    """

    version: int
    policy: str
    size: int
    time: int
    target: int
    target_time: int
    seen: int


@dataclass(frozen=True, slots=True)
class StandingStep:
    """One step forward, written whole or not at all. `lapsed`: what time has changed by then is due as well.

    `due` claims are to be worked out; `rows` are worked out, and those in `gone` stand no longer: neither is due any more.
    Those in `put_off` have no row until they can be worked out: they stay due.
    `anew`: everything that was there before goes first.
    """

    progress: StandingProgress
    due: Sequence[int] = ()
    rows: Sequence[StandingRow] = ()
    gone: Sequence[int] = ()
    put_off: Sequence[int] = ()
    lapsed: int | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class StandingFilter:
    """Claims with this headline, with this label, whose headline changed past that size: all that are given must hold."""

    headline: str | None = None
    label: str | None = None
    changed_since: int | None = None


class Standings(Protocol):
    """Where claims stand, as far as it was worked out: it may be behind the log. A claim goes by its first entry's index."""

    def progress(self) -> StandingProgress: ...

    def rows(self, indexes: Sequence[int]) -> dict[int, StandingRow]:
        """Those of these claims that stand, as last worked out."""

    def due_among(self, indexes: Sequence[int]) -> set[int]:
        """Those of these claims that are to be worked out again."""

    def due(self, limit: int) -> list[int]:
        """The first claims that are due, in order."""

    def matching(self, wanted: StandingFilter, before: int, limit: int) -> list[int]:
        """Claims whose row fits, newest first, below `before`."""

    def changed_before(self, newest: int) -> int:
        """The highest size at or before which all changes of headlines are older than the `newest` so many; 0 if there are
        fewer."""

    def moved_since(self, size: int, after: int, limit: int) -> list[int]:
        """Claims with an index above `after` that something may have moved past `size`, lowest index first."""

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many claims have each headline, and how many each label."""

    def all_rows(self) -> Iterator[StandingRow]:
        """Every row, in index order. A row of types that are not the table's is CorruptError; asking on gives the next one."""

    def labelled(self) -> Iterator[tuple[str, int]]:
        """Every label and claim by which claims are found, in the order of labels."""
