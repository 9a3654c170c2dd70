"""A bundle, after the steps that it shares with other files: what it holds hangs together, and gives its report."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.core.bundles import DOES_NOT_PROVE, PROVES, counts_of
from ledger.core.evidence import Logged
from ledger.core.records import sealed_in
from ledger.core.sealing import check_opening
from ledger.core.subjects import references_of
from ledger.core.verifying.check import SHARED, Check
from ledger.core.verifying.question import check_question
from ledger.core.verifying.recomputing import check_report
from ledger.core.verifying.walk import Made
from ledger.errors import VerificationError
from schemas.bundle import BundleStatement
from schemas.records import SourceRecord, WithholdRecord

INCOMPLETE = "inclusion is proven, completeness is not: compare with the log itself to learn of what was left out"
BUNDLE_STEPS = (*SHARED, "openings", "references", "report", "counts")


class BundleCheck(Check[BundleStatement]):
    kind = "bundle"
    what = "claim bundle"
    shape = BundleStatement

    def own_steps(self) -> Sequence[tuple[str, Made]]:
        own = (self._openings, self._references, self._report, self._counts)
        return list(zip(BUNDLE_STEPS[len(SHARED) :], own, strict=True))

    def notes(self) -> list[str]:
        return [INCOMPLETE]

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


def _first_places(logged: Sequence[Logged]) -> dict[str, int]:
    """Where each record id, and each source, is on record first."""
    first: dict[str, int] = {}
    for entry in logged:
        first.setdefault(entry.id, entry.index)
        if isinstance(entry.record, SourceRecord):
            first.setdefault(entry.record.id, entry.index)
    return first
