"""How a score was computed: what hangs together, which rules were at work, and where to look it up (`score --why`)."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.cli.note import Told, point, section, without_last_blank
from ledger.cli.output import faint, members, wrapped
from schemas.corroboration import Related, Report
from schemas.lookups import PolicyView


def why_note(report: Report, told: Told, policy: PolicyView) -> list[str]:
    """Pairs that are not independent, narrow places, circles, the rules that made a difference, counts."""
    from ledger.core.rulebook import rules_at_work

    related = [f"{told.name(one.a)} and {told.name(one.b)}{_rho(one, told)}: {one.why}" for one in report.related]
    lines = section(
        "Not independent" if told.private else "Not independent (1 is one voice)",
        [line for text in related for line in point(text)],
    )
    narrow = [
        f"{told.name(one.source)} ({one.side}) carries {', '.join(map(told.name, one.origins))}" for one in report.bottlenecks
    ]
    lines += section("Bottlenecks", [line for text in narrow for line in point(text)])
    circles = [" < ".join(map(told.name, one.speakers)) for one in report.circular]
    lines += section("Circular citations", [line for text in circles for line in point(text)])
    texts = {rule.name: (rule.section, rule.text) for rule in policy.rules}
    lines += section(f"Rules of {report.policy} that were at work", _rules(rules_at_work(report), texts))
    return without_last_blank([*lines, *_counts(report, told)])


def _rho(one: Related, told: Told) -> str:
    if told.private:
        return ", one voice" if one.rho == 1 else ""
    return f" ({one.rho:g})"


def _rules(names: list[str], texts: Mapping[str, tuple[str, str]]) -> list[str]:
    """A policy of another version may lack a rule that this program knows."""
    lines = []
    for name in names:
        if name in texts:
            where, text = texts[name]
            lines += point(f"{name.replace('_', ' ')} ({where})")
            lines += [faint(line) for line in wrapped(text, indent=4)]
    return lines


def _counts(report: Report, told: Told) -> list[str]:
    independent = f"{report.independent_origins.for_:g} for, {report.independent_origins.against:g} against"
    return members(
        [
            ("policy", report.policy),
            ("reports", report.reports),
            ("outlets", report.outlets),
            ("origins", f"{report.origins.for_} for, {report.origins.against} against"),
            ("independent", None if told.private else independent),
            ("tree root", report.as_of.root),
        ]
    )
