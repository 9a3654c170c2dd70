"""From records to the graph of a claim: statements, their times and readings, hops, joins (SCORING 2.2, 2.3, 2.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ledger.core.aside import judged_documents
from ledger.core.doubt import reason_for
from ledger.core.force import Standing
from ledger.core.graph import NEUTRAL_ACTS, UNSAID_BASES, Graph, Hop, Moment, Said, Span, said_text
from ledger.core.relations import Registry
from ledger.core.stances import Literal2, Reading, equivalents, readings
from schemas.dates import PAST, bounds
from schemas.records import (
    AttributionRecord,
    ClaimRelationRecord,
    DocumentRecord,
    StatementRecord,
)

JOINING_TYPES = frozenset({"outlet", "news_agency", "platform_account", "dataset"})


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
    if not alias:
        return record
    changed = {
        name: alias[value]
        for name, value in (("reported_by", record.reported_by), ("withdraws", record.withdraws))
        if value is not None and value in alias
    }
    return record.model_copy(update=changed) if changed else record


def unheard_graph(
    claim: str, stands: Standing, registry: Registry, moment: Moment, supposing: Sequence[tuple[str, str]] = ()
) -> Graph:
    """The graph of a claim before anything is set aside; `supposing` as in `examine`. But for which documents are judged not
    authentic, it is alike at every moment of one state of the ledger."""
    alias = stands.aliases
    documents = {entry.id: entry.record for entry in stands.loose["document"] if isinstance(entry.record, DocumentRecord)}
    relations = relations_of_claims(stands)
    meaning = readings(claim, relations)
    statements = _statements(stands, _connected(claim, relations), meaning, documents, moment)
    judged = judged_documents(stands, alias, moment.valid)
    graph = Graph(claim, moment, statements, documents, equivalents(claim, meaning), judged=judged)
    graph.doubted = {name: reason_for(keys) for name in statements if (keys := stands.doubts.of((name, None)))}
    graph.unheard = stands.left_out & statements.keys()
    for one in statements.values():
        if one.record.reported_by in statements:
            graph.reports[one.record.reported_by].append(one.id)
    _record_hops(graph, stands, alias)
    join_placeholders(graph, registry)
    _suppose(graph, supposing)
    return graph


def relations_of_claims(stands: Standing) -> list[ClaimRelationRecord]:
    """The relations in force between claims that are on record, of the claims that stand in the place of replaced ones."""
    alias = stands.aliases
    known = {entry.id for entry in stands.loose["claim"]}
    found = []
    for chain in stands.of_kind["claim_relation"]:
        record = chain[0].record
        assert isinstance(record, ClaimRelationRecord)
        ends = {"subject": alias.get(record.subject, record.subject), "object": alias.get(record.object, record.object)}
        if set(ends.values()) <= known:
            found.append(record.model_copy(update=ends))
    return found


def _statements(
    stands: Standing,
    connected: set[str],
    meaning: dict[Literal2, Reading],
    documents: dict[str, DocumentRecord],
    moment: Moment,
) -> dict[str, Said]:
    """What was said about the claim, and about those that relations connect to it."""
    alias = stands.aliases
    spoken = {
        entry.id: (entry.index, _renamed(entry.record, alias))
        for entry in stands.loose["statement"]
        if isinstance(entry.record, StatementRecord)
    }
    spans = _spans({name: record for name, (_, record) in spoken.items()}, documents, alias, moment.ledger_time)
    found: dict[str, Said] = {}
    for name, (index, record) in spoken.items():
        about = alias.get(record.claim, record.claim)
        if about not in connected:
            continue
        silent = record.act in NEUTRAL_ACTS or record.act == "withdraws"
        reading = None if silent else meaning.get((about, record.polarity))
        document = alias.get(record.document, record.document) if record.document else None
        evidence = tuple(alias.get(item, item) for item in record.evidence or ())
        found[name] = Said(name, index, record, about, document, spans[name], reading, evidence)
    return found


def _record_hops(graph: Graph, stands: Standing, alias: dict[str, str]) -> None:
    """Adds the attributions on record, and the pairs of which one is recorded as `not_from` the other."""
    for entry in stands.loose["attribution"]:
        record = entry.record
        assert isinstance(record, AttributionRecord)
        below, above = alias.get(record.from_, record.from_), alias.get(record.to, record.to)
        if below not in graph.statements or below == above:
            continue
        if record.mode == "not_from":
            graph.not_from.add((below, above))
            continue
        known = bounds(record.known_from)[1] if record.known_from else graph.statements[below].span.last
        if above not in graph.statements and above not in graph.documents:
            graph.gone.add(above)
        graph.add(Hop(below, above, record.mode, record.standing, entry.id, entry.index, known))


def _suppose(graph: Graph, hops: Sequence[tuple[str, str]]) -> None:
    """Adds hops that nobody recorded, from a statement to the one it is supposed to have it from."""
    for below, above in hops:
        if below in graph.statements and above in graph.statements:
            graph.add(Hop(below, above, "republishes", "implied", None, None, graph.statements[below].span.last))


def join_placeholders(graph: Graph, registry: Registry) -> None:
    """An outlet, agency, account or dataset that is known only because another credits it is joined to its own latest
    documented statement of the same stance that is not known to be later than the one that credits it. The join is shown
    as inferred. Statements that count for nothing, being in doubt or left out, are joined to nothing: what rests on one that
    counts would fall with them."""
    by_speaker: dict[str, list[Said]] = defaultdict(list)
    for one in graph.statements.values():
        if one.document is not None and one.id not in graph.doubted and one.id not in graph.unheard:
            by_speaker[one.speaker].append(one)
    inferred: list[Hop] = []
    for one in graph.statements.values():
        record = one.record
        if record.reported_by is None:
            continue
        source = registry.sources.get(one.speaker)
        citing = graph.statements.get(record.reported_by)
        placeholder = record.document is None and record.said_at is None and citing is not None
        if not placeholder or source is None or source.type not in JOINING_TYPES:
            continue
        if record.basis not in UNSAID_BASES or graph.up.get(one.id) or one.side is None:
            continue
        assert citing is not None
        candidates = [
            other
            for other in by_speaker[one.speaker]
            if other.side == one.side and other.id not in (one.id, citing.id) and not other.span.is_later(citing.span)
        ]
        latest = [it for it in candidates if all(it.id == other.id or it.span.is_later(other.span) for other in candidates)]
        if len(latest) == 1 and (one.id, latest[0].id) not in graph.not_from:
            inferred.append(Hop(one.id, latest[0].id, "cites", "implied", None, None, one.span.last))
    for hop in inferred:
        graph.add(hop)
