"""The graph of statements about a claim, as it could be read at one moment (SCORING 2.1 to 2.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ledger.core.force import Standing, in_force_at
from ledger.core.relations import Registry
from ledger.core.stances import Reading, readings
from schemas.corroboration import Clock
from schemas.dates import PAST, bounds
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    ClaimRecord,
    ClaimRelationRecord,
    DocumentRecord,
    StatementRecord,
)

NEUTRAL_ACTS = frozenset({"dismisses", "declines_to_comment", "did_not_respond", "questions"})
JOINING_TYPES = frozenset({"outlet", "news_agency", "platform_account", "dataset"})
UNSAID_BASES = frozenset({"told", "not_stated"})
BAD = frozenset({"forged", "altered", "miscaptioned"})


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the reader stands: what was said up to the second `end`, on `clock`; ratings and relations as valid at `valid`.

    Without a date there is no `end`, and `valid` is the ledger's own time, which also bounds what bears no date at all.
    """

    end: int
    clock: Clock
    ledger_time: int
    valid: int


@dataclass(frozen=True, slots=True)
class Span:
    """When something was said: first and last second it can have been. `own` if the statement or its document is dated."""

    first: int
    last: int
    own: bool
    text: str | None

    def is_later(self, other: Span) -> bool:
        """SCORING 2.2: later only if the intervals are disjoint."""
        return self.first > other.last


@dataclass(frozen=True, slots=True)
class Said:
    """A statement in the graph. `reading` is what it says about the claim in question, None if nothing."""

    id: str
    index: int
    record: StatementRecord
    claim: str
    document: str | None
    span: Span
    reading: Reading | None

    @property
    def speaker(self) -> str:
        return self.record.speaker

    @property
    def side(self) -> str | None:
        return self.reading.side if self.reading else None

    @property
    def neutral(self) -> bool:
        return self.record.act in NEUTRAL_ACTS


@dataclass(frozen=True, slots=True)
class Hop:
    """An attribution. `known` is the last second at which it can have become known; an inferred hop has no record."""

    below: str
    above: str
    mode: str
    standing: str
    record_id: str | None
    index: int | None
    known: int


@dataclass
class Graph:
    """Statements, documents and hops. `up` leads towards the origins, `down` towards the readers; both in log order."""

    claim: str
    moment: Moment
    statements: dict[str, Said]
    documents: dict[str, DocumentRecord]
    up: dict[str, list[Hop]] = field(default_factory=lambda: defaultdict(list))
    down: dict[str, list[Hop]] = field(default_factory=lambda: defaultdict(list))
    aside: dict[str, str] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    bad_documents: dict[str, str] = field(default_factory=dict)
    walked_back: dict[str, str] = field(default_factory=dict)

    def add(self, hop: Hop) -> None:
        self.up[hop.below].append(hop)
        self.down[hop.above].append(hop)

    def said_by(self, one: Said) -> bool:
        return one.span.last <= self.moment.end

    def known_up(self, name: str) -> list[Hop]:
        """The hops from a statement that were known at the moment."""
        return [hop for hop in self.up.get(name, ()) if hop.known <= self.moment.end]

    def is_root(self, one: Said) -> bool:
        """SCORING 2.5: said, standing, and nothing upstream that was known."""
        return self.said_by(one) and one.id not in self.aside and not self.known_up(one.id)

    def open_document(self, one: Said) -> DocumentRecord | None:
        """The document in which a reader finds the statement; on the public clock only once it is out."""
        document = self.documents.get(one.document) if one.document else None
        if document is None or one.document in self.bad_documents:
            return None
        return None if self.moment.clock == "public" and not self.said_by(one) else document

    def usable(self, hop: Hop) -> bool:
        """Whether a chain may run over the hop: what cites still stands, and on the public clock was out by then."""
        if hop.below in self.aside:
            return False
        if self.moment.clock == "said":
            return True
        return hop.known <= self.moment.end and self.said_by(self.statements[hop.below])


def _dated(document: DocumentRecord | None) -> str | None:
    return (document.published_at or document.captured_at or document.retrieved_at) if document else None


def said_text(record: StatementRecord, document: DocumentRecord | None) -> str | None:
    """When a statement says of itself, or its document says, that it was made."""
    return record.said_at or _dated(document)


def _spans(
    statements: dict[str, StatementRecord], documents: dict[str, DocumentRecord], alias: dict[str, str], limit: int
) -> dict[str, Span]:
    """SCORING 2.2. A statement without any time was said, at the latest, when the ledger was read."""
    found: dict[str, Span] = {}
    for name in statements:
        here, path = name, [name]
        while True:
            record = statements[here]
            document = documents.get(alias.get(record.document, record.document)) if record.document else None
            text = said_text(record, document)
            above = record.reported_by
            if text is not None or above not in statements or above in path:
                break
            here = above
            path.append(here)
        first, last = bounds(text) if text is not None else (PAST, limit)
        found[name] = Span(first, last, text is not None and here == name, text)
    return found


