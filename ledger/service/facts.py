"""All that the rules need to know of the log about some new records: read in a few queries, whatever their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

from ledger.core.evidence import Logged
from ledger.core.known import NEAR_DIGITS, NEAR_IDS, Known
from ledger.core.protecting import is_protected
from ledger.core.subjects import references_of, subject_of
from ledger.service.reading import Reading
from ledger.store.protocol import Snapshot
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    ClaimRecord,
    ClaimRelationRecord,
    ClaimTextRecord,
    CorrectionRecord,
    KeyRecord,
    Record,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
)

_JOINS = ("subject", "object", "target", "replaced_by")
_NEAR_CANDIDATES = 5_000


@dataclass(frozen=True)
class Draft:
    """A record that asks to be in the log, and the keys that signed it."""

    id: str
    record: Record
    keys: tuple[str, ...]


def gather(snapshot: Snapshot, drafts: Sequence[Draft], time: int) -> Known:
    """What is known below the snapshot's size, as far as `check_record` asks about these drafts."""
    known = Known(snapshot.identity.origin, time, snapshot.checkpoint.size)
    reading = Reading(snapshot)
    known.add_all(_with_signers(reading, _named(reading, drafts)))
    known.add_all(_with_signers(reading, _behind(reading, drafts, known)))
    known.add_all(_joining(reading, drafts, known))
    known.add_all(_taken_back(reading, drafts, known))
    known.near = _near(snapshot)
    if any(isinstance(draft.record, KeyRecord) for draft in drafts):
        known.log_note = snapshot.checkpoint.note
        known.size_before = partial(size_before, snapshot)
    return known


def size_before(snapshot: Snapshot, time: int) -> int:
    """How many entries were published before that second."""
    found = snapshot.checkpoint_before(time - 1)
    return found.size if found else 0


def _named(reading: Reading, drafts: Sequence[Draft]) -> Iterator[Logged]:
    """Records that are named, those of the same subjects, and the signers' keys."""
    ids, subjects = {draft.id for draft in drafts}, set()
    for draft in drafts:
        for _, target in references_of(draft.record):
            if target.startswith("sha256:"):
                ids.add(target)
            else:
                subjects.add(f"source:{target}")
        subjects |= {f"key:{did}" for did in draft.keys}
        if not isinstance(draft.record, AssessmentRecord):
            subjects |= {subject for subject in [subject_of(draft.record)] if subject}
    yield from reading.at(index for indexes in reading.places(ids).values() for index in indexes)
    yield from _of_subjects(reading, subjects)


def _with_signers(reading: Reading, entries: Iterable[Logged]) -> list[Logged]:
    """These entries, and the keys of those who signed them: who recorded what is asked by name."""
    found = list(entries)
    return [*found, *_of_subjects(reading, {f"key:{did}" for entry in found for did in entry.keys})]


def _behind(reading: Reading, drafts: Sequence[Draft], known: Known) -> Iterator[Logged]:
    """What could be asked for only now: ratings by the signers' names, other parents, other languages."""
    subjects, children, translated = set(), set(), set()
    protected = _protected(drafts)
    words = [draft.record for draft in drafts if isinstance(draft.record, KeyRecord)]
    for draft in drafts:
        match draft.record:
            case AssessmentRecord():
                # The signer's key may be enrolled by one of these drafts, and which of them are taken is not known yet.
                names = {known.name_of(draft.keys, known.size)} | _enrolled_among(words, draft.keys)
                subjects |= {subject_of(draft.record, name) or "" for name in names}
            case SourceRelationRecord(relation="speaks_for"):
                children.add(draft.record.subject)
            case ClaimTextRecord():
                translated.add(draft.record.claim)
                subjects |= _concerned(known.first(draft.record.claim))
    if words:
        yield from reading.at(reading.snapshot.of_kinds(["key"]))  # for who else is an admin
    yield from _of_subjects(reading, subjects)
    yield from reading.at(reading.referring(children, ("subject",)))
    yield from reading.at(reading.referring(protected, ("speaker",)))
    if translated:
        texts = set(reading.snapshot.of_kinds(["claim_text"]))
        yield from reading.at(reading.referring(translated, ("claim",)) & texts)


