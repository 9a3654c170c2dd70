"""The questions that each append and most lookups ask, made once: making one anew takes as long as having it answered.

`some` is a portion of names or indexes, `size` the state's: rows beyond it are not there.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, exists, insert, select, text, update

from ledger.store import tables

_ENTRY, _LINK, _SUBJECT = tables.entry.c, tables.link.c, tables.subject.c
_CHECKPOINT, _HEAD, _NOTE = tables.checkpoint.c, tables.head.c, tables.checkpoint_note.c
_SOME: BindParameter[Any] = bindparam("some", expanding=True)
_SIZE: BindParameter[Any] = bindparam("size")

STORED_ENTRY = select(
    _ENTRY["index"], _ENTRY.record_id, _ENTRY.kind, _ENTRY.key_ids, _ENTRY.leaf_hash, _ENTRY.envelope, _ENTRY.logged_at
)
ENTRIES = STORED_ENTRY.where(_ENTRY["index"].in_(_SOME))
FIND = select(_ENTRY.record_id, _ENTRY["index"]).where(_ENTRY.record_id.in_(_SOME), _ENTRY["index"] < _SIZE)
LINKS = select(_LINK.target, _LINK.role, _LINK["index"]).where(_LINK.target.in_(_SOME), _LINK["index"] < _SIZE)
LINKS_IN_ROLES = LINKS.where(_LINK.role.in_(bindparam("roles", expanding=True)))
OF_SUBJECTS = select(_SUBJECT.subject, _SUBJECT["index"]).where(_SUBJECT.subject.in_(_SOME), _SUBJECT["index"] < _SIZE)

NOTED_CHECKPOINT = select(
    _CHECKPOINT.seq, _CHECKPOINT.size, _CHECKPOINT.root, _CHECKPOINT.published_at, _NOTE.note
).select_from(tables.checkpoint.outerjoin(tables.checkpoint_note))
CHECKPOINT = NOTED_CHECKPOINT.where(_CHECKPOINT.seq == bindparam("wanted"))

HEAD = select(_HEAD.origin, _HEAD.test_log, _HEAD.seq, text("(SELECT version_num FROM alembic_version) AS version"))
# Nothing on SQLite, whose writers queue for the file. Alone, not joined to the checkpoint: after waiting, PostgreSQL looks at
# the head again, but would join it to the checkpoint from before.
HEAD_LOCKED = HEAD.with_for_update()

# In the words of the drivers: both take it as it is.
STATE = """
SELECT checkpoint.seq, checkpoint.size, checkpoint.root, checkpoint.published_at, scrubbing.erasures
FROM head JOIN checkpoint ON checkpoint.seq = head.seq CROSS JOIN scrubbing
"""

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
