"""A ledger at hand: every operation told from top to bottom, each in one transaction or on one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic

from ledger import logs
from ledger.core.checkpoint import Checkpoint
from ledger.core.dsse import parse_envelope
from ledger.core.erasing import open_erasure
from ledger.core.policies import POLICIES
from ledger.core.rulebook import policy_view
from ledger.core.trust import parse_trust
from ledger.core.verify import verify
from ledger.core.verifying.behind import Behind, Said
from ledger.core.vkey import print_vkey
from ledger.errors import BusyError, CorruptError, KeyMissingError, NotFoundError, StoreError
from ledger.keys import LedgerKeys
from ledger.net.guarded import Guard
from ledger.operations import EVERY, NOW, ClaimQuery, Question
from ledger.service import (
    adding,
    affected,
    checking,
    copies,
    corrections,
    exporting,
    feeding,
    fsck,
    history,
    keeping,
    kept,
    listing,
    log,
    lookups,
    openings,
    seeing,
)
from ledger.service.calling import Calling
from ledger.service.estimating import Estimates
from ledger.service.for_others import ForOthers
from ledger.service.gathering import resolve
from ledger.service.heads import Heads
from ledger.service.hooks import Hooks
from ledger.service.keeper import Keeper
from ledger.service.standing import CatchUp, Stopped, go_on_forever
from ledger.service.tree import Edges
from ledger.store.headfile import HeadFile
from ledger.store.protocol import Snapshot, Store, Writer
from schemas.bundle import Verification
from schemas.copies import Copies
from schemas.corroboration import ChainView, Report
from schemas.dates import time_of
from schemas.envelope import RECORD_TYPE, Submission
from schemas.erasure import Erased, ErasureOrder
from schemas.estimate import CredibilityEstimate
from schemas.feeds import Feed
from schemas.history import By, History
from schemas.log import CheckpointView, ConsistencyProof, Receipt
from schemas.lookups import (
    Affected,
    CheckResult,
    ClaimFacets,
    ClaimList,
    ClaimView,
    CorrectionList,
    DocumentView,
    FsckResult,
    Health,
    InForce,
    PolicyView,
    RecordView,
    Seen,
    SourceList,
    SourceView,
    WellKnown,
)


class Ledger(ForOthers):
    """All of `ledger.operations.Operations`, on a store. Threads may share it.

    Without keys it can be read, not written. `clock` gives POSIX seconds. `head` is where it is kept how far the keys signed.
    """

    def __init__(
        self,
        store: Store,
        keys: LedgerKeys | None,
        clock: Callable[[], int],
        *,
        head: HeadFile | None = None,
        api: str = "/v1",
    ) -> None:
        self._store = store
        self._keys = keys
        self._edges = Edges()
        self._heads = Heads(head, keys)
        self._estimates = Estimates()
        self._histories = history.Histories()
        self._to_scrub = False
        self._desk = adding.Desk(keys, clock, self._edges, self._heads)
        self._api = api
        self._keeper: Keeper | None = None
        self._calling: Calling | None = None
        self._appended = False

    # Adding

    def add(self, submissions: Sequence[Submission]) -> list[Receipt]:
        return self._append(adding.open_all(submissions))

    def _append(self, opened: Sequence[adding.Opened]) -> list[Receipt]:
        with self._writing() as writer:
            _refuse_test_log(writer)
            appended = adding.append(writer, self._desk, opened)
        receipts = appended.receipts
        known = sum(receipt.already_on_record for receipt in receipts)
        size = receipts[0].checkpoint.size
        self._was_appended()
        logs.fact("appended", records=len(receipts) - known, known=known, size=size, openings_left_out=appended.left_out)
        self._scrub(appended.erased)
        return receipts

    def add_entry(self, entry: bytes) -> int:
        """The index of an entry given as its own bytes: an envelope, or anything at all in a test log."""
        with self._reading() as snapshot:
            test_log = snapshot.identity.test_log
        if test_log:
            with self._writing() as writer:
                return adding.append_raw(writer, self._desk, entry)
        opened = [adding.open_envelope(parse_envelope(entry, payload_type=RECORD_TYPE), {})]
        return self._append(opened)[0].index

    def check(self, submissions: Sequence[Submission]) -> CheckResult:
        opened = adding.open_all(submissions)
        with self._records() as snapshot:
            return checking.check(snapshot, self._desk, opened)

    def erase_openings(self, order: ErasureOrder) -> Erased:
        signed = open_erasure(order)
        with self._writing() as writer:
            _refuse_test_log(writer)
            erased = openings.erase_ordered(writer, signed, max(self._desk.clock(), writer.checkpoint.time))
        logs.fact("openings_erased", record=erased.record, values=len(erased.erased), key=signed.keys[0])
        self._scrub(bool(erased.erased))
        return erased

    # Asking

    def in_force(self, subjects: Sequence[str]) -> InForce:
        with self._records() as snapshot:
            return lookups.in_force(snapshot, subjects)

    def record(self, name: str) -> RecordView:
        with self._records() as snapshot:
            return lookups.record(snapshot, name)

    def receipt(self, name: str) -> Receipt:
        with self._records() as snapshot:
            return log.receipt(snapshot, self._edges, resolve(snapshot, name))

    def tlog_proof(self, name: str) -> str:
        with self._records() as snapshot:
            return log.tlog_proof(snapshot, self._edges, resolve(snapshot, name))

    def claims(self, query: ClaimQuery) -> ClaimList:
        with self._records() as snapshot:
            return lookups.claims(snapshot, query)

    def seen(self, text: str, limit: int = 10) -> Seen:
        with self._records() as snapshot:
            return seeing.seen_before(snapshot, text, limit)

    def facets(self, query: ClaimQuery = EVERY) -> ClaimFacets:
        with self._records() as snapshot:
            return kept.facets(snapshot) if query == EVERY else listing.facets(snapshot, query)

    def claim(self, name: str, question: Question) -> ClaimView:
        with self._records() as snapshot:
            return lookups.claim(snapshot, name, question)

    def chain(self, name: str, question: Question) -> ChainView:
        with self._records() as snapshot:
            return lookups.chain(snapshot, name, question)

    def corroboration(self, name: str, question: Question) -> Report:
        with self._records() as snapshot:
            return lookups.corroboration(snapshot, name, question)

    def copies(self, name: str, question: Question) -> Copies:
        with self._records() as snapshot:
            return copies.copies(snapshot, name, question)

    def history(self, name: str, question: Question, by: By = "both") -> History:
        with self._records() as snapshot:
            return self._histories.of(snapshot, name, question, by)

    def sources(self, query: str | None = None, cursor: str | None = None, limit: int = 50) -> SourceList:
        with self._records() as snapshot:
            return lookups.sources(snapshot, query, cursor, limit)

    def source(self, slug: str, question: Question = NOW) -> SourceView:
        with self._records() as snapshot:
            return lookups.source(snapshot, slug, question)

    def estimate(self, question: Question = NOW, sources: Sequence[str] = ()) -> CredibilityEstimate:
        with self._records() as snapshot:
            return self._estimates.of(snapshot, question, sources)

    def document(self, name: str) -> DocumentView:
        with self._records() as snapshot:
            return lookups.document(snapshot, name)

    def affected(self, name: str) -> Affected:
        with self._records() as snapshot:
            return affected.affected(snapshot, name)

    def corrections(self, limit: int = 50, before: int | None = None) -> CorrectionList:
        with self._records() as snapshot:
            return corrections.corrections(snapshot, limit, before)

    def feed(self, query: ClaimQuery) -> Feed:
        """What changed of late, of the claims that are asked for."""
        with self._records() as snapshot:
            return feeding.of_claims(snapshot, query)

    def claim_feed(self, name: str) -> Feed:
        with self._records() as snapshot:
            return feeding.of_claim(snapshot, name, self._histories.of(snapshot, name, Question(), "ledger"))

    def source_feed(self, slug: str) -> Feed:
        with self._records() as snapshot:
            return feeding.of_source(snapshot, slug)

    def policy(self, version: str) -> PolicyView:
        return policy_view(version)

    def export(self, name: str, format: str, question: Question) -> bytes:
        """A file of one of `schemas.exports.EXPORT_FORMATS`; of a signed one the issuer's key is needed."""
        with self._records() as snapshot:
            return exporting.export(snapshot, name, format, question, lambda: self._own_keys().issuer, self._edges)

    def verify(self, file: bytes) -> Verification:
        with self._reading() as snapshot:
            origin = snapshot.identity.origin
        keys = self._own_keys()
        own = [*map(print_vkey, keys.vkeys(origin)), keys.issuer_did]
        return verify(file, parse_trust(own), records=self._records_behind)

    def _records_behind(self, said: Said, _: Checkpoint) -> Behind:
        with self._records() as snapshot:
            return exporting.records_behind(snapshot, said)

    # The log

    def checkpoint(self) -> CheckpointView:
        with self._reading() as snapshot:
            return log.newest(snapshot)

    def tile(self, path: str) -> bytes:
        with self._reading() as snapshot:
            return log.tile(snapshot, path)

    def consistency(self, old_size: int, new_size: int | None = None) -> ConsistencyProof:
        with self._reading() as snapshot:
            return log.consistency(snapshot, self._edges, old_size, new_size)

    def well_known(self) -> WellKnown:
        """What to trust, as far as this side knows: without the log's keys it names none."""
        with self._reading() as snapshot:
            identity = snapshot.identity
        keys = self._keys
        return WellKnown(
            origin=identity.origin,
            log_keys=[print_vkey(key) for key in keys.vkeys(identity.origin)] if keys else [],
            issuer=keys.issuer_did if keys else "",
            witnesses=[],
            policy=None,
            api=self._api,
            policies=list(POLICIES),
            test_log=identity.test_log,
        )

    def health(self) -> Health:
        with self._reading() as snapshot:
            checkpoint = snapshot.checkpoint
            standing = snapshot.standing.progress().size
        return Health(status="ok", size=checkpoint.size, checkpoint_time=time_of(checkpoint.time), standing_size=standing)

    # Keeping: on the ledger's own machine only

    def fsck(self) -> FsckResult:
        recalled = self._heads.recall()
        with self._store.reading() as snapshot:  # not as others read: a store that is behind is to be looked at too
            try:
                contradiction = self._heads.contradiction(snapshot, recalled)
            except CorruptError as error:
                contradiction = error.message
            return fsck.fsck(snapshot, self._keys, contradiction)

    def reindex(self) -> None:
        """The derived tables say what the entries say."""
        with self._reading() as snapshot:
            _refuse_test_log(snapshot)
        keeping.reindex(self._store)
        self.catch_up()

    def catch_up(self, go_on: Callable[[], None] = go_on_forever) -> int:
        """Where claims stand is worked out; to what size that is complete now. `go_on` may raise `Stopped` to end it early."""
        with suppress(Stopped):
            return CatchUp(self._store, go_on).run()
        with self._reading() as snapshot:
            return snapshot.standing.progress().size

    def catch_up_after_writing(self, seconds: float) -> None:
        """For a process that ends soon: if it has appended, where claims stand is worked out, for so long at most."""
        if not self._appended:
            return
        try:
            self.catch_up(_until(monotonic() + seconds))
        except StoreError as error:
            # What was appended is in the log; the next to write goes on with this.
            logs.trouble("standing_waits", error=type(error).__name__)

    def keep_standing(self) -> None:
        """From now on, until `close` or `stop_keeping`, a thread keeps up where claims stand."""
        self._keeper = Keeper(self._store)
        self._keeper.start()

    def stop_keeping(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.stop()
        calling, self._calling = self._calling, None
        if calling is not None:
            calling.stop()

    # Webhooks: the operator's own, on the ledger's own machine only

    def hooks(self, guard: Guard) -> Hooks:
        """Those that there are, to be added to and taken away from."""
        return Hooks(self._store, self._desk.clock, guard)

    def call_hooks(self, guard: Guard) -> None:
        """From now on, until `close` or `stop_keeping`, a thread tells webhooks what moved."""
        self._calling = Calling(self._store, self._desk.clock, guard)
        self._calling.start()

    def _was_appended(self) -> None:
        self._appended = True
        if self._keeper is not None:
            self._keeper.appended()

    def _scrub(self, erased: bool) -> None:
        """What is erased does not linger on disk. If somebody reads or writes just then, the next append tries again."""
        if not (erased or self._to_scrub):
            return
        try:
            self._store.scrub()
            self._to_scrub = False
        except BusyError:
            # The record is in the log, and its opening gone from every answer: no reason to tell the caller of an error.
            self._to_scrub = True
            logs.trouble("scrub_waits")

    def check_start(self) -> None:
        """CorruptError if the newest checkpoint, its signatures, the entries under it, or what the keys have signed since
        contradict each other."""
        recalled = self._heads.recall()
        with self._reading() as snapshot:
            keeping.check_start(snapshot, self._edges, self._keys)
            self._heads.refuse_fork(snapshot, recalled)
            held = [] if snapshot.identity.test_log else openings.held_for_withheld(snapshot)
            gone = [] if snapshot.identity.test_log else openings.kept_though_erased(snapshot)
        if held or gone:
            logs.trouble("openings_held", withheld=held, erased=gone)

    def close(self) -> None:
        self.stop_keeping()
        self._store.close()

    # How each operation begins

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
        with self._store.writing() as writer:
            yield writer
        self._heads.keep(writer.identity.origin, writer.checkpoint)

    @contextmanager
    def _records(self) -> Iterator[Snapshot]:
        with self._reading() as snapshot:
            _refuse_test_log(snapshot)
            yield snapshot

    def _own_keys(self) -> LedgerKeys:
        if self._keys is None:
            raise KeyMissingError("this side has no keys of the ledger", hint="name their folder with --keys or ONRECORD_KEYS")
        return self._keys


def _until(moment: float) -> Callable[[], None]:
    def go_on() -> None:
        if monotonic() > moment:
            raise Stopped

    return go_on


def _refuse_test_log(snapshot: Snapshot) -> None:
    if snapshot.identity.test_log:
        raise NotFoundError("this is a test log: it has no records", hint="`onrecord init` without --test-log makes a ledger")
