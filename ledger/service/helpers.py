"""Work on all processors, done by processes of ours: a function and what it is given go there, and its answer comes back.

Threads would not do: a signature is checked without Python's lock, but that is half of the work on a record. A helper ends when
whoever started it does, however that ends: its input is at an end then.
"""

from __future__ import annotations

import gc
import os
import pickle
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar

from ledger.errors import OnRecordError, StoreError

if TYPE_CHECKING:
    from ledger.store.protocol import Store

MOST = 3
"""Helpers beyond this only wait: whoever gives them work, and puts together what comes of it, is busy then."""
_LENGTH = struct.Struct(">Q")

Given = TypeVar("Given")
Answer = TypeVar("Answer")


class Helpers:
    """Does the first few portions of work here, and others in helpers, which are started once they are needed, or by `start`.

    Functions are those of a module, and what they are given and answer can be sent. `close` ends the helpers.
    """

    def __init__(self, helpers: int | None = None, alone: int = 2) -> None:
        self.helpers = min(os.cpu_count() or 1, MOST) if helpers is None else helpers
        self._alone = alone
        self._started: list[subprocess.Popen[bytes]] = []
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._waiting: ThreadPoolExecutor | None = None

    @property
    def ahead(self) -> int:
        """How many portions may wait at once, so that no helper does."""
        return self.helpers + 1

    def ask(self, function: Callable[[Given], Answer], given: Given) -> Future[Answer]:
        if self._alone or not self.helpers:
            self._alone = max(0, self._alone - 1)
            here: Future[Answer] = Future()
            here.set_result(function(given))
            return here
        self.start()
        assert self._waiting is not None
        return self._waiting.submit(self._answer, function, given)

    def each(self, function: Callable[[Given], Answer], givens: Iterable[Given]) -> Iterator[tuple[Given, Answer]]:
        """What comes of each, beside it and in their order; no more of them wait than keep every helper at work."""
        coming: deque[tuple[Given, Future[Answer]]] = deque()
        for given in givens:
            coming.append((given, self.ask(function, given)))
            if len(coming) > self.ahead:
                first, found = coming.popleft()
                yield first, found.result()
        for given, found in coming:
            yield given, found.result()

    def start(self) -> None:
        """They get ready, if there are to be any, while the first portions are done here."""
        if self._waiting is not None or not self.helpers:
            return
        self._waiting = ThreadPoolExecutor(self.helpers, thread_name_prefix="helpers")
        for _ in range(self.helpers):
            helper = subprocess.Popen(
                [sys.executable, "-m", "ledger.service.helpers"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,  # an interrupt from the keyboard is for whoever gives them work
            )
            self._started.append(helper)
            self._idle.put(helper)

    def close(self) -> None:
        for helper in self._started:
            helper.kill()
            helper.wait()
        if self._waiting is not None:
            self._waiting.shutdown(cancel_futures=True)
        for helper in self._started:
            for stream in (helper.stdin, helper.stdout):
                if stream is not None:
                    with suppress(OSError):  # what was still to be sent has nowhere to go
                        stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self, function: Callable[[Given], Answer], given: Given) -> Answer:
        helper = self._idle.get()
        assert helper.stdin is not None
        assert helper.stdout is not None
        try:
            _send(helper.stdin, (function, given))
            answered = _receive(helper.stdout)
        except OSError:
            answered = None
        finally:
            self._idle.put(helper)
        if answered is None:
            raise StoreError("a helper process ended early", hint="run it again: what is on record stays")
        refused, answer = answered
        if refused is not None:
            raise StoreError(refused)
        done: Answer = answer
        return done


@cache
def store_at(target: str) -> Store:
    """The store in that place, opened once in a process, and open until it ends."""
    from ledger.store import open_store  # most helpers need none

    return open_store(target)


def _send(stream: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> tuple[Any, Any] | None:
    """The pair that was sent; None at the end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        return None
    # From a process of our own, through a pipe that nobody else holds.
    pair: tuple[Any, Any] = pickle.loads(data)  # noqa: S301
    return pair


def main() -> None:
    # Records hold nothing that holds them, so there is nothing to look for; a function that makes rings looks for them itself.
    gc.disable()
    while (asked := _receive(sys.stdin.buffer)) is not None:
        function, given = asked
        refused = answer = None
        try:
            answer = function(given)
        except OnRecordError as error:
            refused = error.message
        _send(sys.stdout.buffer, (refused, answer))


if __name__ == "__main__":
    main()
