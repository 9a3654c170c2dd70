"""The report of a hearing: every row, reason and name, in the shape that API, pages and command line print."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from ledger.core.combination import Row
from ledger.core.figures import ranges_of_figures
from ledger.core.force import in_force_at
from ledger.core.graph import Graph, Said
from ledger.core.hearing import Hearing, dependences
from ledger.core.origins import collapsed
from ledger.core.paths import circles, rootless_rings
from ledger.core.privacy import concerns_private_person
from ledger.core.sensitivity import sensitivity
from ledger.core.summary import summary_of
from ledger.core.testimony import Testimony, figure_agreement
from schemas.corroboration import (
    AsOf,
    Bottleneck,
    Circle,
    Contribution,
    Counts,
    Factors,
    Label,
    Link,
    NoWeight,
    Related,
    Report,
    SetAside,
    Side,
    Sides,
    Stance,
    Verdict,
    Withdrawn,
)
from schemas.records import AssessmentRecord

UNSCORABLE = ("no_reports", "not_enough", "not_scored")


def stance_of(testimony: Testimony) -> Stance:
    if testimony.differs:
        return "differs"
    return "supports" if testimony.side == "+" else "denies"


def _side(testimony: Testimony) -> Side:
    return "for" if testimony.side == "+" else "against"


def write_report(hearing: Hearing, *, as_of: AsOf, until: str | None, without: Sequence[str]) -> Report:
    """All that the hearing found; numbers unrounded."""
    court, verdict = hearing.court, hearing.verdict
    graph = court.graph
    contributions = [_contribution(hearing, row) for row in sorted(hearing.rows, key=_by_weight)]
    labels = labels_of(hearing)
    reports = reports_of(hearing)
    changes = sensitivity(hearing)
    return Report(
        claim=graph.claim,
        policy=court.policy.version,
        as_of=as_of,
        until=until,
        clock=graph.moment.clock,
        without=sorted(without),
        probability=verdict.probability,
        interval=verdict.interval,
        log_odds=verdict.total,
        base=hearing.base,
        words=verdict.words,
        confidence=verdict.confidence,  # type: ignore[arg-type]  # confidence_in gives one of the three
        showable=showable(hearing),
        headline=verdict.headline,
        labels=sorted(labels),
        label_sources={label: labels[label] for label in sorted(labels)},
        independent_origins=independent_of(hearing),
        origins=origins_of(hearing),
        reports=len(reports),
        outlets=len({one.speaker for one in reports}),
        contributions=contributions,
        circular=[Circle(speakers=speakers, statements=names) for speakers, names in circles(graph)],
        bottlenecks=bottlenecks_of(hearing),
        related=_related(hearing),
        withdrawn=withdrawn_of(hearing),
        set_aside=set_aside_of(hearing),
        no_weight=_no_weight(hearing),
        verdicts=_verdicts(hearing),
        figures=ranges_of_figures(hearing),
        sensitivity=changes.listed,
        sensitivity_left_out=changes.left_out,
        summary=summary_of(hearing, labels, len(reports)),
    )


def independent_of(hearing: Hearing) -> Sides:
    return Sides.model_validate({"for": hearing.verdict.n_for, "against": hearing.verdict.n_against})


def origins_of(hearing: Hearing) -> Counts:
    """Plain counts, unestablished ones too."""
    sides = [row.testimony.side for row in hearing.rows]
    return Counts.model_validate({"for": sides.count("+"), "against": sides.count("-")})


def _related(hearing: Hearing) -> list[Related]:
    """Speakers who are one origin with another, and counting origins that depend on each other, with the relations between."""
    registry = hearing.court.registry
    one_vote = {(t.speaker, t.origin) for t in hearing.heard if t.speaker != t.origin and t.origin in registry.sources}
    merged = [
        Related(a=slug, b=origin, rho=1.0, why=registry.why(slug, origin) or f"{slug} spoke for {origin} then")
        for slug, origin in sorted(one_vote)
    ]
    return [*merged, *(Related(a=a, b=b, rho=rho, why=registry.why(a, b)) for a, b, rho in dependences(hearing))]


def showable(hearing: Hearing) -> bool:
    """Whether readers are to see a number: not where evidence is thin, and never on a claim about a private person."""
    verdict = hearing.verdict
    private = concerns_private_person(hearing.court.claim, hearing.court.registry.sources)
    return verdict.confidence != "low" and verdict.headline not in UNSCORABLE and not private


def _by_weight(row: Row) -> tuple[float, bool, str]:
    return -abs(row.contribution), not row.counts, row.origin


def _contribution(hearing: Hearing, row: Row) -> Contribution:
    """One origin's row: who, on which side, through whom, and every factor of its weight."""
    court, testimony = hearing.court, row.testimony
    links, entries = _chain(hearing, testimony)
    return Contribution(
        origin=row.origin,
        name=_name(hearing, row.origin),
        side=_side(testimony),
        stance=stance_of(testimony),
        weight=testimony.weight,
        independence=row.independence,
        contribution=row.contribution,
        statement=testimony.said.id,
        entry_ids=sorted({*entries, *(item.index for item in testimony.rating.assessments if item.used)}),
        assessments=testimony.rating.assessments,
        chain=links,
        factors=Factors(
            letter=testimony.rating.letter,
            reliability=testimony.reliability,
            strength=court.policy.strength[testimony.rating.letter],
            against_interest=testimony.against,
            self_serving=testimony.self_serving,
            capped=testimony.capped,
            s=testimony.s,
            fidelity=testimony.chain.fidelity,
            h=testimony.h,
            kappa=testimony.kappa,
            c=testimony.c,
            edge=testimony.e,
            variance=row.variance,
        ),
        withdrawn=_withdrawn(row),
        relays_collapsed=collapsed(court, row.position),
        related_to=row.related_to,
        established=testimony.established,
        rated=testimony.rating.rated,
        reason=testimony.reason,
    )


