"""How the score of a claim moved: asked again at every moment at which it can have, and which record it was (SCORING 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ledger.core.combination import Verdict
from ledger.core.evidence import Logged
from ledger.core.hearing import Hearing, Series, examine
from ledger.core.moments import Bearing, Event, entries_that_bear, events, put_off
from ledger.core.policies import policy as policy_of
from ledger.core.reporting import labels_of, set_aside_of, showable, withdrawn_of
from ledger.errors import NotFoundError
from schemas.corroboration import AsOf, Clock, Label
from schemas.dates import bounds, seconds_of, time_of

MOST_MOMENTS = 200
"""Moments that are asked about on each clock, fewer where a claim has very many statements; earlier ones are left out."""
_MOST_WORK = 20_000
"""Statements heard on each clock in all hearings together; as many again tell apart the records that share a moment."""
_MAY_BE_UNDATED = ("said", "known", "published")
_FIRST, _LAST = bounds("0001-01-01")[0], bounds("9999-12-31")[1]


@dataclass(frozen=True)
class Asked:
    """A question about a score, without the state of the ledger that it is asked of."""

    until: str | None = None
    clock: Clock = "said"
    without: Sequence[str] = ()
    policy: str = "olo-1"
    base_rate: float | None = None


@dataclass(frozen=True)
class Plan:
    """What has to be known of a claim before its history can be told. `entries` are those that can have moved the score, in
    order: the states that published them are for the store to look up, the newest `most + 1` of them if there are more."""

    claim: str
    logged: Sequence[Logged]
    as_of: AsOf
    asked: Asked
    now: Hearing
    bearing: Bearing
    entries: Sequence[Logged]
    most: int
    series: Series
    """For hearings of all the plan's records."""


@dataclass(frozen=True)
class Published:
    """A published state of the ledger, and those of a plan's entries that it was the first to hold."""

    as_of: AsOf
    entries: Sequence[Logged]


@dataclass(frozen=True)
class View:
    """The score as far as its history tells it. `gone` is what no longer counts: statement -> when said, and why."""

    verdict: Verdict
    labels: list[Label]
    showable: bool
    gone: dict[str, tuple[str | None, str]]
    parts: dict[str, tuple[str, float]]

    @property
    def weights(self) -> dict[str, float]:
        """What each origin and side adds; another statement may come to stand for the same."""
        return {origin: weight for origin, (_, weight) in self.parts.items() if weight}

    @property
    def told(self) -> tuple[Any, ...]:
        """What makes a point of its own when it changes."""
        it = self.verdict
        return it.total, it.interval, it.headline, it.n_for, it.n_against, self.labels, sorted(self.gone)


@dataclass(frozen=True)
class Step:
    """The score came to stand so; `before` it stood otherwise, or nobody can say how. `movers` share the moment; `without` some
    of them it would stand as that says, where it can be told. `at` is the date in the world, `state` that of the ledger,
    `published` the first published one that holds it."""

    view: View
    before: View | None
    movers: Sequence[Event]
    without: Callable[[Sequence[Event]], View | None] | None
    at: str | None
    state: AsOf
    published: AsOf


@dataclass(frozen=True)
class Steps:
    """All steps that were looked for; `left_out` earlier moments were not, and `next` is where to go on."""

    steps: Sequence[Step]
    left_out: int
    next: str | None


