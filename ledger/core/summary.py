"""One sentence that a fact-checker can read out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.core.hearing import Hearing
from schemas.corroboration import Label


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _side(hearing: Hearing, side: str) -> str | None:
    """Counting origins of a side by name. Who adds nothing beside another is not named; a part is never a number."""
    rows = [row for row in hearing.rows if row.counts and row.independence > 0 and row.testimony.side == side]
    if not rows:
        return None
    names = _listed([hearing.court.registry.name(row.origin) for row in rows])
    what = "against" if side == "-" else "for"
    if all(row.independence == 1.0 for row in rows):
        return f"{_count(len(rows), 'independent origin')} {what}: {names}"
    return f"{_count(len(rows), 'origin')} {what}, not all independent: {names}"


def summary_of(hearing: Hearing, labels: Mapping[Label, Sequence[str]], reports: int) -> str:
    """How many reports, who stands behind them, who admitted, who changed its position. No number of likelihood."""
    name = hearing.court.registry.name
    parts = [_count(reports, "report")]
    parts += [part for part in (_side(hearing, "+"), _side(hearing, "-")) if part]
    if len(parts) == 1:
        silent = sum(1 for row in hearing.rows if not row.counts)
        parts.append(f"no rated origin that says how it knows ({silent} without weight)" if silent else "no origin with weight")
    alone = {row.origin for row in hearing.rows if row.independence > 0}
    admitted = [name(slug) for slug in labels.get("acknowledged", ()) if slug in alone]
    if admitted:
        parts.append(f"acknowledged by {_listed(admitted)} against {'its' if len(admitted) == 1 else 'their'} own interest")
    if "changed_position" in labels:
        parts.append(f"{_listed([name(slug) for slug in labels['changed_position']])} changed position")
    if "single_channel" in labels:
        parts.append(f"all of it through {_listed([name(slug) for slug in labels['single_channel']])}")
    if "circular" in labels:
        parts.append(f"{_listed([name(slug) for slug in labels['circular']])} cite each other in a circle")
    if "rests_on_set_aside_evidence" in labels:
        parts.append("some evidence was set aside")
    return "; ".join(parts)
