"""The log grows: kept rows and what is derived from them, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

from sqlalchemy import Connection, delete, select

from ledger.core.search import Term
from ledger.core.spelling import SPELT, kept_spellings, spelt_words
from ledger.errors import StoreError
from ledger.points import reached
from ledger.store import asking, tables
from ledger.store.backend import Backend, Cells, WordsRow
from ledger.store.conflicts import insert_or
from ledger.store.counting import add_counts, counts_of
from ledger.store.protocol import Identity, NewEntry, Projection, StoredCheckpoint, StoredErasure, StoredOpening, Tile
from ledger.store.questions import DROP_NOTE, MOVE_HEAD
from ledger.store.reading import SqlSnapshot
from ledger.store.scrubbing import mark_erasure
from ledger.store.spelling import chunks, digest_bytes, keys_text, subject_text, target_bytes
from ledger.store.words import words_of

Row = dict[str, object]
Projected = tuple[int, str, str, Projection]


class SqlWriter(SqlSnapshot):
    """A snapshot whose transaction is the only one that writes the log."""

    def append(
        self,
        entries: Sequence[NewEntry],
        tiles: Sequence[Tile],
        openings: Sequence[StoredOpening],
        checkpoint: StoredCheckpoint,
        logged_at: int,
    ) -> None:
        old = self.checkpoint
        if (checkpoint.seq, checkpoint.size) != (old.seq + 1, old.size + len(entries)):
            raise StoreError(
                f"checkpoint {checkpoint.seq} of size {checkpoint.size} does not follow {old.seq} of size {old.size} "
                f"with {len(entries)} new entries"
            )
        self._move_head(checkpoint)
        reached("head moved")
        self._backend.fill(self._connection, tables.entry, _entry_rows(entries, old.size, logged_at))
        reached("entries written")
        self._backend.fill(self._connection, tables.tile, [(tile.level, tile.index, tile.hashes) for tile in tiles])
        reached("tiles written")
        self._add_openings(openings)
        insert_checkpoint(self._connection, self._backend, checkpoint)
        self._drop_superseded_note(checkpoint)
        reached("checkpoint written")
        projected = ((index, new.record_id, new.kind, new.projection) for index, new in zip(count(old.size), entries))
        insert_derived(self._connection, self._backend, projected)
        reached("derived written")
        self.checkpoint = checkpoint

    def erase(self, digests: Sequence[str]) -> list[str]:
        found = sorted(self.openings(digests))
        for some in chunks(map(digest_bytes, found)):
            self._connection.execute(delete(tables.opening).where(tables.opening.c.hash.in_(some)))
        if found:
            mark_erasure(self._connection, self._backend)
        return found

    def remember_erased(self, erasures: Sequence[StoredErasure]) -> None:
        known = self.erasures([one.digest for one in erasures])
        new = {one.digest: one for one in erasures if one.digest not in known}
        rows = [(digest_bytes(one.digest), one.time, one.key) for one in new.values()]
        self._backend.fill(self._connection, tables.erased, rows)

    def replace_words(self, projected: Sequence[tuple[int, str, Projection]], *, erased: bool) -> None:
        indexes = [index for index, _, _ in projected]
        held = self._backend.words_at(self._connection, indexes)
        before = {word for row in held for word in row.words}
        self._backend.drop_words(self._connection, indexes)
        words = [_words_row(index, kind, one) for index, kind, one in projected if one.terms or one.languages]
        change = counts_of(words)
        change.subtract(counts_of(held))
        add_counts(self._connection, change)
        if words:
            self._backend.add_words(self._connection, words)
            add_spellings(self._connection, self._backend, words)
        self._drop_spellings(before - {word for row in words for word in row.words})
        if erased:
            self._backend.forget_words(self._connection)

    def _drop_spellings(self, words: Iterable[str]) -> None:
        """Words that no claim and no source has any more are known no more."""
        for word in spelt_words(sorted(words)):
            if not any(self.search(kind, Term(word), lang=None, before=None, limit=1) for kind in SPELT):
                held = tables.spelling.c
                gone = (held.word == word, held.spelling.in_(kept_spellings(word)))
                self._connection.execute(delete(tables.spelling).where(*gone))

    def _move_head(self, checkpoint: StoredCheckpoint) -> None:
        old = self.checkpoint
        sizes = (checkpoint.size, checkpoint.seq, old.size, old.seq)
        if asking.changed(self._connection, self._backend.driver, MOVE_HEAD, *sizes) != 1:
            raise StoreError(f"the log is no longer of size {self.checkpoint.size}: somebody else has appended")

    def _add_openings(self, openings: Sequence[StoredOpening]) -> None:
        """The same digest has the same opening, so one that is there may stay."""
        rows: list[Row] = [{"hash": digest_bytes(one.digest), "salt": one.salt, "value": one.value} for one in openings]
        if rows:
            self._connection.execute(insert_or(self._connection, tables.opening).on_conflict_do_nothing(), rows)

    def _drop_superseded_note(self, newer: StoredCheckpoint) -> None:
        """One note a minute is kept, besides the newest and those that were cosigned."""
        older = self.checkpoint
        if older.note is None or older.time // 60 != newer.time // 60:
            return
        asking.changed(self._connection, self._backend.driver, DROP_NOTE, older.seq, older.seq)


def insert_head(connection: Connection, backend: Backend, identity: Identity, checkpoint: StoredCheckpoint) -> None:
    """The ledger's first state."""
    backend.fill(connection, tables.head, [(1, identity.origin, identity.test_log, checkpoint.size, checkpoint.seq)])
    insert_checkpoint(connection, backend, checkpoint)


