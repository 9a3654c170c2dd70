"""The score of a claim as a note that reads from top to bottom at 80 columns; `cli/why.py` adds how it was computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.cli.output import bold, cells, cut, faint, padded, plural, short, text_of, width, wrapped
from schemas.corroboration import ChainView, Contribution, Report, Sensitivity, UsedAssessment, Withdrawn

if TYPE_CHECKING:
    from schemas.lookups import Brief, ClaimView

_ACTS = {
    "confirms": "confirms it",
    "asserts": "asserts it",
    "denies": "denies it",
    "claims": "claims it",
    "estimates": "estimates it",
    "alleges": "alleges it",
    "announces": "announces it",
    "reports": "reports it",
    "finds": "finds it",
    "warns": "warns of it",
    "questions": "questions it",
    "dismisses": "dismisses it",
    "declines_to_comment": "declines to comment",
    "did_not_respond": "did not respond",
    "withdraws": "withdraws",
    "corrects": "corrects itself",
}
_EVIDENCE_INDENT = 4
_TOO_THIN = "too thin for a number; --why shows how it would come out"


@dataclass(frozen=True)
class Told:
    """What a note needs besides the report: the claim's words, names of sources, and what each statement did when."""

    text: str
    names: Mapping[str, str]
    nodes: Mapping[str, tuple[str, str | None]]
    reasons: Mapping[str, str]
    """Why a statement is in its speaker's interest or against it, where the record says so."""
    private: bool
    """The claim concerns a private person."""

    def name(self, slug: str) -> str:
        return self.names.get(slug, slug)


def told(view: ClaimView, chain: ChainView) -> Told:
    nodes = {node.id: (node.act or node.kind, node.said) for node in chain.nodes}
    reasons = {one.id: one.interest_reason for one in view.statements if one.interest_reason is not None}
    return Told(text_of(view.text), chain.names, nodes, reasons, view.private)


def score_note(report: Report, told: Told, *, why: bool) -> list[str]:
    """The note: what to believe, who stands behind it, what changed, and how the sum comes about.

    A number that is not for readers is told only to whoever asks why, and none at all where a private person is concerned.
    """
    numbers = report.showable or (why and not told.private)
    lines = [*map(bold, wrapped(told.text)), faint(_circumstances(report)), ""]
    lines += [*_headline(report, told, numbers=numbers), ""]
    for side, title in (("for", "Origins for"), ("against", "Origins against")):
        rows = [row for row in report.contributions if row.side == side and _counts(row)]
        lines += _side(title, rows, told, why, numbers=numbers) if rows else []
    lines += section("On record, without weight", _unweighted(report, told))
    lines += section("Labels", _labels(report, told))
    lines += section("No longer counts", _withdrawn(report, told) + _set_aside(report, told))
    lines += section("Verdicts of others (never in the number)", _verdicts(report))
    lines += section("Figures", figures(report)) if numbers else []
    lines += section("What would change it", what_would_change_it(report, told, numbers=why and numbers))
    lines += _sum(report) if numbers else []
    return without_last_blank(lines)


def _circumstances(report: Report) -> str:
    parts = [short(report.claim), f"{report.as_of.size} entries at {report.as_of.time}"]
    parts += [f"{report.clock} by {report.until}"] if report.until else []
    parts += [f"without {' '.join(report.without)}"] if report.without else []
    return " · ".join(parts)


def _headline(report: Report, told: Told, *, numbers: bool) -> list[str]:
    lines = wrapped(report.summary)
    lines = [bold(report.headline.replace("_", " ").upper()), *lines]
    if report.headline != "not_scored":
        lines[1:1] = wrapped(_origins(report))
    if report.headline == "not_scored":
        return [*lines, "", "claims of this type get chains, no score"]
    if not numbers:
        reason = "it concerns a private person, so no number is shown" if told.private else _TOO_THIN
        return [*lines, "", *wrapped(reason)]
    low, high = report.interval
    number = f"{shown(report.probability)}  (90 % interval {shown(low)} to {shown(high)})"
    likelihood = f"{report.words}, confidence {report.confidence}"
    if not report.showable:
        likelihood = "too thin to be shown to readers, confidence " + report.confidence
    return [*lines, "", f"{bold(number)}  {likelihood}"]


def _origins(report: Report) -> str:
    """As a claim's page begins: whole origins by number, those that lean on another beside them."""
    found = []
    for side in ("for", "against"):
        rows = [row for row in report.contributions if row.side == side and _counts(row) and row.contribution != 0]
        if rows:
            whole = sum(row.independence >= 1 for row in rows)
            leaning = len(rows) - whole
            more = f", {leaning} that {'depends on another' if leaning == 1 else 'depend on others'}" if leaning else ""
            found.append(f"{plural(whole, 'independent origin')} {'for' if side == 'for' else 'against'} it{more}")
    return "; ".join(found) or "no independent origin"


