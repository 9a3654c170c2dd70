"""What one source has to do with one claim: its part in the chains, its stances, and how the claim stands without it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from ledger.core.combination import SCORED
from ledger.core.evidence import Logged
from ledger.core.graph import Hop, Said
from ledger.core.hearing import Hearing, examine
from ledger.core.origins import Position
from ledger.core.testimony import Testimony
from schemas.corroboration import AsOf, Clock, Headline

MAX_CLAIMS = 100
"""A track record is complete to so many claims, the newest that the source spoke on."""


@dataclass(frozen=True)
class Part:
    """`origins` and `relays` are its statements without and with a recorded upstream; `credits` and `credited` hops from and to
    them; `shown` documents of its own at the end of a chain. `sides` are the stances that it took as an established origin,
    those it gave up included; `outcome` is the headline without its origin, None where it took no stance that can be judged."""

    claim: str
    origins: list[str]
    relays: list[str]
    credits: list[str]
    credited: list[str]
    shown: list[str]
    withdrawn: list[str]
    set_aside: list[str]
    sides: frozenset[str]
    changed: bool
    alone: bool
    outcome: Headline | None

    @property
    def said(self) -> list[str]:
        return [*self.origins, *self.relays]


def part_of(
    slug: str, claim: str, logged: Sequence[Logged], *, as_of: AsOf, until: str | None = None, clock: Clock = "said"
) -> Part:
    """The part of a source in a claim, from what it said of this very claim by then.

    A stance is the source's if it, or whoever speaks for it, took it as an established origin: what it only relays is not. A
    claim counts as corroborated or contradicted if it is so without the source's origin (`without=origin:...`), so nobody is
    borne out by its own word. NotFoundError if the claim is not among the records.
    """
    question: _Question = {"as_of": as_of, "until": until, "clock": clock}
    hearing = examine(claim, logged, **question)
    graph = hearing.court.graph
    own = [one for one in graph.statements.values() if _is_its_word(hearing, one, slug)]
    up = {one.id: _recorded(graph.known_up(one.id)) for one in own}
    mine = [t for t in hearing.heard if slug in (t.speaker, t.origin) and t.established]
    places = [place for place in hearing.positions if place.origin in {t.origin for t in mine}]
    return Part(
        claim=graph.claim,
        origins=[name for name, hops in up.items() if not hops],
        relays=[name for name, hops in up.items() if hops],
        credits=[hop for hops in up.values() for hop in hops],
        credited=_credited(hearing, own),
        shown=list(dict.fromkeys(t.through.above for t in mine if t.through is not None)),
        withdrawn=_taken_back(hearing, own),
        set_aside=[one.id for one in own if one.id in graph.aside],
        sides=frozenset(t.side for t in mine),
        changed=any(place.earlier or place.walked_back for place in places),
        alone=any(_stands_alone(hearing, place) for place in places),
        outcome=_outcome(hearing, mine, claim, logged, question),
    )


class _Question(TypedDict):
    as_of: AsOf
    until: str | None
    clock: Clock


def _is_its_word(hearing: Hearing, one: Said, slug: str) -> bool:
    graph = hearing.court.graph
    known = graph.said_by(one) and (graph.moment.clock == "said" or graph.public_by(one))
    return known and one.claim == graph.claim and slug in (one.speaker, *(one.record.joint_with or ()))


def _recorded(hops: Iterable[Hop]) -> list[str]:
    return [hop.record_id for hop in hops if hop.record_id is not None]


def _credited(hearing: Hearing, own: Sequence[Said]) -> list[str]:
    """Hops to its statements from those of others."""
    graph, names = hearing.court.graph, {one.id for one in own}
    hops = [hop for one in own for hop in graph.down.get(one.id, ()) if hop.below not in names]
    return _recorded(hop for hop in hops if hop.known <= graph.moment.end)


def _taken_back(hearing: Hearing, own: Sequence[Said]) -> list[str]:
    """Its statements that later ones of the same speaker withdraw or correct, walked back admissions among them."""
    graph, speakers = hearing.court.graph, {one.id: one.speaker for one in own}
    return [
        target
        for one in graph.statements.values()
        if (target := one.record.withdraws) in speakers and graph.said_by(one) and one.speaker == speakers[target]
    ]


def _stands_alone(hearing: Hearing, place: Position) -> bool:
    """Whether no other established origin is on its side."""
    others = [one for one in hearing.positions if one.origin != place.origin and one.side == place.side]
    return place.best is not None and not any(one.best is not None and one.best.established for one in others)


def _outcome(
    hearing: Hearing, mine: Sequence[Testimony], claim: str, logged: Sequence[Logged], question: _Question
) -> Headline | None:
    if not mine or hearing.court.claim.type not in SCORED:
        return None
    without = [f"origin:{origin}" for origin in sorted({t.origin for t in mine})]
    return examine(claim, logged, without=without, **question).verdict.headline
