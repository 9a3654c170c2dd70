"""All reports of a dossier as records: each after those that it takes back, or has it from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ledger.imports.drafts import UNBUILT, Drafts
from ledger.imports.reports import Book, Expanded, check_report, expand_report
from ledger.imports.shapes import ReportItem

Told = Mapping[str, Mapping[str, Expanded]]
"""Alias of a report -> id of each of its claims -> what the report became for it. A report without alias goes by `#place`."""


def add_reports(reports: Sequence[ReportItem], book: Book, drafts: Drafts) -> Told:
    """Every report is drafted, in the order of the dossier but for those that others name."""
    teller = _Teller(reports, book, drafts)
    for name in teller.waiting():
        if name not in teller.told:
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
        self._circular: set[str] = set()

    def waiting(self) -> list[str]:
        return list(self._reports)

    def tell(self, name: str) -> None:
        """The report is drafted, after those that it names, directly or through others."""
        path: list[tuple[str, Iterator[str]]] = [(name, iter(self._needs(name)))]
        while path:
            here, needed = path[-1]
            step = next((ref for ref in needed if ref not in self.told), None)
            if step is None:
                self.told.setdefault(here, {})
                self.told[here] = self._expand(self._reports[here]) if here not in self._circular else {}
                path.pop()
            elif step in (names := [one for one, _ in path]):
                verb = "takes itself back" if self._reports[step].withdraws in names else "is told by itself"
                self._drafts.fault(self._reports[step].line, f"{step} {verb}, directly or through others")
                self._circular.update(names[names.index(step) :])
            else:
                path.append((step, iter(self._needs(step))))

    def _needs(self, name: str) -> list[str]:
        return [ref for ref in self._reports[name].statements if ref in self._reports]

    def _expand(self, report: ReportItem) -> dict[str, Expanded]:
        if not check_report(report, self._book, self._drafts):
            return {}
        found: dict[str, Expanded] = {}
        for ref in report.claim_refs:
            claim = self._book.claim(ref)
            named = {other: origin_of(other, self.told, claim) for other in report.statements}
            found[claim] = expand_report(report, claim, self._book, self._drafts, named)
        return found
