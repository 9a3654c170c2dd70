"""What the page of a claim shows, gathered from the ledger's answers to one question about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.answer import answer_of, counts, origins_of
from api.pages.graph import graph_of
from api.pages.language import Tongue
from api.pages.pictures import Course, bar, course, ranges
from api.pages.replies import MOST_PARTIES, aside, parties
from ledger.core.firsts import first_said
from ledger.core.rulebook import rules_at_work
from ledger.operations import Question
from schemas import dates
from schemas.corroboration import Contribution, Report, Sensitivity, Withdrawn
from schemas.history import WorldPoint
from schemas.lookups import ClaimView, PolicyView, Rule
from schemas.sheet import ClaimSheet

_DECIMALS = 4
HEDGES = 12
"""Lost hedges that are told in words; each is marked at its statement too."""


@dataclass(frozen=True)
class Term:
    """A row of the sum: what it adds, as shown."""

    row: Contribution
    shown: str


def claim_page(sheet: ClaimSheet, policy: PolicyView, asked: Question, t: Tongue) -> dict[str, Any]:
    """Everything for the template."""
    view, report, chain, history = sheet.view, sheet.report, sheet.chain, sheet.history
    numbers = may_show_numbers(report, view)
    points = sheet.moments.points if sheet.moments else []
    rules = {rule.name: rule for rule in policy.rules}
    terms, total = sum_of(report)
    return {
        "view": view,
        "report": report,
        "answer": answer_of(report, chain.names, t),
        "origins": origins_of(report, t),
        "chain": chain,
        "graph": graph_of(view, chain, report, t),
        "first": first_said(chain),
        "before": sheet.before,
        "moments": sheet.moments,
        "choices": choices(report),
        "documents": {one.id: one for one in view.documents},
        "here": _here(points, asked.until),
        "history": history,
        "asked": asked,
        "hedges_shown": HEDGES,
        "unhedged": Counter(one.statement for one in chain.lost_hedges),
        "numbers": numbers,
        "bar": bar(report.probability, report.interval) if numbers else None,
        "course": _course(points, private=view.private),
        "ranges": [ranges(one) for one in report.figures] if numbers else [],
        "counting": [row for row in report.contributions if counts(row)],
        "weightless": [row for row in report.contributions if not counts(row)],
        "terms": terms if numbers else [],
        "total": total,
        "rules": _at_work(report, rules),
        "statements": {one.id: one for one in view.statements},
        "changes": outcomes(report),
        "moves_most": moves_most(report) if numbers else None,
        "withdrawn": _withdrawn(report),
        "parties": parties(view, report, chain),
        "parties_shown": MOST_PARTIES,
        "aside": aside(view, report, chain),
    }


def may_show_numbers(report: Report, view: ClaimView) -> bool:
    """The one place that says whether a number, a likelihood word or a letter may be on a page, card or preview."""
    return report.showable and not view.private


def sum_of(report: Report) -> tuple[list[Term], str]:
    """The rows of the sum as they are shown, and the total, which is that of the rows as shown to the last digit."""
    rows = [row for row in report.contributions if row.contribution != 0]
    terms, reached = [], report.base
    for row in rows:
        before, reached = round(reached, _DECIMALS), reached + row.contribution
        terms.append(Term(row, f"{round(reached, _DECIMALS) - before:+.{_DECIMALS}f}"))
    return terms, f"{reached:+.{_DECIMALS}f}"


def outcomes(report: Report) -> list[list[Sensitivity]]:
    """What would lead to another headline, together where it comes to the same; the largest change first."""
    found: dict[tuple[str, float], list[Sensitivity]] = {}
    for one in report.sensitivity:
        if one.headline != report.headline:
            found.setdefault((one.headline, one.probability), []).append(one)
    return sorted(found.values(), key=lambda them: -abs(them[0].probability - report.probability))


def moves_most(report: Report) -> Sensitivity | None:
    """Who, left out alone, moves the likelihood the most where nobody's silence changes the headline; None if that does not
    show in the two digits that readers see."""
    still = [one for one in report.sensitivity if one.without and one.headline == report.headline]
    most = max(still, key=lambda one: abs(one.probability - report.probability), default=None)
    return most if most and round(most.probability, 2) != round(report.probability, 2) else None


def choices(report: Report) -> list[tuple[str, list[Sensitivity]]]:
    """Whom one may leave out to see what is left, by kind; the largest change first."""
    kinds = {"origins": "origin:", "sources": "source:", "owners": "owner:", "countries": "country:"}
    found = {
        kind: [one for one in report.sensitivity if one.without and one.without.startswith(begins)]
        for kind, begins in kinds.items()
    }
    by_change = {kind: sorted(rows, key=lambda one: -abs(one.probability - report.probability)) for kind, rows in found.items()}
    return [(kind, rows) for kind, rows in by_change.items() if rows]


def _here(points: Sequence[WorldPoint], until: str | None) -> WorldPoint | None:
    """The moment whose score stands at that date; the last where none was asked for."""
    dated = [one for one in points if one.at and (until is None or dates.bounds(one.at)[1] <= dates.bounds(until)[1])]
    return dated[-1] if dated else None


def _course(points: Sequence[Any], *, private: bool) -> Course | None:
    shown = [(one.at, one.probability, one.interval) for one in points if one.showable and not private and one.at]
    return course(shown) if len(shown) > 1 else None


def _at_work(report: Report, rules: Mapping[str, Rule]) -> list[Rule]:
    """A policy of another version may lack a rule that this program knows."""
    return [rules[name] for name in rules_at_work(report) if name in rules]


def _withdrawn(report: Report) -> list[Withdrawn]:
    """Every earlier stance that no longer counts, once."""
    rows = {one.statement: one for row in report.contributions for one in row.withdrawn}
    rows |= {one.statement: one for one in report.withdrawn}
    return sorted(rows.values(), key=lambda one: (one.said or "", one.statement))
