"""What this process keeps of records that were read is let go of when words are erased or records withheld: at once where it
did so itself, and where another process did as soon as the keeper looks, which is once a second.

Here, and only here, stands who keeps any of it. What else is kept for longer than a question holds single signs, dates, tags
of languages or texts of our own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from time import monotonic
from urllib.parse import urlsplit

from ledger.core import copies, search
from ledger.service import remembering
from ledger.service.reading import opened
from ledger.store.protocol import Snapshot, Store

LINGERS = 60.0
"""Seconds after which everything is let go of once more: an answer that was begun before may have kept something since."""


def _forget_links() -> None:
    """Python keeps the last addresses that it took apart; an address may be sealed, and erased."""
    empty = getattr(urlsplit, "cache_clear", None)
    if empty is not None:
        empty()


_EVERYWHERE: Sequence[Callable[[], None]] = (
    remembering.forget,
    opened.cache_clear,
    copies.forget,
    search.forget,
    _forget_links,
)

_Seen = tuple[int, int | None]


class Forgetting:
    """`own` empty what belongs to this ledger alone. Threads may share it."""

    def __init__(self, store: Store, own: Sequence[Callable[[], None]] = (), clock: Callable[[], float] = monotonic) -> None:
        self._store, self._clock = store, clock
        self._empty = [*_EVERYWHERE, store.forget, *own]
        self._lock = threading.Lock()
        self._seen: _Seen | None = None
        self._again_at: float | None = None

    def with_(self, empty: Callable[[], None]) -> None:
        self._empty.append(empty)

    def forget(self) -> None:
        """Nothing that was kept until now is there any more, and what is kept meanwhile goes after a while."""
        with self._lock:
            self._again_at = self._clock() + LINGERS
            self._let_go()

    def look(self) -> None:
        """The same, if something was erased or withheld since the last look, whoever did it."""
        with self._store.reading() as snapshot:
            seen = _erased_and_withheld(snapshot)
        with self._lock:
            # At the first look this process may have kept something already: it began before.
            if seen != self._seen:
                self._again_at = self._clock() + LINGERS
            elif self._again_at is None or self._clock() < self._again_at:
                return
            else:
                self._again_at = None
            self._seen = seen
            self._let_go()

    def _let_go(self) -> None:
        for empty in self._empty:
            empty()


def _erased_and_withheld(snapshot: Snapshot) -> _Seen:
    newest = snapshot.newest_of_kinds(["withhold"], snapshot.checkpoint.size, 1)
    return snapshot.times_erased(), newest[0] if newest else None
