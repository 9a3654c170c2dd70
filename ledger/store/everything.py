"""All that is in the tables of one state of the log, for whoever checks it: each table once, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from ledger.core.tiles import TILE_HEIGHT
from ledger.store import tables
from ledger.store.backend import Backend
from ledger.store.protocol import Extent, Finder, StoredCheckpoint, StoredErasure, StoredOpening
from ledger.store.spelling import digest_text, stored_bytes, stored_count, stored_word

_ENTRY = tables.entry.c
_RECORD = tables.record.c
_TILE = tables.tile.c
_CHECKPOINT = tables.checkpoint.c
_NOTE = tables.checkpoint_note.c
_LINK = tables.link.c
_SUBJECT = tables.subject.c
_SPELLING = tables.spelling.c
_COUNT = tables.term_count.c
# Rows that are in memory at once while a long answer is read.
STREAM = {"yield_per": 500}
# A log of 2^63 entries would have no tiles above these.
HIGHEST_TILES = 7


class Everything:
    """The part of a snapshot that leaves no row out, whoever put it there."""

    _connection: Connection
    _backend: Backend
    checkpoint: StoredCheckpoint

    def extent(self) -> Extent:
        size, seq = self.checkpoint.size, self.checkpoint.seq
        levels = range(HIGHEST_TILES + 1)
        full = [and_(_TILE.level == level, _TILE["index"] < size >> TILE_HEIGHT * (level + 1)) for level in levels]
        past = {
            "head": select(func.count()).where(tables.head.c.id != 1),
            "entry": select(func.count()).where(_ENTRY["index"] >= size),
            "tile": select(func.count()).select_from(tables.tile).where(~or_(*full)),
            "checkpoint": select(func.count()).where(or_(_CHECKPOINT.seq > seq, _CHECKPOINT.seq < 0)),
            "checkpoint_note": select(func.count()).where(or_(_NOTE.seq > seq, _NOTE.seq < 0)),
        }
        counts = {name: self._connection.scalar(question) or 0 for name, question in past.items()}
        head_size = self._connection.scalar(select(tables.head.c.size))
        return Extent(stored_count(head_size), {name: count for name, count in counts.items() if count})

    def all_openings(self) -> Iterator[StoredOpening]:
        held = tables.opening.c
        return map(stored_opening, self._streamed(select(held.hash, held.salt, held.value).order_by(held.hash)))

    def all_erasures(self) -> Iterator[StoredErasure]:
        gone = tables.erased.c
        return map(stored_erasure, self._streamed(select(gone.hash, gone.erased_at, gone.key_id).order_by(gone.hash)))

    # These tables lie in another order, so the database sorts: once, and not one look-up for each record.

    def all_records(self) -> Iterator[tuple[int, str]]:
        question = select(_RECORD["index"], _RECORD.kind).order_by(_RECORD["index"])
        return ((stored_count(index), stored_word(kind)) for index, kind in self._streamed(question))

    def all_links(self) -> Iterator[tuple[int, str, bytes]]:
        question = select(_LINK["index"], _LINK.role, _LINK.target).order_by(_LINK["index"])
        for index, role, target in self._streamed(question):
            yield stored_count(index), stored_word(role), stored_bytes(target)

    def all_subjects(self) -> Iterator[tuple[int, str]]:
        question = select(_SUBJECT["index"], _SUBJECT.subject).order_by(_SUBJECT["index"])
        return ((stored_count(index), stored_word(subject)) for index, subject in self._streamed(question))

    def all_words(self) -> Iterator[tuple[int, str, tuple[str, ...], tuple[str, ...]]]:
        for row in self._backend.all_words(self._connection):
            yield row.index, row.kind, tuple(row.words), tuple(row.languages)

    def finder(self) -> Finder:
        return self._backend.finder(self._connection)

    def all_spellings(self) -> Iterator[tuple[str, str]]:
        question = select(_SPELLING.spelling, _SPELLING.word).order_by(_SPELLING.spelling, _SPELLING.word)
        return ((spelling, word) for spelling, word in self._streamed(question))

    def all_term_counts(self) -> Iterator[tuple[str, int]]:
        question = select(_COUNT.term, _COUNT.claims).order_by(_COUNT.term)
        return ((term, claims) for term, claims in self._streamed(question))

    def _streamed(self, question: Select[Any]) -> Iterator[Any]:
        return iter(self._connection.execute(question, execution_options=STREAM))


def stored_opening(row: Any) -> StoredOpening:
    return StoredOpening(digest_text(row[0]), stored_bytes(row[1]), stored_word(row[2]))


def stored_erasure(row: Any) -> StoredErasure:
    return StoredErasure(digest_text(row[0]), stored_count(row[1]), stored_word(row[2]))