def _name(hearing: Hearing, origin: str) -> str:
    return " and ".join(hearing.court.registry.name(slug) for slug in origin.split("+"))


def _chain(hearing: Hearing, testimony: Testimony) -> tuple[list[Link], list[int]]:
    """The origin and its relays, nearest the origin first, and the entries they stand on."""
    court, graph = hearing.court, hearing.court.graph
    links = [
        Link(
            source=testimony.speaker,
            statement=None if testimony.through else testimony.said.id,
            document=testimony.document,
            phi=1.0,
        )
    ]
    entries = [] if testimony.through else [testimony.said.index]
    above = testimony.through.above if testimony.through else testimony.said.id
    for name in testimony.chain.statements:
        one = graph.statements[name]
        links.append(Link(source=one.speaker, statement=name, document=one.document, phi=court.ratings.phi(one.speaker)))
        entries.append(one.index)
        entries += [hop.index for hop in graph.up.get(name, ()) if hop.above == above and hop.index is not None]
        above = name
    return links, entries


def withdrawn_of(hearing: Hearing) -> list[Withdrawn]:
    """Every earlier stance that no longer counts, the strongest origins first."""
    return [item for row in sorted(hearing.rows, key=_by_weight) for item in _withdrawn(row)] + _silent_withdrawals(hearing)


def _withdrawn(row: Row) -> list[Withdrawn]:
    return [
        *(_gone(one, "a later statement of the same origin says the contrary") for one in row.position.earlier),
        *(_gone(one, "walked back: self-serving, after an admission") for one in row.position.walked_back),
    ]


def _gone(testimony: Testimony, reason: str) -> Withdrawn:
    return Withdrawn(
        origin=testimony.origin,
        statement=testimony.said.id,
        stance=stance_of(testimony),
        said=testimony.span.text,
        reason=reason,
    )


