"""Where submissions wait for the log: those that wait at the same time are settled together.

One thread settles, and only while something waits. A lone submission is settled at once. Whatever comes while one group is
being settled is the next group, so nobody waits on purpose, and nobody longer than for the group before.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Generic, TypeVar

from ledger import logs, meters
from ledger.errors import BusyError, CorruptError, CrowdedError
from ledger.points import reached

Handed = TypeVar("Handed")
Answer = TypeVar("Answer")

_LONGEST_WAIT = 60
_QUIET = 0.05
"""So many seconds after the last answer nobody is likely to hand in at once what comes after it."""


@dataclass(frozen=True)
class Room:
    """How much may wait, and how much is settled at once. One submission alone is taken whatever its size."""

    waiting: int = 300
    waiting_bytes: int = 64 << 20
    group: int = 256
    group_records: int = 2_000


@dataclass(frozen=True)
class _Ticket(Generic[Handed, Answer]):
    handed: Handed
    records: int
    size: int
    answer: Future[Answer]
    came: float


class Counter(Generic[Handed, Answer]):
    """`settle` gives for each submission of a group its answer, or the error that is its answer. Threads may share it.

    If `settle` raises, nothing of the group was done: then each submission of it is settled alone, so that what only one of
    them brings about is told to that one. `clerk` has one thread.
    """

    def __init__(
        self,
        settle: Callable[[Sequence[Handed]], Sequence[Answer | Exception]],
        *,
        room: Room | None = None,
        clerk: Executor | None = None,
    ) -> None:
        self._settle = settle
        self._room = room or Room()
        self._clerk = clerk or ThreadPoolExecutor(1, thread_name_prefix="counter")
        self._lock = threading.Lock()
        self._waiting: deque[_Ticket[Handed, Answer]] = deque()
        self._bytes = 0
        self._serving = False
        self._closed = False
        self._pace = 0.0
        self._answered = 0.0

    def hand_in(self, handed: Handed, *, records: int, size: int) -> Future[Answer]:
        """Its answer, once it is settled; what is cancelled before its turn is not done. CrowdedError if there is no room."""
        answer: Future[Answer] = Future()
        with self._lock:
            self._refuse_if_full(size)
            self._waiting.append(_Ticket(handed, records, size, answer, perf_counter()))
            self._bytes += size
            meters.waiting(len(self._waiting))
            called, self._serving = self._serving or self._call(), True
        if not called:
            self._serve()
        return answer

    def refuse_if_full(self) -> None:
        """To be asked before any work is put into a submission."""
        with self._lock:
            self._refuse_if_full(0)

    @property
    def is_settling(self) -> bool:
        return self._serving

    @property
    def is_quiet(self) -> bool:
        """Nothing is being settled, and nobody who was just answered is coming back with more."""
        return not self._serving and monotonic() - self._answered > _QUIET

    def close(self) -> None:
        """Nothing more is taken. What waits is settled first."""
        with self._lock:
            self._closed = True
        self._clerk.shutdown(wait=True)

    def _refuse_if_full(self, size: int) -> None:
        if self._closed:
            raise BusyError("the ledger is being closed", hint="try again in a moment")
        count = len(self._waiting)
        if count >= self._room.waiting or (count and self._bytes + size > self._room.waiting_bytes):
            groups = count / self._room.group + 1
            seconds = min(max(1, math.ceil(self._pace * groups)), _LONGEST_WAIT)
            raise CrowdedError(f"{count} submissions are waiting already", retry_after=seconds, hint="try again in a moment")

    def _call(self) -> bool:
        """Whether the clerk comes: where the program is ending no thread is begun any more, and whoever hands in settles."""
        try:
            self._clerk.submit(self._serve)
        except RuntimeError:
            return False
        return True

    def _serve(self) -> None:
        while group := self._next_group():
            started, begun = monotonic(), meters.begin()
            self._answer(group)
            meters.took_since("settled", begun)
            self._answered = monotonic()
            self._pace = self._answered - started

    def _next_group(self) -> list[_Ticket[Handed, Answer]]:
        """Those that have waited longest; with none left, whoever comes next calls the clerk again."""
        group: list[_Ticket[Handed, Answer]] = []
        records = 0
        with self._lock:
            while self._waiting and len(group) < self._room.group:
                if group and records + self._waiting[0].records > self._room.group_records:
                    break
                ticket = self._waiting.popleft()
                self._bytes -= ticket.size
                if ticket.answer.set_running_or_notify_cancel():
                    group.append(ticket)
                    records += ticket.records
            self._serving = bool(group)
            meters.waiting(len(self._waiting))
        for ticket in group:
            meters.took_since("waited", ticket.came)
        return group

    def _answer(self, group: Sequence[_Ticket[Handed, Answer]]) -> None:
        try:
            answers = self._settle([ticket.handed for ticket in group])
            if len(answers) != len(group):
                raise ValueError(f"{len(answers)} answers for {len(group)} submissions")
        except (BusyError, CorruptError) as error:
            # About the store, whoever asks: alone, each would be told the same.
            answers = [copy(error) for _ in group]
        except Exception as error:  # noqa: BLE001  whatever it is, everybody gets an answer, and the next group its turn
            if len(group) > 1:
                logs.trouble("settling_one_by_one", error=type(error).__name__, submissions=len(group))
                for ticket in group:
                    self._answer([ticket])
                return
            answers = [error]
        reached("before the replies")
        for ticket, answer in zip(group, answers, strict=True):
            if isinstance(answer, Exception):
                ticket.answer.set_exception(answer)
            else:
                ticket.answer.set_result(answer)
