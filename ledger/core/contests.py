"""On what do sources differ? Items with rival values, made from the statements on record, and who gave which value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.core.force import Standing
from ledger.core.graph import NEUTRAL_ACTS, UNSAID_BASES, Moment, Span, dated, said_text
from ledger.core.relations import Registry
from ledger.core.stances import readings
from ledger.core.values import Figure, Position, Value, figure_of, refused
from schemas.dates import PAST, bounds
from schemas.records import (
    AttributionRecord,
    ClaimRecord,
    ClaimRelationRecord,
    DocumentRecord,
    StatementRecord,
)

MOST_TOGETHER = 200
"""Of more claims that relations connect, each stands for itself: what they say of each other is not looked at."""


@dataclass(frozen=True)
class Item:
    """A question that sources answer: `claim` is the first claim that is an answer to it, `attribute` the kind of answer."""

    claim: str
    attribute: str


@dataclass(frozen=True)
class Word:
    """What a source says of an item: in its own name, or relayed, as the word of somebody that it names."""

    source: str
    item: Item
    value: Value
    relayed: bool


@dataclass(frozen=True)
class _Said:
    record: StatementRecord
    claim: str
    index: int
    span: Span
    relayed: bool
    sources: tuple[str, ...]


def words(stands: Standing, alias: Mapping[str, str], registry: Registry, moment: Moment) -> list[Word]:
    """The last word of each source on each item, by then.

    Claims that contradict each other are one item of which each is a value; a claim alone is an item, affirmed or denied.
    Quantity claims that hang together and have the same unit, measure and time are one item, whose values are the figures.
    What follows from a claim by equivalent, entails and contradicts counts as said. In its own name a source says what it has
    from nobody who is named, or confirms itself and says how it knows; the rest it relays. What speaks for another is that
    other's word. Unnamed sources give none: behind one name there may be many. Nor does what its speaker has taken back.
    """
    claims = {entry.id: entry for entry in stands.free if isinstance(entry.record, ClaimRecord)}
    about: dict[str, list[_Said]] = defaultdict(list)
    for said in _said(stands, alias, registry, moment):
        if said.claim in claims:
            about[said.claim].append(said)
    relations = _relations(stands, alias, claims.keys())
    known = {name: entry.record for name, entry in claims.items() if isinstance(entry.record, ClaimRecord)}
    found: list[Word] = []
    for together, related in _components(sorted(about, key=lambda one: claims[one].index), relations):
        ordered = sorted(together, key=lambda one: claims[one].index)
        found += _of_events([one for one in ordered if known[one].type == "event"], ordered, related, about)
        found += _of_figures([one for one in ordered if known[one].type == "quantity"], ordered, related, known, about)
    return found


def contested(found: Iterable[Word]) -> set[Item]:
    """The items on which somebody's own word rules out somebody else's."""
    values: dict[Item, set[Value]] = defaultdict(set)
    for word in found:
        if not word.relayed:
            values[word.item].add(word.value)
    return {item for item, given in values.items() if any(not a.agrees_with(b) for a in given for b in given if a != b)}


# What was said


def _said(stands: Standing, alias: Mapping[str, str], registry: Registry, moment: Moment) -> list[_Said]:
    """Statements that take a stance and stand, in the order in which they were said."""
    records = {entry.id: entry for entry in stands.free if isinstance(entry.record, StatementRecord)}
    spoken = {name: entry.record for name, entry in records.items() if isinstance(entry.record, StatementRecord)}
    documents = {entry.id: entry.record for entry in stands.free if isinstance(entry.record, DocumentRecord)}
    spans = {name: _span(name, spoken, documents, alias, moment) for name in spoken}
    known = {name for name, record in spoken.items() if _known(record, spans[name], documents, alias, moment)}
    relays = _relays(stands, alias, spans, moment)
    gone = {
        alias.get(record.withdraws, record.withdraws)
        for name, record in spoken.items()
        if name in known and record.withdraws is not None and not _walks_back(record, spoken)
    }
    found = []
    for name in sorted(known - gone, key=lambda one: (spans[one].last, records[one].index)):
        record, span = spoken[name], spans[name]
        if record.act in NEUTRAL_ACTS or record.act == "withdraws":
            continue
        when = min(span.last, moment.valid)
        signed = [slug for slug in (record.speaker, *(record.joint_with or ())) if _has_a_name(registry, slug)]
        sources = tuple(dict.fromkeys(registry.origin(slug, when) for slug in signed))
        relayed = name in relays and not (record.act in ("confirms", "finds") and record.basis not in UNSAID_BASES)
        found.append(_Said(record, alias.get(record.claim, record.claim), records[name].index, span, relayed, sources))
    return found


def _span(
    name: str,
    spoken: Mapping[str, StatementRecord],
    documents: Mapping[str, DocumentRecord],
    alias: Mapping[str, str],
    moment: Moment,
) -> Span:
    """When it was said: by its own date, its document's, or that of what reports it; else at the latest when it was read."""
    path: list[str] = []
    here: str | None = name
    while here is not None and here in spoken and here not in path:
        record = spoken[here]
        text = said_text(record, documents.get(_named(alias, record.document)))
        if text is not None:
            first, last = bounds(text)
            return Span(first, last, here == name, text)
        path.append(here)
        here = _named(alias, record.reported_by) or None
    return Span(PAST, moment.ledger_time, False, None)


