"""What was gathered and heard of late. Under one root the log has one content, of that the same records hang together, and
of the same records the same is heard: what is kept here can go out of date in no way, and holds records as they were signed,
sealed values sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ledger.core.evidence import Logged
from ledger.core.hearing import Hearing
from ledger.operations import Question
from ledger.store.protocol import Snapshot
from schemas.corroboration import Report

MOST_RECORDS = 50_000
"""Of all claims together; the records themselves are mostly those that `reading.record_in` holds anyway."""
MOST_HEARINGS = 64

_Gathered = tuple[bytes, int, str]
_Asked = tuple[bytes, int, str, Question]
_gathered: dict[_Gathered, tuple[Logged, ...]] = {}
_heard: dict[_Asked, Heard] = {}


@dataclass(frozen=True)
class Heard:
    """A hearing and the report on it."""

    hearing: Hearing
    report: Report


def remembered(snapshot: Snapshot, claim_id: str, size: int, read: Callable[[], list[Logged]]) -> list[Logged]:
    """What the claim rests on below `size`, as far as the snapshot lets it be seen; read if that was not done of late."""
    global _gathered
    key = (snapshot.checkpoint.root, size, claim_id)
    known = _gathered.get(key)
    if known is None:
        known = tuple(read())
        # Put in place as a whole, so that threads need not wait for each other.
        _gathered = _bounded({**_gathered, key: known})
    return list(known)


def heard_of(snapshot: Snapshot, claim_id: str, size: int, question: Question, hear: Callable[[], Heard]) -> Heard:
    """What the hearing of that question found; held if that was not done of late."""
    global _heard
    key = (snapshot.checkpoint.root, size, claim_id, replace(question, without=tuple(question.without)))
    known = _heard.get(key)
    if known is None:
        known = hear()
        _heard = dict([*_heard.items(), (key, known)][-MOST_HEARINGS:])
    return known


def forget() -> None:
    """For who mends what leads from record to record: what was gathered by it is gathered anew."""
    global _gathered, _heard
    _gathered, _heard = {}, {}


def _bounded(kept: dict[_Gathered, tuple[Logged, ...]]) -> dict[_Gathered, tuple[Logged, ...]]:
    """Without the oldest, as far as there is too much."""
    left = sum(map(_weight, kept.values()))
    found = dict(kept)
    for key, logged in kept.items():
        if left <= MOST_RECORDS:
            break
        left -= _weight(logged)
        del found[key]
    return found


def _weight(logged: tuple[Logged, ...]) -> int:
    # A claim that was not there yet rests on nothing, and is asked about all the same.
    return max(len(logged), 1)
