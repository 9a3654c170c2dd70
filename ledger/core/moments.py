"""When a score can have moved: in the world at the moments that records name, on the ledger with entries that bear on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from ledger.core.doubt import compromised, may_move
from ledger.core.evidence import Logged
from ledger.core.force import Signers
from ledger.core.graph import Graph, dated
from ledger.core.hearing import Hearing
from ledger.core.paths import repeating_speakers
from ledger.core.policies import Policy
from schemas.corroboration import Clock
from schemas.dates import FUTURE, bounds
from schemas.history import Happening
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    ClaimRecord,
    ClaimRelationRecord,
    CorrectionRecord,
    DocumentRecord,
    KeyRecord,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
    WithholdRecord,
)

FAR = "9999-12-31"
"""Where something is put off to, to see what would be if it had not happened yet."""


@dataclass(frozen=True, slots=True)
class Event:
    """A record takes effect in the world at this second, in this way. On the ledger it is `recorded`, at its index."""

    second: int
    happening: Happening
    entry: Logged


_Relation = tuple[str, SourceRelationRecord]


class Bearing:
    """Which of a claim's records can move its score at all; `without` names sources that are left out on top."""

    def __init__(self, logged: Sequence[Logged], without: Sequence[str], policy: Policy) -> None:
        self.signers_left = any(name.startswith("signer:") for name in without)
        """Whether who else signs what is on record can move it."""
        self._policy = policy
        self._topics = {topic for one in logged if isinstance(one.record, ClaimRecord) for topic in one.record.about or ()}
        self.sources = _heard(logged) | {name.partition(":")[2] for name in without if not name.startswith("signer:")}
        relations = [(one.id, one.record) for one in logged if isinstance(one.record, SourceRelationRecord)]
        alike = [
            (one.record.id, other)
            for one in logged
            if isinstance(one.record, SourceRecord)
            for other in one.record.same_as or ()
        ]
        self._join_spokesmen(relations, alike)
        self._relations = self._leading_somewhere(relations, alike)

    def _join_spokesmen(self, relations: Sequence[_Relation], alike: Sequence[tuple[str, str]]) -> None:
        """Whoever one of the sources speaks for, or is the same as, is heard in its words."""
        beside: dict[str, set[str]] = defaultdict(set)
        for _, record in relations:
            if record.relation == "speaks_for":
                beside[record.subject].add(record.object)
        for one, other in alike:
            beside[one].add(other)
            beside[other].add(one)
        queue = list(self.sources)
        for here in queue:
            queue += beside[here] - self.sources
            self.sources |= beside[here]

    def _leading_somewhere(self, relations: Sequence[_Relation], alike: Sequence[tuple[str, str]]) -> set[str]:
        """Relations on a way between two of the sources; what leads to nobody who is heard makes nobody more dependent."""
        carrying = [(name, record) for name, record in relations if self._carries(record)]
        ends: dict[str, set[str]] = defaultdict(set)
        for one, other in [
            *alike,
            *((record.subject, record.object) for _, record in carrying if record.relation != "party_to"),
        ]:
            ends[one].add(other)
            ends[other].add(one)
        loose = [slug for slug in ends if len(ends[slug]) == 1 and slug not in self.sources]
        for slug in loose:
            for other in ends.pop(slug, set()):
                ends[other].discard(slug)
                if len(ends[other]) == 1 and other not in self.sources:
                    loose.append(other)
        return {name for name, record in carrying if self._is_led_to(record, ends)}

    def _carries(self, record: SourceRelationRecord) -> bool:
        """Whether a relation of this kind does anything to a score of this claim."""
        if record.relation in ("allied_with", "party_to"):
            return (record.topic if record.relation == "allied_with" else record.object) in self._topics
        return record.relation in self._policy.rho

    def _is_led_to(self, record: SourceRelationRecord, ends: dict[str, set[str]]) -> bool:
        if record.relation == "party_to":
            return record.subject in self.sources
        return record.object in ends.get(record.subject, ())

    def bears(self, entry: Logged) -> bool:
        """Whether a rating or relation can move the score."""
        record = entry.record
        if isinstance(record, AssessmentRecord):
            weighs = record.scheme == "admiralty-reliability" and record.target in self.sources
            return weighs or record.scheme == "authenticity"
        return entry.id in self._relations


