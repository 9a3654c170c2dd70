"""A thread that keeps the standing of claims up with the log, for as long as a server runs, prepares answers about them, scrubs
what could not be scrubbed when it was erased, and lets go of what another process erased."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from ledger import logs
from ledger.errors import BusyError
from ledger.service.duty import IsOnDuty, always
from ledger.service.scrubbing import Scrubbing
from ledger.service.standing import CatchUp, Stopped
from ledger.store.protocol import Store

if TYPE_CHECKING:
    from ledger.service.preparing import Prepared

_LOOKING = 1.0
"""Seconds after which it looks whether another process has appended."""
_LONGEST_PAUSE = 60.0
_REST = 0.5
"""It rests for this part of the time that it worked, so that requests get their turn."""
_LONGER_REST = 5.0
"""The same while records are being added one after the other: whoever adds them is waiting, and lists may be behind."""
_GLANCE, _BLINK, _A_MOMENT = 0.02, 0.001, 0.05
_LONGEST_BEHIND = 1.0
_STOPPING = 30.0


class Keeper:
    """Started once, stopped once. `appended` is to be called after each append here, so that it need not be waited for.

    `is_quiet` says whether nobody is adding records just now: while somebody is, this one stands back, for a while.
    `is_settling` says whether one is being added this very moment. `only_reads` is for a store that is not to be written to.
    Of several processes with one store each lets go of what was erased; the rest is done by the one that is on duty.
    """

    def __init__(
        self,
        store: Store,
        scrubbing: Scrubbing | None = None,
        is_quiet: Callable[[], bool] = lambda: True,
        is_settling: Callable[[], bool] = lambda: False,
        look_for_erased: Callable[[], None] = lambda: None,
        prepared: Prepared | None = None,
        *,
        only_reads: bool = False,
        is_on_duty: IsOnDuty = always,
    ) -> None:
        self._scrubbing = scrubbing or Scrubbing(store)
        self._is_quiet = is_quiet
        self._is_settling = is_settling
        self._look_for_erased = look_for_erased
        self._prepared = prepared
        self._only_reads = only_reads
        self._is_on_duty = is_on_duty
        self._work = CatchUp(store, self._go_on)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="standing", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """It has stopped, at the latest after the portion that it is writing."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(_STOPPING)

    def appended(self) -> None:
        self._wake.set()

    def _go_on(self) -> None:
        """Before each claim. A record that is just being added goes first: both compute, and one of them is waited for."""
        if self._stopping.is_set():
            raise Stopped
        end = monotonic() + _A_MOMENT
        while self._is_settling() and monotonic() < end:
            self._stopping.wait(_BLINK)

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self._look_for_erased()
                if self._is_on_duty():
                    self._work_behind_the_log()
                failures = 0
            except Stopped:
                return
            except BusyError:
                pass  # somebody else was quicker, or is writing: both are as it should be
            except Exception as error:  # noqa: BLE001  whatever it is, the server goes on, and this once it is mended
                failures += 1
                logs.trouble("standing_waits", error=type(error).__name__, failures=failures)
            self._wait(failures)

    def _work_behind_the_log(self) -> None:
        if self._prepared is not None:
            self._prepared.follow(self._go_on)
        if not self._only_reads:
            self._scrubbing.look()
            self._catch_up()
        if self._prepared is not None:
            self._fill(self._prepared)

    def _fill(self, prepared: Prepared) -> None:
        """Until nothing is left to prepare, or something was appended."""
        more = True
        while more and not self._wake.is_set():
            self._look_for_erased()  # filling may take long
            if not self._only_reads:
                self._scrubbing.look()
            since = monotonic()
            more = prepared.fill(self._go_on)
            self._stopping.wait((monotonic() - since) * _REST)

    def _catch_up(self) -> None:
        started, before = monotonic(), self._work.claims
        size = None
        while size is None:
            self._go_on()
            since = monotonic()
            size = self._work.step()
            worked = monotonic() - since
            self._stopping.wait(worked * _REST)
            self._stand_back(worked * _LONGER_REST)
        if claims := self._work.claims - before:
            logs.fact("standing_kept", size=size, claims=claims, seconds=round(monotonic() - started, 3))

    def _wait(self, failures: int) -> None:
        if failures:
            # Not to be woken by appends: what went wrong just now will go wrong again.
            self._stopping.wait(min(2.0**failures, _LONGEST_PAUSE))
        elif self._wake.wait(_LOOKING):
            # What comes within a second is worked out once, not claim by claim between two appends.
            self._stand_back(_LONGEST_BEHIND)

    def _stand_back(self, seconds: float) -> None:
        """Until nobody is adding records, for so long at most."""
        end = monotonic() + seconds
        while not self._is_quiet() and monotonic() < end and not self._stopping.wait(_GLANCE):
            pass
