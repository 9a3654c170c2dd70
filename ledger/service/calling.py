"""A thread that tells webhooks of moved scores, for as long as a server runs."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ledger import logs
from ledger.errors import BusyError
from ledger.net.guarded import Guard
from ledger.service.duty import IsOnDuty, always
from ledger.service.hooks import Herald
from ledger.service.standing import Stopped
from ledger.store.protocol import Store

_LOOKING = 1.0
_LONGEST_PAUSE = 60.0
_STOPPING = 30.0


class Calling:
    """Started once, stopped once. It may take as long to stop as one receiver takes to answer."""

    def __init__(self, store: Store, clock: Callable[[], int], guard: Guard, is_on_duty: IsOnDuty = always) -> None:
        self._is_on_duty = is_on_duty
        self._herald = Herald(store, clock, guard, self._go_on)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(_STOPPING)

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise Stopped

    def _run(self) -> None:
        failures = 0
        while not self._stopping.wait(min(_LOOKING * 2**failures, _LONGEST_PAUSE)):
            try:
                if self._is_on_duty() and (arrived := self._herald.tell()):
                    logs.fact("hooks_told", messages=arrived)
                failures = 0
            except Stopped:
                return
            except BusyError:
                pass
            except Exception as error:  # noqa: BLE001  whatever it is, the server goes on
                failures += 1
                logs.trouble("hooks_wait", error=type(error).__name__, failures=failures)
