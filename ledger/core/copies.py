"""Suspected copies: statements of different sources in nearly the same words, with nothing on record that would explain it.

They are a question to whoever keeps the record, never part of the score: the report stays a pure function of the records,
and this answer depends on the openings of sealed texts, which can be erased.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product

from ledger.core.graph import Graph, Said, author_of
from ledger.core.hearing import Hearing
from ledger.core.likeness import Likeness, Shingles, likeness, proposed, shingles_of
from schemas.copies import What
from schemas.ids import Sealed

MOST = 1_000
"""Statements compared, the first in the log."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words of a statement, or the title of its document. Only texts on the same shelf are compared."""

    statement: str
    what: What
    shingles: Shingles

    @property
    def shelf(self) -> bool:
        return self.what == "title"


@dataclass(frozen=True, slots=True)
class Pair:
    """A text that is nearly the same as one of another statement."""

    own: Text
    other: Text
    likeness: Likeness


@dataclass(frozen=True)
class Group:
    """Statements that hang together by pairs. `joins` has for each but the first the pair by which it does, its own text first;
    `hops` are supposed."""

    members: tuple[str, ...]
    joins: Mapping[str, Pair]
    hops: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Suspicion:
    """All groups, in log order, and how much of what is on record could be compared."""

    groups: tuple[Group, ...]
    statements: int
    compared: int
    unread: int
    too_short: int
    left_out: int

    @property
    def hops(self) -> list[tuple[str, str]]:
        return [hop for group in self.groups for hop in group.hops]


def suspect(hearing: Hearing, opened: Mapping[str, str]) -> Suspicion:
    """What looks copied among the statements that speak to the claim; `opened` is what sealed values say, by their digest.

    Two statements are suspected if they take the same side in nearly the same words, and the record does not explain it: no
    chain leads from one to the other, none leads both to one origin or through one relay, they do not stand in one document,
    and nobody recorded that one is not from the other.
    """
    graph = hearing.court.graph
    speaking = _speaking(graph)
    reading = _Reading(graph, speaking[:MOST], opened)
    pairing = _Pairing(reading.texts, Ties(hearing, speaking[:MOST]))
    return Suspicion(
        groups=tuple(_groups(graph, pairing)),
        statements=len(speaking),
        compared=len(reading.texts),
        unread=len(reading.unread),
        too_short=len(reading.too_short),
        left_out=len(speaking[MOST:]),
    )


def _speaking(graph: Graph) -> list[Said]:
    """The statements on either side that a reader of this moment knows of, in log order; what is set aside among them."""
    in_time = graph.said_by if graph.moment.clock == "said" else graph.public_by
    return sorted(
        (one for one in graph.statements.values() if one.side and one.id not in graph.left_out and in_time(one)),
        key=lambda one: one.index,
    )


# Reading


@lru_cache(maxsize=1_000)
def _in_the_log(words: str) -> Shingles:
    """Of words that stand open in the log. What was opened for a reader is never kept: it may be erased."""
    return shingles_of(words)


def forget() -> None:
    """For who withholds: what stood open in the log may be withheld by now."""
    _in_the_log.cache_clear()


class _Reading:
    """The texts of each statement that can be read and say enough. A title in which many statements stand is one text."""

    def __init__(self, graph: Graph, said: Iterable[Said], opened: Mapping[str, str]) -> None:
        self.texts: dict[str, list[Text]] = {}
        self.unread: set[tuple[str, str]] = set()
        self.too_short: set[tuple[str, str]] = set()
        for one in said:
            for holder, what, value in _texts(graph, one):
                words = opened.get(value.sealed) if isinstance(value, Sealed) else value
                if isinstance(value, Sealed) and words is None:
                    self.unread.add((holder, value.sealed))
                elif shingles := _in_the_log(words) if words and words is value else shingles_of(words or ""):
                    self.texts.setdefault(one.id, []).append(Text(one.id, what, shingles))
                else:
                    self.too_short.add((holder, words or ""))


def _texts(graph: Graph, one: Said) -> Iterator[tuple[str, What, str | Sealed]]:
    """Each text, in the record that holds it."""
    quote = one.record.quote
    if quote is not None:
        yield one.id, "quote", quote.exact
        yield from ((one.id, "translation", translation.text) for translation in quote.translations or ())
    if one.document is not None and one.document in graph.documents:
        title = graph.documents[one.document].title
        if title is not None:
            yield one.document, "title", title


# Explaining


class Ties:
    """What the record says of how statements hang together."""

    def __init__(self, hearing: Hearing, said: Iterable[Said]) -> None:
        self._hearing = hearing
        self._denied = hearing.court.graph.not_from
        self._side = {one.id: one.side for one in said}
        self._behind = {one.id: self._what_is_behind(one) for one in said}

    def _what_is_behind(self, one: Said) -> frozenset[str]:
        """The statement's own speaker and document, and every source, document and lost record on its chains upwards."""
        graph, registry = self._hearing.court.graph, self._hearing.court.registry
        found: set[str] = set()
        for name in [one.id, *above(graph, one.id)]:
            said = graph.statements.get(name)
            author = author_of(graph.documents[name]) if name in graph.documents else None
            moment = min(said.span.last if said else one.span.last, graph.moment.valid)
            sources = [said.speaker, *(said.record.joint_with or ())] if said else [author] if author else []
            found |= {registry.origin(slug, moment) for slug in sources}
            found |= {said.document} if said and said.document else {name} if not said else set()
        return frozenset(found)

    def unexplained(self, one: str, other: str) -> bool:
        """Whether the record says nothing of why two statements on one side should share their words."""
        same_side = self._side[one] == self._side[other]
        return same_side and not self.related(one, other) and not self._told_apart(one, other)

    def related(self, one: str, other: str) -> bool:
        """Whether one source or document is behind both, or one of them behind the other."""
        return not self._behind[one].isdisjoint(self._behind[other])

    def _told_apart(self, one: str, other: str) -> bool:
        if not self._denied:
            return False
        statements = self._hearing.court.graph.statements
        return any(
            pair in self._denied
            for below, above in ((one, other), (other, one))
            for pair in ((below, above), (below, statements[above].document))
        )


