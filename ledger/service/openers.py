"""Lines opened on all processors: parsed, held against their signatures, and taken apart for searching, by processes of ours.

Threads would not do: a signature is checked without Python's lock, but that is half of the work on a record. What comes back is
what `open_lines` gives here. A helper ends when whoever started it does, however that ends: its input is at an end then.
"""

from __future__ import annotations

import gc
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import IO

from ledger.errors import StoreError
from ledger.service.lines import open_lines
from ledger.service.submitted import Opened

MOST = 3
"""Helpers beyond this only wait: whoever writes the log is busy then."""
_LENGTH = struct.Struct(">Q")


class Openers:
    """Opens the first few batches here, and others in helpers, which are started once they are needed. `close` ends them."""

    def __init__(self, helpers: int | None = None, alone: int = 2) -> None:
        self._helpers = min(os.cpu_count() or 1, MOST) if helpers is None else helpers
        self._alone = alone
        self._started: list[subprocess.Popen[bytes]] = []
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._waiting: ThreadPoolExecutor | None = None

    @property
    def ahead(self) -> int:
        """How many batches may wait at once, so that no helper does."""
        return self._helpers + 1

    def open(self, lines: Sequence[bytes]) -> Future[list[Opened]]:
        if self._alone or not self._helpers:
            self._alone = max(0, self._alone - 1)
            here: Future[list[Opened]] = Future()
            here.set_result(open_lines(lines))
            return here
        if self._waiting is None:
            self._start()
        assert self._waiting is not None
        return self._waiting.submit(self._ask, lines)

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

    def __enter__(self) -> Openers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        self._waiting = ThreadPoolExecutor(self._helpers, thread_name_prefix="openers")
        for _ in range(self._helpers):
            command = [sys.executable, "-m", "ledger.service.openers"]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            helper = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                start_new_session=True,  # an interrupt from the keyboard is for whoever writes the log
            )
            self._started.append(helper)
            self._idle.put(helper)

    def _ask(self, lines: Sequence[bytes]) -> list[Opened]:
        helper = self._idle.get()
        assert helper.stdin is not None
        assert helper.stdout is not None
        try:
            _send(helper.stdin, lines)
            answer = _receive(helper.stdout)
        except OSError:
            answer = None
        finally:
            self._idle.put(helper)
        if not isinstance(answer, list):
            raise StoreError("a helper that checks signatures ended early", hint="run it again: what is on record stays")
        return answer


def _send(stream: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> object:
    """What was sent; None at the end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    # From a process of our own, through a pipe that nobody else holds.
    return pickle.loads(data) if len(data) == length else None  # noqa: S301


def main() -> None:
    # Records hold nothing that holds them, so there is nothing to look for.
    gc.disable()
    while isinstance(lines := _receive(sys.stdin.buffer), list):
        _send(sys.stdout.buffer, open_lines(lines))


if __name__ == "__main__":
    main()
