"""The eleven conditions of the headline, written out once more from their description alone."""

from __future__ import annotations

from schemas.corroboration import Report


def conditions(
    n_for: float, n_against: float, p: float, low: bool, channels: set[str], named: set[str], anything: bool
) -> dict[str, bool]:
    """Each headline and whether its condition holds, in the order in which they are asked."""
    n_for, n_against, p = round(n_for, 9), round(n_against, 9), round(p, 9)
    through_one = {side: side in channels for side in ("for", "against")}
    return {
        "no_reports": not anything,
        "not_enough": n_for == n_against == 0,
        "contested": n_for >= 1 and n_against >= 1 and 0.20 < p < 0.80,
        "corroborated": n_for >= 2 and p >= 0.80 and not low and not through_one["for"] and "for" in named,
        "contradicted": n_against >= 2 and p <= 0.20 and not low and not through_one["against"] and "against" in named,
        "single_origin": 0 < n_for < 2 and n_against == 0,
        "single_channel": n_for >= 2 and n_against == 0 and through_one["for"],
        "single_origin_against": 0 < n_against < 2 and n_for == 0,
        "single_channel_against": n_against >= 2 and n_for == 0 and through_one["against"],
        "mostly_for": p >= 0.5,
        "mostly_against": True,
    }


def expected_headline(report: Report, *, anything: bool, named: set[str]) -> str:
    n, channels = report.independent_origins, {item.side for item in report.bottlenecks}
    low = report.interval[1] - report.interval[0] > 0.5
    found = conditions(n.for_, n.against, report.probability, low, set(channels), named, anything)
    return next(headline for headline, holds in found.items() if holds)
