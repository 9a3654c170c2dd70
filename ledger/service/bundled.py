"""The entries of a large bundle, read and held against their signatures on all processors."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future

from ledger.core.verifying.entries import Shown, read_until_refused
from ledger.service.helpers import Helpers
from schemas.bundle import BundledEntry

PORTION = 500


class Readers(Helpers):
    """What comes back is what `read_until_refused` gives here."""

    def read(self, entries: Sequence[BundledEntry]) -> list[Shown]:
        if len(entries) > 2 * PORTION:
            self.start()
        found: list[Shown] = []
        coming: deque[tuple[int, Future[list[Shown]]]] = deque()
        for start in range(0, len(entries), PORTION):
            portion = entries[start : start + PORTION]
            coming.append((len(portion), self.ask(read_until_refused, portion)))
            if len(coming) > self.ahead and not _take(coming, found):
                return found
        while coming:
            if not _take(coming, found):
                return found
        return found


def _take(coming: deque[tuple[int, Future[list[Shown]]]], found: list[Shown]) -> bool:
    """Whether the next portion was read whole; what was read of it is found."""
    wanted, reading = coming.popleft()
    read = reading.result()
    found += read
    return len(read) == wanted
