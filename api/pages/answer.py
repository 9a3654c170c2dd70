"""The sentence that answers, in the reader's language; in English it is the report's own `summary`."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from api.pages.language import Tongue
from api.pages.rendering import said
from schemas.corroboration import Report, Side

Names = Mapping[str, str]


def answer_of(report: Report, names: Names, t: Tongue) -> list[Markup]:
    """Its parts: how many reports, who stands behind them, who admitted, who changed its position. No number of likelihood."""
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
    rows = [row for row in report.contributions if row.side == side and row.established and row.rated and row.contribution != 0]
    if not rows:
        return None
    alone = "independent" if all(row.independence == 1.0 for row in rows) else "related"
    number = "one" if len(rows) == 1 else "other"
    return _with(t, f"answer.{side}.{alone}.{number}", t.list([row.name for row in rows]), n=len(rows))


def _with(t: Tongue, key: str, names: str, **parts: object) -> Markup:
    return t.html(key, names=said(t.named(names)), **parts)
