"""What is asked of a ledger by those who write: records added, looked at beforehand, and openings erased."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import logs
from ledger.core.dsse import parse_envelope
from ledger.core.erasing import open_erasure
from ledger.service import adding, checking, openings
from ledger.service.at_hand import AtHand, refuse_test_log
from schemas.envelope import RECORD_TYPE, Submission
from schemas.erasure import Erased, ErasureOrder
from schemas.log import Receipt
from schemas.lookups import CheckResult


class ForWriters(AtHand):
    """The part of `Ledger` through which its log grows."""

    def add(self, submissions: Sequence[Submission]) -> list[Receipt]:
        return self._append(adding.open_all(submissions))

    def _append(self, opened: Sequence[adding.Opened]) -> list[Receipt]:
        with self._writing() as writer:
            refuse_test_log(writer)
            appended = adding.append(writer, self._desk, opened)
        receipts = appended.receipts
        known = sum(receipt.already_on_record for receipt in receipts)
        size = receipts[0].checkpoint.size
        self._was_appended()
        logs.fact("appended", records=len(receipts) - known, known=known, size=size, openings_left_out=appended.left_out)
        if not appended.erased:
            self._scrubbing.try_again()
        elif not self._scrubbing.scrub():
            return [receipt.model_copy(update={"to_scrub": True}) for receipt in receipts]
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
            refuse_test_log(writer)
            erased = openings.erase_ordered(writer, signed, max(self._desk.clock(), writer.checkpoint.time))
        logs.fact("openings_erased", record=erased.record, values=len(erased.erased), key=signed.keys[0])
        gone = not erased.erased or self._scrubbing.scrub()
        return erased.model_copy(update={"to_scrub": not gone})

    def _was_appended(self) -> None:
        self._appended = True
        if self._keeper is not None:
            self._keeper.appended()
