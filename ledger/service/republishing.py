"""The log's state signed anew though it did not grow: who reads it sees that it is no old copy."""

from __future__ import annotations

from ledger.core.merkle import grow
from ledger.errors import CorruptError
from ledger.service.adding import Desk, sign_growth
from ledger.service.logkeys import next_signers
from ledger.store.protocol import StoredCheckpoint, Writer


def republish(writer: Writer, desk: Desk, after: int) -> StoredCheckpoint | None:
    """A checkpoint of the same tree and of now, if the newest is older than `after` seconds."""
    last = writer.checkpoint
    if desk.clock() - last.time < after:
        return None  # another process was faster, or a record came
    edge = desk.edges.of(writer)
    desk.heads.refuse_fork(writer, desk.heads.recall())
    desk.heads.refuse_unwritable()
    growth = grow(last.size, edge, [])
    if growth.root != last.root:
        raise CorruptError(f"the tree of {last.size} entries has not the root that was signed")
    time = desk.next_time(last.time)
    signers = next_signers(desk.signing_keys(), writer, ())
    checkpoint = sign_growth(signers, writer.identity.origin, growth, last.seq + 1, time)
    writer.append([], [], [], checkpoint, time)
    return checkpoint