def _silent_withdrawals(hearing: Hearing) -> list[Withdrawn]:
    """Origins that took a position and have none now: contrary words whose order nobody knows, or only as a co-signatory."""
    found = []
    for place in hearing.positions:
        if place.best is not None:
            continue
        reason = "a later statement of the same origin says the contrary"
        if place.side is None and not place.earlier:
            reason = "contrary statements, and nobody knows which came last"
        found += [_gone(one, reason) for one in place.earlier or place.heard if not one.joint]
    return found


def labels_of(hearing: Hearing) -> dict[Label, list[str]]:
    """Labels stand beside the headline and name whom they are about: who acknowledged it against its own interest, who changed
    its position, parts of one body that disagree, a single channel, a circle, a party to the conflict, one document that was
    coded both ways, and who rests on evidence that was set aside."""
    court, rows = hearing.court, hearing.rows
    found: dict[Label, set[str]] = defaultdict(set)
    for row in rows:
        counting = [t for t in row.position.standing if t.counts]
        if row.counts and row.testimony.side == "+" and any(t.against for t in counting):
            found["acknowledged"].add(row.origin)
        if any(t.party for t in counting or row.position.standing):
            found["party_to_the_conflict"].add(row.origin)
    for place in hearing.positions:
        if place.earlier:
            found["changed_position"].add(place.origin)
        if place.coding_disputed:
            found["coding_disputed"].add(place.origin)
    found["divided"] |= _divided(hearing)
    for relay in [*hearing.channels[0], *hearing.channels[1]]:
        found["single_channel"].add(relay)
    for speakers, _ in circles(court.graph):
        found["circular"] |= set(speakers)
    for item in set_aside_of(hearing):
        if item.speaker and court.graph.statements[item.record].side is not None:
            found["rests_on_set_aside_evidence"].add(item.speaker)
    return {label: sorted(slugs) for label, slugs in found.items() if slugs}


def _divided(hearing: Hearing) -> set[str]:
    """Counting origins on opposite sides that are parts of one body."""
    registry = hearing.court.registry
    named = [row for row in hearing.rows if row.counts and not row.testimony.unnamed]
    against: dict[str, list[str]] = defaultdict(list)
    for row in named:
        if row.testimony.side == "-":
            against[registry.family(row.origin)].append(row.origin)
    in_favour = [row.origin for row in named if row.testimony.side == "+"]
    pairs = ((a, b) for a in in_favour for b in against.get(registry.family(a), ()))
    return {slug for a, b in pairs if registry.rho(a, b) >= 1.0 for slug in (a, b)}


def bottlenecks_of(hearing: Hearing) -> list[Bottleneck]:
    """The relays through which everything of a side comes, with the counting origins of that side."""
    found: list[Bottleneck] = []
    sides: list[tuple[Side, str, list[str]]] = [("for", "+", hearing.channels[0]), ("against", "-", hearing.channels[1])]
    for side, sign, relays in sides:
        carried = sorted(row.origin for row in hearing.rows if row.counts and row.testimony.side == sign)
        found += [Bottleneck(source=relay, side=side, origins=carried) for relay in relays]
    return found


def reports_of(hearing: Hearing) -> list[Said]:
    """Documented statements that no hop points to: what a reader meets. A documented dismissal of the claim is one, too."""
    graph = hearing.court.graph

    def carried(one: Said) -> bool:
        above = (hop.below for hop in graph.down.get(one.id, ()))
        return any(name not in graph.aside and graph.said_by(graph.statements[name]) for name in above)

    return [
        one
        for one in graph.statements.values()
        if one.document is not None
        and (one.side is not None or (one.neutral and one.claim in graph.same))
        and one.id not in graph.aside
        and graph.said_by(one)
        and not carried(one)
    ]