def _connected(claim: str, relations: Sequence[ClaimRelationRecord]) -> set[str]:
    beside: dict[str, set[str]] = defaultdict(set)
    for record in relations:
        beside[record.subject].add(record.object)
        beside[record.object].add(record.subject)
    seen, queue = {claim}, [claim]
    for here in queue:
        new = beside[here] - seen
        seen |= new
        queue += new
    return seen


def _renamed(record: StatementRecord, alias: dict[str, str]) -> StatementRecord:
    """The same, naming the statements that stand in the place of those it named."""
    changed = {
        name: alias[value]
        for name, value in (("reported_by", record.reported_by), ("withdraws", record.withdraws))
        if value is not None and value in alias
    }
    return record.model_copy(update=changed) if changed else record


def build_graph(
    claim: str,
    stands: Standing,
    alias: dict[str, str],
    registry: Registry,
    moment: Moment,
    leave_out: Callable[[Said], bool],
) -> Graph:
    """The graph of a claim at a moment, with what is set aside and why."""
    newest = [chain[0] for chain in stands.chains.values()]
    known_claims = {entry.id for entry in stands.free if isinstance(entry.record, ClaimRecord)}
    relations = [
        entry.record.model_copy(
            update={
                "subject": alias.get(entry.record.subject, entry.record.subject),
                "object": alias.get(entry.record.object, entry.record.object),
            }
        )
        for entry in newest
        if isinstance(entry.record, ClaimRelationRecord)
    ]
    relations = [one for one in relations if {one.subject, one.object} <= known_claims]
    connected = _connected(claim, relations)
    meaning = readings(claim, relations)
    documents = {entry.id: entry.record for entry in stands.free if isinstance(entry.record, DocumentRecord)}
    records = {entry.id: entry for entry in stands.free if isinstance(entry.record, StatementRecord)}
    spoken = {
        name: _renamed(entry.record, alias) for name, entry in records.items() if isinstance(entry.record, StatementRecord)
    }
    spans = _spans(spoken, documents, alias, moment.ledger_time)
    statements: dict[str, Said] = {}
    for name, record in spoken.items():
        about = alias.get(record.claim, record.claim)
        if about not in connected:
            continue
        silent = record.act in NEUTRAL_ACTS or record.act == "withdraws"
        reading = None if silent else meaning.get((about, record.polarity))
        document = alias.get(record.document, record.document) if record.document else None
        statements[name] = Said(name, records[name].index, record, about, document, spans[name], reading)
    graph = Graph(claim, moment, statements, documents)
    forbidden = _recorded_hops(graph, stands, alias)
    join_placeholders(graph, registry, forbidden)
    set_aside(graph, stands, alias, registry, leave_out)
    return graph


def _recorded_hops(graph: Graph, stands: Standing, alias: dict[str, str]) -> set[tuple[str, str]]:
    """Adds the attributions on record; gives the pairs of which one is recorded as `not_from` the other."""
    forbidden: set[tuple[str, str]] = set()
    for entry in stands.free:
        record = entry.record
        if not isinstance(record, AttributionRecord):
            continue
        below, above = alias.get(record.from_, record.from_), alias.get(record.to, record.to)
        if below not in graph.statements or (above not in graph.statements and above not in graph.documents):
            continue
        if record.mode == "not_from":
            forbidden.add((below, above))
            continue
        known = bounds(record.known_from)[1] if record.known_from else graph.statements[below].span.last
        graph.add(Hop(below, above, record.mode, record.standing, entry.id, entry.index, known))
    return forbidden


def join_placeholders(graph: Graph, registry: Registry, forbidden: set[tuple[str, str]]) -> None:
    """An outlet, agency, account or dataset that is known only because another credits it is joined to its own latest
    documented statement of the same stance that is not known to be later than the one that credits it. The join is shown
    as inferred."""
    by_speaker: dict[str, list[Said]] = defaultdict(list)
    for one in graph.statements.values():
        if one.document is not None:
            by_speaker[one.speaker].append(one)
    inferred: list[Hop] = []
    for one in graph.statements.values():
        record = one.record
        source = registry.sources.get(one.speaker)
        citing = graph.statements.get(record.reported_by) if record.reported_by else None
        placeholder = record.document is None and record.said_at is None and citing is not None
        if not placeholder or source is None or source.type not in JOINING_TYPES:
            continue
        if record.basis not in UNSAID_BASES or graph.up.get(one.id) or one.side is None:
            continue
        assert citing is not None
        candidates = [
            other
            for other in by_speaker[one.speaker]
            if other.side == one.side and other.id != one.id and not other.span.is_later(citing.span)
        ]
        latest = [it for it in candidates if all(it.id == other.id or it.span.is_later(other.span) for other in candidates)]
        if len(latest) == 1 and (one.id, latest[0].id) not in forbidden:
            inferred.append(Hop(one.id, latest[0].id, "cites", "implied", None, None, one.span.last))
    for hop in inferred:
        graph.add(hop)


