"""Which of a server's processes does what is to be done once: where claims stand, what is to be scrubbed, webhooks.

Done twice it would do no harm, since each step is taken by one of those who try. It would only cost twice as much.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path

IsOnDuty = Callable[[], bool]


def always() -> bool:
    """For a process that is alone."""
    return True


class Duty:
    """Whoever comes first has it until it ends, however it ends: the lock goes with the process, and the next one has it then.

    Without a file there is nobody to share it with.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._held: int | None = None

    def is_mine(self) -> bool:
        with self._lock:
            return self._file is None or self._held is not None or self._take(self._file)

    def release(self) -> None:
        with self._lock:
            if self._held is not None:
                os.close(self._held)
            self._held = None

    def _take(self, file: Path) -> bool:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._held = handle
        return True
