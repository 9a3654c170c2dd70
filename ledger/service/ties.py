"""What hangs together with a source or a key, kept between questions: most claims name the same ones.

Which records those are follows from who names whom (`gathering`). A new entry changes it only for what the entry names or is:
what was kept of these is let go of, and the rest is as right as before.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ledger.core.evidence import Logged
from ledger.core.subjects import references_of
from ledger.service.reading import record_in
from ledger.store.protocol import Snapshot
from schemas.records import KeyRecord, SourceRecord

MOST = 300_000
"""Places that entries and names take in all that is kept; several of them mostly share one record."""
_MOST_NEW = 1_000
"""New entries that are looked through for what they name; after more of them nothing is kept."""
_SILENT = frozenset({"statement", "attribution", "document", "claim", "claim_text", "claim_relation", "commitment"})
"""Kinds of which none says anything of a source or a key, or takes anything back."""


@dataclass(frozen=True, slots=True)
class Tied:
    """All that one source or key brings, by index, and every name that was asked about to find it."""

    entries: Mapping[int, Logged]
    names: frozenset[str]

    @property
    def weight(self) -> int:
        return 1 + len(self.entries) + len(self.names)


class Ties:
    """Of one ledger, as of the newest state that was seen. Threads may share it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._state: tuple[int, bytes] | None = None
        self._kept: dict[str, Tied] = {}
        self._weight = 0

    def known(self, snapshot: Snapshot, names: Iterable[str], size: int) -> dict[str, Tied]:
        """Of these names what is kept and holds for the first `size` entries."""
        with self._lock:
            self._follow(snapshot)
            found = {name: self._kept[name] for name in names if name in self._kept}
        # What was all there by then hung together then as it does now.
        return {name: tied for name, tied in found.items() if max(tied.entries, default=-1) < size}

    def keep(self, snapshot: Snapshot, found: Mapping[str, Tied]) -> None:
        """What was found in all of that snapshot, unless a newer one was seen meanwhile."""
        with self._lock:
            if self._state != _state_of(snapshot):
                return
            for name, tied in found.items():
                self._weight += tied.weight - (self._kept.pop(name).weight if name in self._kept else 0)
                self._kept[name] = tied
            while self._weight > self._most:
                self._weight -= self._kept.pop(next(iter(self._kept))).weight

    def forget(self) -> None:
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        self._kept, self._weight = {}, 0

    def _follow(self, snapshot: Snapshot) -> None:
        """On to the snapshot's state; an older one changes nothing."""
        state = _state_of(snapshot)
        if self._state is not None and (state == self._state or state[0] < self._state[0]):
            return
        if self._kept:
            if self._has_grown_into(snapshot):
                self._let_go_of(set(_touched(snapshot, self._state[0] if self._state else 0)))
            else:
                self._let_go()
        self._state = state

    def _has_grown_into(self, snapshot: Snapshot) -> bool:
        """Whether the snapshot's log goes on from the one that is known, and not by too much."""
        assert self._state is not None, "where something is kept a state is known"
        size, root = self._state
        if not 2 <= size < snapshot.checkpoint.size <= size + _MOST_NEW:  # entries 0 and 1 hang together with everything
            return False
        before = snapshot.checkpoint_at(size)
        return before is not None and before.root == root

    def _let_go_of(self, touched: set[str]) -> None:
        self._kept = {name: tied for name, tied in self._kept.items() if tied.names.isdisjoint(touched)}
        self._weight = sum(tied.weight for tied in self._kept.values())


def _state_of(snapshot: Snapshot) -> tuple[int, bytes]:
    return snapshot.checkpoint.size, snapshot.checkpoint.root


def _touched(snapshot: Snapshot, start: int) -> Iterator[str]:
    """Every name for which the entries from `start` on may change what hangs together with it."""
    for entry in snapshot.entry_range(start, snapshot.checkpoint.size):
        yield entry.record_id
        if entry.kind in _SILENT:
            continue
        record = record_in(entry.envelope)
        yield from (target for _, target in references_of(record))
        if isinstance(record, SourceRecord):
            yield record.id
        elif isinstance(record, KeyRecord):
            yield key_name(record.public_key)


def key_name(did: str) -> str:
    """The name of a key among those of sources, which have no colon."""
    return f"key:{did}"
