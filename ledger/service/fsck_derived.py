"""Derived rows, held against what the entries imply: what is missing, what is other, and what nothing implies.

Each table is read once, in the order of the entries, beside them. What concerns one entry alone is looked at with it
(fsck_portion); here is what takes more than one: who a rating is by, whether search finds it, and what is summed up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from ledger.core.evidence import Logged
from ledger.core.force import Signers
from ledger.core.spelling import kept_spellings
from ledger.core.subjects import subject_of
from ledger.service.fsck_portion import Checked, Derived, Portion
from ledger.service.projecting import SEALED
from ledger.store.protocol import Snapshot, StoredEntry
from ledger.store.spelling import digest_text, subject_text
from schemas.records import AssessmentRecord

_DIGEST_BYTES = 32

Row = TypeVar("Row", bound=tuple[Any, ...])
Tell = Callable[[str, str, str], None]


class DerivedTables:
    """Entries come in order, first to `beside`, then, when they were looked at, to `add`; `finish` looks at what is left.

    `fault` is told where, what was found, and what was wanted. A row that cannot be read is CorruptError.
    """

    def __init__(self, snapshot: Snapshot, fault: Tell) -> None:
        self._snapshot = snapshot
        self._fault = fault
        self._records = _Ordered(snapshot.all_records())
        self._links = _Ordered(snapshot.all_links())
        self._words = _Ordered(snapshot.all_words())
        self._subjects = _Ordered(snapshot.all_subjects())
        self._finder = snapshot.finder()
        self._seen: set[str] = set()
        self._endorsing: set[int] = set()
        self._signers = Signers(())
        self._spelt: set[str] = set()
        self._counted: Counter[str] = Counter()

    def beside(self, entries: Sequence[StoredEntry]) -> Portion:
        """The entries with what is stored for them."""
        last = entries[-1].index
        derived = Derived(self._records.upto(last), self._links.upto(last), self._words.upto(last))
        for index in self._finder.unfound(derived.words):
            self._fault(f"derived record {index}", "not found by its own words", "search finds it")
        endorsing = {entry.index for entry in entries if not self._is_first(entry.record_id)}
        self._endorsing |= endorsing
        # A record is found by what it seals; where that is missing, it is at fault anyway.
        sealed = {digest_text(target) for _, role, target in derived.links if role == SEALED and len(target) == _DIGEST_BYTES}
        openings = {name: one.value for name, one in self._snapshot.openings(sorted(sealed)).items()} if sealed else {}
        return Portion(entries, derived, endorsing, openings)

    def _is_first(self, record_id: str) -> bool:
        before = len(self._seen)
        self._seen.add(record_id)
        return len(self._seen) > before

    def add(self, last: int, checked: Checked) -> None:
        """These were looked at, up to the entry `last`."""
        self._spelt |= checked.spelt
        self._counted.update(checked.counted)
        wanted = {}
        for entry in checked.logged:
            self._signers.add(entry)
            subject = self._subject(entry)
            if subject is not None:
                wanted[entry.index, subject_text(subject)] = subject
        stored = set(self._subjects.upto(last))
        for index, subject in sorted(wanted.keys() - stored):
            self._fault(f"derived record {index}", "not listed under its subject", wanted[index, subject])
        for index, subject in sorted(stored - wanted.keys()):
            self._fault("derived subjects", f"{subject} of entry {index}", "no such subject")

    def _subject(self, entry: Logged) -> str | None:
        rating = isinstance(entry.record, AssessmentRecord)
        if entry.index in self._endorsing and not rating:
            return None
        return subject_of(entry.record, self._signers.name(entry) if rating else None)

    def finish(self) -> None:
        """What comes after the last entry, and what all of them imply together."""
        for index, *_ in [*self._records.rest(), *self._words.rest()]:
            self._fault(f"derived record {index}", "a row of no entry", "none")
        for index, *_ in self._links.rest():
            self._fault("derived references", f"a row of entry {index}", "none, for there is no such entry")
        for index, *_ in self._subjects.rest():
            self._fault("derived subjects", f"a row of entry {index}", "none, for there is no such entry")
        self._check_spellings()
        self._check_term_counts()

    def _check_spellings(self) -> None:
        """Every word of claims and sources is there under all its spellings, and no other word is."""
        missing = sum(len(kept_spellings(word)) for word in self._spelt)
        for spelling, word in self._snapshot.all_spellings():
            if word in self._spelt and spelling in kept_spellings(word):
                missing -= 1
            else:
                self._fault("derived spellings", "a word of no claim and no source", "none")
        if missing:
            self._fault("derived spellings", f"{missing} rows are missing", "every word of claims and sources")

    def _check_term_counts(self) -> None:
        """Of every term of claims it is known how many hold it."""
        wrong = {term for term, claims in self._snapshot.all_term_counts() if self._counted.pop(term, None) != claims}
        if wrong or self._counted:
            found = f"{len(wrong)} other numbers, {len(self._counted)} missing"
            self._fault("derived term counts", found, "how many claims hold each term")


class _Ordered(Generic[Row]):
    """Rows that begin with their index and come in its order, taken portion by portion."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)

    def upto(self, index: int) -> list[Row]:
        taken = []
        while self._next is not None and self._next[0] <= index:
            taken.append(self._next)
            self._next = next(self._rows, None)
        return taken

    def rest(self) -> Iterator[Row]:
        while self._next is not None:
            yield self._next
            self._next = next(self._rows, None)
