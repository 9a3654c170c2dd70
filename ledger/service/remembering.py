"""What was gathered and heard of late. Under one root the log has one content, of that the same records hang together, and
of the same records the same is heard: what is kept here can go out of date in no way, and holds records as they were signed,
sealed values sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from ledger.core.evidence import Logged
from ledger.core.hearing import Hearing
from ledger.operations import Question
from ledger.store.protocol import Snapshot
from schemas.corroboration import AsOf, Report

MOST_RECORDS = 50_000
"""Of all claims and documents together; the records themselves are mostly those that `reading.record_in` holds anyway."""
MOST_HEARINGS = 64
MOST_HEARD = 60_000
"""Records that these hearings are of, at about a kilobyte each."""

Key = TypeVar("Key")
Kept = TypeVar("Kept")
_Gathered = tuple[bytes, int, str]
_Asked = tuple[bytes, int, str, str, Question]
_gathered: dict[_Gathered, tuple[Logged, ...]] = {}
_heard: dict[_Asked, Heard] = {}


@dataclass(frozen=True)
class Heard:
    """A hearing of so many records, and the report on it, which is written once somebody asks for it."""

    hearing: Hearing
    records: int
    write: Callable[[], Report]

    @cached_property
    def report(self) -> Report:
        return self.write()


def remembered(snapshot: Snapshot, id: str, size: int, read: Callable[[], list[Logged]]) -> list[Logged]:
    """What the claim rests on below `size`, or the document says, as far as it may be seen; read if it was not of late."""
    global _gathered
    key = (snapshot.checkpoint.root, size, id)
    known = _gathered.get(key)
    if known is None:
        known = tuple(read())
        # Put in place as a whole, so that threads need not wait for each other.
        _gathered = _bounded({**_gathered, key: known}, len, MOST_RECORDS)
    return list(known)


def heard_of(snapshot: Snapshot, claim_id: str, state: AsOf, question: Question, hear: Callable[[], Heard]) -> Heard:
    """What the hearing of that question found; held if that was not done of late."""
    global _heard
    # The report names the state's time, and two copies of one ledger may have published the same tree at different times.
    key = (snapshot.checkpoint.root, state.size, state.time, claim_id, replace(question, without=tuple(question.without)))
    known = _heard.get(key)
    if known is None:
        known = hear()
        _heard = _bounded(dict([*_heard.items(), (key, known)][-MOST_HEARINGS:]), lambda one: one.records, MOST_HEARD)
    return known


def forget() -> None:
    """For who mends what leads from record to record, or withholds: what was gathered by it is gathered anew."""
    global _gathered, _heard
    _gathered, _heard = {}, {}


def _bounded(kept: dict[Key, Kept], records: Callable[[Kept], int], most: int) -> dict[Key, Kept]:
    """Without the oldest, as far as there is too much."""
    # A claim that was not there yet rests on nothing, and is asked about all the same.
    weights = {key: max(records(one), 1) for key, one in kept.items()}
    left = sum(weights.values())
    found = dict(kept)
    for key, weight in weights.items():
        if left <= most:
            break
        left -= weight
        del found[key]
    return found
