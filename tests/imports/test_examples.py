"""The dossiers that ship, scored: what one could say of the running example, and when."""

from __future__ import annotations

from collections import Counter
from math import fsum

import pytest

from tests.imports.ledgers import dossier_text, drafted, score

EXAMPLE = drafted(dossier_text("north-korea-troops.yaml"))


def test_the_example_is_as_large_as_it_should_be_and_warns_of_nothing() -> None:
    kinds = Counter(item.record.kind for item in EXAMPLE.records)
    assert kinds["claim"] == 12
    assert kinds["source"] >= 15
    assert len(EXAMPLE.reports) >= 20
    assert EXAMPLE.warnings == ()


def test_on_30_october_2024_the_denial_stands_and_the_score_is_moderate() -> None:
    report = score(EXAMPLE, "troops-sent", until="2024-10-30")
    assert 0.45 <= report.probability <= 0.80
    assert report.independent_origins.against == 1.0
    assert "changed_position" not in report.labels


def test_on_28_april_2025_pyongyang_has_withdrawn_its_denial() -> None:
    report = score(EXAMPLE, "troops-sent", until="2025-04-28")
    assert report.probability > 0.85
    assert report.independent_origins.against == 0.0
    assert report.independent_origins.for_ > 2
    assert {"acknowledged", "changed_position"} <= set(report.labels)
    assert [item.origin for item in report.withdrawn] == ["dprk"]
    assert report.log_odds == pytest.approx(report.base + fsum(row.contribution for row in report.contributions), abs=1e-12)


HEADLINES = {
    "2024-10-16": "no_reports",
    "2024-10-17": "single_origin",
    "2024-10-19": "single_origin",
    "2024-10-22": "contested",
    "2024-10-31": "corroborated",
    "2025-04-27": "corroborated",
    "2025-04-30": "corroborated",
}


@pytest.mark.parametrize("until, headline", HEADLINES.items())
def test_the_example_goes_through_the_headlines(until: str, headline: str) -> None:
    assert score(EXAMPLE, "troops-sent", until=until).headline == headline


def test_the_accusation_of_arms_supplies_stays_contested() -> None:
    assert score(EXAMPLE, "arms-supplied").headline == "contested"


def test_unnamed_reports_alone_are_not_enough() -> None:
    assert score(EXAMPLE, "cmc-decided").headline == "not_enough"


def test_eight_outlets_that_reach_one_ministry_are_one_origin() -> None:
    report = score(drafted(dossier_text("eight-outlets.yaml")), "bridge-closed")
    assert (report.headline, report.independent_origins.for_, report.outlets) == ("single_origin", 1.0, 8)


def test_a_ninth_outlet_changes_the_score_by_exactly_nothing() -> None:
    text = dossier_text("eight-outlets.yaml")
    ninth = "  - {id: outlet-i, type: outlet, names: {en: Outlet I}, reliability: B}\nclaims:\n"
    nine = text.replace("claims:\n", ninth, 1)
    nine += "  - {claim: bridge-closed, chain: [{source: outlet-i, published_at: 2025-03-04}, south-wire, ministry]}\n"
    before, after = (score(drafted(one), "bridge-closed") for one in (text, nine))
    assert (before.outlets, after.outlets) == (8, 9)
    assert (after.log_odds, after.interval) == (before.log_odds, before.interval)


def test_five_outlets_that_do_not_say_how_they_know_are_not_enough() -> None:
    report = score(drafted(dossier_text("five-outlets.yaml")), "bridge-closed")
    assert (report.headline, report.independent_origins.for_, report.showable) == ("not_enough", 0.0, False)