def in_brief(brief: Brief) -> str:
    """The headline, and the number where it may be shown."""
    number = f" {shown(brief.probability)}" if brief.showable and brief.probability is not None else ""
    return brief.headline.replace("_", " ") + number


def shown(probability: float) -> str:
    """A probability as readers see it: two digits, never 0 or 1."""
    if probability > 0.99:
        return ">.99"
    if probability < 0.01:
        return "<.01"
    return f"{probability:.2f}".removeprefix("0")


def _counts(row: Contribution) -> bool:
    return row.established and row.rated and row.contribution != 0


def _side(title: str, rows: Sequence[Contribution], told: Told, why: bool, *, numbers: bool) -> list[str]:
    lines = [bold(title)]
    for row in sorted(rows, key=lambda row: -abs(row.contribution)):
        lines += _origin(row, told, numbers)
        if why:
            lines += _factors(row, told, numbers)
    return [*lines, ""]


def _origin(row: Contribution, told: Told, numbers: bool) -> list[str]:
    """Name and contribution, what it said, and through whom it reached us."""
    number = f"{row.contribution:+.3f}" if numbers else ""
    name = cut(row.name, width() - len(number) - 6)
    lines = [("  " + padded(name, width() - len(number) - 4) + "  " + number).rstrip()]
    lines += wrapped("; ".join(_remarks(row, told, numbers)), indent=_EVIDENCE_INDENT, hang=_EVIDENCE_INDENT + 2)
    relays = [told.name(link.source) for link in row.chain]
    if relays and not (len(relays) == 1 and relays[0] == row.name):
        path = [row.name, *(relays[1:] if relays[0] == row.name else relays)]
        lines += wrapped(" < ".join(reversed(path)), indent=_EVIDENCE_INDENT, hang=_EVIDENCE_INDENT + 2)
    return lines


def _remarks(row: Contribution, told: Told, numbers: bool) -> list[str]:
    act, said = told.nodes.get(row.statement or "", ("", None))
    deed = _ACTS.get(act, act)
    remarks = [f"{deed}{', ' + said if said else ''}"] if deed else []
    remarks += [f"rated {row.factors.letter}"] if row.rated else ["nobody has rated it"]
    if row.factors.against_interest:
        remarks.append("against its own interest")
    if row.factors.self_serving:
        remarks.append("in its own interest")
    if row.independence < 1 and row.related_to:
        counts = f"counts {row.independence:.0%}" if numbers else "counts in part"
        remarks.append(f"{counts}: related to {told.name(row.related_to)}")
    if further := set(row.relays_collapsed) - {link.source for link in row.chain}:
        relays = len(further)
        remarks.append(f"{plural(relays, 'further relay')} {'repeats' if relays == 1 else 'repeat'} it")
    return remarks


def _factors(row: Contribution, told: Told, numbers: bool) -> list[str]:
    part = row.factors
    interest = told.reasons.get(row.statement or "")
    stake = "against its interest" if part.against_interest else "in its interest" if part.self_serving else ""
    why = [f"{stake}: {interest}"] if stake and interest else []
    rated = [_rating(one) for one in row.assessments]
    sums = _product(row) if numbers else []
    lines = [*why, *sums, *rated, row.reason, f"entries {', '.join(map(str, row.entry_ids))}"]
    return [faint(line) for text in lines if text for line in wrapped(text, indent=6, hang=8)]


def _product(row: Contribution) -> list[str]:
    part = row.factors
    product = (
        f"edge {part.edge:.3f} = (2 x {part.reliability:.3f} - 1) x interest {part.s:g} x chain {part.fidelity:.3f}"
        f" x hedge {part.h:g} x figure {part.kappa:g} x relay {part.c:g}"
    )
    return [product, f"weight {row.weight:.3f} nats x independence {row.independence:.3f} = {row.contribution:+.6f}"]


def _rating(one: UsedAssessment) -> str:
    use = "" if one.used else ", not used"
    return f"{one.value} by {one.assessor} (entry {one.index}{use}{': ' + one.reason if one.reason else ''})"


def _unweighted(report: Report, told: Told) -> list[str]:
    rows = [row for row in report.contributions if not _counts(row)]
    lines = []
    for row in rows:
        lines += point(f"{row.name} ({row.side}): {_why_nothing(row, told)}")
    for one in report.no_weight:
        lines += point(f"{told.name(one.speaker)} {_ACTS.get(one.act, one.act)}: {one.reason}")
    return lines


def _why_nothing(row: Contribution, told: Told) -> str:
    if row.established and not row.rated:
        return "nobody has rated it"
    if row.established and row.independence == 0 and row.related_to:
        return f"adds nothing beside {told.name(row.related_to)}, on which it depends"
    if row.established and row.factors.letter in "EF":
        return f"rated {row.factors.letter}, which carries nothing"
    return row.reason


def _labels(report: Report, told: Told) -> list[str]:
    lines = []
    for label in report.labels:
        who = ", ".join(told.name(slug) for slug in report.label_sources.get(label, []))
        lines += point(label.replace("_", " ") + (f": {who}" if who else ""))
    return lines


