"""How sources hang together: who speaks for whom, and how dependent two sources are (SCORING 2.8, 3.7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.core.evidence import Logged
from ledger.core.force import Standing, in_force_at
from ledger.core.policies import Policy
from schemas.records import SourceRecord, SourceRelationRecord

HOLDING = frozenset({"owned_by", "controlled_by", "part_of", "speaks_for"})
"""Relations over which somebody has a say in what a source says."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A dependence between two sources and the relation it comes from."""

    rho: float
    a: str
    b: str
    relation: str

    @property
    def why(self) -> str:
        return f"{self.a} {self.relation} {self.b}"


def _rho_of(record: SourceRelationRecord, topics: frozenset[str], policy: Policy) -> float:
    match record.relation:
        case "owned_by":
            return policy.rho_owned_by(record.share)
        case "allied_with":
            return policy.rho["allied_with"] if record.topic in topics else 0.0
        case relation:
            return policy.rho.get(relation, 0.0)


class Registry:
    """The sources and their relations, read for one moment of the world and one set of topics."""

    def __init__(self, stands: Standing, moment: int, topics: frozenset[str], policy: Policy) -> None:
        self.policy = policy
        self.topics = topics
        self.sources: dict[str, SourceRecord] = {}
        self._relations: list[SourceRelationRecord] = []
        self._speaks_for: dict[str, list[list[Logged]]] = defaultdict(list)
        self._parties: dict[str, set[str]] = defaultdict(set)
        for chain in stands.of_kind["source"]:
            newest = chain[0].record
            assert isinstance(newest, SourceRecord)
            self.sources[newest.id] = newest
        for chain in stands.of_kind["source_relation"]:
            self._read_relation(chain, in_force_at(chain, moment))
        self._same = self._same_as()
        self._forest(topics)
        self._pairs: dict[tuple[str, str], float] = {}
        self._last_ways: tuple[str | None, dict[str, tuple[str, Edge]], dict[str, str]] = (None, {}, {})
        # Unnamed persons hang together by their affiliation, beside the forest.
        persons = (slug for slug, source in self.sources.items() if source.unnamed_kind == "person")
        self._beside = {self._top(slug) for slug in persons}
        self._owners: dict[str, frozenset[str]] = {}
        self._holders: dict[str, set[str]] | None = None

    def _read_relation(self, chain: list[Logged], now: Logged | None) -> None:
        newest = chain[0].record
        if isinstance(newest, SourceRelationRecord) and newest.relation == "speaks_for":
            self._speaks_for[newest.subject].append(chain)
        record = now.record if now is not None else None
        if isinstance(record, SourceRelationRecord):
            self._relations.append(record)
            if record.relation == "party_to":
                self._parties[record.subject].add(record.object)

    def _same_as(self) -> dict[str, str]:
        """Slug -> the first slug, in order, of those that are the same."""
        parent: dict[str, str] = {}

        def root(slug: str) -> str:
            while parent.get(slug, slug) != slug:
                slug = parent[slug]
            return slug

        for source in self.sources.values():
            for other in source.same_as or ():
                one, two = sorted((root(source.id), root(other)))
                parent[two] = one
        found = {slug: root(slug) for slug in parent}
        found |= {first: first for first in found.values()}
        self._alike: dict[str, list[str]] = defaultdict(list)
        for slug in sorted(found):
            self._alike[found[slug]].append(slug)
        return found

    def _unnamed_persons(self, record: SourceRelationRecord) -> bool:
        """Whether an unnamed person is one end: who it hangs together with, its affiliation alone says (SCORING, rho)."""
        ends = (self.sources.get(record.subject), self.sources.get(record.object))
        return any(one is not None and one.unnamed_kind == "person" for one in ends)

    def _forest(self, topics: frozenset[str]) -> None:
        """Maximum spanning forest (Kruskal). Unions by size and without path compression keep, for every pair, the smallest
        edge on its path in O(log n) steps: joins higher up the tree were made later, by weaker edges."""
        edges = [
            Edge(rho, record.subject, record.object, record.relation)
            for record in self._relations
            if (rho := _rho_of(record, topics, self.policy)) > 0 and not self._unnamed_persons(record)
        ]
        for source in self.sources.values():
            if source.same_as:
                edges += [Edge(1.0, source.id, other, "same_as") for other in source.same_as]
        self._up: dict[str, tuple[str, float]] = {}
        self._tree: dict[str, list[Edge]] = defaultdict(list)
        size: dict[str, int] = defaultdict(lambda: 1)
        for edge in sorted(edges, key=lambda one: (-one.rho, one.a, one.b, one.relation)):
            a, b = self._top(edge.a), self._top(edge.b)
            if a == b:
                continue
            small, large = sorted((a, b), key=lambda slug: (size[slug], slug))
            self._up[small] = (large, edge.rho)
            size[large] += size[small]
            self._tree[edge.a].append(edge)
            self._tree[edge.b].append(edge)

    def _top(self, slug: str) -> str:
        while slug in self._up:
            slug = self._up[slug][0]
        return slug

    def family(self, slug: str) -> str:
        """A name for all with whom the source can be dependent: whoever is of another family is independent of it."""
        top = self._top(slug)
        return "unnamed persons" if top in self._beside else top

    def rho(self, a: str, b: str) -> float:
        """How dependent two sources are, 0 (not at all) to 1 (one voice), follows from recorded relations: speaks for, part
        of and owned by make one voice, a minority owner .9, control .9, an alliance on the claim's topic .5; membership and
        syndication none. Over several relations the weakest on the way counts, and of several ways the strongest."""
        if a == b:
            return 1.0
        pair = (a, b) if a < b else (b, a)
        if pair not in self._pairs:
            self._pairs[pair] = self._dependence(*pair)
        return self._pairs[pair]

    def _dependence(self, a: str, b: str) -> float:
        one, two = self.sources.get(a), self.sources.get(b)
        if one and two and one.unnamed_kind == "person" and two.unnamed_kind == "person":
            return self.policy.rho_unnamed(one.affiliation, two.affiliation)
        smallest = 1.0
        while a != b:
            up_a, up_b = self._up.get(a), self._up.get(b)
            if up_a is None and up_b is None:
                return 0.0
            if up_b is None or (up_a is not None and up_a[1] > up_b[1]):
                assert up_a is not None
                a, weight = up_a
            else:
                b, weight = up_b
            smallest = min(smallest, weight)
        return smallest

    def why(self, a: str, b: str) -> str:
        """The relations on the path that makes two sources dependent, in words."""
        one, two = self.sources.get(a), self.sources.get(b)
        if one and two and one.unnamed_kind == two.unnamed_kind == "person":
            return f"both unnamed, of {one.affiliation}" if one.affiliation else "both unnamed, without affiliation"
        before, told = self._ways_from(a)
        steps: list[str] = []
        here = b
        while here != a and here in before and here not in told:
            here, edge = before[here]
            steps.append(edge.why)
        way = ", ".join([*([told[here]] if here in told else ()), *reversed(steps)])
        if b in before:
            told[b] = way
        return way

    def _ways_from(self, a: str) -> tuple[dict[str, tuple[str, Edge]], dict[str, str]]:
        """For each source that hangs together with this one, the last step to it; and ways that were told already. Pairs are
        asked for one source after another, so what the last one had is kept: sought for each pair, it is most of the time of a
        report on many allies."""
        last, before, told = self._last_ways
        if last == a:
            return before, told
        before, queue = {}, [a]
        for here in queue:
            for edge in self._tree.get(here, ()):
                there = edge.b if edge.a == here else edge.a
                if there != a and there not in before:
                    before[there] = (here, edge)
                    queue.append(there)
        self._last_ways = (a, before, {})
        return self._last_ways[1:]

    def alike(self, slug: str) -> list[str]:
        """The source and all that is the same as it."""
        return self._alike.get(self._same.get(slug, slug)) or [slug]

    def parent(self, slug: str, moment: int) -> str | None:
        """Whom a source, or what is the same as it, speaks for at that moment; the earliest recorded of several."""
        found = self._spoken_for(slug, moment)
        return found[1] if found else None

    def _spoken_for(self, slug: str, moment: int) -> tuple[int, str] | None:
        """The entry that says for whom it speaks, and for whom; not where that is itself under another name."""
        chains = (chain for one in self.alike(slug) for chain in self._speaks_for.get(one, ()))
        now = (entry for chain in chains if (entry := in_force_at(chain, moment)) is not None)
        found = [(one.index, one.record.object) for one in now if isinstance(one.record, SourceRelationRecord)]
        return min((one for one in found if one[1] not in self.alike(slug)), default=None)

    def origin(self, slug: str, moment: int) -> str:
        """The one vote that a source is part of at that moment: whom it speaks for, and all that is the same (SCORING 2.8).
        Of sources that speak for each other in a ring it is the one that was above the others until the ring was closed."""
        if not self._speaks_for:
            return self._same.get(slug, slug)
        path: dict[str, int] = {}
        here = self._same.get(slug, slug)
        while here not in path:
            spoken = self._spoken_for(here, moment)
            if spoken is None:
                return here
            path[here], parent = spoken
            here = self._same.get(parent, parent)
        ring = list(path)[list(path).index(here) :]
        return max(ring, key=lambda one: path[one])

    def is_party(self, slugs: Sequence[str]) -> bool:
        """Whether one of the sources, or what is the same as it, is a party to one of the claim's topics."""
        return any(self._parties.get(one, set()) & self.topics for slug in slugs for one in self.alike(slug))

    def acts_for_itself(self, slug: str, moment: int) -> bool:
        """SCORING 2.6: a person, organisation, government body, armed group, or what speaks for one of these."""
        seen: set[str] = set()
        here: str | None = slug
        while here is not None and here not in seen:
            seen |= set(self.alike(here))
            types = {self.sources[one].type for one in self.alike(here) if one in self.sources}
            if types & {"person", "organization", "government_body", "armed_group"}:
                return True
            here = self.parent(here, moment)
        return False

    def knows(self, slug: str) -> bool:
        """Whether it is a source on record, or one that such a source speaks for or is the same as, though it was taken
        back."""
        spoken_for = (chain for chains in self._speaks_for.values() for chain in chains)
        return (
            slug in self.sources
            or slug in self._same
            or any(getattr(chain[0].record, "object", None) == slug for chain in spoken_for)
        )

    def owners(self, slug: str) -> frozenset[str]:
        """The source, and whoever owns or controls it, has it as a part or is spoken for by it, over any number of steps."""
        if slug not in self._owners:
            above = self._above()
            seen, queue = {slug}, [slug]
            for here in queue:
                new = above.get(here, set()) - seen
                seen |= new
                queue += sorted(new)
            self._owners[slug] = frozenset(seen)
        return self._owners[slug]

    def held_by(self, owner: str) -> set[str]:
        """The source, and all whose words it has a say in."""
        return {slug for slug in [owner, *self.sources, *self._above()] if owner in self.owners(slug)}

    def _above(self) -> dict[str, set[str]]:
        if self._holders is None:
            self._holders = defaultdict(set)
            for record in self._relations:
                if record.relation in HOLDING:
                    self._holders[record.subject].add(record.object)
        return self._holders

    def name(self, slug: str) -> str:
        """English name if there is one in the open, else the first, else the slug. Sealed names are never used in a report."""
        names = self.names(slug)
        return names.get("en") or next(iter(names.values()), slug)

    def names(self, slug: str) -> dict[str, str]:
        """Names in the open, by language."""
        source = self.sources.get(slug)
        return {lang: name for lang, name in (source.names if source else {}).items() if isinstance(name, str)}
