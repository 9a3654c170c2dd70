"""Entries that follow each other, checked with what is derived from them: all that needs nothing else of the log."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from ledger.core.canonical import digest
from ledger.core.clues import COUNTED, counted_terms
from ledger.core.dsse import OpenedEnvelope, check_signatures, parse_envelope
from ledger.core.evidence import Logged
from ledger.core.logkeys import LogTerms
from ledger.core.merkle import leaf_hash
from ledger.core.records import parse_record, sealed_in
from ledger.core.spelling import SPELT, spelt_words
from ledger.core.vkey import VerifierKey
from ledger.errors import CorruptError, OnRecordError
from ledger.service.keeping import check_note
from ledger.service.projecting import projection_of
from ledger.store.protocol import Projection, StoredCheckpoint, StoredEntry
from ledger.store.spelling import target_bytes
from ledger.store.words import words_of
from schemas.envelope import RECORD_TYPE
from schemas.health import Fault

RecordRow = tuple[int, str]
LinkRow = tuple[int, str, bytes]
WordsRow = tuple[int, str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Derived:
    """Rows of derived tables, up to an entry, as they are stored."""

    records: Sequence[RecordRow] = ()
    links: Sequence[LinkRow] = ()
    words: Sequence[WordsRow] = ()


@dataclass(frozen=True)
class Portion:
    """`endorsing` are those of the entries whose record is in an earlier one, `openings` say what sealed values say. Without
    `derived`, nothing that is derived is looked at."""

    entries: Sequence[StoredEntry]
    derived: Derived | None = None
    endorsing: Set[int] = frozenset()
    openings: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Checked:
    """What came of it: the records that can be read and are signed, what is wrong, and what is to be summed up."""

    logged: list[Logged] = field(default_factory=list)
    sealed: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    derived: list[Fault] = field(default_factory=list)
    spelt: set[str] = field(default_factory=set)
    counted: Counter[str] = field(default_factory=Counter)

    def fault(self, where: str, found: str, wanted: str) -> None:
        self.faults.append(Fault(where=where, found=found, wanted=wanted))

    def derived_fault(self, where: str, found: str, wanted: str) -> None:
        self.derived.append(Fault(where=where, found=found, wanted=wanted))


def check_raw(portion: Portion) -> Checked:
    """Of a test log: any bytes, with their leaf hash and their name."""
    checked = Checked()
    for entry in portion.entries:
        _check_leaf(entry, checked)
        if digest(entry.envelope) != entry.record_id:
            checked.fault(f"entry {entry.index}", entry.record_id, digest(entry.envelope))
    return checked


def check_portion(portion: Portion) -> Checked:
    """Each entry has its leaf hash, opens, and is signed; what is stored as derived from it is what it implies."""
    checked = Checked()
    wanted: dict[int, tuple[Logged, Projection]] = {}
    for entry in portion.entries:
        _check_leaf(entry, checked)
        opened = _opened(entry, checked)
        if opened is not None:
            envelope, logged = opened
            first = entry.index not in portion.endorsing
            wanted[entry.index] = (
                logged,
                # Whose rating it is takes the whole log to know: subjects are looked at elsewhere.
                projection_of(logged, None, portion.openings, first=first, seals=b'"sealed"' in envelope.payload),
            )
    if portion.derived is not None:
        _check_records(portion.derived.records, wanted, checked)
        _check_links(portion.derived.links, wanted, checked)
        _check_words(portion.derived.words, wanted, checked)
    return checked


@dataclass(frozen=True)
class Notes:
    """Checkpoints with their notes, each with the name of its place, and the keys of the log of that name."""

    origin: str
    vkeys: Sequence[VerifierKey]
    checkpoints: Sequence[tuple[str, StoredCheckpoint]]
    terms: LogTerms


def check_notes(notes: Notes) -> list[Fault]:
    """What is wrong with them."""
    faults = []
    for where, checkpoint in notes.checkpoints:
        try:
            check_note(notes.origin, checkpoint, notes.vkeys, notes.terms)
        except CorruptError as error:
            wanted = "a note under the log's two keys that repeats it"
            faults.append(Fault(where=where, found=error.message, wanted=wanted))
    return faults


def _check_leaf(entry: StoredEntry, checked: Checked) -> None:
    if leaf_hash(entry.envelope) != entry.leaf_hash:
        checked.fault(f"entry {entry.index}", f"leaf hash {entry.leaf_hash.hex()}", leaf_hash(entry.envelope).hex())


def _opened(entry: StoredEntry, checked: Checked) -> tuple[OpenedEnvelope, Logged] | None:
    where = f"entry {entry.index}"
    try:
        envelope = parse_envelope(entry.envelope, payload_type=RECORD_TYPE)
        logged = Logged(entry.index, digest(envelope.payload), parse_record(envelope.payload), envelope.keyids)
        check_signatures(envelope)
    except OnRecordError as error:
        checked.fault(where, error.message, "a signed record that may be there")
        return None
    stored, wanted = (entry.record_id, entry.kind, entry.keys), (logged.id, logged.record.kind, logged.keys)
    if stored != wanted:
        checked.fault(where, f"columns {stored}", f"{wanted}")
    if b'"sealed"' in envelope.payload:
        checked.sealed.update(sealed_in(logged.record))
    checked.logged.append(logged)
    return envelope, logged


_Wanted = Mapping[int, tuple[Logged, Projection]]


def _check_records(rows: Sequence[RecordRow], implied: _Wanted, checked: Checked) -> None:
    stored = {row[0]: row for row in rows}
    wanted = {index: (index, logged.record.kind) for index, (logged, one) in implied.items() if one.first}
    for index in sorted(wanted.keys() | stored.keys()):
        if stored.get(index) != wanted.get(index):
            found = "another kind, or none" if index in wanted else "a record of its own"
            checked.derived_fault(f"derived record {index}", found, "the record's kind, at its first entry alone")


def _check_links(rows: Sequence[LinkRow], implied: _Wanted, checked: Checked) -> None:
    stored: dict[int, set[tuple[str, bytes]]] = defaultdict(set)
    for index, role, target in rows:
        stored[index].add((role, target))
    wanted = {
        index: {(role, target_bytes(target)) for role, target in one.references}
        for index, (_, one) in implied.items()
        if one.references
    }
    for index in sorted(wanted.keys() | stored.keys()):
        here, there = stored.get(index, set()), wanted.get(index, set())
        if there - here:
            checked.derived_fault(f"derived record {index}", "a reference is missing", "every reference of the record")
        for role, target in sorted(here - there):
            checked.derived_fault("derived references", f"{role} {_named(target)} of entry {index}", "no such reference")


def _check_words(rows: Sequence[WordsRow], implied: _Wanted, checked: Checked) -> None:
    stored = {row[0]: row for row in rows}
    wanted: dict[int, WordsRow] = {}
    for index, (logged, one) in implied.items():
        if not (one.terms or one.languages):
            continue
        kind, words = logged.record.kind, words_of(one.terms)
        wanted[index] = (index, kind, tuple(words), tuple(words_of(one.languages)))
        if kind in SPELT:
            checked.spelt.update(spelt_words(words))
        if kind == COUNTED:
            checked.counted.update(counted_terms(words))
    for index in sorted(wanted.keys() | stored.keys()):
        if stored.get(index) != wanted.get(index):
            checked.derived_fault(f"derived record {index}", "other words or languages, or none", "its own words")


def _named(target: bytes) -> str:
    """A target as people read it: a digest's hex digits, or a slug."""
    return target.hex() if len(target) == 32 or not target.isascii() else target.decode()
