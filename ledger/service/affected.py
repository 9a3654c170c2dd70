"""What rests on a record or a source, and what the scores would be without it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from ledger.core import force
from ledger.core.evidence import Logged
from ledger.core.views import Named, Statements, brief_of, claim_texts
from ledger.errors import NotFoundError
from ledger.operations import Question
from ledger.service.gathering import as_of, gather, resolve
from ledger.service.lookups import report_of
from ledger.service.reading import Reading
from ledger.service.sources import near_slugs
from ledger.service.touching import claims_touched, related_claims
from ledger.service.views import open_values_of
from ledger.service.withholding import refuse_withheld
from ledger.store.protocol import Snapshot
from schemas.corroboration import AsOf, Report
from schemas.lookups import Affected, AffectedClaim, AffectedStatement
from schemas.records import AttributionRecord, ClaimRecord, DocumentRecord, StatementRecord

What = Literal["source", "document", "statement", "claim", "record"]
_READERS = ("to", "reported_by", "document")
"""Members by which a statement, or a hop of one, rests on a statement or a document."""


def affected(snapshot: Snapshot, name: str) -> Affected:
    """Every statement that rests on the named source or record, through any number of hops, and what claims lose without it."""
    reading = Reading(snapshot)
    what, target = _meant(snapshot, name)
    if what != "source":
        refuse_withheld(reading, target)
    roots = _roots(reading, what, target)
    resting = _resting(reading, roots | {target})
    direct = _claims_of(reading, resting, what, target)
    state = as_of(snapshot, None)
    logged = gather(reading, sorted(direct), state.size) if direct else []
    found = force.in_force(logged)
    alone = _alone(found, roots | {target}, resting, what == "claim")
    opened = open_values_of(reading, (entry.record for entry in found))
    statements = Statements(found, opened, Named(found, opened), force.Signers(logged), force.doubts_among(logged))
    views = [(entry, statements.view(entry, None)) for entry in found if entry.id in resting]
    texts = claim_texts(found, opened)
    return Affected(
        target=target,
        what=what,
        statements=[
            AffectedStatement(
                statement=entry.id,
                claim=view.claim,
                speaker=view.speaker,
                name=view.name,
                url=view.url,
                alone=entry.id in alone,
            )
            for entry, view in views
        ],
        claims=_claims(reading, direct, state, {target} | alone, texts),
        size=state.size,
    )


def _meant(snapshot: Snapshot, name: str) -> tuple[What, str]:
    """A source by its slug comes first: slugs of eight hex digits are rare, and an id can be given in full."""
    if snapshot.of_subjects([f"source:{name}"]).get(f"source:{name}"):
        return "source", name
    try:
        target = resolve(snapshot, name)
    except NotFoundError as error:
        near = [*error.suggestions, *near_slugs(snapshot, name)]
        raise NotFoundError(f"no record and no source is called {name[:80]!r}", suggestions=near) from None
    (entry,) = Reading(snapshot).records([target])
    match entry.record:
        case DocumentRecord():
            return "document", target
        case StatementRecord():
            return "statement", target
        case ClaimRecord():
            return "claim", target
        case _:
            return "record", target


def _roots(reading: Reading, what: What, target: str) -> set[str]:
    """The statements and documents that go first: all that a source said or published, all that was said of a claim."""
    if what == "source":
        entries = reading.at(reading.referring([target], ("speaker", "publisher", "authors")))
        return {entry.id for entry in entries}
    if what == "claim":
        return {entry.id for entry in _statements(reading.at(reading.referring([target], ("claim",))))}
    (entry,) = reading.records([target])
    match entry.record:
        case StatementRecord() | DocumentRecord():
            return {target}
        case AttributionRecord() as hop:
            return {hop.from_}
        case _:
            return set()


def _statements(entries: Iterable[Logged]) -> list[Logged]:
    return [entry for entry in entries if isinstance(entry.record, StatementRecord)]


def _resting(reading: Reading, roots: set[str]) -> set[str]:
    """The statements that have it from these, towards the readers; the roots' own statements are among them."""
    ids = {one for one in roots if one.startswith("sha256:")}
    found = {entry.id for entry in _statements(reading.records(ids))}
    new = ids
    while new:
        reached = set()
        for entry in reading.at(reading.referring(new, _READERS)):
            if isinstance(entry.record, StatementRecord):
                reached.add(entry.id)
            elif isinstance(entry.record, AttributionRecord) and entry.record.mode != "not_from":
                reached.add(entry.record.from_)
        new = reached - found
        found |= new
    return found


def _claims_of(reading: Reading, statements: set[str], what: What, target: str) -> set[str]:
    claims = set(claims_touched(reading, reading.records(statements)))
    if what == "claim":
        claims.add(target)
    if what == "record":
        claims |= set(claims_touched(reading, reading.records([target])))
    return claims - reading.withheld(sorted(claims)).keys()


def _alone(found: Sequence[Logged], roots: set[str], resting: set[str], whole_claim: bool) -> set[str]:
    """The statements that have nothing left without the roots, towards the readers and towards the origins."""
    up: dict[str, set[str]] = defaultdict(set)
    down: dict[str, set[str]] = defaultdict(set)
    for entry in found:
        if isinstance(entry.record, AttributionRecord) and entry.record.mode != "not_from":
            up[entry.record.from_].add(entry.record.to)
            down[entry.record.to].add(entry.record.from_)
        elif isinstance(entry.record, StatementRecord) and entry.record.reported_by is not None:
            down[entry.id].add(entry.record.reported_by)
    by_id = {entry.id: entry.record for entry in found}
    lost = {one for one in resting if one in roots}
    lost |= {one for one in resting if (record := by_id.get(one)) and getattr(record, "document", None) in roots}
    if whole_claim:
        return lost
    statements = {one: record for one, record in by_id.items() if isinstance(record, StatementRecord)}
    while True:
        gone = lost | roots
        more = {one for one in statements.keys() - gone if _has_nothing_left(statements[one], up[one], down[one], gone)}
        if not more:
            return lost
        lost |= more


def _has_nothing_left(record: StatementRecord, upstream: set[str], carriers: set[str], gone: set[str]) -> bool:
    """As the score sets aside (SCORING 2.4): all it rests on is gone, or, without a document, all that report it."""
    if upstream and upstream <= gone:
        return True
    return record.document is None and bool(carriers) and carriers <= gone


def _claims(
    reading: Reading, direct: set[str], state: AsOf, gone: set[str], texts: dict[str, dict[str, str]]
) -> list[AffectedClaim]:
    """The claims spoken about, oldest first, and those related to them whose score moves."""
    found = []
    places = reading.places(related_claims(reading, direct))
    for claim_id in sorted(places, key=lambda one: places[one]):
        now, without = _now_and_without(reading, claim_id, state, gone)
        if claim_id in direct or now != without:
            view = AffectedClaim(claim=claim_id, text=texts.get(claim_id, {}), now=brief_of(now), without=brief_of(without))
            found.append(view)
    return found


def _now_and_without(reading: Reading, claim_id: str, state: AsOf, gone: set[str]) -> tuple[Report, Report]:
    logged = gather(reading, [claim_id], state.size)
    now = report_of(claim_id, state, logged, Question())
    # The claim itself stays, even where it is what goes: then nobody has said anything about it.
    left = [entry for entry in logged if entry.id == claim_id or not (entry.id in gone or _speaks(entry, gone))]
    return now, report_of(claim_id, state, left, Question())


def _speaks(entry: Logged, gone: set[str]) -> bool:
    return isinstance(entry.record, StatementRecord) and entry.record.speaker in gone
