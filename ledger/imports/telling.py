"""All reports of a dossier as records: each after those that it takes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.imports.drafts import UNBUILT, Drafts
from ledger.imports.reports import Book, Expanded, check_report, expand_report
from ledger.imports.shapes import ReportItem

Told = Mapping[str, Mapping[str, Expanded]]
"""Alias of a report -> id of each of its claims -> what the report became for it. A report without alias goes by `#place`."""


def add_reports(reports: Sequence[ReportItem], book: Book, drafts: Drafts) -> Told:
    """Every report is drafted, in the order of the dossier but for those that others take back."""
    teller = _Teller(reports, book, drafts)
    for name in teller.waiting():
        teller.tell(name)
    return teller.told


def origin_of(ref: str, told: Told, claim: str | None = None) -> str:
    """The statement that this alias of a report stands for: its origin's, on this claim or on its only one."""
    if ref.startswith("sha256:"):
        return ref
    by_claim = told.get(ref, {})
    if claim is not None and claim in by_claim:
        return by_claim[claim].origin
    return next(iter(by_claim.values())).origin if by_claim else UNBUILT


class _Teller:
    def __init__(self, reports: Sequence[ReportItem], book: Book, drafts: Drafts) -> None:
        self._reports: dict[str, ReportItem] = {}
        for place, report in enumerate(reports):
            self._reports.setdefault(report.id or f"#{place}", report)
        self._book = book
        self._drafts = drafts
        self.told: dict[str, dict[str, Expanded]] = {}

    def waiting(self) -> list[str]:
        return list(self._reports)

    def tell(self, name: str) -> None:
        """The report and those that it takes back, directly or through others, are drafted."""
        path: list[str] = []
        step: str | None = name
        while step is not None and step in self._reports and step not in self.told:
            if step in path:
                self._drafts.fault(
                    self._reports[step].line_at("withdraws"), f"{step} takes itself back, directly or through others"
                )
                self.told.update({circular: {} for circular in path})
                return
            path.append(step)
            step = self._reports[step].withdraws
        for ready in reversed(path):
            self.told[ready] = self._expand(self._reports[ready])

    def _expand(self, report: ReportItem) -> dict[str, Expanded]:
        if not check_report(report, self._book, self._drafts):
            return {}
        found: dict[str, Expanded] = {}
        for ref in report.claim_refs:
            claim = self._book.claim(ref)
            withdraws = origin_of(report.withdraws, self.told, claim) if report.withdraws else None
            found[claim] = expand_report(report, claim, self._book, self._drafts, withdraws)
        return found
