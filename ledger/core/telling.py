"""The history of a claim in the shape that is shown: where the score stood, what changed, and which records did it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ledger.core.history import Plan, Published, Step, View, in_the_world, on_the_ledger
from ledger.core.moments import Event
from ledger.core.sentences import Narrator
from schemas.corroboration import Sides
from schemas.dates import time_of
from schemas.history import By, History, LedgerHistory, LedgerPoint, MovedBy, NoLonger, WorldHistory, WorldPoint

_MOST_TOLD_APART = 8
_MOST_NAMED = 20


def history_of(
    plan: Plan,
    by: By,
    published: Sequence[Published],
    logged_at: Mapping[int, int],
    *,
    hides: Callable[[View], bool] = lambda view: False,
) -> History:
    """The history on the clocks that are asked for. `published` are the states of the plan's entries, oldest first.

    What it `hides` is told without numbers or words for them.
    """
    teller = _Teller(plan, logged_at, hides)
    return History(
        claim=plan.now.court.graph.claim,
        policy=plan.asked.policy,
        as_of=plan.as_of,
        until=plan.asked.until,
        clock=plan.asked.clock,
        without=sorted(plan.asked.without),
        base=plan.now.base,
        world=None if by == "ledger" else _world(plan, teller),
        ledger=None if by == "world" else _ledger(plan, published, teller),
    )


def _world(plan: Plan, teller: _Teller) -> WorldHistory:
    found = in_the_world(plan)
    points = [WorldPoint(at=step.at, **teller.point(step)) for step in found.steps]
    return WorldHistory(points=points, left_out=found.left_out, next=found.next)


def _ledger(plan: Plan, published: Sequence[Published], teller: _Teller) -> LedgerHistory:
    found = on_the_ledger(plan, published)
    points = [
        LedgerPoint(size=step.state.size, published=step.published.size, time=step.state.time, **teller.point(step))
        for step in found.steps
    ]
    return LedgerHistory(points=points, left_out=found.left_out, next=int(found.next) if found.next else None)


class _Teller:
    """Puts steps into words. Telling apart records that share a moment costs a hearing each: a bounded number in all."""

    def __init__(self, plan: Plan, logged_at: Mapping[int, int], hides: Callable[[View], bool]) -> None:
        self._narrator = Narrator(plan.now, plan.logged)
        self._logged_at = logged_at
        self._hides = hides
        self._hearings_left = plan.most

    def point(self, step: Step) -> dict[str, Any]:
        """The members that points of both clocks have."""
        view, verdict = step.view, step.view.verdict
        movers, more = self._told_apart(step)
        shown = not self._hides(view)
        return {
            "probability": verdict.probability if shown else None,
            "interval": verdict.interval if shown else None,
            "log_odds": verdict.total if shown else None,
            "change": self._change(step) if shown else None,
            "words": verdict.words if shown else None,
            "confidence": verdict.confidence,
            "headline": verdict.headline,
            "labels": view.labels,
            "independent_origins": Sides.model_validate({"for": verdict.n_for, "against": verdict.n_against}),
            "showable": view.showable,
            "moved_by": [self._moved_by(one) for one in movers],
            "more": more,
            "no_longer_counts": self._no_longer(step),
        }

    def _change(self, step: Step) -> float | None:
        """Only between two numbers that are told, since it gives one from the other. Before any report stands the base."""
        before = step.before
        if before is None or (self._hides(before) and before.verdict.headline != "no_reports"):
            return None
        return step.view.verdict.total - before.verdict.total

    def _told_apart(self, step: Step) -> tuple[Sequence[Event], int]:
        """Of the records that share the moment those without which the score would stand otherwise. Where none is missed, since
        each does what another does, those that do it alone; of these, and where they are too many to be asked about one by one,
        those behind the rows that are new. How many more share the moment, where nobody asked about them."""
        movers = step.movers
        if len(movers) < 2:
            return movers, 0
        if step.without is None or not len(movers) <= min(_MOST_TOLD_APART, self._hearings_left // 2):
            named = _behind(step, movers)[:_MOST_NAMED]
            return named, len(movers) - len(named)
        self._hearings_left -= 2 * len(movers)
        missed = [one for one in movers if _differs(step.without([one]), step.view)]
        if missed:
            return missed, 0
        enough = [one for one in movers if not _differs(step.without(_others(one, movers)), step.view)]
        return _behind(step, enough or movers), 0

    def _moved_by(self, mover: Event) -> MovedBy:
        entry, happening = mover.entry, mover.happening
        record: Any = entry.record
        members = {"statement": "speaker", "assessment": "target", "source_relation": "subject", "source": "id"}
        source = getattr(record, members.get(record.kind, ""), None)
        return MovedBy(
            id=entry.id,
            index=entry.index,
            kind=record.kind,
            happening=happening,
            source=None if source is None or source.startswith("sha256:") else source,
            act=getattr(record, "act", None),
            text=self._narrator.sentence(entry, happening),
            by=self._narrator.signed_by(entry),
            logged_at=time_of(self._logged_at[entry.index]),
        )

    def _no_longer(self, step: Step) -> list[NoLonger]:
        counted = step.before.gone if step.before else {}
        return [
            self._narrator.no_longer(name, said, reason)
            for name, (said, reason) in step.view.gone.items()
            if name not in counted
        ]


def _others(mover: Event, movers: Sequence[Event]) -> list[Event]:
    return [one for one in movers if one is not mover]


def _behind(step: Step, movers: Sequence[Event]) -> Sequence[Event]:
    """Those whose statements stand behind rows that are new or weigh differently; all, if there are none."""
    before = step.before.parts if step.before else {}
    new = {part[0] for origin, part in step.view.parts.items() if before.get(origin) != part and part[1] != 0.0}
    return [one for one in movers if one.entry.id in new] or movers


def _differs(one: View | None, other: View) -> bool:
    return one is None or (one.told, one.weights) != (other.told, other.weights)
