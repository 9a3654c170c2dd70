"""A ledger at hand: what it stands on, and how each operation on it begins."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import KeyMissingError, NotFoundError
from ledger.keys import KnownKeys, LedgerKeys
from ledger.points import reached
from ledger.service import adding, history
from ledger.service.counter import Counter
from ledger.service.estimating import Estimates
from ledger.service.forgetting import Forgetting
from ledger.service.heads import Heads
from ledger.service.keeper import Keeper
from ledger.service.logkeys import is_signed_by
from ledger.service.panel import Panel, stop_at_witnessed
from ledger.service.replica import refuse_signing, refuse_writing
from ledger.service.scrubbing import Scrubbing
from ledger.service.shelf import Shelf
from ledger.service.submitted import Submitted
from ledger.service.ties import Ties
from ledger.service.tree import Edges
from ledger.store.headfile import HeadFile
from ledger.store.protocol import Snapshot, Store, Writer

if TYPE_CHECKING:
    from ledger.service.calling import Calling
    from ledger.service.preparing import Prepared
    from ledger.service.witness_thread import WitnessThread


class AtHand(ABC):
    """What the parts of `Ledger` share. Threads may share it.

    Without keys it can be read, not written. `clock` gives POSIX seconds. `head` is where it is kept how far the keys signed.
    On a replica `primary` is the address of the server that takes records, and nothing is written here, anywhere. `reload`
    reads the keys again, for where the log was rotated meanwhile.
    """

    def __init__(
        self,
        store: Store,
        keys: KnownKeys | None,
        clock: Callable[[], int],
        *,
        head: HeadFile | None = None,
        api: str = "/v1",
        primary: str | None = None,
        reload: Callable[[], LedgerKeys] | None = None,
    ) -> None:
        self._store = store
        self._reload = reload
        self._keys = keys
        self._edges = Edges()
        self._shelf = Shelf()
        self._heads = Heads(head, keys)
        self._estimates = Estimates()
        self._histories = history.Histories()
        self._scrubbing = Scrubbing(store)
        self._ties = Ties()
        self._forgetting = Forgetting(store, [self._histories.forget, self._estimates.forget, self._ties.forget])
        self._desk = adding.Desk(keys if isinstance(keys, LedgerKeys) else None, clock, self._edges, self._heads)
        self._primary = primary
        self._api = api
        self._keeper: Keeper | None = None
        self._prepared: Prepared | None = None
        self._calling: Calling | None = None
        self._panel: Panel | None = None
        self._witness_thread: WitnessThread | None = None
        self._appended = False
        self._counter = Counter[Submitted, adding.Added](self._settle)
        self._raw_counter = Counter[bytes, adding.Added](self._settle_raw)

    @abstractmethod
    def _settle(self, group: Sequence[Submitted]) -> Sequence[adding.Added | Exception]:
        """What each of these submissions is answered; they are in the log, those that are not refused."""

    @abstractmethod
    def _settle_raw(self, group: Sequence[bytes]) -> Sequence[adding.Added | Exception]:
        """The same for entries of a test log."""

    def _now(self) -> int:
        return self._desk.clock()

    @contextmanager
    def _reading(self) -> Iterator[Snapshot]:
        before = self._heads.seen
        with self._store.reading() as snapshot:
            self._heads.see(snapshot.checkpoint, before)
            yield snapshot

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        """Committed at the end, and then kept in mind before anybody gets a receipt."""
        self.refuse_if_replica()
        with self._store.writing() as writer:
            self._take_new_keys(writer)
            yield writer
            reached("before the commit")
        reached("committed")
        self._heads.keep(writer.identity.origin, writer.checkpoint)
        reached("head kept")

    def _take_new_keys(self, writer: Writer) -> None:
        """Where somebody rotated the log's keys beside this process, it signs with the new ones too from now on."""
        keys, reload = self._desk.keys, self._reload
        if keys is None or reload is None or is_signed_by(keys, writer):
            return
        self._keys = keys = reload()
        self._heads.take_keys(keys)
        self._desk = replace(self._desk, keys=keys)

    @contextmanager
    def _log(self) -> Iterator[Snapshot]:
        """The log as others may see it: up to what enough witnesses have signed, where it is to show nothing else."""
        with self._reading() as snapshot:
            stop_at_witnessed(snapshot, self._panel)
            yield snapshot

    @contextmanager
    def _records(self) -> Iterator[Snapshot]:
        with self._log() as snapshot:
            refuse_test_log(snapshot)
            yield snapshot

    @property
    def is_replica(self) -> bool:
        return self._primary is not None

    def refuse_if_replica(self) -> None:
        """ReadOnlyError, which says where to write, if this side only follows."""
        if self._primary is not None:
            refuse_writing(self._primary)

    def _issuer(self) -> Ed25519PrivateKey:
        """The key that signs exports."""
        if self._primary is not None and (self._keys is None or self._keys.issuer is None):
            refuse_signing(self._primary)
        issuer = self._own_keys().issuer
        assert issuer is not None, "only a replica is without"
        return issuer

    def _own_keys(self) -> KnownKeys:
        if self._keys is None:
            raise KeyMissingError("this side has no keys of the ledger", hint="name their folder with --keys or ONRECORD_KEYS")
        return self._keys


def refuse_test_log(snapshot: Snapshot) -> None:
    if snapshot.identity.test_log:
        raise NotFoundError("this is a test log: it has no records", hint="`onrecord init` without --test-log makes a ledger")
