"""What was gathered and heard of late. Under one root the log has one content, of that the same records hang together, and
of the same records the same is heard: what is kept here can go out of date in no way, and holds records as they were signed,
sealed values sealed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, TypeVar

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


class _Lately(Generic[Key, Kept]):
    """What was worked out last, without the oldest as far as there is too much of it. Threads may share it."""

    def __init__(
        self, records: Callable[[Kept], int], most: Callable[[], int], most_kept: Callable[[], int] | None = None
    ) -> None:
        self._records = records
        self._most = most
        self._most_kept = most_kept
        self._kept: dict[Key, Kept] = {}
        self._weight = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Kept | None:
        return self._kept.get(key)

    def keep(self, key: Key, kept: Kept) -> None:
        with self._lock:
            self._drop(key)
            self._kept[key] = kept
            self._weight += self._weigh(kept)
            while self._is_too_much():
                self._drop(next(iter(self._kept)))

    def forget(self) -> None:
        with self._lock:
            self._kept, self._weight = {}, 0

    def _is_too_much(self) -> bool:
        return self._weight > self._most() or (self._most_kept is not None and len(self._kept) > self._most_kept())

    def _drop(self, key: Key) -> None:
        if key in self._kept:
            self._weight -= self._weigh(self._kept.pop(key))

    def _weigh(self, kept: Kept) -> int:
        # A claim that was not there yet rests on nothing, and is asked about all the same.
        return max(self._records(kept), 1)


@dataclass(frozen=True)
class Heard:
    """A hearing of so many records, and the report on it, which is written once somebody asks for it."""

    hearing: Hearing
    records: int
    write: Callable[[], Report]

    @cached_property
    def report(self) -> Report:
        return self.write()


_gathered = _Lately[_Gathered, tuple[Logged, ...]](len, lambda: MOST_RECORDS)
_heard = _Lately[_Asked, Heard](lambda one: one.records, lambda: MOST_HEARD, lambda: MOST_HEARINGS)


def remembered(snapshot: Snapshot, id: str, size: int, read: Callable[[], list[Logged]]) -> list[Logged]:
    """What the claim rests on below `size`, or the document says, as far as it may be seen; read if it was not of late."""
    key = (snapshot.checkpoint.root, size, id)
    known = _gathered.get(key)
    if known is None:
        known = tuple(read())
        _gathered.keep(key, known)
    return list(known)


def heard_of(snapshot: Snapshot, claim_id: str, state: AsOf, question: Question, hear: Callable[[], Heard]) -> Heard:
    """What the hearing of that question found; held if that was not done of late."""
    # The report names the state's time, and two copies of one ledger may have published the same tree at different times.
    key = (snapshot.checkpoint.root, state.size, state.time, claim_id, replace(question, without=tuple(question.without)))
    known = _heard.get(key)
    if known is None:
        known = hear()
        _heard.keep(key, known)
    return known


def forget() -> None:
    """For who mends what leads from record to record, or withholds: what was gathered by it is gathered anew."""
    _gathered.forget()
    _heard.forget()