def _concerned(claim: Logged | None) -> set[str]:
    """The subjects of the sources whom a claim concerns."""
    record = claim.record if claim is not None else None
    return {f"source:{one.source}" for one in record.concerns or ()} if isinstance(record, ClaimRecord) else set()


def _enrolled_among(words: Sequence[KeyRecord], keys: Sequence[str]) -> set[str | None]:
    """The names under which these words enrol one of the keys."""
    return {word.subject for word in words if word.action == "enroll" and word.public_key in keys}


def _joining(reading: Reading, drafts: Sequence[Draft], known: Known) -> Iterator[Logged]:
    """Relations between claims, as far as they lead from claims that a hop between two different ones needs joined."""
    statements = {draft.id: draft.record for draft in drafts if isinstance(draft.record, StatementRecord)}

    def claim_of(statement: str) -> str | None:
        entry = known.first(statement)
        record = entry.record if entry else statements.get(statement)
        return record.claim if isinstance(record, StatementRecord) else None

    # A protected source speaks in one story: whether what it says now belongs to what it said before is asked of relations.
    speaking = [entry.claim for slug in _protected(drafts) for entry in known.said_by(slug)]
    seen = {*speaking, *(one.claim for one in statements.values() if is_protected(one.speaker))}
    for draft in drafts:
        if isinstance(draft.record, AttributionRecord):
            ends = {claim_of(draft.record.from_), claim_of(draft.record.to)} - {None}
            seen |= {end for end in ends if end is not None} if len(ends) == 2 else set()
    frontier = seen
    while frontier:
        found = reading.at(reading.referring(frontier, _JOINS))
        yield from found
        reached = {claim for entry in found for claim in _joined(entry.record)}
        frontier = reached - seen
        seen |= reached


def _protected(drafts: Iterable[Draft]) -> set[str]:
    """The protected sources that speak in these drafts."""
    speakers = {draft.record.speaker for draft in drafts if isinstance(draft.record, StatementRecord)}
    return set(filter(is_protected, speakers))


def _joined(record: Record) -> tuple[str, ...]:
    if isinstance(record, ClaimRelationRecord):
        return (record.subject, record.object)
    if isinstance(record, CorrectionRecord) and record.replaced_by:
        return (record.target, record.replaced_by)
    return ()


def _taken_back(reading: Reading, drafts: Sequence[Draft], known: Known) -> Iterator[Logged]:
    """Corrections and withholdings of what is known, corrections of these, and so on."""
    # Of the drafts too: what is withheld is not endorsed, whatever its kind.
    frontier = {draft.id for draft in drafts if known.first(draft.id)}
    frontier |= {entry.id for entry in known.entries() if _can_be_superseded(entry.record)}
    seen: set[str] = set()
    while frontier:
        seen |= frontier
        found = reading.at(reading.referring(frontier, ("target",)))
        yield from found
        frontier = {entry.id for entry in found if isinstance(entry.record, CorrectionRecord)} - seen


def _can_be_superseded(record: Record) -> bool:
    """Kinds of which it matters to a rule whether they stand."""
    standing = SourceRecord | SourceRelationRecord | ClaimRelationRecord | AssessmentRecord | CorrectionRecord | ClaimTextRecord
    return isinstance(record, standing)


def _of_subjects(reading: Reading, subjects: Iterable[str]) -> list[Logged]:
    return reading.at(index for indexes in reading.of_subjects(subjects).values() for index in indexes)


def _near(snapshot: Snapshot) -> Callable[[str], Sequence[str]]:
    """Names on record that look like one that is not: asked for only when something is refused, and the slugs once."""

    @cache
    def slugs() -> list[str]:
        found = snapshot.subjects_beginning("source:", _NEAR_CANDIDATES)
        return [subject.removeprefix("source:") for subject in found]

    def near(name: str) -> Sequence[str]:
        if not name.startswith("sha256:"):
            return slugs()
        return snapshot.find_prefix(name.removeprefix("sha256:")[:NEAR_DIGITS], NEAR_IDS)

    return near
