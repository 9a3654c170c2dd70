"""The score of a claim as a note that reads from top to bottom at 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.cli.output import bold, cells, cut, faint, members, padded, plural, short, width, wrapped
from schemas.corroboration import ChainView, Contribution, Report, UsedAssessment, Withdrawn

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


@dataclass(frozen=True)
class Told:
    """What a note needs besides the report: the claim's words, names of sources, and what each statement did when."""

    text: str
    names: Mapping[str, str]
    nodes: Mapping[str, tuple[str, str | None]]

    def name(self, slug: str) -> str:
        return self.names.get(slug, slug)


def told(text: str, chain: ChainView) -> Told:
    nodes = {node.id: (node.act or node.kind, node.said) for node in chain.nodes}
    return Told(text, chain.names, nodes)


def score_note(report: Report, told: Told, *, why: bool) -> list[str]:
    """The note: what to believe, who stands behind it, what changed, and how the sum comes about."""
    lines = [*map(bold, wrapped(told.text)), faint(_circumstances(report)), ""]
    lines += [*_headline(report, why), ""]
    for side, title in (("for", "Origins for"), ("against", "Origins against")):
        rows = [row for row in report.contributions if row.side == side and _counts(row)]
        lines += _side(title, rows, told, why, numbers=report.showable or why) if rows else []
    lines += _section("On record, without weight", _unweighted(report, told))
    lines += _section("Labels", _labels(report, told))
    lines += _section("No longer counts", _withdrawn(report, told) + _set_aside(report, told))
    lines += _section("Verdicts of others (never in the number)", _verdicts(report))
    lines += _sum(report) if report.showable or why else []
    if why:
        lines += _why(report, told)
    return _without_last_blank(lines)


def _circumstances(report: Report) -> str:
    parts = [short(report.claim), f"{report.as_of.size} entries at {report.as_of.time}"]
    parts += [f"{report.clock} by {report.until}"] if report.until else []
    parts += [f"without {' '.join(report.without)}"] if report.without else []
    return " · ".join(parts)


def _headline(report: Report, why: bool) -> list[str]:
    lines = wrapped(report.summary)
    lines = [bold(report.headline.replace("_", " ").upper()), *lines]
    if report.headline == "not_scored":
        return [*lines, "", "claims of this type get chains, no score"]
    if not report.showable and not why:
        return [*lines, "", *wrapped("too thin for a number; --why shows how it would come out")]
    low, high = report.interval
    number = f"{shown(report.probability)}  (90 % interval {shown(low)} to {shown(high)})"
    likelihood = f"{report.words}, confidence {report.confidence}"
    if not report.showable:
        likelihood = "too thin to be shown to readers, confidence " + report.confidence
    return [*lines, "", f"{bold(number)}  {likelihood}"]


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
            lines += _factors(row)
    return [*lines, ""]


def _origin(row: Contribution, told: Told, numbers: bool) -> list[str]:
    """Name and contribution, what it said, and through whom it reached us."""
    number = f"{row.contribution:+.3f}" if numbers else ""
    name = cut(row.name, width() - len(number) - 6)
    lines = [("  " + padded(name, width() - len(number) - 4) + "  " + number).rstrip()]
    lines += wrapped("; ".join(_remarks(row, told)), indent=_EVIDENCE_INDENT, hang=_EVIDENCE_INDENT + 2)
    relays = [told.name(link.source) for link in row.chain]
    if relays and not (len(relays) == 1 and relays[0] == row.name):
        path = [row.name, *(relays[1:] if relays[0] == row.name else relays)]
        lines += wrapped(" < ".join(reversed(path)), indent=_EVIDENCE_INDENT, hang=_EVIDENCE_INDENT + 2)
    return lines


def _remarks(row: Contribution, told: Told) -> list[str]:
    act, said = told.nodes.get(row.statement or "", ("", None))
    deed = _ACTS.get(act, act)
    remarks = [f"{deed}{', ' + said if said else ''}"] if deed else []
    remarks += [f"rated {row.factors.letter}"] if row.rated else ["nobody has rated it"]
    if row.factors.against_interest:
        remarks.append("against its own interest")
    if row.factors.self_serving:
        remarks.append("in its own interest")
    if row.independence < 1 and row.related_to:
        remarks.append(f"counts {row.independence:.0%}: related to {told.name(row.related_to)}")
    if row.relays_collapsed:
        relays = len(row.relays_collapsed)
        remarks.append(f"{plural(relays, 'further relay')} {'repeats' if relays == 1 else 'repeat'} it")
    return remarks


