"""What was erased is to be gone from the store's own files too; where somebody reads just then, it is tried again."""

from __future__ import annotations

import threading
from time import monotonic

from ledger import logs
from ledger.errors import BusyError, StoreError
from ledger.store.protocol import Store

_PATIENCE = 1.0
"""Seconds that somebody who erases waits for others; who tries again later waits for nobody."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0


class Scrubbing:
    """The store remembers what is still to be scrubbed; this tries, and tries again. Threads may share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Two at once would be in each other's way.
        self._one_at_a_time = threading.Lock()
        self._waits = False
        self._failures = 0
        self._next_at = 0.0

    def scrub(self) -> bool:
        """After an erasure: whether the words are gone from the store's files."""
        with self._one_at_a_time:
            return self._try(_PATIENCE)

    def look(self) -> None:
        """Whatever the store says is still to be scrubbed is tried, whoever has erased it."""
        with self._store.reading() as snapshot:
            self._waits = snapshot.to_scrub()
        self.try_again()

    def try_again(self) -> None:
        """Nothing where nothing waits, or was tried a moment ago."""
        if not self._waits or monotonic() < self._next_at:
            return
        with self._one_at_a_time:
            if self._waits:
                self._try(0)

    def _try(self, patience: float) -> bool:
        try:
            self._store.scrub(patience)
        except StoreError as error:
            # What was asked for is in the log, and the words gone from every answer: no error for whoever asked.
            self._put_off(error)
            return False
        self._waits, self._failures = False, 0
        return True

    def _put_off(self, error: StoreError) -> None:
        self._waits = True
        pause = min(_FIRST_PAUSE * 2.0**self._failures, _LONGEST_PAUSE)
        self._failures = min(self._failures + 1, 10)
        self._next_at = monotonic() + pause
        why = "somebody reads or writes" if isinstance(error, BusyError) else type(error).__name__
        logs.trouble("scrub_waits", why=why, again_in=pause)
