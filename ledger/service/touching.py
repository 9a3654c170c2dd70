"""Which claims some records are about, or could move."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.core.evidence import Logged
from ledger.service.reaching import doubted_from
from ledger.service.reading import Reading
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    ClaimRecord,
    ClaimRelationRecord,
    CorrectionRecord,
    DocumentRecord,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
    WithholdRecord,
)

_MOST_DOUBTED = 1_000
_RELATING = ("subject", "object", "target", "replaced_by")


def claims_touched(reading: Reading, entries: Iterable[Logged], most: int | None = None) -> list[str]:
    """The claims whose score these records can move by themselves, in the order of their first mention; with `most`, only the
    newest so many records that each step leads to are read."""
    claims: dict[str, None] = {}
    seen: set[str] = set()
    given = list(entries)
    waiting = given + _put_in_doubt(reading, given)
    while waiting:
        seen |= {entry.id for entry in waiting}
        claims.update(dict.fromkeys(claim for entry in waiting for claim in _claims_named(entry)))
        ids = {one for entry in waiting for one in _led_to(entry)} - seen
        slugs = {slug for entry in waiting for slug in _sources_moved(entry)}
        works = {entry.id for entry in waiting if isinstance(entry.record, DocumentRecord)}
        hanging = _of_sources(reading, slugs, most) | reading.referring(works, ("document", "evidence", "to"))
        newest = sorted(hanging)[-most:] if most else hanging
        waiting = [*reading.records(ids), *(entry for entry in reading.at(newest) if entry.id not in seen)]
    return [claim for claim in claims if reading.places([claim])]


def _put_in_doubt(reading: Reading, entries: Iterable[Logged]) -> list[Logged]:
    """What a revocation among these may put in doubt, or take out of it: of very much the first."""
    signed: set[int] = set()
    for did, start in doubted_from(reading, entries).items():
        signed |= set(reading.snapshot.signed_by(did, start, limit=_MOST_DOUBTED))
    return reading.at(signed)


def _of_sources(reading: Reading, slugs: set[str], most: int | None) -> set[int]:
    """What these sources say, and the hops to documents that they wrote; where one says nothing itself, as a holding does, the
    same of those that it hangs together with."""
    seen: set[str] = set()
    found: set[int] = set()
    while slugs:
        seen |= slugs
        said = reading.referring(slugs, ("speaker", "joint_with"))
        works = [entry.id for entry in reading.at(reading.referring(slugs, ("authors", "publisher")))]
        found |= said | reading.referring(works, ("to",))
        if most:
            said = set(sorted(said)[-most:])
        heard = {one for entry in reading.at(said) for one in _speakers(entry)}
        ties = reading.at(reading.referring(slugs - heard, ("subject", "object")))
        slugs = {slug for entry in ties for slug in _sources_moved(entry)} - seen
    return found


def _speakers(entry: Logged) -> tuple[str, ...]:
    record = entry.record
    return (record.speaker, *(record.joint_with or ())) if isinstance(record, StatementRecord) else ()


def _claims_named(entry: Logged) -> list[str]:
    match entry.record:
        case ClaimRecord():
            return [entry.id]
        case ClaimRelationRecord() as record:
            return [record.subject, record.object]
        case StatementRecord() as record:
            return [record.claim]
        case _:
            return []


def _led_to(entry: Logged) -> list[str]:
    """Records through which this one moves a claim."""
    match entry.record:
        case AttributionRecord() as record:
            return [record.from_]
        case AssessmentRecord() as record if record.target.startswith("sha256:"):
            return [record.target]
        case CorrectionRecord() as record:
            return [one for one in (record.target, record.replaced_by) if one is not None]
        case WithholdRecord() as record:
            return [record.target]
        case _:
            return []


def _sources_moved(entry: Logged) -> list[str]:
    match entry.record:
        case SourceRecord() as record:
            return [record.id]
        case SourceRelationRecord() as record:
            return [record.subject, record.object]
        case AssessmentRecord() as record if not record.target.startswith("sha256:"):
            return [record.target]
        case _:
            return []


def related_claims(reading: Reading, claims: Iterable[str], most: int | None = None) -> set[str]:
    """These claims and those that they are related to, or replaced by, in one step after another, until there are `most`."""
    seen = set(claims)
    new = set(seen)
    while new and (most is None or len(seen) < most):
        found: set[str | None] = set()
        for entry in reading.at(reading.referring(new, _RELATING)):
            match entry.record:
                case ClaimRelationRecord() as record:
                    found |= {record.subject, record.object}
                case CorrectionRecord() as record if record.replaced_by:
                    found |= {record.target, record.replaced_by}
        new = {one for one in found if one is not None} - seen
        seen |= new
    return seen