def _named(alias: Mapping[str, str], name: str | None) -> str:
    return alias.get(name, name) if name is not None else ""


def _known(
    record: StatementRecord,
    span: Span,
    documents: Mapping[str, DocumentRecord],
    alias: Mapping[str, str],
    moment: Moment,
) -> bool:
    document = documents.get(_named(alias, record.document))
    if moment.clock == "said" or document is None:
        return span.last <= moment.end
    out = dated(document)
    return max(span.last, bounds(out)[1] if out else moment.ledger_time) <= moment.end


def _relays(stands: Standing, alias: Mapping[str, str], spans: Mapping[str, Span], moment: Moment) -> set[str]:
    """Statements of which it was known that they come from somebody else."""
    found = set()
    for entry in stands.free:
        record = entry.record
        if isinstance(record, AttributionRecord) and record.mode != "not_from":
            below = alias.get(record.from_, record.from_)
            known = bounds(record.known_from)[1] if record.known_from else spans[below].last if below in spans else None
            if known is not None and known <= moment.end:
                found.add(below)
    return found


def _walks_back(record: StatementRecord, spoken: Mapping[str, StatementRecord]) -> bool:
    """A self-serving withdrawal of an admission takes nothing back."""
    target = spoken.get(record.withdraws or "")
    return target is None or target.speaker != record.speaker or (target.interest == "against" and record.interest == "for")


def _has_a_name(registry: Registry, slug: str) -> bool:
    source = registry.sources.get(slug)
    return source is not None and source.type != "unnamed"


# Which claims go together


def _relations(stands: Standing, alias: Mapping[str, str], known: Iterable[str]) -> list[ClaimRelationRecord]:
    here = set(known)
    newest = [chain[0].record for chain in stands.chains.values()]
    renamed = [
        record.model_copy(update={"subject": _named(alias, record.subject), "object": _named(alias, record.object)})
        for record in newest
        if isinstance(record, ClaimRelationRecord)
    ]
    return [one for one in renamed if {one.subject, one.object} <= here and one.subject != one.object]


def _components(
    spoken: Sequence[str], relations: Sequence[ClaimRelationRecord]
) -> Iterable[tuple[set[str], list[ClaimRelationRecord]]]:
    """Claims that relations connect, with these relations, of which at least one was spoken about."""
    beside: dict[str, list[ClaimRelationRecord]] = defaultdict(list)
    for one in relations:
        beside[one.subject].append(one)
        beside[one.object].append(one)
    seen: set[str] = set()
    for start in spoken:
        if start in seen:
            continue
        queue, related = [start], dict[int, ClaimRelationRecord]()
        seen.add(start)
        for here in queue:
            for one in beside[here]:
                related[id(one)] = one
                for there in (one.subject, one.object):
                    if there not in seen:
                        seen.add(there)
                        queue.append(there)
        if len(queue) <= MOST_TOGETHER:
            yield set(queue), list(related.values())
        else:
            yield from (({one}, []) for one in queue)


