"""Questions to one state of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from ledger.core.clues import Weights
from ledger.core.search import Expression
from ledger.core.tiles import TILE_HEIGHT
from ledger.errors import CorruptError
from ledger.store import tables
from ledger.store.asking import Hot, rows
from ledger.store.backend import Backend, expression_of
from ledger.store.everything import HIGHEST_TILES, STREAM, Everything, stored_erasure, stored_opening
from ledger.store.protocol import (
    Identity,
    KeptCosignature,
    Standings,
    StoredCheckpoint,
    StoredCosignature,
    StoredEntry,
    StoredErasure,
    StoredOpening,
    Tile,
)
from ledger.store.questions import (
    CHECKPOINT,
    ENTRIES,
    ENTRIES_OF,
    FIND,
    FIND_PREFIX,
    LEAVES,
    LINKS,
    LINKS_IN_ROLES,
    NOTED_CHECKPOINT,
    OF_SUBJECTS,
    OPENINGS,
    STORED_ENTRY,
    TILES,
)
from ledger.store.scrubbing import is_to_scrub, last_erasure
from ledger.store.spelling import (
    chunks,
    digest_bytes,
    digest_text,
    keys_of,
    keys_text,
    prefix_range,
    stored_bytes,
    stored_count,
    stored_word,
    subject_text,
    target_bytes,
)
from ledger.store.standing import SqlStandings
from ledger.store.words import words_of

_ENTRY = tables.entry.c
_RECORD = tables.record.c
_TILE = tables.tile.c
_CHECKPOINT = tables.checkpoint.c
_LINK = tables.link.c
_SUBJECT = tables.subject.c
_SPELLING = tables.spelling.c
_COUNT = tables.term_count.c
# The highest character: whatever begins with a prefix sorts below the prefix and this.
_HIGHEST = "\U0010ffff"


class SqlSnapshot(Everything):
    """One state, up to `checkpoint`: rows beyond its size are not there. Holds as long as the transaction it was made in."""

    def __init__(self, connection: Connection, backend: Backend, identity: Identity, checkpoint: StoredCheckpoint) -> None:
        self._connection = connection
        self._backend = backend
        self.identity = identity
        self.checkpoint = checkpoint
        self.standing: Standings = SqlStandings(connection)

    # Entries and the tree

    def entries(self, indexes: Sequence[int]) -> list[StoredEntry]:
        rows = self._asked(self._visible(indexes), ENTRIES)
        return sorted(map(_stored_entry, rows), key=lambda one: one.index)

    def entry_range(self, start: int, end: int) -> Iterator[StoredEntry]:
        question = STORED_ENTRY.where(*self._between(start, end)).order_by(_ENTRY["index"])
        return map(_stored_entry, self._connection.execute(question, execution_options=STREAM))

    def leaf_hashes(self, start: int, end: int) -> list[bytes]:
        size = self.checkpoint.size
        found = rows(self._connection, self._backend.driver, LEAVES, min(start, size), min(end, size))
        return [stored_bytes(leaf) for (leaf,) in found]

    def tiles(self, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        full = sorted(place for place in set(wanted) if self._is_full(*place))
        found: dict[tuple[int, int], bytes] = {}
        for level, places in groupby(full, key=itemgetter(0)):
            for index, hashes in self._asked([index for _, index in places], TILES, level):
                found[level, index] = stored_bytes(hashes)
        return found

    def tile_range(self) -> Iterator[Tile]:
        question = select(_TILE.level, _TILE["index"], _TILE.hashes).order_by(_TILE.level, _TILE["index"])
        rows = self._connection.execute(question, execution_options=STREAM)
        return filter(lambda tile: self._is_full(tile.level, tile.index), map(_stored_tile, rows))

    # Checkpoints

    def checkpoint_at(self, size: int) -> StoredCheckpoint | None:
        if size > self.checkpoint.size:
            return None
        return self._one_checkpoint(NOTED_CHECKPOINT.where(_CHECKPOINT.size == size).order_by(_CHECKPOINT.seq.desc()))

    def checkpoint_before(self, time: int) -> StoredCheckpoint | None:
        # Neither sizes nor times ever fall, so the latest of them is the largest too.
        latest = (_CHECKPOINT.published_at.desc(), _CHECKPOINT.seq.desc())
        in_time = _CHECKPOINT.published_at <= min(time, self.checkpoint.time)
        return self._one_checkpoint(NOTED_CHECKPOINT.where(in_time).order_by(*latest))

    def sizes_around(self, size: int) -> tuple[int | None, int | None]:
        published = _CHECKPOINT.seq <= self.checkpoint.seq
        below = select(_CHECKPOINT.size).where(_CHECKPOINT.size < min(size, self.checkpoint.size + 1), published)
        above = select(_CHECKPOINT.size).where(_CHECKPOINT.size > min(size, self.checkpoint.size), published)
        nearest_below = below.order_by(_CHECKPOINT.size.desc()).limit(1)
        nearest_above = above.order_by(_CHECKPOINT.size).limit(1)
        row = self._connection.execute(select(nearest_below.scalar_subquery(), nearest_above.scalar_subquery())).one()
        return row[0], row[1]

    def checkpoints(self) -> Iterator[StoredCheckpoint]:
        question = NOTED_CHECKPOINT.order_by(_CHECKPOINT.seq)
        return map(_stored_checkpoint, self._connection.execute(question, execution_options=STREAM))

    def published(self, after: int) -> list[tuple[int, int]]:
        published = (_CHECKPOINT.size > after, _CHECKPOINT.seq <= self.checkpoint.seq)
        # Times never fall, so of one size the latest is the newest.
        question = select(_CHECKPOINT.size, func.max(_CHECKPOINT.published_at)).where(*published)
        rows = self._connection.execute(question.group_by(_CHECKPOINT.size).order_by(_CHECKPOINT.size))
        return [(stored_count(size), stored_count(time)) for size, time in rows]

    def times_of(self, sizes: Sequence[int]) -> dict[int, int]:
        question = select(_CHECKPOINT.size, func.max(_CHECKPOINT.published_at)).where(_CHECKPOINT.seq <= self.checkpoint.seq)
        rows = self._in_chunks(sizes, lambda some: question.where(_CHECKPOINT.size.in_(some)).group_by(_CHECKPOINT.size))
        return {stored_count(size): stored_count(time) for size, time in rows}

    def cosignatures(self, seq: int) -> list[bytes]:
        held = tables.cosignature.c
        found = self._connection.scalars(select(held.signature).where(held.seq == seq).order_by(held.key_id))
        return [stored_bytes(one) for one in found]

    def kept_cosignatures(self, after: tuple[int, str], limit: int) -> list[KeptCosignature]:
        held, (seq, key) = tables.cosignature.c, after
        later = or_(held.seq > seq, and_(held.seq == seq, held.key_id > key))
        question = select(held.seq, _CHECKPOINT.size, _CHECKPOINT.root, held.key_id, held.time, held.signature)
        joined = question.join(tables.checkpoint, _CHECKPOINT.seq == held.seq).where(later)
        found = self._connection.execute(joined.order_by(held.seq, held.key_id).limit(limit))
        return [
            KeptCosignature(seq, size, stored_bytes(root), StoredCosignature(key, time, stored_bytes(line)))
            for seq, size, root, key, time, line in found
        ]

    def cosigned(self, limit: int) -> list[StoredCheckpoint]:
        held = tables.cosignature.c
        newest = select(held.seq).where(held.seq <= self.checkpoint.seq).distinct().order_by(held.seq.desc()).limit(limit)
        question = NOTED_CHECKPOINT.where(_CHECKPOINT.seq.in_(newest)).order_by(_CHECKPOINT.seq.desc())
        return list(map(_stored_checkpoint, self._connection.execute(question)))

    # Records

    def index_of(self, record_id: str, keys: tuple[str, ...]) -> int | None:
        exact = (_ENTRY.record_id == digest_bytes(record_id), _ENTRY.key_ids == keys_text(keys))
        found: int | None = self._connection.scalar(select(_ENTRY["index"]).where(*exact, self._logged))
        return found

    def find(self, record_ids: Sequence[str]) -> dict[str, list[int]]:
        found = self._asked(map(digest_bytes, record_ids), FIND, self.checkpoint.size)
        return _gathered((digest_text(raw), index) for raw, index in found)

    def entries_of(self, record_ids: Sequence[str]) -> list[StoredEntry]:
        rows = self._asked(map(digest_bytes, record_ids), ENTRIES_OF, self.checkpoint.size)
        return sorted(map(_stored_entry, rows), key=lambda one: one.index)

    def signed_by(self, key: str, start: int = 0, end: int | None = None, *, limit: int | None = None) -> list[int]:
        size = self.checkpoint.size
        found: list[int] = []
        while True:
            between = self._between(start, size if end is None else min(end, size))
            question = select(_ENTRY["index"], _ENTRY.key_ids).where(*between, _ENTRY.key_ids.contains(key, autoescape=True))
            some = self._connection.execute(question.order_by(_ENTRY["index"]).limit(limit)).all()
            # SQLite takes small letters and capitals for the same here, and a did:key does not: so each is looked at again.
            found += [stored_count(index) for index, names in some if key in keys_of(stored_word(names))]
            if limit is None or len(some) < limit or len(found) >= limit:
                return found[:limit]
            start = stored_count(some[-1][0]) + 1

    def find_prefix(self, hex_prefix: str, limit: int) -> list[str]:
        between = prefix_range(hex_prefix)
        if between is None:
            return []
        found = rows(self._connection, self._backend.driver, FIND_PREFIX, *between, self.checkpoint.size, limit)
        return [digest_text(raw) for (raw,) in found]

    def referring(self, targets: Sequence[str], roles: Sequence[str] | None = None) -> list[tuple[str, str, int]]:
        names = {target_bytes(target): target for target in targets}
        size = self.checkpoint.size
        if roles is None:
            links = self._asked(names, LINKS, size)
        else:
            links = self._asked(names, LINKS_IN_ROLES, size, roles=roles) if roles else []
        found = [(names[target], role, index) for target, role, index in links]
        return sorted(found, key=lambda reference: (reference[2], reference[1], reference[0]))

    def entries_referring(self, targets: Sequence[str], roles: Sequence[str]) -> list[tuple[str, str, StoredEntry]]:
        # Not joined: of a list whose length it does not know, PostgreSQL may think that reading every entry is quicker.
        found = self.referring(targets, roles)
        entries = {entry.index: entry for entry in self.entries(sorted({index for _, _, index in found}))}
        return [(target, role, entries[index]) for target, role, index in found]

    def hanging(self, targets: Sequence[str], role: str, kind: str) -> list[int]:
        joined = tables.link.join(tables.record, _LINK["index"] == _RECORD["index"])
        question = select(_LINK["index"]).select_from(joined).where(_LINK.role == role, _RECORD.kind == kind, self._recorded)
        found = self._in_chunks(map(target_bytes, targets), lambda some: question.where(_LINK.target.in_(some)))
        return sorted({index for (index,) in found})

    def of_subjects(self, subjects: Sequence[str]) -> dict[str, list[int]]:
        names = {subject_text(subject): subject for subject in subjects}
        found = self._asked(names, OF_SUBJECTS, self.checkpoint.size)
        return _gathered((names[subject], index) for subject, index in found)

    def of_kinds(self, kinds: Sequence[str], after: int = -1, limit: int | None = None) -> list[int]:
        index = _RECORD["index"]
        later = index > min(after, self.checkpoint.size)
        question = select(index).where(_RECORD.kind.in_(kinds), later, self._recorded).order_by(index).limit(limit)
        return list(self._connection.scalars(question))

    def newest_of_kinds(self, kinds: Sequence[str], before: int, limit: int) -> list[int]:
        index = _RECORD["index"]
        question = select(index).where(_RECORD.kind.in_(kinds), index < before, self._recorded)
        return list(self._connection.scalars(question.order_by(index.desc()).limit(limit)))

    def subjects_beginning(self, prefix: str, limit: int) -> list[str]:
        name, visible = _SUBJECT.subject, _SUBJECT["index"] < self.checkpoint.size
        begins_so = (name >= prefix, name <= prefix + _HIGHEST)
        question = select(name).where(*begins_so, visible).distinct().order_by(name).limit(limit)
        return list(self._connection.scalars(question))

    def search(
        self, kind: str, terms: Sequence[str] | Expression, *, lang: str | None, before: int | None, limit: int
    ) -> list[int]:
        below = self.checkpoint.size if before is None else min(before, self.checkpoint.size)
        wanted = expression_of(terms)
        if lang is not None and words_of([lang]) != [lang]:
            return []  # no language's tag
        if wanted is not None or lang is not None:
            return list(self._connection.scalars(self._backend.having_words(kind, wanted, lang, below, limit)))
        index = _RECORD["index"]
        question = select(index).where(_RECORD.kind == kind, index < below).order_by(index.desc()).limit(limit)
        return list(self._connection.scalars(question))

    def strongest(self, kind: str, wanted: Expression, weights: Weights, limit: int) -> list[tuple[int, float]]:
        asked = expression_of(wanted)
        spelt = [(one, weight) for given, weight in weights if (one := expression_of(given)) is not None]
        if asked is None:
            return []
        return self._backend.strongest(self._connection, kind, asked, spelt, self.checkpoint.size, limit)

    def term_counts(self, terms: Sequence[str]) -> dict[str, int]:
        # As the index took them: without a blank, and not overlong.
        spelt = {term: words[0] if (words := words_of([term])) else term for term in terms}
        question = select(_COUNT.term, _COUNT.claims)
        found = dict(self._in_chunks(spelt.values(), lambda some: question.where(_COUNT.term.in_(some))))
        return {term: found[word] for term, word in spelt.items() if word in found}

    def words_spelt(self, spellings: Sequence[str]) -> set[str]:
        found = self._in_chunks(spellings, lambda some: select(_SPELLING.word).where(_SPELLING.spelling.in_(some)))
        return {word for (word,) in found}

    def words_beginning(self, prefix: str, limit: int) -> list[str]:
        between = (_SPELLING.spelling >= prefix, _SPELLING.spelling < prefix + _HIGHEST)
        whole = select(_SPELLING.word).where(*between, _SPELLING.spelling == _SPELLING.word)
        return list(self._connection.scalars(whole.order_by(_SPELLING.spelling).limit(limit)))

    def openings(self, digests: Sequence[str]) -> dict[str, StoredOpening]:
        found = map(stored_opening, self._asked(map(digest_bytes, digests), OPENINGS))
        return {one.digest: one for one in sorted(found, key=lambda one: one.digest)}

    def erasures(self, digests: Sequence[str]) -> dict[str, StoredErasure]:
        gone = tables.erased.c
        question = select(gone.hash, gone.erased_at, gone.key_id)
        rows = self._in_chunks(map(digest_bytes, digests), lambda some: question.where(gone.hash.in_(some)))
        return {one.digest: one for one in sorted(map(stored_erasure, rows), key=lambda one: one.digest)}

    def times_erased(self) -> int:
        return last_erasure(self._connection)[0]

    def to_scrub(self) -> bool:
        return is_to_scrub(self._connection)

    def saying(self, values: Sequence[str]) -> list[str]:
        held = tables.opening.c
        rows = self._in_chunks(values, lambda some: select(held.hash).where(held.value.in_(some)))
        return sorted(digest_text(row.hash) for row in rows)

    # The parts of the above

    @property
    def _logged(self) -> Any:
        return _ENTRY["index"] < self.checkpoint.size

    @property
    def _recorded(self) -> Any:
        return _RECORD["index"] < self.checkpoint.size

    def _between(self, start: int, end: int) -> tuple[Any, Any]:
        size = self.checkpoint.size
        return _ENTRY["index"] >= min(start, size), _ENTRY["index"] < min(end, size)

    def _visible(self, indexes: Iterable[int]) -> list[int]:
        return [index for index in indexes if 0 <= index < self.checkpoint.size]

    def _is_full(self, level: int, index: int) -> bool:
        return 0 <= level <= HIGHEST_TILES and index >= 0 and (index + 1) << (TILE_HEIGHT * (level + 1)) <= self.checkpoint.size

    def _one_checkpoint(self, question: Select[Any]) -> StoredCheckpoint | None:
        row = self._connection.execute(question.where(_CHECKPOINT.seq <= self.checkpoint.seq).limit(1)).first()
        return None if row is None else _stored_checkpoint(row)

    def _asked(self, items: Iterable[Any], hot: Hot, *others: Any, roles: Sequence[str] = ()) -> list[Any]:
        found: list[Any] = []
        for some in chunks(items):
            found += rows(self._connection, self._backend.driver, hot, *others, some=some, roles=roles)
        return found

    def _in_chunks(self, items: Iterable[Any], question: Callable[[list[Any]], Select[Any]]) -> list[Any]:
        return [row for some in chunks(items) for row in self._connection.execute(question(some))]


def newest_checkpoint(connection: Connection, backend: Backend, seq: int) -> StoredCheckpoint:
    found = rows(connection, backend.driver, CHECKPOINT, seq)
    if not found:
        raise CorruptError(f"the newest checkpoint is to be number {seq}, and there is none", hint="restore it from a copy")
    return stored_checkpoint(*found[0])


def stored_checkpoint(seq: int, size: object, root: object, time: object, note: object) -> StoredCheckpoint:
    whole = None if note is None else stored_bytes(note)
    return StoredCheckpoint(seq, stored_count(size), stored_bytes(root), stored_count(time), whole)


def _stored_entry(row: Any) -> StoredEntry:
    index, record_id, kind, key_ids, leaf_hash, envelope, logged_at = row
    return StoredEntry(
        index,
        digest_text(record_id),
        stored_word(kind),
        keys_of(stored_word(key_ids)),
        stored_bytes(leaf_hash),
        stored_bytes(envelope),
        stored_count(logged_at),
    )


def _stored_checkpoint(row: Any) -> StoredCheckpoint:
    return stored_checkpoint(row.seq, row.size, row.root, row.published_at, row.note)


def _stored_tile(row: Any) -> Tile:
    return Tile(row[0], row[1], stored_bytes(row[2]))


def _gathered(pairs: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    """Names with their indexes, oldest first."""
    found: dict[str, list[int]] = {}
    for name, index in sorted(pairs, key=itemgetter(1)):
        found.setdefault(name, []).append(index)
    return found
