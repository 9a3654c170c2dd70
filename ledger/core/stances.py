"""What a statement about one claim says about another (SCORING 2.3): implication between claims affirmed and claims denied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.records import ClaimRelationRecord

Literal2 = tuple[str, str]
"""A claim and a polarity: the claim affirmed (+) or denied (-)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The stance that follows from a literal. `side` is + or -, or None where relations lead to both sides equally near."""

    side: str | None
    steps: int
    entails: bool
    contradicts: bool


@dataclass(frozen=True, slots=True)
class _Implication:
    premise: Literal2
    kind: str


def _implications(relations: Iterable[ClaimRelationRecord]) -> dict[Literal2, list[_Implication]]:
    """For each literal, the literals that imply it: each relation and its contrapositive."""
    found: dict[Literal2, list[_Implication]] = defaultdict(list)

    def implies(premise: Literal2, conclusion: Literal2, kind: str) -> None:
        found[conclusion].append(_Implication(premise, kind))

    for record in relations:
        a, b, kind = record.subject, record.object, record.relation
        if kind == "contradicts":
            implies((a, "+"), (b, "-"), kind)
            implies((b, "+"), (a, "-"), kind)
            continue
        implies((a, "+"), (b, "+"), kind)
        implies((b, "-"), (a, "-"), kind)
        if kind == "equivalent":
            implies((b, "+"), (a, "+"), kind)
            implies((a, "-"), (b, "-"), kind)
    return found


def _reaching(goal: Literal2, implications: dict[Literal2, list[_Implication]]) -> dict[Literal2, Reading]:
    """Every literal that implies the goal, by the fewest relations, with the kinds of relation on the way."""
    side = goal[1]
    reached = {goal: Reading(side, 0, False, False)}
    queue = [goal]
    for here in queue:
        so_far = reached[here]
        for step in sorted(implications.get(here, ()), key=lambda one: (one.premise, one.kind)):
            if step.premise not in reached:
                reached[step.premise] = Reading(
                    side,
                    so_far.steps + 1,
                    so_far.entails or step.kind == "entails",
                    so_far.contradicts or step.kind == "contradicts",
                )
                queue.append(step.premise)
    return reached


def readings(claim: str, relations: Iterable[ClaimRelationRecord]) -> dict[Literal2, Reading]:
    """What bears on a claim: affirming what is equivalent to it or entails it supports it; denying what is equivalent to it or
    what it entails denies it; affirming what contradicts it denies it. This holds over any number of relations. Where relations
    lead to both sides the nearer reading holds, and equally near ones cancel."""
    implications = _implications(relations)
    found = _reaching((claim, "+"), implications)
    for literal, other in _reaching((claim, "-"), implications).items():
        known = found.get(literal)
        if known is None or other.steps < known.steps:
            found[literal] = other
        elif other.steps == known.steps:
            found[literal] = Reading(None, known.steps, known.entails, known.contradicts)
    return found


def equivalents(claim: str, meaning: dict[Literal2, Reading]) -> frozenset[str]:
    """The claim and those that are related to it by equivalences alone: what is said of one is said of all."""
    return frozenset(
        {claim}
        | {
            name
            for (name, polarity), reading in meaning.items()
            if reading.side == polarity and not (reading.entails or reading.contradicts)
        }
    )
