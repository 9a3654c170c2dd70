"""Chains from an origin to its readers: the most faithful one, all of them, and circular citations (SCORING 2.5, 2.9)."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.core.graph import Graph, Hop, Said

Phi = Callable[[str], float]
MAX_LABELS = 64
"""Different sets of already counted speakers kept per statement. Only circles need more than one."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Statements from just after the origin to the one a reader sees; empty if the reader sees the origin's own document."""

    statements: tuple[str, ...]
    fidelity: float


@dataclass(frozen=True, slots=True)
class _Label:
    cost: float
    paid: frozenset[str]
    path: tuple[str, ...]


class Paths:
    """All searches over one graph share what is computed here once."""

    def __init__(self, graph: Graph, phi: Phi, phi_alone: Phi) -> None:
        self.graph = graph
        self.phi = phi
        self.phi_alone = phi_alone
        self._avoided: dict[tuple[str, str, bool], bool] = {}

    @cached_property
    def repeating(self) -> frozenset[str]:
        """Whoever can come twice on a path."""
        return repeating_speakers(self.graph)

    def on(self, graph: Graph) -> Paths:
        """The same searches over a graph of which more was set aside."""
        return Paths(graph, self.phi, self.phi_alone)

    def is_end(self, one: Said) -> bool:
        """A reader finds a statement in its document; one without a document is an end only if nothing carries it further."""
        if self.graph.open_document(one) is not None:
            return True
        return self.graph.moment.clock == "said" and not any(self.graph.usable(hop) for hop in self.graph.down.get(one.id, ()))

    def lone_fidelity(self, one: Said) -> float | None:
        """Of the origin's own statement: 1 with a document whose bytes were seen, else its type's phi, as if it relayed itself;
        None if a reader cannot find it there at all."""
        if not self.is_end(one):
            return None
        return self._shown(one)

    def _shown(self, one: Said) -> float:
        """Of words that nobody carries: 1 in a document whose bytes were seen, else the phi of their speaker's type."""
        document = self.graph.open_document(one)
        return 1.0 if document is not None and document.sha256 is not None else self.phi_alone(one.speaker)

    def best(self, start: Said, *, without: Callable[[Said], bool], through: Hop | None = None) -> Chain | None:
        """Of all chains by which an origin's word reaches readers the most faithful one counts. An origin read in its own
        document, whose bytes were seen, loses nothing."""
        own = self.lone_fidelity(start) if through is None else None
        found = Chain((), own) if own is not None else None
        for end in self._search(start, None if through else start.speaker, without):
            chain = Chain(end.path, self._product(end.path, None if through else start))
            if found is None or chain.fidelity > found.fidelity:
                found = chain
            # The origin's own later words come first, and cost more than they seem to where no document shows them;
            # after them the order is that of fidelity.
            if end.cost > 0 and (through is not None or self.graph.statements[end.path[-1]].speaker != start.speaker):
                break
        return found

    def _product(self, path: Sequence[str], root: Said | None) -> float:
        """Of the relays, each once; and where the origin itself has the last word, of how that can be seen."""
        speakers = dict.fromkeys(self.graph.statements[name].speaker for name in path)
        relays = [slug for slug in speakers if root is None or slug != root.speaker]
        last = self.graph.statements[path[-1]]
        own = self._shown(last) if root is not None and last.speaker == root.speaker else 1.0
        return own * math.prod(self.phi(slug) for slug in relays)

    def all_ends(self, start: Said, through: Hop | None = None) -> list[Chain]:
        """A good chain to each statement that readers find and nobody carries further: the shortest by cost, speakers that come
        twice paid twice, so that a dense graph stays cheap."""
        found: dict[str, Chain] = {}
        for label in self._search(start, None if through else start.speaker, lambda _: False, most=1):
            last = label.path[-1]
            carried = any(self.graph.usable(hop) for hop in self.graph.down.get(last, ()))
            if not carried and last not in found:
                found[last] = Chain(label.path, self._product(label.path, None if through else start))
        return [found[name] for name in sorted(found, key=lambda name: self.graph.statements[name].index)]

    def _search(
        self, start: Said, own: str | None, without: Callable[[Said], bool], most: int = MAX_LABELS
    ) -> Iterable[_Label]:
        """Reader's ends in order of falling fidelity (Dijkstra on -log phi; a speaker is paid once on a path)."""
        graph = self.graph
        paid0 = frozenset({own} if own else set())
        heap: list[tuple[float, int, tuple[int, ...], _Label]] = []

        def push(label: _Label, name: str, previous: str | None) -> None:
            one = graph.statements[name]
            if name in label.path or without(one):
                return
            free = one.speaker == previous or one.speaker in label.paid
            cost = label.cost - (0.0 if free else math.log(self.phi(one.speaker)))
            paid = label.paid | {one.speaker} if one.speaker in self.repeating or one.speaker == own else label.paid
            path = (*label.path, name)
            order = tuple(graph.statements[step].index for step in path)
            heapq.heappush(heap, (cost, len(path), order, _Label(cost, paid, path)))

        if own is None:
            push(_Label(0.0, paid0, ()), start.id, None)
        else:
            self._push_below(start.id, _Label(0.0, paid0, ()), own, push)
        seen: dict[str, list[_Label]] = defaultdict(list)
        while heap:
            _, _, _, label = heapq.heappop(heap)
            here = label.path[-1]
            known = seen[here]
            if len(known) >= most or any(other.paid >= label.paid for other in known):
                continue
            known.append(label)
            one = graph.statements[here]
            if self.is_end(one):
                yield label
            self._push_below(here, label, one.speaker, push)

    def _push_below(self, name: str, label: _Label, speaker: str, push: Callable[[_Label, str, str | None], None]) -> None:
        for hop in self.graph.down.get(name, ()):
            if self.graph.usable(hop):
                push(label, hop.below, speaker)

    def avoids(self, start: Said, relay: str, trusted: Callable[[str], bool], through: Hop | None = None) -> bool:
        """Whether some chain reaches a reader without this relay, through trusted relays alone."""
        key = (start.id, relay, through is not None)
        if key not in self._avoided:
            self._avoided[key] = self._finds_another_way(start, relay, trusted, through)
        return self._avoided[key]

    def _finds_another_way(self, start: Said, relay: str, trusted: Callable[[str], bool], through: Hop | None) -> bool:
        if through is None and self.lone_fidelity(start) is not None:
            return True

        def blocked(one: Said) -> bool:
            own = through is None and one.speaker == start.speaker
            return one.speaker == relay or not (own or trusted(one.speaker))

        return any(True for _ in self._search(start, None if through else start.speaker, blocked))


