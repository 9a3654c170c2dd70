"""What the log says below a place in it, as far as the rules need it: gathered once, then grown record by record."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from ledger.core.evidence import Logged
from ledger.core.force import corrected
from ledger.core.logkeys import LogTerms, is_log_word, terms_of
from ledger.core.subjects import subject_of
from schemas.dates import seconds_of
from schemas.records import (
    AssessmentRecord,
    ClaimRelationRecord,
    ClaimTextRecord,
    CorrectionRecord,
    KeyRecord,
    Record,
    SourceRelationRecord,
    StatementRecord,
    WithholdRecord,
)

NEAR_DIGITS, NEAR_IDS = 8, 3
Of = TypeVar("Of")
Held = TypeVar("Held")


class Known:
    """Entries below `size`, in a ledger called `origin`. `time` is that of the checkpoint that will cover the next ones.

    `near` gives, for a name that is not known, names that are on record besides those that are; `log_note` is the log's newest
    checkpoint as it was signed, where that is known; `size_before` gives the largest size that was
    published before a second, where that can be asked.
    """

    def __init__(self, origin: str, time: int, size: int) -> None:
        self.origin = origin
        self.time = time
        self.size = size
        self.near: Callable[[str], Sequence[str]] = lambda _: ()
        self.log_note: bytes | None = None
        self.size_before: Callable[[int], int] | None = None
        self._indexes: set[int] = set()
        self._first: dict[str, Logged] = {}
        self._ratings: dict[str, list[Logged]] = defaultdict(list)
        self._keys: dict[str, list[Logged]] = defaultdict(list)
        self._chains: dict[str, list[Logged]] = defaultdict(list)
        self._corrections: list[Logged] = []
        self._withheld: set[str] = set()
        self._corrected: dict[str, str] | None = None
        self._neighbours: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._parents: dict[str, set[str]] = defaultdict(set)
        self._said: dict[str, list[StatementRecord]] = defaultdict(list)
        self._translations: dict[tuple[str, str], list[Logged]] = defaultdict(list)

    def copy(self) -> Known:
        """The same knowledge, to be grown by itself."""
        other = Known(self.origin, self.time, self.size)
        other.near, other.log_note, other.size_before = self.near, self.log_note, self.size_before
        other._indexes = set(self._indexes)
        other._first = dict(self._first)
        other._ratings = _copied(self._ratings)
        other._keys = _copied(self._keys)
        other._chains = _copied(self._chains)
        other._corrections = list(self._corrections)
        other._withheld = set(self._withheld)
        other._corrected = self._corrected  # never changed, only made anew
        other._neighbours = _copied(self._neighbours)
        other._parents = defaultdict(set, {child: set(parents) for child, parents in self._parents.items()})
        other._said = _copied(self._said)
        other._translations = _copied(self._translations)
        return other

    def add_all(self, entries: Iterable[Logged]) -> None:
        """These entries are known. Keys go first, since the subject of an assessment is named after its signer."""
        ordered = sorted(entries, key=lambda entry: entry.index)
        for entry in ordered:
            if isinstance(entry.record, KeyRecord):
                self.add(entry)
        for entry in ordered:
            self.add(entry)

    def add(self, entry: Logged) -> None:
        """This entry is known; what it changes is changed from here on."""
        if entry.index in self._indexes:
            return
        self._indexes.add(entry.index)
        self.size = max(self.size, entry.index + 1)
        earlier = self._first.get(entry.id)
        if earlier is None or entry.index < earlier.index:
            self._first[entry.id] = entry
        if isinstance(entry.record, AssessmentRecord):
            self._ratings[entry.id].append(entry)
        if earlier is None or isinstance(entry.record, AssessmentRecord):
            self._join_chain(entry)
        if earlier is None:
            self._join_others(entry, entry.record)

    def _join_chain(self, entry: Logged) -> None:
        if isinstance(entry.record, KeyRecord):
            insort(self._keys[entry.record.public_key], entry, key=_index)
        subject = self.subject_of(entry)
        if subject is not None:
            insort(self._chains[subject], entry, key=_index)

    def _join_others(self, entry: Logged, record: Record) -> None:
        match record:
            case CorrectionRecord():
                self._corrections.append(entry)
                self._corrected = None
                if record.replaced_by:
                    self._link(record.target, record.replaced_by, entry.id)
            case ClaimRelationRecord():
                self._link(record.subject, record.object, entry.id)
            case WithholdRecord():
                self._withheld.add(record.target)
            case StatementRecord():
                self._said[record.speaker].append(record)
            case ClaimTextRecord():
                self._translations[record.claim, record.lang].append(entry)
            case SourceRelationRecord(relation="speaks_for"):
                self._parents[record.subject].add(record.object)

    def _link(self, one: str, other: str, because: str) -> None:
        self._neighbours[one].append((other, because))
        self._neighbours[other].append((one, because))

    # Asking

    def first(self, record_id: str) -> Logged | None:
        """The first entry that holds this record."""
        return self._first.get(record_id)

    def entries(self) -> Iterator[Logged]:
        """The first entries of all records that are known, in no order."""
        yield from self._first.values()

    def names_near(self, name: str) -> list[str]:
        """Names on record among which may be the one that was meant: slugs of sources, or the first ids that begin alike."""
        if name.startswith("sha256:"):
            beginning = name[: len("sha256:") + NEAR_DIGITS]
            return sorted({*self.near(name), *(one for one in self._first if one.startswith(beginning))})[:NEAR_IDS]
        slugs = (subject.removeprefix("source:") for subject in self._chains if subject.startswith("source:"))
        return sorted({*self.near(name), *slugs})

    def chain(self, subject: str) -> Sequence[Logged]:
        """All records of a subject, oldest first, taken back or not."""
        return self._chains.get(subject, ())

    def in_force(self, subject: str) -> Logged | None:
        """The newest record of a subject that nobody took back."""
        return next((entry for entry in reversed(self.chain(subject)) if self.stands(entry.id)), None)

    def stands(self, record_id: str) -> bool:
        """Whether the record was neither corrected nor withheld."""
        if self._corrected is None:
            self._corrected = corrected(self._corrections)
        return record_id not in self._corrected and record_id not in self._withheld

    def withheld(self, record_id: str) -> bool:
        return record_id in self._withheld

    def key(self, did: str) -> KeyRecord | None:
        """The newest word on a key: an enrolment or a revocation."""
        chain = self._keys.get(did)
        record = chain[-1].record if chain else None
        return record if isinstance(record, KeyRecord) else None

    def log_terms(self) -> LogTerms:
        """When each key of the log signs its checkpoints; all words on keys are known where one of them asks to join."""
        words = (entry for chain in self._keys.values() for entry in chain if is_log_word(entry.record))
        return terms_of(sorted(words, key=_index))

    def enrolments(self, did: str) -> list[KeyRecord]:
        """Every enrolment of a key, oldest first, revoked since or not."""
        records = (entry.record for entry in self._keys.get(did, ()))
        return [record for record in records if isinstance(record, KeyRecord) and record.action == "enroll"]

    def admins(self) -> set[str]:
        """The keys that are enrolled as admin now, and may sign by now and without an end."""
        words = ((did, self.key(did)) for did in self._keys)
        return {did for did, word in words if word is not None and self.is_lasting_admin(word)}

    def is_lasting_admin(self, word: KeyRecord) -> bool:
        """Whether this word makes its key one that can always enrol the next."""
        begun = word.not_before is None or seconds_of(word.not_before) <= self.time
        return word.action == "enroll" and "admin" in word.roles and word.not_after is None and begun

    def subject_of(self, entry: Logged) -> str | None:
        """The subject for which one record at a time is in force, if the entry's is of such a kind."""
        rated = isinstance(entry.record, AssessmentRecord)
        return subject_of(entry.record, self.name_of(entry.keys, entry.index) if rated else None)

    def assessors(self, record_id: str) -> set[str]:
        """The names under which this very rating was given: by whoever recorded it, and by whoever endorsed it."""
        names = (self.name_of(entry.keys, entry.index) for entry in self._ratings.get(record_id, ()))
        return {name for name in names if name is not None}

    def name_of(self, keys: Sequence[str], index: int) -> str | None:
        """The name under which the first enrolled one of these keys stood at that place in the log."""
        return next(iter(self._names(keys, index)), None)

    def names_of(self, entry: Logged) -> set[str]:
        """The names under which the entry's keys stood then. Whoever changed keys keeps the name."""
        return set(self._names(entry.keys, entry.index))

    def _names(self, keys: Sequence[str], index: int) -> Iterator[str]:
        for did in keys:
            for entry in reversed(self._keys.get(did, ())):
                # An enrolment that signs itself, at index 0, names its own signer.
                if isinstance(entry.record, KeyRecord) and entry.record.action == "enroll" and entry.index <= index:
                    yield entry.record.subject
                    break

    def said_by(self, source: str) -> Sequence[StatementRecord]:
        """What the source has said, taken back or not, as far as it was asked for."""
        return self._said.get(source, ())

    def spoken_for(self, source: str) -> list[SourceRelationRecord]:
        """The speaks_for relations of a source that are in force, one for each that it speaks for."""
        subjects = (f"source_relation:{source}/speaks_for/{parent}" for parent in sorted(self._parents.get(source, ())))
        found = (self.in_force(subject) for subject in subjects)
        return [one.record for one in found if one is not None and isinstance(one.record, SourceRelationRecord)]

    def translation(self, claim: str, lang: str) -> Logged | None:
        """The text of a claim in a language that was added later and stands."""
        return next((entry for entry in self._translations.get((claim, lang), ()) if self.stands(entry.id)), None)

    def related(self, one: str, other: str) -> bool:
        """Whether relations between claims, or replacements, lead from one claim to the other."""
        seen, waiting = {one}, [one]
        while waiting:
            here = waiting.pop()
            if here == other:
                return True
            for neighbour, because in self._neighbours.get(here, ()):
                if neighbour not in seen and self.stands(because):
                    seen.add(neighbour)
                    waiting.append(neighbour)
        return False


def _copied(lists: Mapping[Of, list[Held]]) -> defaultdict[Of, list[Held]]:
    return defaultdict(list, {name: list(held) for name, held in lists.items()})


def _index(entry: Logged) -> int:
    return entry.index
