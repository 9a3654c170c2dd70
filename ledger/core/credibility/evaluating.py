"""The methods side by side on one table, each with its answers, its accuracy where truths are known, and its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ledger.core.credibility.agreeing import Scale
from ledger.core.credibility.judging import Judgement, Truth, judge
from ledger.core.credibility.methods import accu, pooled_investment, pop_accu, vote
from ledger.core.credibility.origin import origin_em
from ledger.core.credibility.table import ClaimTable, Ints


@dataclass(frozen=True)
class Answers:
    """The fact chosen for each item, and the families that were found on the way."""

    chosen: Ints
    families: list[list[str]] = field(default_factory=list)


def _origins(table: ClaimTable, scale: Scale) -> Answers:
    estimate = origin_em(table, scale)
    return Answers(table.best(estimate.scores), estimate.families)


METHODS: dict[str, Callable[[ClaimTable, Scale], Answers]] = {
    "Vote": lambda table, _: Answers(table.best(vote(table))),
    "PooledInvestment": lambda table, _: Answers(table.best(pooled_investment(table))),
    "PopAccu": lambda table, _: Answers(table.best(pop_accu(table))),
    "Accu": lambda table, _: Answers(table.best(accu(table))),
    "OriginEM": _origins,
}


@dataclass(frozen=True)
class Result:
    method: str
    judgement: Judgement
    seconds: float
    families: list[list[str]]


def evaluate(table: ClaimTable, truths: Sequence[Truth], scale: Scale, clock: Callable[[], float]) -> Iterator[Result]:
    """One result for each method, as it is done. The clock comes from outside: core has none."""
    for method, answer in METHODS.items():
        began = clock()
        answers = answer(table, scale)
        seconds = clock() - began
        yield Result(method, judge(table, answers.chosen, truths, scale), seconds, answers.families)
