"""What rests on something: whether a statement stands with it and without it, and which chains run through it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ledger.core.aside import LEFT_OUT
from ledger.core.hearing import Hearing
from schemas.corroboration import Side

MANY = 50
"""Past so many testimonies only the best chain of each is looked at."""


@dataclass(frozen=True)
class Standing:
    """How a statement stands in one hearing; `reason` where it is set aside."""

    stands: bool
    reason: str | None


@dataclass(frozen=True)
class Through:
    """A chain that is lost: speakers, nearest the reader first. `others`: so many of that origin and side are not."""

    origin: str
    side: Side
    speakers: tuple[str, ...]
    others: int


def standing_in(hearing: Hearing, statement: str) -> Standing | None:
    """None where the hearing does not know the statement: it was taken back from the record, or is withheld."""
    graph = hearing.court.graph
    if statement not in graph.statements:
        return None
    reason = graph.aside.get(statement)
    return Standing(reason is None, reason)


def falls(now: Hearing, without: Hearing, statement: str) -> bool:
    """Whether nothing that it rests on is left without what was struck."""
    gone = without.court.graph
    return statement in gone.left_out or (statement in gone.aside and statement not in now.court.graph.aside)


def withdrawals(hearing: Hearing, targets: Collection[str]) -> dict[str, str]:
    """Of these statements those that their own speaker has taken back, each with the statement that does so."""
    graph = hearing.court.graph
    found: dict[str, str] = {}
    for one in sorted(graph.statements.values(), key=lambda it: it.index):
        target = one.record.withdraws
        if target in targets and target in graph.aside and one.id not in graph.aside and graph.aside[target] != LEFT_OUT:
            found[target] = one.id
    return found


def lost_chains(whole: Hearing, *others: Hearing) -> list[Through]:
    """Every chain from an origin to a reader that one of the other hearings lacks, each once."""
    kept = set.intersection(*(set(_chains(other)) for other in others))
    lost = [chain for chain in dict.fromkeys(_chains(whole)) if chain not in kept]
    return [Through(*chain, others=sum(chain[:2] == other[:2] for other in kept)) for chain in lost]


def _chains(hearing: Hearing) -> list[tuple[str, Side, tuple[str, ...]]]:
    """Origin, side and speakers of each, as `chain.chain_in` tells them."""
    court = hearing.court
    heard = [testimony for testimony in hearing.heard if not testimony.joint]
    found: list[tuple[str, Side, tuple[str, ...]]] = []
    for testimony in heard:
        chains = court.paths.all_ends(testimony.said, testimony.through) if len(heard) <= MANY else []
        if not testimony.chain.statements or not chains:
            chains.insert(0, testimony.chain)
        side: Side = "for" if testimony.side == "+" else "against"
        for chain in chains:
            relays = dict.fromkeys(court.graph.statements[name].speaker for name in chain.statements)
            found.append((testimony.origin, side, (*reversed(relays), testimony.speaker)))
    return found


def path_from(statement: str, nearer: Mapping[str, str | None]) -> list[str]:
    """The way from a statement to what it rests on, both included; `nearer` leads from each to the next."""
    path: list[str] = [statement]
    while (following := nearer.get(path[-1])) is not None and following not in path:
        path.append(following)
    return path


def speakers_on(path: Sequence[str], speakers: Mapping[str, str]) -> list[str]:
    """Who is heard along a path, each once for words of its own that follow each other."""
    found: list[str] = []
    for name in path:
        if (who := speakers.get(name)) is not None and found[-1:] != [who]:
            found.append(who)
    return found
