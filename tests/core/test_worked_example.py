"""The worked example of SCORING section 4, to the digits printed there."""

from __future__ import annotations

import pytest

from tests.core.world import World


def troops() -> World:
    w = World()
    for slug, letter in (("nis", "C"), ("hur", "C"), ("mission", "D"), ("pentagon", "B"), ("kremlin", "D"), ("dprk", "D")):
        w.source(slug, letter, type="government_body")
    w.source("agency", "B", type="news_agency")
    for outlet in ("outlet", "second", "third"):
        w.source(outlet, "B")
    w.relate("mission", "speaks_for", "dprk")
    for a, b in (("nis", "hur"), ("nis", "pentagon"), ("hur", "pentagon"), ("kremlin", "dprk")):
        w.relate(a, "allied_with", b)
    hur = w.says("hur", "claims", said_at="2024-10-17", interest="for")
    w.through("outlet", hur, "2024-10-17")
    nis = w.says("nis", "asserts", said_at="2024-10-18")
    carried = w.through("agency", nis, "2024-10-18")
    for relay in ("second", "third"):
        w.through(relay, carried, "2024-10-19")
        w.through(relay, nis, "2024-10-19")
    denial = w.says("mission", "denies", said_at="2024-10-22", interest="for")
    w.through("outlet", denial, "2024-10-22")
    w.through("agency", w.says("pentagon", "confirms", said_at="2024-10-31"), "2024-10-31")
    w.through("agency", w.says("kremlin", "confirms", said_at="2025-04-26", interest="against"), "2025-04-27")
    own = w.document("dprk", "2025-04-28")
    w.says("dprk", "confirms", document=own, interest="against", basis="own_act")
    return w


CASES = [
    ("2024-10-17", 0.574, (0.20, 0.88), 1.0, 0.0, "single_origin", "low", {"hur": 0.300}),
    ("2024-10-19", 0.716, (0.27, 0.94), 1.5, 0.0, "single_origin", "low", {"nis": 0.774, "hur": 0.150}),
    ("2024-10-22", 0.686, (0.24, 0.94), 1.5, 1.0, "contested", "low", {"dprk": -0.142}),
    (
        "2024-10-31",
        0.886,
        (0.52, 0.98),
        2.0,
        1.0,
        "corroborated",
        "moderate",
        {"pentagon": 1.655, "nis": 0.387, "hur": 0.150, "dprk": -0.142},
    ),
    ("2025-04-27", 0.968, (0.72, 1.0), 3.0, 1.0, "corroborated", "moderate", {"kremlin": 1.364}),
    ("2025-04-30", 0.987, (0.85, 1.0), 3.5, 0.0, "corroborated", "high", {"dprk": 1.421, "kremlin": 0.682}),
]


@pytest.mark.parametrize("until, p, limits, n_for, n_against, headline, confidence, contributions", CASES)
def test_the_score_of_each_date_is_the_one_that_was_worked_out_by_hand(
    until: str,
    p: float,
    limits: tuple[float, float],
    n_for: float,
    n_against: float,
    headline: str,
    confidence: str,
    contributions: dict[str, float],
) -> None:
    report = troops().report(until)
    found = {row.origin: round(row.contribution, 3) for row in report.contributions}
    assert round(report.probability, 3) == p
    if until < "2025":
        assert tuple(round(limit, 2) for limit in report.interval) == limits
    else:
        assert round(report.interval[0], 2) == limits[0]
        assert report.interval[1] > 0.99
    assert (report.independent_origins.for_, report.independent_origins.against) == (n_for, n_against)
    assert contributions.items() <= found.items()
    assert (report.headline, report.confidence) == (headline, confidence)


def test_labels_name_who_acknowledged_and_who_changed_position() -> None:
    before, after = troops().report("2025-04-27"), troops().report("2025-04-30")
    assert before.labels == ["acknowledged"]
    assert after.labels == ["acknowledged", "changed_position"]
    assert after.label_sources == {"acknowledged": ["dprk", "kremlin"], "changed_position": ["dprk"]}
    assert [item.origin for item in after.withdrawn] == ["dprk"]
    assert "DPRK changed position" in after.summary
