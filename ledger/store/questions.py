"""The questions that each append and most lookups ask, made once: making one anew takes as long as having it answered.

`some` is a portion of names or indexes, `size` the state's: rows beyond it are not there.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, exists, insert, select, text, update

from ledger.store import tables
from ledger.store.asking import Hot

_ENTRY = tables.entry.c
_CHECKPOINT, _HEAD, _NOTE = tables.checkpoint.c, tables.head.c, tables.checkpoint_note.c

STORED_ENTRY = select(
    _ENTRY["index"], _ENTRY.record_id, _ENTRY.kind, _ENTRY.key_ids, _ENTRY.leaf_hash, _ENTRY.envelope, _ENTRY.logged_at
)
ENTRIES = Hot(
    'SELECT "index", record_id, kind, key_ids, leaf_hash, envelope, logged_at FROM entry WHERE "index" {some}', "bigint"
)
FIND = Hot('SELECT record_id, "index" FROM entry WHERE record_id {some} AND "index" < ?', "bytea")
# In no order: asked for the first one, PostgreSQL might walk all entries by their indexes. They are few.
LEAVES_OF = Hot('SELECT "index", leaf_hash FROM entry WHERE record_id = ? AND "index" < ?')
FIND_PREFIX = Hot('SELECT record_id FROM record WHERE record_id BETWEEN ? AND ? AND "index" < ? ORDER BY record_id LIMIT ?')
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
SELECT seq, size, root, published_at, (SELECT erasures FROM scrubbing) FROM checkpoint WHERE seq = (SELECT seq FROM head)
"""
)

NOTED_CHECKPOINT = select(
    _CHECKPOINT.seq, _CHECKPOINT.size, _CHECKPOINT.root, _CHECKPOINT.published_at, _NOTE.note
).select_from(tables.checkpoint.outerjoin(tables.checkpoint_note))
CHECKPOINT = NOTED_CHECKPOINT.where(_CHECKPOINT.seq == bindparam("wanted"))

HEAD = select(_HEAD.origin, _HEAD.test_log, _HEAD.seq, text("(SELECT version_num FROM alembic_version) AS version"))
# Nothing on SQLite, whose writers queue for the file. Alone, not joined to the checkpoint: after waiting, PostgreSQL looks at
# the head again, but would join it to the checkpoint from before.
HEAD_LOCKED = HEAD.with_for_update()

# The lock makes writers wait in line; this WHERE is what makes the log safe.
MOVE_HEAD = (
    update(tables.head)
    .where(_HEAD.size == bindparam("old_size"), _HEAD.seq == bindparam("old_seq"))
    .values(size=bindparam("new_size"), seq=bindparam("new_seq"))
)
DROP_NOTE = delete(tables.checkpoint_note).where(
    _NOTE.seq == bindparam("old_seq"), ~exists().where(tables.cosignature.c.seq == bindparam("old_seq"))
)
INSERTS = {
    table: insert(table)
    for table in (
        tables.head,
        tables.entry,
        tables.tile,
        tables.checkpoint,
        tables.checkpoint_note,
        tables.record,
        tables.link,
        tables.subject,
        tables.spelling,
        tables.erased,
    )
}
