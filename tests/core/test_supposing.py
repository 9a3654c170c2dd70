"""What a hop that is not on record would change, if it were."""

from __future__ import annotations

from ledger.core.hearing import Hearing, examine
from schemas.corroboration import AsOf
from tests.core.world import World


def hearing(w: World, *supposing: tuple[str, str]) -> Hearing:
    as_of = AsOf(size=len(w.logged), root="00" * 32, time="2026-01-01T00:00:00Z")
    return examine(w.claim_id, w.logged, as_of=as_of, supposing=supposing)


def two_witnesses() -> tuple[World, str, str]:
    w = World()
    first, second = (
        w.says(w.source(slug, "B"), "reports", basis="witnessed", document=w.document(slug, day))
        for slug, day in (("first", "2025-01-01"), ("second", "2025-01-02"))
    )
    return w, first, second


def test_a_supposed_hop_makes_one_origin_of_two() -> None:
    w, first, second = two_witnesses()
    assert hearing(w).verdict.n_for == 2
    supposed = hearing(w, (second, first))
    assert supposed.verdict.n_for == 1
    assert [row.origin for row in supposed.rows] == ["first"]


def test_a_supposed_hop_counts_like_the_recorded_one() -> None:
    w, first, second = two_witnesses()
    supposed = hearing(w, (second, first)).verdict
    w.hop(second, first, mode="republishes", standing="implied")
    assert supposed == hearing(w).verdict


def test_supposing_nothing_changes_nothing_and_strangers_are_passed_over() -> None:
    w, first, second = two_witnesses()
    elsewhere = w.says("first", "reports", claim=w.claim("something else"), document=w.document("first", "2025-01-03"))
    assert hearing(w, (elsewhere, first), (second, elsewhere)).verdict == hearing(w).verdict


def test_what_is_supposed_to_rest_on_a_forgery_falls_with_it() -> None:
    w, first, second = two_witnesses()
    forged = next(entry.record.document for entry in w.logged if entry.id == first)  # type: ignore[union-attr]
    w.add(kind="assessment", target=forged, scheme="authenticity", value="forged", rationale="a test")
    assert hearing(w).verdict.n_for == 1
    assert hearing(w, (second, first)).verdict.n_for == 0
