"""What the score would be if each group of suspected copies were one origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from ledger.core.copies import Group, Pair, names_its_source, suspect
from ledger.core.evidence import Logged
from ledger.core.hearing import Hearing, examine
from ledger.core.reporting import showable
from schemas.copies import Copies, CopyGroup, Order, Outcome, Resemblance, SupposedHop, SuspectedCopy
from schemas.corroboration import AsOf, Clock, Counts, Sides


def copies(
    claim: str,
    logged: Sequence[Logged],
    opened: Mapping[str, str],
    *,
    as_of: AsOf,
    until: str | None = None,
    clock: Clock = "said",
    without: Sequence[str] = (),
    policy: str = "olo-1",
    base_rate: float | None = None,
) -> Copies:
    """The suspected copies among the statements that speak to a claim, with the score as it is and as it would be.

    `opened` is what sealed values say, by digest. It would be so if the supposed hops were on record: the same rules give both.
    """
    hear = partial(
        examine,
        claim,
        logged,
        as_of=as_of,
        until=until,
        clock=clock,
        without=without,
        policy=policy,
        base_rate=base_rate,
    )
    hearing = hear()
    found = suspect(hearing, opened)
    now = outcome(hearing)
    if_one = outcome(hear(supposing=found.hops)) if found.hops else now
    return Copies(
        claim=hearing.court.graph.claim,
        policy=hearing.court.policy.version,
        as_of=as_of,
        until=until,
        clock=clock,
        without=sorted(without),
        groups=[_group(hearing, group) for group in found.groups],
        supposing=[SupposedHop.model_validate({"from": below, "to": above}) for below, above in found.hops],
        now=now,
        if_one=if_one,
        differs=now != if_one,
        statements=found.statements,
        compared=found.compared,
        unread=found.unread,
        too_short=found.too_short,
        left_out=found.left_out,
    )


def outcome(hearing: Hearing) -> Outcome:
    """The score in short."""
    verdict = hearing.verdict
    return Outcome(
        headline=verdict.headline,
        probability=verdict.probability,
        interval=verdict.interval,
        confidence=verdict.confidence,  # type: ignore[arg-type]  # confidence_in gives one of the three
        showable=showable(hearing),
        independent_origins=Sides.model_validate({"for": verdict.n_for, "against": verdict.n_against}),
        origins=Counts.model_validate(
            {side: sum(row.testimony.side == sign for row in hearing.rows) for side, sign in (("for", "+"), ("against", "-"))}
        ),
    )


def _group(hearing: Hearing, group: Group) -> CopyGroup:
    counting = {t.said.id: row.origin for row in hearing.rows if row.counts for t in row.position.standing}
    return CopyGroup(members=[_member(hearing, name, group.joins.get(name), counting.get(name)) for name in group.members])


def _member(hearing: Hearing, name: str, join: Pair | None, origin: str | None) -> SuspectedCopy:
    graph = hearing.court.graph
    one = graph.statements[name]
    return SuspectedCopy(
        statement=name,
        index=one.index,
        speaker=one.speaker,
        name=hearing.court.registry.name(one.speaker),
        said=one.span.text,
        document=one.document,
        origin=origin,
        names_its_source=names_its_source(graph, name),
        resembles=_resemblance(hearing, join) if join else None,
    )


def _resemblance(hearing: Hearing, pair: Pair) -> Resemblance:
    span, other = (hearing.court.graph.statements[name].span for name in (pair.own.statement, pair.other.statement))
    order: Order = "later" if span.is_later(other) else "earlier" if other.is_later(span) else "unknown"
    return Resemblance(
        statement=pair.other.statement,
        own=pair.own.what,
        other=pair.other.what,
        jaccard=pair.likeness.jaccard,
        containment=pair.likeness.containment,
        order=order,
    )