def _factors(row: Contribution) -> list[str]:
    part = row.factors
    product = (
        f"edge {part.edge:.3f} = (2 x {part.reliability:.3f} - 1) x interest {part.s:g} x chain {part.fidelity:.3f}"
        f" x hedge {part.h:g} x figure {part.kappa:g} x relay {part.c:g}"
    )
    weight = f"weight {row.weight:.3f} nats x independence {row.independence:.3f} = {row.contribution:+.6f}"
    rated = [_rating(one) for one in row.assessments]
    lines = [product, weight, *rated, row.reason, f"entries {', '.join(map(str, row.entry_ids))}"]
    return [faint(line) for text in lines if text for line in wrapped(text, indent=6, hang=8)]


def _rating(one: UsedAssessment) -> str:
    use = "" if one.used else ", not used"
    return f"{one.value} by {one.assessor} (entry {one.index}{use}{': ' + one.reason if one.reason else ''})"


def _unweighted(report: Report, told: Told) -> list[str]:
    rows = [row for row in report.contributions if not _counts(row)]
    lines = []
    for row in rows:
        lines += _point(f"{row.name} ({row.side}): {_why_nothing(row, told)}")
    for one in report.no_weight:
        lines += _point(f"{told.name(one.speaker)} {_ACTS.get(one.act, one.act)}: {one.reason}")
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
        lines += _point(label.replace("_", " ") + (f": {who}" if who else ""))
    return lines


def _withdrawn(report: Report, told: Told) -> list[str]:
    """Every earlier stance that no longer counts, once."""
    rows: dict[str, Withdrawn] = {one.statement: one for row in report.contributions for one in row.withdrawn}
    rows |= {one.statement: one for one in report.withdrawn}
    lines = []
    for one in sorted(rows.values(), key=lambda one: (one.said or "", one.statement)):
        when = f" ({one.said})" if one.said else ""
        lines += _point(f"{told.name(one.origin)} {one.stance} it{when}: {one.reason}")
    return lines


def _set_aside(report: Report, told: Told) -> list[str]:
    lines = []
    for one in report.set_aside:
        who = told.name(one.speaker) if one.speaker else "a document"
        lines += _point(f"{who} ({short(one.record)}): {one.reason}")
    return lines


def _verdicts(report: Report) -> list[str]:
    lines = []
    for one in report.verdicts:
        lines += _point(f"{one.by}: {one.value}" + (f" - {one.rationale}" if one.rationale else ""))
    return lines


def _sum(report: Report) -> list[str]:
    if report.headline == "not_scored":
        return []
    terms = [row for row in report.contributions if row.contribution]
    total = f"base {report.base:+.3f}" + "".join(f" {row.contribution:+.3f}" for row in terms)
    return [*wrapped(faint(f"log odds {report.log_odds:+.3f} = {total}")), ""]


def _why(report: Report, told: Told) -> list[str]:
    lines = _section("If one thing were missing", [line for text in _sensitivity(report) for line in _point(text)])
    related = [f"{told.name(one.a)} and {told.name(one.b)} ({one.rho:g}): {one.why}" for one in report.related]
    lines += _section("Related origins", [line for text in related for line in _point(text)])
    narrow = [
        f"{told.name(one.source)} ({one.side}) carries {', '.join(map(told.name, one.origins))}" for one in report.bottlenecks
    ]
    lines += _section("Bottlenecks", [line for text in narrow for line in _point(text)])
    circles = [" < ".join(map(told.name, one.speakers)) for one in report.circular]
    lines += _section("Circular citations", [line for text in circles for line in _point(text)])
    counts = [
        ("policy", report.policy),
        ("reports", report.reports),
        ("outlets", report.outlets),
        ("origins", f"{report.origins.for_} for, {report.origins.against} against"),
        ("independent", f"{report.independent_origins.for_:g} for, {report.independent_origins.against:g} against"),
        ("tree root", report.as_of.root),
    ]
    return [*lines, *members(counts)]


def _sensitivity(report: Report) -> list[str]:
    lines = []
    for one in report.sensitivity:
        change = f"without {one.without}" if one.without else one.reading or ""
        lines.append(f"{change}: {shown(one.probability)}, {one.headline.replace('_', ' ')}")
    return lines


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [bold(title), *lines, ""] if lines else []


def _point(text: str) -> list[str]:
    return wrapped(text, indent=2, hang=4)


def _without_last_blank(lines: list[str]) -> list[str]:
    while lines and not cells(lines[-1]):
        lines = lines[:-1]
    return lines