def _heard(logged: Sequence[Logged]) -> set[str]:
    """Who speaks, signs, writes, publishes or rates."""
    signers = Signers(logged)
    found: set[str] = set()
    for entry in logged:
        record = entry.record
        if isinstance(record, StatementRecord):
            found |= {record.speaker, *(record.joint_with or ())}
        elif isinstance(record, DocumentRecord):
            found |= {record.publisher, *(record.authors or ())} - {None}  # type: ignore[arg-type]  # None is taken out
        elif isinstance(record, AssessmentRecord):
            found.add(signers.name(entry))
    return found


def events(hearing: Hearing, bearing: Bearing) -> list[Event]:
    """Everything that takes effect at some second of the world's clock, in the order of time, then of the log."""
    entries = {entry.id: entry for entry in hearing.stands.free}
    found = [*_of_statements(hearing, entries), *_of_hops(hearing, entries)]
    if hearing.court.graph.moment.clock == "public":
        found += _of_documents(hearing, entries)
    for chain in hearing.stands.chains.values():
        for entry in chain:
            found += _of_validity(entry) if bearing.bears(entry) else []
    return sorted(found, key=lambda one: (one.second, one.entry.index, one.happening))


def _of_statements(hearing: Hearing, entries: dict[str, Logged]) -> list[Event]:
    idle = only_carriers(hearing)
    said = [one for one in hearing.court.graph.statements.values() if one.id not in idle]
    return [Event(one.span.last, "said", entries[one.id]) for one in said]


def only_carriers(hearing: Hearing) -> set[str]:
    """Relays whose own moment moves nothing. On the clock of what was said, a hop of any date gives an origin its chain, and a
    relay that adds nothing of its own is no origin once what it carries has been said: nearly all of a much-reported claim.
    Where anything was withdrawn or judged not authentic, or a hop became known at a time of its own, or hops run in a circle,
    none is taken to be idle."""
    graph = hearing.court.graph
    if graph.moment.clock == "public" or _is_eventful(hearing):
        return set()
    spoken = [one for one in graph.statements.values() if one.id not in graph.aside]
    # The first word of all moves it: from then on there is something on record.
    first = min((one.span.last for one in spoken if one.reading is not None or one.claim in graph.same), default=FUTURE)
    whole = _whole_from(graph, repeating_speakers(graph))
    relays = [one for one in spoken if one.span.last > first and one.record.act not in ("confirms", "finds")]
    return {one.id for one in relays if graph.up.get(one.id) and whole[one.id] == one.span.last}


def _whole_from(graph: Graph, repeating: frozenset[str]) -> dict[str, int]:
    """The second by which a statement, and all that it carries down from its origins, had been said; never for what leads to a
    document, for whose author it may be heard, to nothing on record, or to a speaker who comes back on some chain."""
    whole: dict[str, int] = {}
    for name in _upwards(graph).static_order():
        one = graph.statements.get(name)
        own = FUTURE if one is None or one.speaker in repeating else one.span.last
        whole[name] = max([own, *(whole[hop.above] for hop in graph.up.get(name, ()))])
    return whole


def _upwards(graph: Graph) -> TopologicalSorter[str]:
    return TopologicalSorter({name: [hop.above for hop in graph.up.get(name, ())] for name in graph.statements})