def repeating_speakers(graph: Graph) -> frozenset[str]:
    """Speakers who come back on some path, with another speaker between."""
    return frozenset(graph.statements[circle[0]].speaker for circle in _returning(graph))


def circles(graph: Graph) -> list[tuple[list[str], list[str]]]:
    """Where citations lead back to a speaker who is on the chain already, the circle is reported, and followed on. It makes no
    origin of anybody and unmakes none: who cite only each other are together one origin that is not established."""
    found: dict[frozenset[str], tuple[list[str], list[str]]] = {}

    def made(hop: Hop) -> bool:
        ends = (graph.statements[hop.below], graph.statements.get(hop.above))
        return graph.in_time(hop) and all(one is None or graph.said_by(one) for one in ends)

    paths = _returns(graph, made) if _returning(graph) else []
    for path in sorted(paths, key=lambda path: (len(path), [graph.statements[name].index for name in path])):
        speakers = list(dict.fromkeys(graph.statements[name].speaker for name in path))
        found.setdefault(frozenset(speakers), (speakers, list(path)))
    return list(found.values())


def _returning(graph: Graph) -> list[tuple[str, ...]]:
    if graph.returns is None:
        graph.returns = _returns(graph, lambda _: True)
    return graph.returns


def _returns(graph: Graph, walks: Callable[[Hop], bool]) -> list[tuple[str, ...]]:
    """Shortest paths down these citations from a statement to its speaker's next turn, with another speaker between."""
    by_speaker: dict[str, list[str]] = defaultdict(list)
    for one in graph.statements.values():
        by_speaker[one.speaker].append(one.id)
    on_ring = _on_rings(graph)
    found: list[tuple[str, ...]] = []
    for names in by_speaker.values():
        if not any(graph.up.get(name) for name in names):
            continue
        for start in names:
            if not graph.down.get(start) or not (len(names) > 1 or start in on_ring):
                continue
            path = _to_same_speaker(graph, start, walks)
            if path:
                found.append(path)
    return found


def _to_same_speaker(graph: Graph, start: str, walks: Callable[[Hop], bool]) -> tuple[str, ...] | None:
    speaker = graph.statements[start].speaker
    before: dict[str, str] = {}
    queue = [start]
    for here in queue:
        for hop in filter(walks, graph.down.get(here, ())):
            there = hop.below
            if graph.statements[there].speaker == speaker and graph.statements[here].speaker != speaker:
                path = [there, here]
                while path[-1] != start:
                    path.append(before[path[-1]])
                path.reverse()
                return tuple(path[:-1] if path[-1] == start else path)
            if there not in before and there != start:
                before[there] = here
                queue.append(there)
    return None


def _on_rings(graph: Graph) -> set[str]:
    """Statements that could lie on a ring: what is left when ends without hops on either side are peeled away."""
    left = {name for name in graph.statements if graph.up.get(name) and graph.down.get(name)}
    queue = sorted(graph.statements.keys() - left)
    while queue:
        gone = queue.pop()
        beside = [hop.below for hop in graph.down.get(gone, ())] + [hop.above for hop in graph.up.get(gone, ())]
        for name in beside:
            if name not in left:
                continue
            up = any(hop.above in left for hop in graph.up[name])
            down = any(hop.below in left for hop in graph.down[name])
            if not (up and down):
                left.discard(name)
                queue.append(name)
    return left


def rootless_rings(graph: Graph, rooted: Iterable[str]) -> list[list[str]]:
    """Groups of statements that cite only each other and reach no root: nobody knows where it began."""
    reached = set(rooted)
    queue = sorted(reached)
    for here in queue:
        known = (hop for hop in graph.down.get(here, ()) if hop.known <= graph.moment.end)
        new = [hop.below for hop in known if hop.below not in reached]
        reached |= set(new)
        queue += new
    lost = {
        name
        for name, one in graph.statements.items()
        if name not in reached and name not in graph.aside and graph.said_by(one) and graph.known_up(name)
    }
    groups: list[list[str]] = []
    while lost:
        group = [min(lost, key=lambda name: graph.statements[name].index)]
        lost.discard(group[0])
        for here in group:
            near = {hop.below for hop in graph.down.get(here, ())} | {hop.above for hop in graph.up.get(here, ())}
            group += sorted(near & lost)
            lost -= near
        groups.append(group)
    return groups
