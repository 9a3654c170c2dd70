"""A case is a random world and a question; an axiom is a check of one. All axioms are found in AXIOMS by their names."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ledger.core.evidence import Logged
from ledger.core.force import standing
from schemas.corroboration import AsOf, Report
from schemas.records import AttributionRecord
from tests.core.axioms.random_worlds import RandomWorld


@dataclass
class Case:
    """One world with the answer to its question. Every axiom gets its own copy of the world to change."""

    seed: int

    def __post_init__(self) -> None:
        self.made = RandomWorld(self.seed)
        self.question: dict[str, Any] = self.made.question
        self.chance = random.Random(self.seed)

    @cached_property
    def before(self) -> Report:
        return self.made.report(**self.question)

    @property
    def counting(self) -> bool:
        return any(row.weight > 0 for row in self.before.contributions)

    def world(self) -> RandomWorld:
        world = copy.copy(self.made)
        world.logged = list(self.made.logged)
        world.said, world.slugs = list(self.made.said), list(self.made.slugs)
        return world

    def after(self, world: RandomWorld, **other: Any) -> Report:
        """The answer to the same question in a changed world."""
        return world.report(**{**self.question, **other})


Check = Callable[[Case], bool]
"""Raises AssertionError where the axiom does not hold; False if the case does not meet its precondition."""
AXIOMS: dict[str, Check] = {}


def axiom(check: Check) -> Check:
    AXIOMS[check.__name__] = check
    return check


def holds(name: str, seed: int, case: Case | None = None) -> bool:
    """Whether the axiom could be held against this world; AssertionError with the number of the world if it fails."""
    case = case or Case(seed)
    case.chance = random.Random(f"{seed} {name}")
    try:
        return AXIOMS[name](case)
    except AssertionError as error:
        raise AssertionError(f"{name}, world {seed}: {error}") from error


def read_at(size: int) -> AsOf:
    return AsOf(size=size, root="00" * 32, time="2026-01-01T00:00:00Z")


def plain(report: Report) -> dict[str, Any]:
    """The report but for where it was read."""
    return report.model_dump(exclude={"as_of"})


def numbers(report: Report) -> tuple[object, ...]:
    """What a score says in short."""
    return report.log_odds, report.interval, report.independent_origins, report.words, report.confidence


def standing_hops(logged: list[Logged]) -> list[Logged]:
    """Attributions in force that say that something was had from somebody; both ends, or what replaced them, in force too."""
    there, alias = standing_ids(logged), standing(logged).aliases

    def holds_good(entry: Logged) -> bool:
        hop = entry.record
        if not isinstance(hop, AttributionRecord) or hop.mode == "not_from":
            return False
        return {entry.id, alias.get(hop.from_, hop.from_), alias.get(hop.to, hop.to)} <= there

    return [entry for entry in logged if holds_good(entry)]


def standing_ids(logged: list[Logged]) -> set[str]:
    """Statements, documents and hops that nobody took back, or that were reinstated."""
    stands = standing(logged)
    return {entry.id for kind in ("statement", "document", "attribution") for entry in stands.loose[kind]}


def renumbered(logged: list[Logged]) -> list[Logged]:
    return [Logged(index, entry.id, entry.record, entry.keys) for index, entry in enumerate(logged)]
