"""What would be left if somebody had kept silent, or if a disputed record were read the other way (SCORING section 1, report).

Every answer is the one that asking again `without` gives. Asking a hundred times over would cost a hundred hearings, so what
cannot come out otherwise is taken over from the first: a test holds the two against each other. Of very many, those who carry
least are not asked about, and how many that are is said.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from ledger.core.aside import LEFT_OUT, cited_documents, set_aside, spread
from ledger.core.combination import Verdict, rows_again, rows_of
from ledger.core.graph import Graph, Hop, LeaveOut, Said
from ledger.core.hearing import Hearing, channels_of, decide
from ledger.core.leaving import leave, owners_and_countries
from ledger.core.origins import Position, by_origin, current_stance, relays_of
from ledger.core.testimony import Court, Key, Testimony, Weighed, Witness, hear, hear_witnesses, witnesses
from schemas.corroboration import Sensitivity

T = TypeVar("T")
_MOST_ASKED = 100
"""Of origins, of owners and countries, and of readings: so many of each are asked about."""
_MOST_HEARD = 20_000
"""Statements that are heard again in whole hearings, which some questions cost: the more a claim has, the fewer of these."""


Answer = Verdict | Callable[[], Verdict]
"""What a question comes to, or the whole hearing that it would cost."""


@dataclass(frozen=True)
class Changes:
    """What would change the answer, and how many questions were not asked."""

    listed: list[Sensitivity]
    left_out: int


def sensitivity(hearing: Hearing) -> Changes:
    """What would change the answer: the score without each origin that counts, without each owner and each country whose
    silence would move it, and as it would be if a disputed hop did not hold, or a disputed coding were read one way or the
    other. Who is not named here makes no difference alone; but of very many only the hundred through whom most of the weight
    comes are asked about, and the report says how many are left out."""
    silence, asking = _Silence(hearing), _Asking(hearing)
    found = []
    for slug in asking.weightiest(_counting(hearing)):
        if verdict := asking.hears(silence.of_origin(slug)):
            found.append(_row(verdict, without=f"origin:{slug}"))
    spoken = owners_and_countries(silence.present(), hearing.court.registry)
    for name in sorted(asking.weightiest(_by_weight(hearing, spoken))):
        verdict = asking.hears(silence.of(spoken[name]))
        if verdict and _moved(hearing.verdict, verdict):
            found.append(_row(verdict, without=name))
    reading = _Asking(hearing)
    found += _readings(hearing, reading)
    return Changes(found, asking.left_out + reading.left_out)


class _Asking:
    """Counts what is asked, and what is not."""

    def __init__(self, hearing: Hearing) -> None:
        self.left_out = 0
        self._whole_hearings = max(1, _MOST_HEARD // max(1, len(hearing.court.graph.statements)))

    def weightiest(self, questions: list[T]) -> list[T]:
        self.left_out += max(0, len(questions) - _MOST_ASKED)
        return questions[:_MOST_ASKED]

    def hears(self, answer: Answer) -> Verdict | None:
        """An answer, if need be from a whole hearing; None where there have been too many."""
        if isinstance(answer, Verdict):
            return answer
        if self._whole_hearings == 0:
            self.left_out += 1
            return None
        self._whole_hearings -= 1
        return answer()


def _counting(hearing: Hearing) -> list[str]:
    rows = [row for row in hearing.rows if row.counts]
    return [row.origin for row in sorted(rows, key=lambda row: (-abs(row.contribution), row.origin))]


def _by_weight(hearing: Hearing, spoken: Mapping[str, set[str]]) -> list[str]:
    """Owners and countries, first those through whom most of the weight comes."""
    carried: dict[str, float] = defaultdict(float)
    for row in hearing.rows:
        for slug in {row.origin, row.testimony.speaker, *relays_of(hearing.court, row.testimony)}:
            carried[slug] += abs(row.contribution)
    return sorted(spoken, key=lambda name: (-math.fsum(carried[slug] for slug in sorted(spoken[name])), name))


def _row(verdict: Verdict, *, without: str | None = None, reading: str | None = None) -> Sensitivity:
    return Sensitivity(without=without, reading=reading, probability=verdict.probability, headline=verdict.headline)


def _moved(one: Verdict, other: Verdict) -> bool:
    return one.total != other.total or one.headline != other.headline


@dataclass(frozen=True)
class _Cast:
    """Statements and documents that go with a source, or with an origin."""

    said: list[str]
    shown: list[str]


class _Silence:
    """The first hearing, prepared for being held again without some of those who spoke."""

    def __init__(self, hearing: Hearing) -> None:
        self.hearing = hearing
        graph = hearing.court.graph
        self._origin_of, self._witnesses = _by_origin(hearing)
        self._keys_with = _keys_with(hearing.court)
        # What an origin says elsewhere about a related claim can take back what it said here.
        self._elsewhere = {t.origin for t in hearing.heard if t.said.claim != graph.claim}
        self._authors = cited_documents(graph)
        self._sources: dict[str, _Cast] = {}
        self._origins: dict[str, _Cast] = {}
        # What is left of a joint statement is another one, and of what was set aside another reason may hold.
        self._hard_sources: set[str] = set()
        self._hard_origins: set[str] = set()
        self._call()
        withdrawing = [one.id for one in graph.statements.values() if one.record.withdraws]
        self._withdrawals = bool(withdrawing)
        # Words that would take others back, but are set aside themselves: for which reason can depend on anybody.
        self._entangled = any(name in graph.aside for name in withdrawing)
        self._sealed_chains = all(one.document is not None or not graph.up.get(one.id) for one in graph.statements.values())
        # Where the headline can change though no testimony does: a channel loses its alternatives, or nothing is left.
        silent = hearing.verdict.headline in ("no_reports", "not_enough")
        self._delicate = silent or _common_relays(hearing, "+") or _common_relays(hearing, "-")
        self._known: dict[tuple[frozenset[str], frozenset[str]], Verdict] = {}

    def _call(self) -> None:
        """Who says and shows what: by source, and by the one vote that it is part of when it speaks."""
        graph, registry = self.hearing.court.graph, self.hearing.court.registry
        valid = graph.moment.valid

        def places(slug: str, moment: int) -> list[_Cast]:
            origin = registry.origin(slug, moment)
            return [self._sources.setdefault(slug, _Cast([], [])), self._origins.setdefault(origin, _Cast([], []))]

        def is_hard(slug: str, moment: int) -> None:
            self._hard_sources.add(slug)
            self._hard_origins.add(registry.origin(slug, moment))

        for one in graph.statements.values():
            moment = min(one.span.last, valid)
            if one.id not in graph.aside:
                for cast in places(one.speaker, moment):
                    cast.said.append(one.id)
            elif one.id not in graph.left_out:
                is_hard(one.speaker, moment)
            for slug in one.record.joint_with or ():
                is_hard(slug, moment)
        for name, author in self._authors.items():
            if author is not None and name in graph.bad_documents:
                is_hard(author, valid)
            elif author is not None:
                for cast in places(author, valid):
                    cast.shown.append(name)

    def present(self) -> list[str]:
        """Who speaks or is shown in what had been said by then, or carries it."""
        graph = self.hearing.court.graph
        names: set[str | None] = set()
        for one in graph.statements.values():
            hops = [hop for hop in graph.up.get(one.id, ()) if graph.in_time(hop)]
            above = [graph.statements[hop.above] for hop in hops if hop.above in graph.statements]
            if graph.said_by(one) or any(map(graph.said_by, above)):
                names |= {one.speaker, *(one.record.joint_with or ())} | {self._authors.get(hop.above) for hop in hops}
        return [slug for slug in sorted(self._sources.keys() | self._hard_sources) if slug in names]

    def of_origin(self, slug: str) -> Answer:
        """Without whoever is one vote with this origin when it speaks."""
        casts = [self._origins[slug]] if slug in self._origins else []
        return self._without(casts, slug in self._hard_origins, leave(set(), {slug}, self.hearing.court.registry))

    def of(self, gone: set[str]) -> Answer:
        """Without these sources."""
        casts = [self._sources[slug] for slug in sorted(gone & self._sources.keys())]
        return self._without(casts, not gone.isdisjoint(self._hard_sources), leave(gone, set(), self.hearing.court.registry))

    def _without(self, casts: Sequence[_Cast], hard: bool, leave_out: LeaveOut) -> Answer:
        said = frozenset(name for cast in casts for name in cast.said)
        shown = frozenset(name for cast in casts for name in cast.shown)
        if hard or self._entangled or (self._withdrawals and shown):
            return lambda: self._anew(leave_out)
        known = self._known.get((said, shown)) or self._taken_over(said, shown)
        if known is None:
            return lambda: self._known.setdefault((said, shown), self._anew(leave_out))
        self._known[said, shown] = known
        return known

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
        lost = {key for name in changed | shown for key in self._keys_with.get(name, ())}
        for name in _ancestors(graph, changed | shown):
            keys = self._keys_with.get(name, ())
            lost.update(key for key in keys if key[0] == name and not self._holds(court.weighed[key], changed, shown))
        if not lost and not self._delicate:
            return hearing.verdict
        kept: Weighed = dict(court.weighed)
        for key in lost:
            del kept[key]
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
        changed: dict[str, Position | None] = {}
        for origin in sorted(origins):
            heard = [t for t in hear_witnesses(court, self._witnesses.get(origin, ())) if t.origin == origin]
            changed[origin] = current_stance(court, origin, heard) if heard else None
        rows = rows_again(self.hearing.rows, changed, court.registry)
        return decide(court, rows, channels_of(court, rows), self.hearing.base)


def _keys_with(court: Court) -> dict[str, list[Key]]:
    """What was weighed, by its statement and by the document that it shows."""
    found: dict[str, list[Key]] = defaultdict(list)
    for key in court.weighed:
        found[key[0]].append(key)
        if key[2] is not None:
            found[key[2]].append(key)
    return found


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
    rows = rows_of(places, court.registry)
    return decide(court, rows, channels_of(court, rows), hearing.base)


# Readings


def _readings(hearing: Hearing, asking: _Asking) -> list[Sensitivity]:
    found = []
    for reading, answer in asking.weightiest([*_hops_read_otherwise(hearing), *_codings(hearing)]):
        if verdict := asking.hears(answer):
            found.append(_row(verdict, reading=reading))
    return found


def _hops_read_otherwise(hearing: Hearing) -> Iterator[tuple[str, Answer]]:
    graph, registry = hearing.court.graph, hearing.court.registry
    for hop in sorted({hop for name in graph.up for hop in graph.known_up(name) if hop.standing == "disputed"}, key=_by_place):
        ends = registry.name(graph.statements[hop.below].speaker), _end(hearing, hop)
        yield f"if {ends[0]} does not have it from {ends[1]}", partial(_without_hop, hearing, hop)


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


def _codings(hearing: Hearing) -> Iterator[tuple[str, Answer]]:
    """Each side of two codings of one document, as if the statements of the other side had not been recorded."""
    for place in hearing.positions:
        if place.coding_disputed:
            name = hearing.court.registry.name(place.origin)
            yield f"if {name} supports it", partial(_read_as, hearing, place, "+")
            yield f"if {name} speaks against it", partial(_read_as, hearing, place, "-")


def _read_as(hearing: Hearing, place: Position, side: str) -> Verdict:
    court = hearing.court
    wrong = {t.said.id for t in place.heard if t.side != side}
    graph = court.graph.with_nothing_aside()
    set_aside(graph, court.registry, court.leave_out)
    graph.aside.update(dict.fromkeys(wrong, "read otherwise"))
    return _judged(hearing, graph, court.leave_out)
