"""A thread that asks the log's witnesses, for as long as a server runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from ledger import logs, meters
from ledger.errors import BusyError, OnRecordError
from ledger.service.witnesses import Rounds

_AT_ONCE = 8
_STOPPING = 30.0
_PATIENCE, _GLANCE = 25.0, 0.1
_LONGEST_PAUSE = 60.0


class WitnessThread:
    """Started once, stopped once. `look` is called after each round: what other processes learnt is learnt there. `refresh`
    publishes the log's state anew where that is due."""

    def __init__(self, rounds: Rounds, look: Callable[[], None], refresh: Callable[[], None]) -> None:
        self._rounds, self._look, self._refresh = rounds, look, refresh
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="witnesses", daemon=True)

    def start(self) -> None:
        """After the first round: if a witness remembers more than there is here, nothing is signed before that is known."""
        try:
            self._round()
            self._wait_for_others()
        except Exception as error:  # noqa: BLE001  a log whose witnesses are away is served all the same
            logs.trouble("witnesses_wait", error=type(error).__name__)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(_STOPPING)

    def _wait_for_others(self) -> None:
        """Another process may have begun to ask a moment before: what it is told counts here too."""
        end = monotonic() + _PATIENCE
        while self._rounds.is_anybody_asking() and monotonic() < end and not self._stopping.wait(_GLANCE):
            pass
        self._look()

    def _round(self) -> None:
        urls = sorted(self._rounds.panel.by_url)
        with ThreadPoolExecutor(min(_AT_ONCE, len(urls)), thread_name_prefix="witness") as pool:
            new = sum(pool.map(self._ask, urls))
        self._look()
        if new:
            meters.count("cosignatures", by=new)
            logs.fact("cosigned", signatures=new)

    def _ask(self, url: str) -> int:
        try:
            return 0 if self._stopping.is_set() else self._rounds.ask(url)
        except BusyError:
            return 0  # the log is being written to: the next round is soon
        except OnRecordError as error:
            logs.trouble("witness_not_asked", witness=url, error=type(error).__name__)
            return 0

    def _run(self) -> None:
        failures = 0
        # No two servers in step.
        while not self._stopping.wait(self._pause(failures)):
            try:
                self._refresh()
                self._round()
                failures = 0
            except BusyError:
                pass
            except Exception as error:  # noqa: BLE001  whatever it is, the server goes on
                failures += 1
                logs.trouble("witnesses_wait", error=type(error).__name__, failures=failures)

    def _pause(self, failures: int) -> float:
        interval = self._rounds.panel.interval * (0.9 + 0.2 * self._rounds.chance())
        return min(interval * float(2 ** min(failures, 10)), max(_LONGEST_PAUSE, interval))
