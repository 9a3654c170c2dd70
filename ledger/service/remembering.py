"""What was gathered of late. Under one root the log has one content, and of one content the same records hang together: what is
kept here can go out of date in no way, and holds records as they were signed, sealed values sealed."""

from __future__ import annotations

from collections.abc import Callable

from ledger.core.evidence import Logged
from ledger.store.protocol import Snapshot

MOST_RECORDS = 50_000
"""Of all claims together; the records themselves are mostly those that `reading.record_in` holds anyway."""

_Key = tuple[bytes, int, str]
_kept: dict[_Key, tuple[Logged, ...]] = {}


def remembered(snapshot: Snapshot, claim_id: str, size: int, read: Callable[[], list[Logged]]) -> list[Logged]:
    """What the claim rests on below `size`, as far as the snapshot lets it be seen; read if that was not done of late."""
    global _kept
    key = (snapshot.checkpoint.root, size, claim_id)
    known = _kept.get(key)
    if known is None:
        known = tuple(read())
        # Put in place as a whole, so that threads need not wait for each other.
        _kept = _bounded({**_kept, key: known})
    return list(known)


def forget() -> None:
    """For who mends what leads from record to record: what was gathered by it is gathered anew."""
    global _kept
    _kept = {}


def _bounded(kept: dict[_Key, tuple[Logged, ...]]) -> dict[_Key, tuple[Logged, ...]]:
    """Without the oldest, as far as there is too much."""
    left = sum(map(len, kept.values()))
    found = dict(kept)
    for key, logged in kept.items():
        if left <= MOST_RECORDS:
            break
        left -= len(logged)
        del found[key]
    return found