def _withdrawn(report: Report, told: Told) -> list[str]:
    """Every earlier stance that no longer counts, once."""
    rows: dict[str, Withdrawn] = {one.statement: one for row in report.contributions for one in row.withdrawn}
    rows |= {one.statement: one for one in report.withdrawn}
    lines = []
    for one in sorted(rows.values(), key=lambda one: (one.said or "", one.statement)):
        when = f" ({one.said})" if one.said else ""
        lines += point(f"{told.name(one.origin)} {one.stance} it{when}: {one.reason}")
    return lines


def _set_aside(report: Report, told: Told) -> list[str]:
    lines = []
    for one in report.set_aside:
        who = told.name(one.speaker) if one.speaker else "a document"
        lines += point(f"{who} ({short(one.record)}): {one.reason}")
    return lines


def _verdicts(report: Report) -> list[str]:
    lines = []
    for one in report.verdicts:
        lines += point(f"{one.by}: {one.value}" + (f" - {one.rationale}" if one.rationale else ""))
    return lines


def _sum(report: Report) -> list[str]:
    if report.headline == "not_scored":
        return []
    terms = [row for row in report.contributions if row.contribution]
    total = f"base {report.base:+.3f}" + "".join(f" {row.contribution:+.3f}" for row in terms)
    return [*wrapped(faint(f"log odds {report.log_odds:+.3f} = {total}")), ""]


def figures(report: Report) -> list[str]:
    """What the figures on record come to, in numbers that a reader remembers."""
    lines = []
    for one in report.figures:
        what = " ".join([one.unit.replace("_", " "), *([one.measure.replace("_", " ")] if one.measure else [])])
        when = f", {' and '.join(one.as_of)}" if one.as_of else ""
        by = plural(len({row.origin for row in one.figures}), "origin")
        by += "" if one.weighted else ", none of whom carries weight"
        half, most = (f"{_round(low)} to {_round(high)}" for low, high in (one.half, one.most))
        lines += point(f"{what}{when}: about {_round(one.median)}; half of the weight {half}, 80 % {most} ({by})")
    return lines


def _round(number: float) -> str:
    """Three digits: nobody counted better."""
    digits = 3 - len(str(round(number)))
    return f"{round(number, min(digits, 0)):,.0f}"


def what_would_change_it(report: Report, told: Told, *, numbers: bool) -> list[str]:
    """Whose silence, or which other reading, would make another headline; with `numbers` also what the rest would move."""
    lines, left_out = [], report.sensitivity_left_out
    for outcome in _outcomes(report):
        number = f" ({shown(outcome[0].probability)})" if numbers else ""
        lines += point(f"{_supposed(outcome, told)}: {outcome[0].headline.replace('_', ' ')}{number}")
    if report.sensitivity and not lines:
        lines += point("the headline stands without any one origin, owner or country" + (" asked about" if left_out else ""))
    lines += _still(report, told) if numbers else []
    if left_out:
        lines += point(f"not asked about: {left_out} more that carry less")
    unrated = [row.name for row in report.contributions if row.established and not row.rated]
    if unrated:
        lines += point(f"a rating of {', '.join(unrated)} would make them count (onrecord source rate)")
    return lines


def _outcomes(report: Report, *, other: bool = True) -> list[list[Sensitivity]]:
    """What leads to one and the same outcome, together; the largest change first."""
    found: dict[tuple[str, float], list[Sensitivity]] = {}
    for one in report.sensitivity:
        if (one.headline != report.headline) == other:
            found.setdefault((one.headline, one.probability), []).append(one)
    return sorted(found.values(), key=lambda them: -abs(them[0].probability - report.probability))


def _still(report: Report, told: Told) -> list[str]:
    lines = []
    for outcome in _outcomes(report, other=False):
        lines += wrapped(f"{shown(outcome[0].probability)} {_supposed(outcome, told)}", indent=4, hang=8)
    return [*point(f"still {report.headline.replace('_', ' ')}, but with this likelihood,"), *lines] if lines else []


def _supposed(outcome: Sequence[Sensitivity], told: Told) -> str:
    silent = [_who(one.without, told) for one in outcome if one.without]
    readings = [one.reading for one in outcome if one.reading]
    return "; or ".join([*readings, *([f"without {', or '.join(silent)}"] if silent else [])])


def _who(without: str, told: Told) -> str:
    kind, _, name = without.partition(":")
    if kind == "country":
        return f"sources from {name}"
    return told.name(name) + (" and its own" if kind == "owner" else "")


def section(title: str, lines: Sequence[str]) -> list[str]:
    return [bold(title), *lines, ""] if lines else []


def point(text: str) -> list[str]:
    return wrapped(text, indent=2, hang=4)


def without_last_blank(lines: list[str]) -> list[str]:
    while lines and not cells(lines[-1]):
        lines = lines[:-1]
    return lines
