"""From testimonies to origins: one vote each, with its current stance (SCORING 2.8), and what relays carry them (2.9)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ledger.core.graph import Said
from ledger.core.testimony import Court, Testimony, established, halved
from schemas.members import Quantity


@dataclass(frozen=True)
class Position:
    """Where an origin stands. `side` is None if its latest words contradict each other and nobody knows which came last.

    `best` is the testimony of its row, `standing` all that express the current stance since it last changed.
    """

    origin: str
    side: str | None
    best: Testimony | None
    standing: list[Testimony]
    earlier: list[Testimony]
    walked_back: list[Testimony]
    coding_disputed: bool
    heard: list[Testimony]


def positions(court: Court, heard: Sequence[Testimony]) -> list[Position]:
    """One position for each origin, in the order of their names."""
    return [current_stance(court, origin, group) for origin, group in by_origin(heard).items()]


def by_origin(heard: Iterable[Testimony]) -> dict[str, list[Testimony]]:
    """What each origin said, in the order of their names."""
    groups: dict[str, list[Testimony]] = defaultdict(list)
    for testimony in heard:
        groups[testimony.origin].append(testimony)
    return {origin: groups[origin] for origin in sorted(groups)}


def _half_weight_stays(court: Court, group: list[Testimony]) -> list[Testimony]:
    """Who has once confirmed what it was shown keeps the half weight for what it says later on that side (SCORING 2.10)."""
    relayed = [t for t in group if t.confirming and t.c != 1.0]
    if not relayed:
        return group
    since = {side: min((r.span.last for r in relayed if r.side == side), default=math.inf) for side in ("+", "-")}
    return [
        halved(t, court.policy) if since[t.side] < t.span.first and t.said.record.basis != "witnessed" else t for t in group
    ]


def _first_of(heard: Sequence[Testimony]) -> float:
    """The earliest second at which one of them can have been said."""
    return min((t.span.first for t in heard), default=math.inf)


def _not_over_before(heard: Sequence[Testimony], others: Sequence[Testimony]) -> list[Testimony]:
    """Those of which none of the others is known to be later."""
    last_start = max((t.span.first for t in others), default=-math.inf)
    return [t for t in heard if t.span.last >= last_start]


def _who_decides(group: list[Testimony]) -> list[Testimony]:
    """Established and rated voices decide an origin's stance if it has any; among them the dated ones if there are any."""
    counting = [t for t in group if t.counts] or group
    return [t for t in counting if t.span.own] or counting


def current_stance(court: Court, origin: str, heard: list[Testimony]) -> Position:
    """An origin has one vote, and its current stance is the latest. Its weight is the best of what it has said since it last
    changed its stance, so a later, weaker repeat changes nothing. Words without a date, of an unrated spokesman, or of a voice
    that does not say how it knows, repeat and never change the stance. A self-serving word never takes back an admission: it is
    shown as walked back. Contrary words whose order nobody knows leave no current stance."""
    taken_back = [t for t in heard if _reversed_elsewhere(court, t)]
    group = _half_weight_stays(court, [t for t in heard if t not in taken_back])
    if not group:
        return Position(origin, None, None, [], taken_back, [], False, heard)
    deciding = _who_decides(group)
    admissions = [t for t in deciding if t.against]
    admitted = {side: _first_of([a for a in admissions if a.side != side]) for side in ("+", "-")}
    walked = [t for t in deciding if t.self_serving and admitted[t.side] <= t.span.last]
    deciding = [t for t in deciding if not (t.self_serving and admitted[t.side] <= t.span.last)]
    latest = _not_over_before(deciding, deciding)
    sides = {t.side for t in latest}
    if len(sides) != 1:
        disputed = any(_same_words(a, b) for a in latest for b in latest if a.side < b.side)
        return Position(origin, None, None, [], [], walked, disputed, group)
    side = latest[0].side
    earlier = [t for t in deciding if t.side != side] + taken_back
    standing = _not_over_before([t for t in group if t.side == side], earlier)
    figures = [_figure(t) for t in latest]
    own = [t for t in standing if not t.joint and (court.claim.quantity is None or _figure(t) in figures)]
    best = max(own, key=lambda t: (t.e, t.counts, t.established, -t.said.index)) if own else None
    return Position(origin, side, best, standing, earlier, walked, False, group)


def _figure(testimony: Testimony) -> Quantity | None:
    """The figure it names; a denial counts whatever figure it names."""
    record = testimony.said.record
    return record.quantity if record.polarity == "+" else None


def _reversed_elsewhere(court: Court, testimony: Testimony) -> bool:
    """Whether the origin has since said the contrary of these words, which are about a related claim, where saying so has no
    bearing on the claim in question: who admits that some were sent no longer denies that many were."""
    graph, said = court.graph, testimony.said
    if said.claim == graph.claim or testimony.through is not None:
        return False
    return any(
        other.claim == said.claim
        and other.side is None
        and other.record.polarity != said.record.polarity
        and other.span.is_later(said.span)
        and not (testimony.against and other.record.interest == "for")
        and _speaks_again(court, other, testimony)
        for other in graph.statements.values()
    )


def _speaks_again(court: Court, other: Said, testimony: Testimony) -> bool:
    """Whether it is the same origin speaking for itself, on a date, and as well rated as before."""
    graph, registry = court.graph, court.registry
    if other.neutral or other.record.act == "withdraws" or not other.span.own or not graph.is_root(other):
        return False
    moment = min(other.span.last, graph.moment.valid)
    rated = court.ratings.of(other.speaker).rated
    knows, _ = established(registry, other.speaker, other.record.basis, moment)
    return registry.origin(other.speaker, moment) == testimony.origin and ((knows and rated) or not testimony.counts)


def _same_words(one: Testimony, other: Testimony) -> bool:
    return one.document is not None and one.document == other.document and one.speaker == other.speaker


def relays_of(court: Court, testimony: Testimony) -> list[str]:
    """The speakers between an origin and its reader on its best chain, nearest the origin first."""
    names = dict.fromkeys(court.graph.statements[name].speaker for name in testimony.chain.statements)
    return [slug for slug in names if slug != testimony.speaker or testimony.through is not None]


def bottlenecks(court: Court, side: Sequence[Position]) -> list[str]:
    """Relays through which everything comes: on the best chain of each of two or more counting origins of a side, and on all
    their other chains whose relays are rated A to D. One mistake there would bring the whole side down."""
    carried = [position.best for position in side if position.best is not None]
    if len(carried) < 2:
        return []
    common = set(relays_of(court, carried[0]))
    for testimony in carried[1:]:
        common &= set(relays_of(court, testimony))
        if not common:
            return []
    trusted: Callable[[str], bool] = court.ratings.carries_well
    return sorted(
        relay
        for relay in common
        if not any(
            court.paths.avoids(t.said, relay, trusted, t.through)
            for position in side
            for t in position.standing
            if t.counts and not t.joint
        )
    )


def collapsed(court: Court, position: Position) -> list[str]:
    """Everybody who only carries what this origin said, on any chain."""
    graph = court.graph
    queue = [t.said.id for t in position.standing]
    shown = [t.said.speaker for t in position.standing if t.through is not None]
    seen = set(queue)
    for here in queue:
        for hop in graph.down.get(here, ()):
            if hop.below not in seen and hop.below not in graph.aside and graph.said_by(graph.statements[hop.below]):
                seen.add(hop.below)
                queue.append(hop.below)
    own = {t.said.id for t in position.standing}
    return sorted(({graph.statements[name].speaker for name in seen - own} | set(shown)) - {position.origin})