def insert_checkpoint(connection: Connection, backend: Backend, checkpoint: StoredCheckpoint) -> None:
    row = (checkpoint.seq, checkpoint.size, checkpoint.root, checkpoint.time)
    backend.fill(connection, tables.checkpoint, [row])
    if checkpoint.note is not None:
        backend.fill(connection, tables.checkpoint_note, [(checkpoint.seq, checkpoint.note)])


def insert_derived(connection: Connection, backend: Backend, projected: Iterable[Projected]) -> None:
    records: list[Cells] = []
    links: list[Cells] = []
    subjects: list[Cells] = []
    words: list[WordsRow] = []
    for index, _, kind, projection in projected:
        if projection.first:
            records.append((kind, index))
        for role, target in sorted(set(projection.references)):
            links.append((target_bytes(target), role, index))
        if projection.subject is not None:
            subjects.append((subject_text(projection.subject), index))
        if projection.terms or projection.languages:
            words.append(_words_row(index, kind, projection))
    # In the order of their keys: pages are filled one after another, and not visited again and again.
    backend.fill(connection, tables.record, sorted(records))
    backend.fill(connection, tables.link, sorted(links))
    backend.fill(connection, tables.subject, sorted(subjects))
    if words:
        backend.add_words(connection, words)
        add_spellings(connection, backend, words)
        add_counts(connection, counts_of(words))


def add_spellings(connection: Connection, backend: Backend, rows: Iterable[WordsRow]) -> None:
    """The words of claims and sources among these are known by their spellings."""
    spelt = {word for row in rows if row.kind in SPELT for word in spelt_words(row.words)}
    held = tables.spelling.c
    for some in chunks(sorted(spelt)):
        # A known word is there under all its spellings, itself among them.
        known = set(connection.scalars(select(held.word).where(held.spelling.in_(some), held.spelling == held.word)))
        new = [(one, word) for word in some if word not in known for one in kept_spellings(word)]
        backend.fill(connection, tables.spelling, new)


def _words_row(index: int, kind: str, projection: Projection) -> WordsRow:
    return WordsRow(index, kind, words_of(projection.terms), words_of(projection.languages))


def clear_derived(connection: Connection, backend: Backend) -> None:
    for table in (tables.record, tables.link, tables.subject, tables.spelling, tables.term_count):
        connection.execute(delete(table))
    backend.clear_words(connection)


def _entry_rows(entries: Sequence[NewEntry], start: int, logged_at: int) -> list[Cells]:
    return [
        (
            index,
            digest_bytes(new.record_id),
            new.kind,
            keys_text(new.keys),
            new.leaf_hash,
            logged_at,
            new.envelope,
        )
        for index, new in enumerate(entries, start)
    ]
