"""What would be left if somebody had kept silent, or if a disputed record were read the other way (SCORING section 1, report).

Every answer is the one that asking again `without` gives. Asking a hundred times over would cost a hundred hearings, so what
cannot come out otherwise is taken over from the first: a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ledger.core.aside import LEFT_OUT, cited_documents, set_aside, spread
from ledger.core.combination import Verdict, rows_of
from ledger.core.graph import Graph, Hop, LeaveOut, Said
from ledger.core.hearing import Hearing, channels_of, decide
from ledger.core.leaving import leave, owners_and_countries
from ledger.core.origins import Position, by_origin, current_stance, relays_of
from ledger.core.testimony import Court, Key, Testimony, Weighed, Witness, hear, hear_witnesses, witnesses
from schemas.corroboration import Sensitivity


def sensitivity(hearing: Hearing) -> list[Sensitivity]:
    """What would change the answer: the score without each origin that counts, without each owner and each country whose
    silence would move it, and as it would be if a disputed hop did not hold, or a disputed coding were read one way or the
    other. Who is not named here makes no difference alone."""
    silence = _Silence(hearing)
    found = [_row(silence.of(set(), {slug}), without=f"origin:{slug}") for slug in _counting(hearing)]
    spoken = owners_and_countries(silence.present(), hearing.court.registry)
    for name in sorted(spoken):
        verdict = silence.of(spoken[name], set())
        if _moved(hearing.verdict, verdict):
            found.append(_row(verdict, without=name))
    return [*found, *_readings(hearing)]


def _counting(hearing: Hearing) -> list[str]:
    rows = [row for row in hearing.rows if row.counts]
    return [row.origin for row in sorted(rows, key=lambda row: (-abs(row.contribution), row.origin))]


def _row(verdict: Verdict, *, without: str | None = None, reading: str | None = None) -> Sensitivity:
    return Sensitivity(without=without, reading=reading, probability=verdict.probability, headline=verdict.headline)


def _moved(one: Verdict, other: Verdict) -> bool:
    return one.total != other.total or one.headline != other.headline


@dataclass(frozen=True)
class _Cast:
    """Statements and documents that go with a source."""

    said: list[Said]
    shown: list[str]


class _Silence:
    """The first hearing, prepared for being held again without some of those who spoke."""

    def __init__(self, hearing: Hearing) -> None:
        self.hearing = hearing
        graph = hearing.court.graph
        self._origin_of, self._witnesses = _by_origin(hearing)
        # What an origin says elsewhere about a related claim can take back what it said here.
        self._elsewhere = {t.origin for t in hearing.heard if t.said.claim != graph.claim}
        self._authors = cited_documents(graph)
        self._cast: dict[str, _Cast] = {}
        self._lost: dict[str, list[Said]] = {}
        self._signed: dict[str, list[Said]] = {}
        for one in graph.statements.values():
            if one.id not in graph.aside:
                self._of(one.speaker).said.append(one)
            elif one.id not in graph.left_out:
                self._lost.setdefault(one.speaker, []).append(one)
            for slug in one.record.joint_with or ():
                self._signed.setdefault(slug, []).append(one)
        for name, author in self._authors.items():
            if author is not None and name not in graph.bad_documents:
                self._of(author).shown.append(name)
        self._forgers = {author for name, author in self._authors.items() if author is not None and name in graph.bad_documents}
        withdrawing = [one.id for one in graph.statements.values() if one.record.withdraws]
        self._withdrawals = bool(withdrawing)
        # Words that would take others back, but are set aside themselves: for which reason can depend on anybody.
        self._entangled = any(name in graph.aside for name in withdrawing)
        self._sealed_chains = all(one.document is not None or not graph.up.get(one.id) for one in graph.statements.values())
        self._positions = {place.origin: place for place in hearing.positions}
        # Where the headline can change though no testimony does: a channel loses its alternatives, or nothing is left.
        silent = hearing.verdict.headline in ("no_reports", "not_enough")
        self._delicate = silent or _common_relays(hearing, "+") or _common_relays(hearing, "-")
        self._known: dict[tuple[frozenset[str], frozenset[str]], Verdict] = {}

    def _of(self, slug: str) -> _Cast:
        return self._cast.setdefault(slug, _Cast([], []))

    def speakers(self) -> list[str]:
        return sorted(self._cast.keys() | self._signed.keys() | self._lost.keys() | self._forgers)

    def present(self) -> list[str]:
        """Who speaks or is shown in what had been said by then, or carries it."""
        graph = self.hearing.court.graph
        names: set[str | None] = set()
        for one in graph.statements.values():
            hops = [hop for hop in graph.up.get(one.id, ()) if graph.in_time(hop)]
            above = [graph.statements[hop.above] for hop in hops if hop.above in graph.statements]
            if graph.said_by(one) or any(map(graph.said_by, above)):
                names |= {one.speaker, *(one.record.joint_with or ())} | {self._authors.get(hop.above) for hop in hops}
        return [slug for slug in self.speakers() if slug in names]

    def of(self, gone: set[str], origins: set[str]) -> Verdict:
        """The verdict without these sources, and without whoever is one vote with these origins when it speaks."""
        court = self.hearing.court
        if origins:
            candidates: Iterable[str] = self.speakers()
        else:
            candidates = sorted(gone & (self._cast.keys() | self._signed.keys()))
        leave_out = leave(gone, origins, court.registry)
        valid = court.graph.moment.valid

        def silent(slug: str, one: Said) -> bool:
            return leave_out(slug, min(one.span.last, valid)) if origins else slug in gone

        cast = [(slug, self._cast[slug]) for slug in candidates if slug in self._cast]
        said = [one for slug, them in cast for one in them.said if silent(slug, one)]
        shown = {name for slug, them in cast if leave_out(slug, valid) for name in them.shown}
        mute = candidates if origins else sorted(gone)
        # What is left of a joint statement is another one, and of what was set aside another reason may hold.
        hard = any(silent(slug, one) for slug in candidates for one in self._signed.get(slug, ()))
        hard = hard or any(silent(slug, one) for slug in mute for one in self._lost.get(slug, ()))
        hard = hard or any(leave_out(slug, valid) for slug in self._forgers)
        if hard or self._entangled or (self._withdrawals and shown):
            return self._anew(leave_out)
        key = frozenset(one.id for one in said), frozenset(shown)
        if key not in self._known:
            self._known[key] = self._taken_over(*key) or self._anew(leave_out)
        return self._known[key]

    def _anew(self, leave_out: LeaveOut) -> Verdict:
        """The whole hearing again."""
        court = self.hearing.court

        def both(slug: str, moment: int) -> bool:
            return leave_out(slug, moment) or court.leave_out(slug, moment)

        graph = court.graph.with_nothing_aside()
        set_aside(graph, court.registry, both)
        return _judged(self.hearing, graph, both)

    def _taken_over(self, said: frozenset[str], shown: frozenset[str]) -> Verdict | None:
        """Only what the silence touches is weighed again; None where what is silenced had taken other words back."""
        hearing, court = self.hearing, self.hearing.court
        graph = court.graph.with_more_aside()
        before = set(graph.aside)
        graph.aside.update(dict.fromkeys(said, LEFT_OUT))
        graph.bad_documents.update(dict.fromkeys(shown, LEFT_OUT))
        graph.left_out |= said | shown
        for one in graph.statements.values() if shown else ():
            if one.id not in graph.aside and (one.document in shown or _all_gone(one, graph)):
                graph.aside[one.id] = LEFT_OUT
                graph.left_out.add(one.id)
        spread(graph, sorted((graph.aside.keys() - before) | shown))
        changed = graph.aside.keys() - before
        if self._withdrawals and any(graph.statements[name].record.withdraws for name in changed):
            return None
        above = _ancestors(graph, changed | shown)
        lost = {
            key
            for key, testimony in court.weighed.items()
            if key[0] in changed or key[2] in shown or (key[0] in above and not self._holds(testimony, changed, shown))
        }
        if not lost and not self._delicate:
            return hearing.verdict
        kept: Weighed = {key: testimony for key, testimony in court.weighed.items() if key not in lost}
        again = Court(
            graph, court.claim, court.registry, court.ratings, court.paths.on(graph), court.policy, court.leave_out, kept
        )
        return self._decided(again, {self._origin_of[key] for key in lost} | self._elsewhere)

    def _holds(self, testimony: Testimony | None, changed: set[str], shown: frozenset[str]) -> bool:
        """Whether its best chain stands, and no other can have become better. One can only where a relay's undocumented words
        become the last that a reader finds."""
        if testimony is None or not self._sealed_chains or shown:
            return False
        return changed.isdisjoint(testimony.chain.statements)

    def _decided(self, court: Court, origins: set[str]) -> Verdict:
        """With these origins heard again, and all others where they were."""
        places = dict(self._positions)
        for origin in sorted(origins):
            heard = [t for t in hear_witnesses(court, self._witnesses.get(origin, ())) if t.origin == origin]
            if heard:
                places[origin] = current_stance(court, origin, heard)
            else:
                places.pop(origin, None)
        rows = rows_of([places[origin] for origin in sorted(places)], court.registry, court.policy)
        return decide(court, rows, channels_of(court, rows), self.hearing.base)


def _by_origin(hearing: Hearing) -> tuple[dict[Key, str], dict[str, list[Witness]]]:
    """Whose each weighed word is, and who is to be heard again for each origin."""
    court = hearing.court
    registry, valid = court.registry, court.graph.moment.valid
    called = witnesses(court.graph)
    spoken = {(one.said.id, one.through.above if one.through else None): one for one in called}
    origin_of: dict[Key, str] = {}
    found: dict[str, dict[tuple[str, str | None], Witness]] = {}
    for key, testimony in court.weighed.items():
        one = court.graph.statements[key[0]]
        origin_of[key] = testimony.origin if testimony else registry.origin(key[1] or "", min(one.span.last, valid))
        if (key[0], key[2]) in spoken:
            found.setdefault(origin_of[key], {})[key[0], key[2]] = spoken[key[0], key[2]]
    return origin_of, {origin: list(them.values()) for origin, them in found.items()}


def _common_relays(hearing: Hearing, side: str) -> bool:
    """Whether one relay is on the best chain of every counting origin of a side: then it depends on the others' chains whether
    it is a bottleneck."""
    carried = [row.testimony for row in hearing.rows if row.counts and row.independence > 0 and row.testimony.side == side]
    common = [set(relays_of(hearing.court, testimony)) for testimony in carried]
    return len(common) > 1 and bool(set.intersection(*common))


def _all_gone(one: Said, graph: Graph) -> bool:
    return bool(one.evidence) and all(item in graph.bad_documents for item in one.evidence)


def _ancestors(graph: Graph, names: Iterable[str]) -> set[str]:
    """What these, and whatever cites them on the way, have their words from."""
    seen, queue = set(names), list(names)
    for here in queue:
        new = [hop.above for hop in graph.up.get(here, ()) if hop.above not in seen]
        seen.update(new)
        queue += new
    return seen


def _judged(hearing: Hearing, graph: Graph, leave_out: LeaveOut) -> Verdict:
    """The verdict of a hearing held on another graph, from the beginning."""
    old = hearing.court
    court = replace(old, graph=graph, paths=old.paths.on(graph), leave_out=leave_out, weighed={})
    places = [current_stance(court, origin, group) for origin, group in by_origin(hear(court)).items()]
    rows = rows_of(places, court.registry, court.policy)
    return decide(court, rows, channels_of(court, rows), hearing.base)


# Readings


def _readings(hearing: Hearing) -> Iterator[Sensitivity]:
    graph, registry = hearing.court.graph, hearing.court.registry
    for hop in sorted({hop for name in graph.up for hop in graph.known_up(name) if hop.standing == "disputed"}, key=_by_place):
        ends = registry.name(graph.statements[hop.below].speaker), _end(hearing, hop)
        yield _row(_without_hop(hearing, hop), reading=f"if {ends[0]} does not have it from {ends[1]}")
    for place in hearing.positions:
        if place.coding_disputed:
            yield from _codings(hearing, place)


def _by_place(hop: Hop) -> tuple[int, str, str]:
    return hop.index or 0, hop.below, hop.above


def _end(hearing: Hearing, hop: Hop) -> str:
    graph, registry = hearing.court.graph, hearing.court.registry
    if hop.above in graph.statements:
        return registry.name(graph.statements[hop.above].speaker)
    return f"document {hop.above[7:19]}"


def _without_hop(hearing: Hearing, hop: Hop) -> Verdict:
    graph = hearing.court.graph.without(hop)
    set_aside(graph, hearing.court.registry, hearing.court.leave_out)
    return _judged(hearing, graph, hearing.court.leave_out)


def _codings(hearing: Hearing, place: Position) -> Iterator[Sensitivity]:
    """Each side of two codings of one document, as if the statements of the other side had not been recorded."""
    court = hearing.court
    name = court.registry.name(place.origin)
    for side, deed in (("+", "supports it"), ("-", "speaks against it")):
        wrong = {t.said.id for t in place.heard if t.side != side}
        graph = court.graph.with_nothing_aside()
        set_aside(graph, court.registry, court.leave_out)
        graph.aside.update(dict.fromkeys(wrong, "read otherwise"))
        yield _row(_judged(hearing, graph, court.leave_out), reading=f"if {name} {deed}")
