"""The hearing of a claim: records and a question in, what there is to say about it out (SCORING.md, Origin Log-Odds)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from ledger.core.aside import set_aside
from ledger.core.building import unheard_graph
from ledger.core.combination import SCORED, Row, Verdict, base_log_odds, combine, rows_of
from ledger.core.evidence import Logged
from ledger.core.force import Standing, heard_standing
from ledger.core.graph import Graph, Moment
from ledger.core.leaving import leaving_out, signers_in
from ledger.core.origins import Position, bottlenecks, positions
from ledger.core.paths import Paths, repeating_speakers
from ledger.core.policies import policy as policy_of
from ledger.core.ratings import Ratings
from ledger.core.relations import Registry
from ledger.core.testimony import Court, Lasting, Testimony, hear
from ledger.errors import FormatError, NotFoundError
from schemas.corroboration import AsOf, Clock
from schemas.dates import FUTURE, bounds, seconds_of
from schemas.records import AssessmentRecord, ClaimRecord, Record, SourceRelationRecord


@dataclass(frozen=True)
class Hearing:
    """Everything found out about a claim at one moment: what chain, report and pages are written from."""

    court: Court
    stands: Standing
    heard: list[Testimony]
    positions: list[Position]
    rows: list[Row]
    channels: tuple[list[str], list[str]]
    verdict: Verdict
    base: float


@dataclass(frozen=True)
class Known:
    """Of one hearing what the next, at another moment, may take over."""

    registry: Registry
    ratings: Ratings
    graph: Graph

    def graph_at(self, moment: Moment) -> Graph:
        repeating_speakers(self.graph)  # found once for all of them
        return self.graph.at(moment)


class Series:
    """Hearings of one claim at one state of the ledger, each at a moment of its own. They come out as each does alone: what is
    taken over from one to the next is what no moment changes, as long as no rating and no relation bears a date."""

    def __init__(self, stands: Standing) -> None:
        self.stands = stands
        self.lasts = not any(
            _bears_dates(entry.record)
            for kind in ("assessment", "source_relation")
            for chain in stands.of_kind.get(kind, ())
            for entry in chain
        )
        self.known: Known | None = None
        self.lasting: Lasting = {}


def _bears_dates(record: Record) -> bool:
    return isinstance(record, AssessmentRecord | SourceRelationRecord) and bool(record.valid_from or record.valid_to)


def moment_of(until: str | None, clock: Clock, as_of: AsOf) -> Moment:
    """A question has two clocks. `as_of` is what the ledger had on record; `until` is a day of the world, all of it included,
    and what had been said by then counts, whenever it was recorded. On the clock `public` only what readers could find by
    then counts. Ratings and relations count as they were in force on that day."""
    now = seconds_of(as_of.time)
    if until is None:
        return Moment(FUTURE, clock, now, now)
    try:
        end = bounds(until)[1]
    except ValueError as error:
        raise FormatError(f"until: {error}", hint="for example 2024-10-30") from None
    return Moment(end, clock, now, end)


def examine(
    claim: str,
    logged: Sequence[Logged],
    *,
    as_of: AsOf,
    until: str | None = None,
    clock: Clock = "said",
    without: Sequence[str] = (),
    policy: str = "olo-1",
    base_rate: float | None = None,
    supposing: Sequence[tuple[str, str]] = (),
    struck: Collection[str] = (),
    series: Series | None = None,
) -> Hearing:
    """The whole hearing. NotFoundError if the claim is not among the records.

    `supposing` are hops that are not on record, as (statement, the one it would have it from): what would be if they were.
    `struck` are statements and documents, by id, that are not heard, whatever stands for them.
    `series` holds what earlier hearings of the same claim, records and state, at other moments, found out already.
    """
    chosen = policy_of(policy)
    if base_rate is not None and not 0 < base_rate < 1:
        raise FormatError(f"base rate {base_rate!r} is not between 0 and 1")
    signers, without = signers_in(without)
    stands = series.stands if series else heard_standing(_below(logged, as_of.size), signers)
    claim = stands.aliases.get(claim, claim)
    record = next((entry.record for entry in stands.loose["claim"] if entry.id == claim), None)
    if not isinstance(record, ClaimRecord):
        back = stands.corrections.get(claim)
        if back is not None:
            raise NotFoundError(f"the claim {claim[:19]} was taken back by the correction {back}", hint="read that record")
        raise NotFoundError(f"no claim {claim[:19]} on record at size {as_of.size}")
    moment = moment_of(until, clock, as_of)
    known = series.known if series else None
    registry = known.registry if known else Registry(stands, moment.valid, frozenset(record.about or ()), chosen)
    leave_out = leaving_out(without, registry)
    graph = known.graph_at(moment) if known else unheard_graph(claim, stands, registry, moment, supposing)
    ratings = known.ratings if known else Ratings(stands, registry, moment.valid, chosen)
    if series and series.lasts and known is None:
        series.known = Known(registry, ratings, graph.at(moment))
    set_aside(graph, registry, leave_out, struck)
    lasting = series.lasting if series and series.lasts and moment.clock == "said" and moment.valid == moment.end else None
    paths = Paths(graph, ratings.phi, ratings.phi_alone)
    court = Court(graph, record, registry, ratings, paths, chosen, leave_out, lasting=lasting)
    heard = hear(court)
    places = positions(court, heard)
    rows = rows_of(places, registry)
    channels = channels_of(court, rows)
    base = base_log_odds(base_rate)
    verdict = decide(court, rows, channels, base)
    return Hearing(court, stands, heard, places, rows, channels, verdict, base)


def _below(logged: Sequence[Logged], size: int) -> Sequence[Logged]:
    return logged if all(entry.index < size for entry in logged) else [entry for entry in logged if entry.index < size]


def channels_of(court: Court, rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    """The relays through which everything comes, for and against."""
    return _channels(court, rows, "+"), _channels(court, rows, "-")


def _channels(court: Court, rows: Sequence[Row], side: str) -> list[str]:
    counting = [row for row in rows if row.testimony.side == side and row.counts and row.independence > 0]
    return bottlenecks(court, [row.position for row in counting])


def decide(court: Court, rows: Sequence[Row], channels: tuple[list[str], list[str]], base: float) -> Verdict:
    """Number and words for these rows."""

    def named(side: str) -> bool:
        return any(row.counts and not row.testimony.unnamed for row in rows if row.testimony.side == side)

    return combine(
        rows,
        base,
        court.policy,
        scored=court.claim.type in SCORED,
        anything=_anything(court.graph),
        channels=(bool(channels[0]), bool(channels[1])),
        named=(named("+"), named("-")),
    )


def _anything(graph: Graph) -> bool:
    """Whether anything at all had been said: also what is neutral, set aside or cannot be compared."""
    return any(
        graph.said_by(one) and one.id not in graph.left_out and (one.reading is not None or one.claim in graph.same)
        for one in graph.statements.values()
    )


def dependences(hearing: Hearing) -> list[tuple[str, str, float]]:
    """Pairs of counting origins that are not independent, and how far not."""
    registry = hearing.court.registry
    families: dict[str, list[str]] = defaultdict(list)
    for origin in sorted(row.origin for row in hearing.rows if row.counts):
        families[registry.family(origin)].append(origin)
    pairs = (pair for family in families.values() for pair in combinations(family, 2))
    return sorted((a, b, rho) for a, b in pairs if (rho := registry.rho(a, b)) > 0)
