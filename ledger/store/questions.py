"""The questions that each append and most lookups ask, made once: making one anew takes as long as having it answered.

`some` is a portion of names or indexes, `size` the state's: rows beyond it are not there.
"""

from __future__ import annotations

from sqlalchemy import select

from ledger.store import tables
from ledger.store.asking import Hot

_ENTRY = tables.entry.c
_CHECKPOINT, _NOTE = tables.checkpoint.c, tables.checkpoint_note.c

STORED_ENTRY = select(
    _ENTRY["index"], _ENTRY.record_id, _ENTRY.kind, _ENTRY.key_ids, _ENTRY.leaf_hash, _ENTRY.envelope, _ENTRY.logged_at
)
ENTRIES = Hot(
    'SELECT "index", record_id, kind, key_ids, leaf_hash, envelope, logged_at FROM entry WHERE "index" {some}', "bigint"
)
ENTRIES_OF = Hot(
    """
SELECT "index", record_id, kind, key_ids, leaf_hash, envelope, logged_at FROM entry WHERE record_id {some} AND "index" < ?
""",
    "bytea",
)
FIND = Hot('SELECT record_id, "index" FROM entry WHERE record_id {some} AND "index" < ?', "bytea")
# In no order: asked for the first one, PostgreSQL might walk all entries by their indexes. They are few.
LEAVES_OF = Hot('SELECT record_id, "index", leaf_hash FROM entry WHERE record_id {some} AND "index" < ?', "bytea")
FIND_PREFIX = Hot(
    'SELECT DISTINCT record_id FROM entry WHERE record_id BETWEEN ? AND ? AND "index" < ? ORDER BY record_id LIMIT ?'
)
LINKS = Hot('SELECT target, role, "index" FROM link WHERE target {some} AND "index" < ?', "bytea")
LINKS_IN_ROLES = Hot('SELECT target, role, "index" FROM link WHERE target {some} AND role {roles} AND "index" < ?', "bytea")
OF_SUBJECTS = Hot('SELECT subject, "index" FROM subject WHERE subject {some} AND "index" < ?', "text")
LEAVES = Hot('SELECT leaf_hash FROM entry WHERE "index" >= ? AND "index" < ? ORDER BY "index"')
TILES = Hot('SELECT "index", hashes FROM tile WHERE "index" {some} AND level = ?', "bigint")
OPENINGS = Hot("SELECT hash, salt, value FROM opening WHERE hash {some}", "bytea")
# Not joined: PostgreSQL knows of no table that it has one row, and would read all checkpoints to join them to the head.
NEWEST = Hot(
    """
SELECT (SELECT origin FROM head), (SELECT test_log FROM head), (SELECT version_num FROM alembic_version),
seq, size, root, published_at, (SELECT note FROM checkpoint_note WHERE checkpoint_note.seq = checkpoint.seq)
FROM checkpoint WHERE seq = (SELECT seq FROM head)
"""
)
STATE = Hot(
    """
SELECT seq, size, root, published_at, (SELECT erasures FROM scrubbing),
(SELECT max(seq) FROM cosignature), (SELECT count(*) FROM cosignature WHERE seq = (SELECT max(seq) FROM cosignature))
FROM checkpoint WHERE seq = (SELECT seq FROM head)
"""
)

NOTED_CHECKPOINT = select(
    _CHECKPOINT.seq, _CHECKPOINT.size, _CHECKPOINT.root, _CHECKPOINT.published_at, _NOTE.note
).select_from(tables.checkpoint.outerjoin(tables.checkpoint_note))
CHECKPOINT = Hot(
    """
SELECT seq, size, root, published_at, (SELECT note FROM checkpoint_note WHERE checkpoint_note.seq = checkpoint.seq)
FROM checkpoint WHERE seq = ?
"""
)

HEAD = Hot("SELECT origin, test_log, seq, (SELECT version_num FROM alembic_version) FROM head")
# For databases whose writers do not queue for the whole of it. Alone, not joined to the checkpoint: after waiting, PostgreSQL
# looks at the head again, but would join it to the checkpoint from before.
HEAD_LOCKED = Hot(f"{HEAD.text} FOR UPDATE")

# The lock makes writers wait in line; this WHERE is what makes the log safe.
MOVE_HEAD = Hot("UPDATE head SET size = ?, seq = ? WHERE size = ? AND seq = ?")
DROP_NOTE = Hot(
    "DELETE FROM checkpoint_note WHERE seq = ? AND NOT EXISTS (SELECT 1 FROM cosignature WHERE cosignature.seq = ?)"
)
