"""The range report of quantities: what all figures on record for one thing come to."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.corroboration import Figures
from tests.core.world import World


def figure(hedge: str, unit: str = "soldiers", measure: str | None = "killed", **bounds: Any) -> dict[str, Any]:
    return {"hedge": hedge, "unit": unit, "measure": measure, **bounds}


def counted(w: World, *given: tuple[str, str | None, dict[str, Any]], claim: str) -> list[Figures]:
    """Each (slug, letter, figure) says that figure about the claim; the figures of its report."""
    for slug, letter, quantity in given:
        w.source(slug, letter, type="government_body")
        w.says(slug, "asserts", claim=claim, quantity=quantity, document=w.document(slug, "2025-01-01"))
    return w.report(claim=claim).figures


@pytest.fixture
def w() -> World:
    return World()


@pytest.fixture
def killed(w: World) -> str:
    return w.claim("about 1,000 were killed", type="quantity", quantity=figure("about", best=1000))


def test_one_figure_covers_the_range_of_its_words(w: World, killed: str) -> None:
    (found,) = counted(w, ("army", "B", figure("between", low=800, high=1250)), claim=killed)
    assert (found.unit, found.measure, found.weighted) == ("soldiers", "killed", True)
    assert found.median == pytest.approx(1000, rel=0.01)  # halfway on a logarithmic scale
    assert 800 < found.most[0] < found.half[0] < found.median < found.half[1] < found.most[1] < 1250
    assert [row.share for row in found.figures] == [1.0]


def test_a_figure_of_a_better_source_draws_the_median(w: World, killed: str) -> None:
    (found,) = counted(w, ("army", "D", figure("exact", best=500)), ("court", "A", figure("exact", best=1000)), claim=killed)
    assert found.median == pytest.approx(1000, rel=0.06)
    assert [row.origin for row in found.figures] == ["court", "army"]


def test_unrated_figures_are_counted_alike_and_that_is_said(w: World, killed: str) -> None:
    (found,) = counted(w, ("army", None, figure("exact", best=500)), ("court", None, figure("exact", best=2000)), claim=killed)
    assert not found.weighted
    assert [row.share for row in found.figures] == [0.5, 0.5]
    assert 500 * 0.94 < found.most[0] < found.most[1] < 2000 * 1.06


def test_an_unrated_figure_beside_a_rated_one_moves_nothing(w: World, killed: str) -> None:
    (found,) = counted(w, ("army", None, figure("exact", best=500)), ("court", "B", figure("exact", best=1000)), claim=killed)
    assert {row.origin: row.share for row in found.figures} == {"army": 0.0, "court": 1.0}
    assert found.most[0] > 900


def test_killed_are_not_taken_together_with_casualties(w: World) -> None:
    event = w.claim("there was a battle")
    killed = w.claim("about 100 were killed", type="quantity", quantity=figure("about", best=100))
    hurt = w.claim("about 900 were casualties", type="quantity", quantity=figure("about", best=900, measure="casualties"))
    for claim in (killed, hurt):
        w.relate_claims(claim, "entails", event)
    w.source("army", "B", type="government_body")
    for claim in (killed, hurt):
        w.says("army", "asserts", claim=claim, document=w.document("army", "2025-01-01"))
    found = w.report(claim=event).figures
    assert [(one.measure, round(one.median, -2)) for one in found] == [("casualties", 900), ("killed", 100)]


def test_only_the_latest_figure_of_an_origin_counts(w: World, killed: str) -> None:
    w.source("army", "B", type="government_body")
    for day, best in (("2025-01-01", 100), ("2025-02-01", 1000)):
        w.says("army", "asserts", claim=killed, quantity=figure("exact", best=best), document=w.document("army", day))
    (found,) = w.report(claim=killed).figures
    assert [row.quantity.best for row in found.figures] == [1000]


def test_an_origin_has_one_figure_where_times_overlap(w: World) -> None:
    event = w.claim("there was a battle")
    w.source("army", "B", type="government_body")
    for best, day, said in ((100, "2025-01", "2025-02-01"), (130, "2025-01-20", "2025-03-01")):
        quantity = figure("exact", best=best, as_of=day)
        claim = w.claim(f"{best} by {day}", type="quantity", quantity=quantity)
        w.relate_claims(claim, "entails", event)
        w.says("army", "asserts", claim=claim, document=w.document("army", said))
    (found,) = w.report(claim=event).figures
    assert [row.quantity.best for row in found.figures] == [130]


def test_figures_of_different_times_stand_apart(w: World) -> None:
    event = w.claim("there was a battle")
    claims = [
        w.claim(f"{best} by {day}", type="quantity", quantity=figure("exact", best=best, as_of=day))
        for best, day in ((100, "2025-01"), (900, "2025-06"))
    ]
    w.source("army", "B", type="government_body")
    for claim in claims:
        w.relate_claims(claim, "entails", event)
        w.says("army", "asserts", claim=claim, document=w.document("army", "2025-07-01"))
    assert [one.as_of for one in w.report(claim=event).figures] == [["2025-01"], ["2025-06"]]


def test_a_denial_names_no_figure_and_a_claim_without_figures_has_no_ranges(w: World, killed: str) -> None:
    w.source("army", "B", type="government_body")
    w.says("army", "denies", claim=killed, document=w.document("army", "2025-01-01"))
    assert w.report(claim=killed).figures == []
    assert w.report().figures == []
