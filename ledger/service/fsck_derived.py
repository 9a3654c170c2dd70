"""Derived rows, held against what the entries imply: what is missing, what is other, and what nothing implies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

from ledger.core.clues import COUNTED, counted_terms
from ledger.core.spelling import SPELT, kept_spellings, spelt_words
from ledger.service.projecting import projections
from ledger.store.protocol import Projection, Snapshot
from ledger.store.words import words_of

_BATCH = 500
_ASKED_TERMS = 3

Implied = tuple[int, str, str, Projection]
Row = TypeVar("Row", bound=tuple[Any, ...])


def check_derived(snapshot: Snapshot, fault: Callable[[str, str, str], None]) -> int:
    """How many entries were looked at; `fault` is told where, what was found, and what was wanted."""
    return _Derived(snapshot, fault).run()


class _Derived:
    def __init__(self, snapshot: Snapshot, fault: Callable[[str, str, str], None]) -> None:
        self.snapshot = snapshot
        self.fault = fault
        self.records = _Ordered(snapshot.all_records())
        self.words = _Ordered(snapshot.all_words())
        self.links = self.subjects = 0
        self.spelt: set[str] = set()
        self.counted: Counter[str] = Counter()

    def run(self) -> int:
        checked = 0
        for batch in _batches(projections(self.snapshot)):
            checked += len(batch)
            self._check_records(batch)
            self._check_links(batch)
            self._check_subjects(batch)
            self._check_words(batch)
        for index in [*self.records.rest(), *self.words.rest()]:
            self.fault(f"derived record {index}", "a row of no entry", "none")
        self._check_spellings()
        self._check_term_counts()
        self._check_counts()
        return checked

    def _check_records(self, batch: Sequence[Implied]) -> None:
        wanted = {index: (index, name, kind, one.body) for index, name, kind, one in batch if one.body is not None}
        stored = self.records.upto(batch[-1][0])
        for index in sorted(wanted.keys() | stored.keys()):
            if stored.get(index) != wanted.get(index):
                found = "another body, or none" if index in wanted else "a record of its own"
                self.fault(f"derived record {index}", found, "the record's canonical JSON, at its first entry alone")

    def _check_links(self, batch: Sequence[Implied]) -> None:
        here = {index for index, *_ in batch}
        targets = sorted({target for *_, one in batch for _, target in one.references})
        stored = {(target, role, index) for target, role, index in self.snapshot.referring(targets) if index in here}
        wanted = {(target, role, index) for index, *_, one in batch for role, target in one.references}
        self.links += len(wanted)
        for index in sorted({index for *_, index in wanted - stored}):
            self.fault(f"derived record {index}", "a reference is missing", "every reference of the record")
        for target, role, index in sorted(stored - wanted):
            self.fault(f"derived record {index}", f"{role} {target}", "no such reference")

    def _check_subjects(self, batch: Sequence[Implied]) -> None:
        wanted = {index: one.subject for index, *_, one in batch if one.subject is not None}
        self.subjects += len(wanted)
        stored = self.snapshot.of_subjects(sorted(set(wanted.values())))
        for index, subject in wanted.items():
            if index not in stored.get(subject, ()):
                self.fault(f"derived record {index}", "not listed under its subject", subject)

    def _check_words(self, batch: Sequence[Implied]) -> None:
        wanted = {
            index: (index, kind, tuple(words_of(one.terms)), tuple(words_of(one.languages)))
            for index, _, kind, one in batch
            if one.terms or one.languages
        }
        stored = self.words.upto(batch[-1][0])
        for index in sorted(wanted.keys() | stored.keys()):
            if stored.get(index) != wanted.get(index):
                self.fault(f"derived record {index}", "other words or languages, or none", "its own words")
        for index, _, kind, one in batch:
            if kind in SPELT:
                self.spelt.update(spelt_words(words_of(one.terms)))
            if kind == COUNTED and (one.terms or one.languages):
                self.counted.update(counted_terms(words_of(one.terms)))
            if one.terms and not self._is_found(index, kind, one.terms):
                self.fault(f"derived record {index}", "not found by its own words", "search finds it")

    def _is_found(self, index: int, kind: str, terms: Sequence[str]) -> bool:
        # The longest words tell texts apart best; asking for all of them would cost as much as all the rest.
        asked = sorted(terms, key=len)[-_ASKED_TERMS:]
        return self.snapshot.search(kind, asked, lang=None, before=index + 1, limit=1) == [index]

    def _check_spellings(self) -> None:
        """Every word of claims and sources is there under all its spellings, and no other word is."""
        missing = sum(len(kept_spellings(word)) for word in self.spelt)
        for spelling, word in self.snapshot.all_spellings():
            if word in self.spelt and spelling in kept_spellings(word):
                missing -= 1
            else:
                self.fault("derived spellings", "a word of no claim and no source", "none")
        if missing:
            self.fault("derived spellings", f"{missing} rows are missing", "every word of claims and sources")

    def _check_term_counts(self) -> None:
        """Of every term of claims it is known how many hold it."""
        wrong = {term for term, claims in self.snapshot.all_term_counts() if self.counted.pop(term, None) != claims}
        if wrong or self.counted:
            found = f"{len(wrong)} other numbers, {len(self.counted)} missing"
            self.fault("derived term counts", found, "how many claims hold each term")

    def _check_counts(self) -> None:
        """Whatever is implied was found above, so it is only by their number that others show."""
        links, subjects = self.snapshot.count_derived()
        for what, found, wanted in (("references", links, self.links), ("subjects", subjects, self.subjects)):
            if found > wanted:
                self.fault(f"derived {what}", f"{found} rows", f"{wanted}: the others are of no record")


class _Ordered(Generic[Row]):
    """Rows that begin with their index and come in its order, taken portion by portion."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)

    def upto(self, index: int) -> dict[int, Row]:
        taken: dict[int, Row] = {}
        while self._next is not None and self._next[0] <= index:
            taken[self._next[0]] = self._next
            self._next = next(self._rows, None)
        return taken

    def rest(self) -> Iterator[int]:
        while self._next is not None:
            yield self._next[0]
            self._next = next(self._rows, None)


def _batches(rows: Iterable[Implied]) -> Iterator[list[Implied]]:
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        yield batch