def above(graph: Graph, start: str, supposed: Mapping[str, str] | None = None) -> list[str]:
    """Everything that hops lead to from here, nearest first, itself only if they lead back; `supposed` adds a hop each."""
    found: dict[str, None] = {}
    queue = [start]
    for here in queue:
        names = [hop.above for hop in graph.up.get(here, ())]
        names += [supposed[here]] if supposed and here in supposed else []
        new = dict.fromkeys(name for name in names if name not in found)
        found |= new
        queue += new
    return list(found)


# Pairing


class _Pairing:
    """Which statements hang together by texts that are alike and not explained."""

    def __init__(self, texts: Mapping[str, Sequence[Text]], ties: Ties) -> None:
        self._texts = texts
        self._ties = ties
        self._group = {name: [name] for name in texts}
        for shelf in (False, True):
            self._look_among(text for own in texts.values() for text in own if text.shelf == shelf)

    def _look_among(self, texts: Iterable[Text]) -> None:
        """Joins the statements of one shelf. What stands word for word at many places is compared once."""
        places: dict[Shingles, list[Text]] = defaultdict(list)
        for text in texts:
            places[text.shingles].append(text)
        distinct = list(places.values())
        for copies in distinct:
            self._join(combinations(copies, 2))
        for one, other in proposed(list(places)):
            self._join(product(distinct[one], distinct[other]))

    def _join(self, pairs: Iterable[tuple[Text, Text]]) -> None:
        """Joins all of these, which are alike if the first pair is; who is joined already need not be looked at again."""
        alike = False
        for one, other in pairs:
            group, second = self._group[one.statement], self._group[other.statement]
            if group is second or not self._ties.unexplained(one.statement, other.statement):
                continue
            alike = alike or likeness(one.shingles, other.shingles) is not None
            if not alike:
                return
            if len(group) < len(second):
                group, second = second, group
            group += second
            self._group |= dict.fromkeys(second, group)

    def groups(self) -> list[list[str]]:
        """Statements that hang together, directly or through others, in log order."""
        found: dict[int, list[str]] = {}
        for name in self._texts:
            found.setdefault(id(self._group[name]), []).append(name)
        return [group for group in found.values() if len(group) > 1]

    def pair(self, name: str, other: str) -> Pair | None:
        """The texts of the two that are most alike; None if none are, or if the record explains it."""
        if not self._ties.unexplained(name, other):
            return None
        found = [
            Pair(one, two, alike)
            for one, two in product(self._texts[name], self._texts[other])
            if one.shelf == two.shelf and (alike := likeness(one.shingles, two.shingles))
        ]
        return max(found, key=lambda pair: (pair.likeness.jaccard, pair.likeness.containment), default=None)

    def rests_on_its_own(self, name: str, chain: Iterable[str]) -> bool:
        """Whether a chain leads back to the statement, or to another one of its source."""
        return any(other in self._texts and self._ties.related(name, other) for other in chain)


# Supposing


def _groups(graph: Graph, pairing: _Pairing) -> Iterator[Group]:
    """Each group with its hops: a member has it from the one it was found to be like, unless it says itself where it has it
    from, or what that one rests on is its own."""
    supposed: dict[str, str] = {}
    for names in pairing.groups():
        members, joins = _outwards(pairing, _first(graph, [graph.statements[name] for name in names]).id, names)
        for name in members[1:]:
            source = joins[name].other.statement
            if not names_its_source(graph, name) and not pairing.rests_on_its_own(name, above(graph, source, supposed)):
                supposed[name] = source
        yield Group(tuple(members), joins, tuple((name, supposed[name]) for name in members if name in supposed))


def _outwards(pairing: _Pairing, first: str, names: Iterable[str]) -> tuple[list[str], dict[str, Pair]]:
    """The group in order: whoever is like the first, then whoever is like one of these, and so on."""
    members, joins = [first], dict[str, Pair]()
    left = [name for name in names if name != first]
    for here in members:
        near = {name: pair for name in left if (pair := pairing.pair(name, here))}
        joins |= near
        members += near
        left = [name for name in left if name not in near]
    return members, joins


def _first(graph: Graph, said: Sequence[Said]) -> Said:
    """Whoever says where it has it from says it for all; else the earliest, and where their order is unknown the first in
    the log."""
    sourced = [one for one in said if names_its_source(graph, one.id)] or said
    soonest = min(one.span.last for one in sourced)
    return next(one for one in sourced if one.span.first <= soonest)


def names_its_source(graph: Graph, name: str) -> bool:
    """Whether a hop says where it has it from."""
    return bool(graph.up.get(name))