def _bad_documents(stands: Standing, alias: dict[str, str], moment: int) -> dict[str, str]:
    """Documents that more assessors judge forged, altered or miscaptioned than authentic, with the reason."""
    votes: dict[str, list[str]] = defaultdict(list)
    for chain in stands.chains.values():
        record = chain[0].record
        if not (isinstance(record, AssessmentRecord) and record.scheme == "authenticity"):
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
    """Statements that their own speaker has taken back by then. A self-serving withdrawal of an admission is `walked back`."""
    found: dict[str, str] = {}
    for one in sorted(graph.statements.values(), key=lambda it: it.index):
        target = graph.statements.get(one.record.withdraws) if one.record.withdraws else None
        if target is None or not graph.said_by(one):
            continue
        moment = min(one.span.last, graph.moment.valid)
        if registry.origin(one.speaker, moment) != registry.origin(target.speaker, moment):
            continue
        if one.record.act == "withdraws" and one.record.interest == "for" and target.record.interest == "against":
            graph.walked_back[target.id] = one.id
            continue
        verb = "corrected" if one.record.act == "corrects" else "withdrawn"
        found[target.id] = f"{verb} by {registry.name(one.speaker)} itself" + (f", {one.span.text}" if one.span.text else "")
    return found


def set_aside(
    graph: Graph,
    stands: Standing,
    alias: dict[str, str],
    registry: Registry,
    leave_out: Callable[[Said], bool],
) -> None:
    """SCORING 2.4: what was withdrawn or forged, and, up and down the chains, whatever rests on it alone."""
    graph.bad_documents = _bad_documents(stands, alias, graph.moment.valid)
    aside = graph.aside
    for one in graph.statements.values():
        if leave_out(one):
            aside[one.id] = "left out as asked"
            graph.left_out.add(one.id)
    aside.update({name: reason for name, reason in _withdrawn(graph, registry).items() if name not in aside})
    for one in graph.statements.values():
        if one.id in aside:
            continue
        evidence = [alias.get(item, item) for item in one.record.evidence or ()]
        if one.document in graph.bad_documents:
            aside[one.id] = graph.bad_documents[one.document]
        elif evidence and all(item in graph.bad_documents for item in evidence):
            aside[one.id] = "all its evidence was judged not authentic"
    _spread(graph)


def _spread(graph: Graph) -> None:
    """Carries setting aside to what has nothing else to rest on, until nothing changes."""
    gone = graph.aside.keys() | graph.bad_documents.keys()
    queue = sorted(gone)
    reporters: dict[str, set[str]] = defaultdict(set)
    for one in graph.statements.values():
        if one.record.reported_by is not None and one.record.reported_by in graph.statements:
            reporters[one.id].add(one.record.reported_by)
    reported: dict[str, list[str]] = defaultdict(list)
    for name, above in reporters.items():
        for item in above:
            reported[item].append(name)
    for here in queue:
        touched = [hop.below for hop in graph.down.get(here, ())]
        touched += [hop.above for hop in graph.up.get(here, ())] + reported.get(here, [])
        for name in touched:
            reason = _rests_on_nothing(graph, name, reporters.get(name, set()))
            if reason:
                graph.aside[name] = reason
                queue.append(name)


def _rests_on_nothing(graph: Graph, name: str, reporters: set[str]) -> str | None:
    """Why a statement that still stands can no longer stand, or None."""
    one = graph.statements.get(name)
    if one is None or name in graph.aside:
        return None
    ups = graph.known_up(name)
    if ups and not _saw_it_itself(one) and all(hop.above in graph.aside or hop.above in graph.bad_documents for hop in ups):
        return "everything it rests on is set aside"
    carriers = {hop.below for hop in graph.down.get(name, ())} | reporters
    if one.record.document is None and carriers and all(item in graph.aside for item in carriers):
        return "everything that reports it is set aside"
    return None


def _saw_it_itself(one: Said) -> bool:
    return one.record.act in ("confirms", "finds") and one.record.basis == "witnessed"