def _is_eventful(hearing: Hearing) -> bool:
    """Whether what stands and what was known may change by itself, or may not be told in one direction."""
    graph = hearing.court.graph
    withdrawn = any(one.record.withdraws for one in graph.statements.values())
    found = any(isinstance(one.record, AttributionRecord) and one.record.known_from for one in hearing.stands.free)
    newest = (chain[0].record for chain in hearing.stands.chains.values())
    judged = any(isinstance(one, AssessmentRecord) and one.scheme == "authenticity" for one in newest)
    return withdrawn or found or judged or _runs_in_a_circle(graph)


def _runs_in_a_circle(graph: Graph) -> bool:
    try:
        _upwards(graph).prepare()
    except CycleError:
        return True
    return False


def _of_hops(hearing: Hearing, entries: dict[str, Logged]) -> list[Event]:
    """Hops that became known at a time of their own, not with the statement that has them."""
    found = []
    for hops in hearing.court.graph.up.values():
        for hop in hops:
            entry = entries.get(hop.record_id or "")
            if entry is not None and isinstance(entry.record, AttributionRecord) and entry.record.known_from:
                found.append(Event(hop.known, "known", entry))
    return found


def _of_documents(hearing: Hearing, entries: dict[str, Logged]) -> list[Event]:
    """Documents that came out at another time than what they tell was said; one without a date when the ledger was read."""
    graph = hearing.court.graph
    found: dict[str, Event] = {}
    for one in graph.statements.values():
        entry = entries.get(one.document or "")
        if entry is None or not isinstance(entry.record, DocumentRecord):
            continue
        when = dated(entry.record)
        second = bounds(when)[1] if when else graph.moment.ledger_time
        if second != one.span.last:
            found[entry.id] = Event(second, "published", entry)
    return list(found.values())


def _of_validity(entry: Logged) -> list[Event]:
    record = entry.record
    assert isinstance(record, AssessmentRecord | SourceRelationRecord)
    begins = [Event(bounds(record.valid_from)[0], "begins", entry)] if record.valid_from else []
    ends = [Event(bounds(record.valid_to)[1], "ends", entry)] if record.valid_to else []
    return begins + ends


def put_off(event: Event, clock: Clock) -> Logged:
    """The record as if what it says were still to come: on the public clock also the document that it is told in."""
    changes: dict[Happening, dict[str, str | None]] = {
        "said": {"said_at": FAR} | ({"document": None} if clock == "public" else {}),
        "published": {"published_at": FAR},
        "known": {"known_from": FAR},
        "begins": {"valid_from": FAR},
        "ends": {"valid_to": None},
    }
    entry = event.entry
    return Logged(entry.index, entry.id, entry.record.model_copy(update=changes[event.happening]), entry.keys)


def entries_that_bear(claim: str, logged: Sequence[Logged], bearing: Bearing) -> list[Logged]:
    """The entries after which the score may be another, in the order of the log. What is withheld since leaves a gap that no
    earlier state can be told across, so they begin with the last withholding."""
    known: set[str] = set()
    found: list[Logged] = []
    stolen = compromised(logged).keys()
    # Whoever signs anew what such a key signed may take it out of doubt.
    doubted = {entry.id for entry in logged if not stolen.isdisjoint(entry.keys)} if stolen else set()
    for entry in sorted(logged, key=lambda one: one.index):
        name = f"source:{entry.record.id}" if isinstance(entry.record, SourceRecord) else entry.id
        new = bearing.signers_left or name not in known or entry.id in doubted
        known.add(name)
        match entry.record:
            case WithholdRecord():
                found.clear()
                matters = True
            case StatementRecord() | AttributionRecord() | ClaimRelationRecord() | CorrectionRecord():
                matters = new
            case AssessmentRecord() | SourceRelationRecord():
                matters = bearing.bears(entry)
            case SourceRecord() as record:
                matters = not new or bool(record.same_as)
            case ClaimRecord():
                matters = entry.id == claim
            case KeyRecord() as record:
                matters = may_move(record)
            case _:
                matters = False
        if matters:
            found.append(entry)
    return found