def _first_of_alike(ordered: Sequence[str], related: Iterable[ClaimRelationRecord]) -> list[str]:
    """One claim for all that are equivalent, the first on record."""
    parent = {one: one for one in ordered}

    def top(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    place = {one: number for number, one in enumerate(ordered)}
    for one in related:
        if one.relation == "equivalent" and one.subject in parent and one.object in parent:
            first, second = sorted((top(one.subject), top(one.object)), key=place.__getitem__)
            parent[second] = first
    return [one for one in ordered if parent[one] == one]


# Events


def _of_events(
    events: Sequence[str],
    together: Sequence[str],
    related: Sequence[ClaimRelationRecord],
    about: Mapping[str, Sequence[_Said]],
) -> list[Word]:
    meaning = {one: readings(one, related) for one in _first_of_alike(events, related)}

    def side(claim: str, literal: tuple[str, str]) -> str | None:
        found = meaning[claim].get(literal)
        return found.side if found else None

    groups: list[list[str]] = []
    for claim in meaning:
        fitting = (group for group in groups if all(side(one, (claim, "+")) == side(claim, (one, "+")) == "-" for one in group))
        group = next(fitting, None)
        if group is None:
            groups.append([claim])
        else:
            group.append(claim)
    found = []
    for group in groups:
        last: dict[tuple[str, bool], Position] = {}
        for said in _in_order(together, about):
            literal = (said.claim, said.record.polarity)
            sides = {one: side(one, literal) for one in group}
            affirmed = next((one for one in group if sides[one] == "+"), None)
            denied = frozenset(one for one in group if sides[one] == "-")
            if affirmed is not None or denied:
                for source in said.sources:
                    before = last.get((source, said.relayed))
                    word = Position(frozenset(group), affirmed, denied)
                    last[source, said.relayed] = word if before is None else before.followed_by(word)
        found += [Word(source, Item(group[0], "event"), value, relayed) for (source, relayed), value in last.items()]
    return found


def _in_order(together: Iterable[str], about: Mapping[str, Sequence[_Said]]) -> list[_Said]:
    return sorted((said for claim in together for said in about.get(claim, ())), key=lambda one: (one.span.last, one.index))


# Figures


def _of_figures(
    quantities: Sequence[str],
    together: Sequence[str],
    related: Sequence[ClaimRelationRecord],
    known: Mapping[str, ClaimRecord],
    about: Mapping[str, Sequence[_Said]],
) -> list[Word]:
    items: dict[tuple[str, str | None, str | None], str] = {}
    of_claim = {one: quantity for one in quantities if (quantity := known[one].quantity) is not None}
    for claim, quantity in of_claim.items():
        items.setdefault((quantity.unit, quantity.measure, quantity.as_of), claim)
    meaning = {one: readings(one, related) for one in of_claim}
    last: dict[tuple[str, Item, bool], Figure] = {}

    def note(said: _Said, key: tuple[str, str | None, str | None], figure: Figure) -> None:
        if key in items:
            item = Item(items[key], " ".join(filter(None, ("figure", key[1], key[0]))))
            for source in said.sources:
                before = last.get((source, item, said.relayed))
                # A vaguer repeat of the same figure takes nothing back.
                if before is None or not before.implies(figure):
                    last[source, item, said.relayed] = figure

    for said in _in_order(together, about):
        if said.claim in of_claim:
            own = of_claim[said.claim]
            quantity = said.record.quantity or own
            key = (quantity.unit, quantity.measure, quantity.as_of or own.as_of)
            note(said, key, figure_of(quantity) if said.record.polarity == "+" else refused(quantity))
            continue
        for claim, quantity in of_claim.items():
            reading = meaning[claim].get((said.claim, said.record.polarity))
            if reading is not None and reading.side == "-":
                note(said, (quantity.unit, quantity.measure, quantity.as_of), refused(quantity))
    return [Word(source, item, value, relayed) for (source, item, relayed), value in last.items()]
