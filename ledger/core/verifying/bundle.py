"""A bundle, after the steps that it shares with other files: what it holds hangs together, and gives its report."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.core.bundles import DOES_NOT_PROVE, PROVES, counts_of
from ledger.core.doubt import told_of
from ledger.core.evidence import Logged
from ledger.core.force import doubts_among
from ledger.core.records import sealed_in
from ledger.core.sealing import check_opening
from ledger.core.subjects import references_of
from ledger.core.trust import Trust
from ledger.core.verifying.behind import Behind, Records, ask_for, said_in
from ledger.core.verifying.check import SHARED, Check
from ledger.core.verifying.question import check_question
from ledger.core.verifying.recomputing import check_report
from ledger.core.verifying.signed_file import SignedFile
from ledger.core.verifying.walk import Made, UncheckedError
from ledger.errors import VerificationError
from schemas.bundle import BundleStatement
from schemas.records import SourceRecord, WithholdRecord

INCOMPLETE = "inclusion is proven, completeness is not: compare with the log itself to learn of what was left out"
ONE_STAYS_OUT = "stays out, in doubt: whoever endorsed it counts"
BUNDLE_STEPS = (*SHARED, "openings", "references", "report", "counts")
REPLAY_STEPS = ("log", "completeness")


class BundleCheck(Check[BundleStatement]):
    """`records`, if there are any, are those of the log: two more steps hold the bundle's own ones against them."""

    kind = "bundle"
    what = "claim bundle"
    shape = BundleStatement

    def __init__(self, file: SignedFile, trust: Trust, *, issuer_only: bool = False, records: Records | None = None) -> None:
        super().__init__(file, trust, issuer_only=issuer_only)
        self.records = records
        self.behind: Behind | None = None

    def own_steps(self) -> Sequence[tuple[str, Made]]:
        own = (self._openings, self._references, self._report, self._counts)
        steps = list(zip(BUNDLE_STEPS[len(SHARED) :], own, strict=True))
        replay = list(zip(REPLAY_STEPS, (self._log, self._completeness), strict=True))
        return steps + replay if self.records else steps

    def excused(self) -> frozenset[str]:
        # A bundle is complete in itself: whoever has the log, and may not show it, leaves these two open.
        return super().excused() | frozenset(REPLAY_STEPS)

    def notes(self) -> list[str]:
        told = [] if self.behind and self.behind.complete else [INCOMPLETE]
        doubted = doubts_among(self.logged)
        if doubted.others:
            whose = " and ".join(sorted({who for _, who in doubted.others if who is not None}))
            stay = "stay out, in doubt: whoever endorsed them counts" if len(doubted.others) > 1 else ONE_STAYS_OUT
            told.insert(0, f"{len(doubted.others)} of {whose}'s ratings {stay} instead")
        number = len(doubted.awaited)
        if number:
            many = f"{number} records are in doubt and count" if number > 1 else "1 record is in doubt and counts"
            told.insert(0, f"{many} for nothing: {told_of(doubted)}")
        return told

    # 8
    def _openings(self) -> str:
        openings = self.statement.predicate.openings
        sealed = {one for entry in self.logged for one in sealed_in(entry.record)}
        for digest, opening in openings.items():
            if digest not in sealed:
                raise VerificationError(f"{digest} is sealed in none of the records", step="openings")
            check_opening(digest, bytes.fromhex(opening.salt), opening.value)
        return f"{len(openings)} of {len(sealed)} sealed values are open"

    # 9
    def _references(self) -> str:
        first = _first_places(self.logged)
        withheld = {entry.record.target for entry in self.logged if isinstance(entry.record, WithholdRecord)}
        hidden = any(entry.withheld for entry in self.predicate.entries)
        number = 0
        for entry in self.logged:
            for role, target in references_of(entry.record):
                number += 1
                known = first.get(target)
                excused = target in withheld or (hidden and not target.startswith("sha256:"))
                if (known is None and not excused) or (known is not None and known > entry.index):
                    found = f"entry {entry.index} names {target} as {role}"
                    raise VerificationError(f"{found}, which is missing or above it", step="references")
        if hidden and withheld <= first.keys():
            raise VerificationError("an entry is withheld, and no record here withholds it", step="references")
        if self.predicate.report.claim not in first:
            raise VerificationError("the claim itself is missing", step="references")
        return f"{number} references"

    # 10
    def _report(self) -> str:
        return check_report(self.predicate.asked, self.predicate.report, self.logged)

    # 11
    def _counts(self) -> str:
        predicate = self.statement.predicate
        check_question(self.statement, PROVES, DOES_NOT_PROVE, step="counts")
        if counts_of(self.logged, len(self.leaves) - len(self.logged)) != predicate.counts:
            raise VerificationError("the counts are not those of the entries", step="counts")
        return ", ".join(f"{number} {name}" for name, number in predicate.counts.model_dump().items())

    # 12
    def _log(self) -> str:
        assert self.records is not None, "the step is there for them"
        self.behind = ask_for(self.records, said_in(self.predicate), self.checkpoint)
        return f"{len(self.behind.logged)} records of {self.behind.of}"

    # 13
    def _completeness(self) -> str:
        if self.behind is None:
            raise UncheckedError("the records of the log are not to be had", step="completeness")
        of = self.behind.of
        try:
            check_report(self.predicate.asked, self.predicate.report, self.behind.logged)
        except VerificationError as error:
            raise VerificationError(f"with all that {of} holds: {error.message}", step="completeness") from None
        return f"what {of} holds beside the {len(self.leaves)} entries of the bundle does not change the report"


def _first_places(logged: Sequence[Logged]) -> dict[str, int]:
    """Where each record id, and each source, is on record first."""
    first: dict[str, int] = {}
    for entry in logged:
        first.setdefault(entry.id, entry.index)
        if isinstance(entry.record, SourceRecord):
            first.setdefault(entry.record.id, entry.index)
    return first
