"""What is asked of a ledger by those who write: records added, looked at beforehand, and openings erased."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace

from ledger import logs, meters
from ledger.core.dsse import OpenedEnvelope, parse_envelope
from ledger.core.erasing import open_erasure
from ledger.points import reached
from ledger.service import adding, checking, openings
from ledger.service.adding import Added
from ledger.service.at_hand import AtHand, refuse_test_log
from ledger.service.batches import Imported, Place, import_lines, known_among
from ledger.service.lines import Batch
from ledger.service.openers import Openers
from ledger.service.submitted import Submitted, check_raw, findable_if_plain, open_all, open_envelope
from schemas.envelope import RECORD_TYPE, Submission
from schemas.erasure import Erased, ErasureOrder
from schemas.log import Receipt
from schemas.lookups import CheckResult


class ForWriters(AtHand):
    """The part of `Ledger` through which its log grows."""

    def add(self, submissions: Sequence[Submission]) -> list[Receipt]:
        return self.finish(self.hand_in(submissions).result()).receipts

    def add_entry(self, entry: bytes) -> int:
        """The index of an entry given as its own bytes: an envelope, or anything at all in a test log."""
        return self.finish(self.hand_in_entry(entry).result()).index

    def hand_in(self, submissions: Sequence[Submission]) -> Future[Added]:
        """What becomes of them, once they are in the log; to be given to `finish` then. Whatever waits at the same time
        shares one step of the log. What is wrong with the records by themselves is raised here."""
        self.refuse_if_replica()
        self._counter.refuse_if_full()
        return self._hand_in(open_all(submissions))

    def hand_in_envelope(self, envelope: OpenedEnvelope) -> Future[Added]:
        """The same for one envelope that comes without openings."""
        self.refuse_if_replica()
        self._counter.refuse_if_full()
        return self._hand_in([open_envelope(envelope, {})])

    def hand_in_entry(self, entry: bytes) -> Future[Added]:
        self.refuse_if_replica()
        with self._reading() as snapshot:
            test_log = snapshot.identity.test_log
        if test_log:
            check_raw(entry)
            return self._raw_counter.hand_in(entry, records=1, size=len(entry))
        self._counter.refuse_if_full()
        return self._hand_in([open_envelope(parse_envelope(entry, payload_type=RECORD_TYPE), {})])

    def finish(self, added: Added) -> Added:
        """The same, once what it erased is gone from the store's own files. Nobody else need wait for that."""
        if not added.erased or self._scrubbing.scrub():
            return added
        return replace(added, receipts=[one.model_copy(update={"to_scrub": True}) for one in added.receipts])

    def _hand_in(self, opened: Submitted) -> Future[Added]:
        # Worked out here and not in the log's step, for which others wait.
        ready = [findable_if_plain(one) for one in opened]
        return self._counter.hand_in(ready, records=len(ready), size=sum(one.size for one in ready))

    def _settle(self, group: Sequence[Submitted]) -> Sequence[Added | Exception]:
        with self._writing() as writer:
            refuse_test_log(writer)
            appended = adding.append_group(writer, self._desk, group)
        if appended.withholds:
            self._forgetting.forget()
        self._was_appended()
        meters.count("records", "new", appended.new)
        meters.count("records", "known", appended.known)
        logs.fact(
            "appended",
            submissions=len(group),
            records=appended.new,
            known=appended.known,
            refused=appended.refused,
            size=appended.size,
            openings_left_out=appended.left_out,
        )
        self._scrubbing.try_again()
        return appended.answers

    def _settle_raw(self, group: Sequence[bytes]) -> Sequence[Added | Exception]:
        with self._writing() as writer:
            return adding.append_raw(writer, self._desk, group)

    def check(self, submissions: Sequence[Submission]) -> CheckResult:
        opened = open_all(submissions)
        with self._records() as snapshot:
            return checking.check(snapshot, self._desk, opened)

    def erase_openings(self, order: ErasureOrder) -> Erased:
        self.refuse_if_replica()
        signed = open_erasure(order)
        with self._writing() as writer:
            refuse_test_log(writer)
            erased = openings.erase_ordered(writer, signed, max(self._desk.clock(), writer.checkpoint.time))
            reached("openings erased")
        logs.fact("openings_erased", record=erased.record, values=len(erased.erased), key=signed.keys[0])
        self._forgetting.forget()
        reached("before the scrub")
        gone = not erased.erased or self._scrubbing.scrub()
        return erased.model_copy(update={"to_scrub": not gone})

    def add_lines(self, lines: Iterable[bytes], tell: Callable[[Imported], None]) -> Imported:
        """Signed records, one to a line, however many: batches of 1,000, each all or nothing. An error names its line, and
        what went in before its batch stays. Nobody gets receipts; what is on record already is passed over."""
        with Openers() as openers:
            return import_lines(Place(self._known_among, self._store_batch), lines, tell, openers)

    def _store_batch(self, batch: Submitted) -> adding.Stored:
        with self._writing() as writer:
            refuse_test_log(writer)
            stored = adding.append_batch(writer, self._desk, batch)
        if stored.withholds:
            self._forgetting.forget()
        self._was_appended()
        meters.count("records", "new", stored.new)
        logs.fact("batch_appended", records=len(batch), new=stored.new, size=stored.size, openings_left_out=stored.left_out)
        if stored.erased:
            self._scrubbing.scrub()
        else:
            self._scrubbing.try_again()
        return stored

    def _known_among(self, batch: Batch) -> set[int]:
        with self._reading() as snapshot:
            return known_among(snapshot, batch)

    def _was_appended(self) -> None:
        self._appended = True
        if self._keeper is not None:
            self._keeper.appended()