def set_aside_of(hearing: Hearing) -> list[SetAside]:
    """What no longer counts: withdrawn or forged, and what rested on it alone; not what was left out as asked."""
    graph = hearing.court.graph
    gone = [one for one in graph.statements.values() if one.id in graph.aside and one.id not in graph.left_out]
    return [
        SetAside(record=one.id, speaker=one.speaker, reason=graph.aside[one.id])
        for one in sorted(gone, key=lambda it: it.index)
        if graph.said_by(one) and (one.side is not None or (one.neutral and one.claim in graph.same))
    ]


def _no_weight(hearing: Hearing) -> list[NoWeight]:
    """Dismissals, silence and questions, each in its own place; and figures or relations that say nothing definite."""
    graph = hearing.court.graph
    heard = {testimony.said.id for testimony in hearing.heard}
    starts = {name for name, one in graph.statements.items() if graph.is_root(one)}
    starts |= {name for ring in rootless_rings(graph, [*starts, *heard]) for name in ring}
    shown = [
        name for name in starts if graph.statements[name].reading is not None or graph.statements[name].claim in graph.same
    ]
    carried = _downstream(graph, {*heard, *shown})
    found: list[NoWeight] = []
    for one in sorted(graph.statements.values(), key=lambda it: it.index):
        if not graph.said_by(one) or one.id in graph.aside:
            continue
        reason = None
        if one.neutral and one.claim in graph.same:
            reason = "no stance: " + one.record.act.replace("_", " ")
        elif one.reading is not None and one.side is None:
            reason = "the relations between the claims lead to both sides"
        elif one.id in graph.walked_back.values():
            reason = "walked back: a self-serving withdrawal of an admission"
        elif one.side is not None and figure_agreement(hearing.court, one) == 0:
            reason = "its figure cannot be compared: another unit, measure or time"
        elif one.side is not None and one.id not in heard and one.id in starts:
            reason = "no reader could find it yet"
        elif one.side is not None and one.id not in carried:
            reason = "what it has it from says nothing of the claim"
        elif one.record.act == "withdraws" and one.claim in graph.same and not _sets_aside(hearing, one):
            reason = "takes back what had not been said by then, or does not bear on the claim"
        if reason:
            found.append(NoWeight(speaker=one.speaker, act=one.record.act, statement=one.id, reason=reason))
    return found


def _downstream(graph: Graph, names: set[str]) -> set[str]:
    """These statements and all that cite them, over any number of steps."""
    seen, queue = set(names), sorted(names)
    for here in queue:
        new = sorted({hop.below for hop in graph.down.get(here, ())} - seen)
        seen.update(new)
        queue += new
    return seen


def _sets_aside(hearing: Hearing, withdrawal: Said) -> bool:
    """Whether what it takes back is shown among what was set aside."""
    graph = hearing.court.graph
    target = graph.statements.get(withdrawal.record.withdraws or "")
    return target is not None and target.id in graph.aside and graph.said_by(target) and target.side is not None


def _verdicts(hearing: Hearing) -> list[Verdict]:
    """Judgements of the claim by named assessors; shown, never in the number."""
    found: list[Verdict] = []
    graph = hearing.court.graph
    chains = hearing.stands.of_kind["assessment"]
    now = [entry for chain in chains if (entry := in_force_at(chain, graph.moment.valid)) is not None]
    for entry in sorted(now, key=lambda one: one.index):
        record = entry.record
        if isinstance(record, AssessmentRecord) and record.target == graph.claim:
            found.append(
                Verdict(
                    by=record.by or hearing.stands.signers.name(entry),
                    scheme=record.scheme,
                    value=record.value,
                    rationale=record.rationale if isinstance(record.rationale, str) else None,
                    index=entry.index,
                )
            )
    return found


def check_sum(report: Report) -> bool:
    """Whether base plus contributions is the log-odds, to the last bits."""
    total = report.base + math.fsum(row.contribution for row in report.contributions)
    return math.isclose(total, report.log_odds, rel_tol=0, abs_tol=1e-12)