def plan(claim: str, logged: Sequence[Logged], as_of: AsOf, asked: Asked, now: Hearing | None = None) -> Plan:
    """NotFoundError and FormatError as for the score itself. `now` is the hearing of this very question, if held."""
    below = [entry for entry in logged if entry.index < as_of.size]
    now = now or _examine(claim, below, as_of, asked, asked.until)
    bearing = Bearing(below, asked.without, policy_of(asked.policy))
    most = max(1, min(MOST_MOMENTS, _MOST_WORK // max(1, len(now.court.graph.statements))))
    return Plan(claim, below, as_of, asked, now, bearing, entries_that_bear(claim, below, bearing), most, Series(now.stands))


def _examine(
    claim: str, logged: Sequence[Logged], as_of: AsOf, asked: Asked, until: str | None, series: Series | None = None
) -> Hearing:
    return examine(
        claim,
        logged,
        as_of=as_of,
        until=until,
        clock=asked.clock,
        without=asked.without,
        policy=asked.policy,
        base_rate=asked.base_rate,
        series=series,
    )


def view_of(hearing: Hearing) -> View:
    said = hearing.court.graph.statements
    gone = [(one.statement, one.reason) for one in withdrawn_of(hearing)]
    gone += [(one.record, one.reason) for one in set_aside_of(hearing)]
    return View(
        verdict=hearing.verdict,
        labels=sorted(labels_of(hearing)),
        showable=showable(hearing),
        gone={name: (said[name].span.text, reason) for name, reason in gone},
        parts={row.origin + row.testimony.side: (row.testimony.said.id, row.contribution) for row in hearing.rows},
    )


def _logged(plan: Plan, without: Sequence[Event]) -> Sequence[Logged]:
    """The plan's records as if these had not happened: not recorded, or in the world still to come."""
    dropped = {one.entry.index for one in without if one.happening == "recorded"}
    changed = {one.entry.index: put_off(one, plan.asked.clock) for one in without if one.happening != "recorded"}
    return [changed.get(entry.index, entry) for entry in plan.logged if entry.index not in dropped] if without else plan.logged


def _asked_at(plan: Plan, until: str, without: Sequence[Event] = ()) -> View:
    """The score in the world at a date."""
    series = None if without else plan.series
    return view_of(_examine(plan.claim, _logged(plan, without), plan.as_of, plan.asked, until, series))


def _blank(plan: Plan) -> View:
    """The score before anything had been said."""
    return _asked_at(plan, time_of(_FIRST))


# In the world


def in_the_world(plan: Plan) -> Steps:
    """The score at every second at which something takes effect, up to `until`; without one up to the ledger's own time, and
    then what bears no date or a later one."""
    now = plan.now.court.graph.moment
    happened = events(plan.now, plan.bearing)
    in_time = [one for one in happened if one.second <= now.valid and _FIRST < one.second < _LAST]
    seconds = list(dict.fromkeys(one.second for one in in_time))
    left_out, seconds = seconds[: -plan.most], seconds[-plan.most :]
    dated = {id(one) for one in in_time}
    undated = [one for one in happened if id(one) not in dated and one.second <= now.end and one.happening in _MAY_BE_UNDATED]

    def asked() -> Iterator[Step]:
        for second in seconds:
            at = name_of(second)
            shared = [one for one in in_time if one.second == second]
            without = partial(_asked_at, plan, at)
            yield Step(without(), None, shared, without, at, plan.as_of, plan.as_of)
        yield Step(view_of(plan.now), None, undated, None, plan.asked.until, plan.as_of, plan.as_of)

    before = _asked_at(plan, name_of(left_out[-1])) if left_out else _blank(plan)
    return Steps(list(_changes(before, asked())), len(left_out), name_of(left_out[-1]) if left_out else None)


def _changes(before: View | None, asked: Iterable[Step]) -> Iterator[Step]:
    """Those at which the score stands otherwise than before, each with what it was before."""
    for step in asked:
        if before is None or step.view.told != before.told:
            yield replace(step, before=before)
        before = step.view


def name_of(second: int) -> str:
    """The day that ends with this second, else its time: what to ask `until` for."""
    time = time_of(second)
    return time[:10] if time.endswith("T23:59:59Z") else time


# On the ledger


def on_the_ledger(plan: Plan, published: Sequence[Published]) -> Steps:
    """The score after every entry that bears on it; where those are too many, at the states that were published, the newest
    of them. `published` are the states of the plan's entries, oldest first."""
    earlier, shown = published[: -plan.most], published[-plan.most :]
    left_out = len(plan.entries) - sum(len(one.entries) for one in shown)
    if len(plan.entries) <= plan.most:
        shown = [Published(one.as_of, [entry]) for one in shown for entry in one.entries]
        sizes = [one.entries[0].index + 1 for one in shown]
    else:
        sizes = [one.as_of.size for one in shown]
    timed = events(plan.now, plan.bearing) if plan.asked.until is None else []

    def asked() -> Iterator[Step]:
        first = (earlier[-1:] or shown or [Published(plan.as_of, [])])[0]
        since = seconds_of(first.as_of.time)
        for size, one in [*zip(sizes, shown, strict=True), (plan.as_of.size, Published(plan.as_of, []))]:
            # Between published states nobody could ask; the time of such a one is that of the state that published it.
            state, time = one.as_of.model_copy(update={"size": size}), seconds_of(one.as_of.time)
            without = partial(_seen, plan, state)
            view = without()
            if view is not None:
                movers = [Event(time, "recorded", entry) for entry in one.entries]
                movers += [it for it in timed if since < it.second <= time and _is_older(it.entry, size, one)]
                yield Step(view, None, movers, without, None, state, one.as_of)
                since = time

    before = _seen(plan, earlier[-1].as_of) if earlier else None if _begins_anew(plan) else _blank(plan)
    return Steps(list(_changes(before, asked())), left_out, str(earlier[-1].as_of.size) if earlier else None)


def _is_older(entry: Logged, size: int, published: Published) -> bool:
    return entry.index < size and all(entry.index != one.index for one in published.entries)


def _begins_anew(plan: Plan) -> bool:
    """Whether something was withheld: what came before it cannot be told without it, and with it is not to be told."""
    return bool(plan.entries) and plan.entries[0].record.kind == "withhold"


def _seen(plan: Plan, state: AsOf, without: Sequence[Event] = ()) -> View | None:
    """The score at a state of the ledger; None where the question made no sense yet, as it names what was not on record."""
    try:
        return view_of(_examine(plan.claim, _logged(plan, without), state, plan.asked, plan.asked.until))
    except NotFoundError:
        return None
