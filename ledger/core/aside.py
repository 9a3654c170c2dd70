"""What no longer counts: withdrawn by its speaker, judged forged, or left with nothing to rest on (SCORING 2.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from ledger.core.force import Standing, in_force_at
from ledger.core.graph import Graph, LeaveOut, Said, author_of
from ledger.core.relations import Registry
from schemas.records import AssessmentRecord

BAD = frozenset({"forged", "altered", "miscaptioned"})
LEFT_OUT = "left out as asked"


def judged_documents(stands: Standing, alias: dict[str, str], moment: int) -> dict[str, str]:
    """Documents that more assessors judge forged, altered or miscaptioned than authentic, with the reason."""
    votes: dict[str, list[str]] = defaultdict(list)
    for chain in stands.of_kind["assessment"]:
        record = chain[0].record
        assert isinstance(record, AssessmentRecord)
        if record.scheme != "authenticity":
            continue
        entry = in_force_at(chain, moment)
        if entry is not None and isinstance(entry.record, AssessmentRecord):
            votes[alias.get(record.target, record.target)].append(entry.record.value)
    found: dict[str, str] = {}
    for target, values in votes.items():
        bad = sorted(value for value in values if value in BAD)
        if len(bad) > values.count("authentic"):
            found[target] = f"its document was judged {bad[0]}"
    return found


def _withdrawn(graph: Graph, registry: Registry) -> dict[str, str]:
    """Statements that their own speaker has taken back by then, by words that nobody took back or forged in their turn. A
    self-serving withdrawal of an admission is `walked back`."""
    found: dict[str, str] = {}
    for one in sorted(graph.statements.values(), key=lambda it: -it.index):  # what takes a withdrawal back comes after it
        target = graph.statements.get(one.record.withdraws) if one.record.withdraws else None
        if target is None or one.id in found or not _is_taken_back_by(graph, registry, target, one):
            continue
        origin = registry.origin(one.speaker, min(one.span.last, graph.moment.valid))
        party = one.record.interest == "unknown" and registry.is_party([one.speaker, origin])
        if target.record.interest == "against" and (one.record.interest == "for" or party):
            graph.walked_back[target.id] = one.id
            continue
        verb = "corrected" if one.record.act == "corrects" else "withdrawn"
        found[target.id] = f"{verb} by {registry.name(one.speaker)} itself" + (f", {one.span.text}" if one.span.text else "")
    return found


def _is_taken_back_by(graph: Graph, registry: Registry, target: Said, one: Said) -> bool:
    moment = min(one.span.last, graph.moment.valid)
    same = registry.origin(one.speaker, moment) == registry.origin(target.speaker, moment)
    in_time = graph.said_by(one) if graph.moment.clock == "said" else graph.public_by(one)
    stands = one.id not in graph.aside
    return same and in_time and stands and not target.span.is_later(one.span)


def set_aside(graph: Graph, registry: Registry, leave_out: LeaveOut, struck: Collection[str] = ()) -> None:
    """A statement that its own speaker has withdrawn or corrected no longer counts from then on, nor does what stands in a
    document that was judged forged, altered or miscaptioned, nor what only a key vouches for that was compromised by then;
    and, up and down the chains, whatever rests on these alone. A self-serving withdrawal of an admission sets nothing aside:
    it is shown as walked back."""
    graph.bad_documents = dict(graph.judged)
    aside = graph.aside
    for name, author in cited_documents(graph).items():
        if author is not None and leave_out(author, graph.moment.valid):
            graph.bad_documents[name] = LEFT_OUT
            graph.left_out.add(name)
    aside |= graph.doubted
    for one in graph.statements.values():
        if one.id in graph.unheard or leave_out(one.speaker, min(one.span.last, graph.moment.valid)):
            aside[one.id] = LEFT_OUT
            graph.left_out.add(one.id)
    _strike(graph, struck)
    for one in graph.statements.values():
        if one.id in aside:
            continue
        if one.document in graph.bad_documents:
            aside[one.id] = graph.bad_documents[one.document]
        elif one.evidence and all(item in graph.bad_documents for item in one.evidence):
            aside[one.id] = "all its evidence was judged not authentic"
    spread(graph, sorted(aside.keys() | graph.bad_documents.keys() | graph.gone))
    withdrawn = _withdrawn(graph, registry)  # by what still stands: a forged page takes nothing back
    fresh = {name: reason for name, reason in withdrawn.items() if name not in aside}
    aside.update(fresh)
    spread(graph, sorted(fresh))


def _strike(graph: Graph, struck: Collection[str]) -> None:
    """Leaves out statements, and documents with what stands in them, by their ids, as `leave_out` does by whose they are."""
    for name in struck:
        if name in graph.statements:
            graph.aside[name] = LEFT_OUT
        else:
            graph.bad_documents[name] = LEFT_OUT
        graph.left_out.add(name)
    documents = graph.bad_documents.keys() & set(struck)
    within = [one.id for one in graph.statements.values() if one.document in documents] if documents else []
    graph.aside |= dict.fromkeys(within, LEFT_OUT)
    graph.left_out |= set(within)


def cited_documents(graph: Graph) -> dict[str, str | None]:
    """The documents at the ends of hops, with whoever is the origin behind each."""
    names = {hop.above for hops in graph.up.values() for hop in hops} & graph.documents.keys()
    return {name: author_of(graph.documents[name]) for name in sorted(names)}


def spread(graph: Graph, queue: list[str]) -> None:
    """Carries setting aside from these to what has nothing else to rest on, until nothing changes."""
    for here in queue:
        touched = [hop.below for hop in graph.down.get(here, ())]
        touched += [hop.above for hop in graph.up.get(here, ())] + graph.reports.get(here, [])
        for name in touched:
            found = None if name in graph.aside else _rests_on_nothing(graph, name)
            if found is None:
                continue
            reason, lost = found
            graph.aside[name] = reason
            queue.append(name)
            if lost <= graph.left_out:
                graph.left_out.add(name)


def _rests_on_nothing(graph: Graph, name: str) -> tuple[str, set[str]] | None:
    """Why a statement that still stands can no longer stand, and what it has lost; or None."""
    one = graph.statements.get(name)
    if one is None:
        return None
    ups = {hop.above for hop in graph.known_up(name)}
    if ups and _all_lost(graph, ups) and not _saw_it_itself(one):
        if ups <= graph.gone:
            return "what it cites was taken back from the record or is withheld", ups
        return "everything it rests on is set aside", ups
    if one.record.document is not None:
        return None
    carriers = {hop.below for hop in graph.down.get(name, ()) if graph.in_time(hop)}
    reporter = graph.statements.get(one.record.reported_by) if one.record.reported_by else None
    if reporter is not None and (graph.moment.clock == "said" or graph.public_by(reporter)):
        carriers.add(reporter.id)
    return ("everything that reports it is set aside", carriers) if carriers and _all_lost(graph, carriers) else None


def _all_lost(graph: Graph, names: set[str]) -> bool:
    return all(name in graph.aside or name in graph.bad_documents or name in graph.gone for name in names)


def _saw_it_itself(one: Said) -> bool:
    return one.record.act in ("confirms", "finds") and one.record.basis == "witnessed"
