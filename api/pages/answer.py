"""The sentences that answer, in the reader's language: how many origins there really are, and who they are."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from api.pages.language import Tongue
from api.pages.rendering import said
from schemas.corroboration import Contribution, Report, Side

Names = Mapping[str, str]
_WHOLE = 1.0


def counts(row: Contribution) -> bool:
    """Whether the row adds anything to the score."""
    return row.established and row.rated and row.contribution != 0


def origins_of(report: Report, t: Tongue) -> list[str]:
    """How many origins each side has: whole ones by number, those that lean on another beside them."""
    said = [_number(report, "for", t), _number(report, "against", t)]
    return [one for one in said if one] or [t("card.none")]


def _number(report: Report, side: Side, t: Tongue) -> str | None:
    rows = [row for row in report.contributions if row.side == side and counts(row)]
    whole = sum(row.independence >= _WHOLE for row in rows)
    leaning = len(rows) - whole
    if not rows:
        return None
    said = t.count(f"card.{side}", whole)
    return f"{said}, {t.count('card.leaning', leaning)}" if leaning else said


def answer_of(report: Report, names: Names, t: Tongue) -> list[Markup]:
    """The parts of one sentence, in English the report's own `summary`: how many reports, who stands behind them, who admitted,
    who changed its position. No number of likelihood."""
    if t.language == "en":
        return [said(t.named(report.summary))]
    parts = [said(t.count("answer.reports", report.reports))]
    parts += [part for side in ("for", "against") if (part := _side(report, side, t))]
    if len(parts) == 1:
        parts.append(said(t("answer.nobody")))
    alone = {row.origin for row in report.contributions if row.independence > 0}
    for label in ("acknowledged", "changed_position", "single_channel", "circular"):
        if label in report.labels:
            slugs = [slug for slug in report.label_sources.get(label, []) if label != "acknowledged" or slug in alone]
            named = [names.get(slug, slug) for slug in slugs]
            parts += [_with(t, f"answer.{label}", t.list(named))] if named else []
    if "rests_on_set_aside_evidence" in report.labels:
        parts.append(said(t("answer.set_aside")))
    return parts


def _side(report: Report, side: Side, t: Tongue) -> Markup | None:
    """Counting origins of a side by name; who adds nothing beside another is not named."""
    rows = [row for row in report.contributions if row.side == side and counts(row)]
    if not rows:
        return None
    alone = "independent" if all(row.independence == 1.0 for row in rows) else "related"
    number = "one" if len(rows) == 1 else "other"
    return _with(t, f"answer.{side}.{alone}.{number}", t.list([row.name for row in rows]), n=len(rows))


def _with(t: Tongue, key: str, names: str, **parts: object) -> Markup:
    return t.html(key, names=said(t.named(names)), **parts)
