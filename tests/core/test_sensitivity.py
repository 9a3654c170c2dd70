"""What would change the answer: each entry is what asking again `without` gives, and who is not named moves nothing."""

from __future__ import annotations

import random

import pytest

from ledger.core.hearing import examine
from ledger.core.leaving import owners_and_countries
from schemas.corroboration import AsOf
from schemas.records import SourceRecord
from tests.core.axioms.random_worlds import RandomWorld
from tests.core.world import World

COUNTRIES = ["KP", "KR", "RU", "US"]


def peopled_world(seed: int) -> World:
    """A random world whose sources have countries, with withdrawals and joint statements now and then."""
    w = RandomWorld(seed)
    chance = random.Random(seed)
    slugs = sorted({entry.record.id for entry in w.logged if isinstance(entry.record, SourceRecord)})
    for slug in slugs:
        newest = [e.record for e in w.logged if isinstance(e.record, SourceRecord) and e.record.id == slug][-1]
        w.add(**{**newest.model_dump(exclude_none=True), "country": chance.choice(COUNTRIES)})
    if chance.random() < 0.3:
        speaker = chance.choice(slugs)
        said = w.says(speaker, "asserts", said_at="2025-01-01")
        w.says(speaker, "withdraws", withdraws=said, said_at="2025-02-02")
    if chance.random() < 0.3:
        w.says(slugs[0], "asserts", joint_with=slugs[1:3], said_at="2025-01-20", basis="witnessed")
    return w


@pytest.mark.parametrize("seed", range(150))
def test_each_entry_is_what_asking_again_without_it_gives(seed: int) -> None:
    w = peopled_world(seed)
    report = w.report()
    listed = {one.without: one for one in report.sensitivity if one.without}
    state = AsOf(size=len(w.logged), root="00" * 32, time="2026-01-01T00:00:00Z")
    court = examine(w.claim_id, w.logged, as_of=state).court
    speakers = {one.speaker for one in court.graph.statements.values()}
    speakers |= {slug for one in court.graph.statements.values() for slug in one.record.joint_with or ()}
    for name in {*listed, *owners_and_countries(speakers, court.registry)}:
        again = w.report(without=[name])
        if name in listed:
            assert listed[name].probability == pytest.approx(again.probability, abs=1e-12), name
            assert listed[name].headline == again.headline, name
        else:
            assert (again.log_odds, again.headline) == (pytest.approx(report.log_odds, abs=1e-12), report.headline), name


def test_two_outlets_of_one_owner_are_left_out_together() -> None:
    w = World()
    w.source("ministry", "B", type="government_body")
    w.source("holding", type="organization")
    for outlet in ("morning", "evening"):
        w.source(outlet, "B")
        w.relate(outlet, "owned_by", "holding")
    said = w.says("ministry", "confirms", said_at="2025-01-01")
    w.through("morning", said, "2025-01-02")
    w.through("evening", said, "2025-01-02")
    entry = {one.without: one for one in w.report().sensitivity}["owner:holding"]
    assert entry.headline == "no_reports"
    assert entry.probability == 0.5


def test_what_comes_from_one_country_is_left_out_together() -> None:
    w = World()
    for slug, letter, country in (("nis", "B", "KR"), ("police", "B", "KR"), ("pentagon", "B", "US")):
        w.source(slug, letter, type="government_body", country=country)
        w.says(slug, "confirms", document=w.document(slug, "2025-01-01"))
    listed = {one.without: one for one in w.report().sensitivity}
    assert w.report().headline == "corroborated"
    assert listed["country:KR"].headline == "single_origin"
    assert listed["country:US"].headline == "corroborated"


def test_a_disputed_hop_is_used_and_the_reading_without_it_is_listed() -> None:
    w = World()
    w.source("ministry", "B", type="government_body")
    w.source("daily", "B")
    said = w.says("ministry", "confirms", said_at="2025-01-01")
    carried = w.says("daily", "reports", basis="told", document=w.document("daily", "2025-01-02"))
    w.hop(carried, said, standing="disputed")
    report = w.report()
    assert [row.origin for row in report.contributions] == ["ministry"]
    reading = next(one for one in report.sensitivity if one.reading)
    assert reading.reading == "if DAILY does not have it from MINISTRY"
    assert reading.probability != report.probability


def test_both_readings_of_a_disputed_coding_are_listed() -> None:
    w = World()
    w.source("ministry", "B", type="government_body")
    page = w.document("ministry", "2025-01-01")
    w.says("ministry", "confirms", document=page)
    w.says("ministry", "denies", document=page)
    report = w.report()
    assert report.labels == ["coding_disputed"]
    assert report.headline == "not_enough"
    readings = {one.reading: one for one in report.sensitivity}
    assert readings["if MINISTRY supports it"].headline == "single_origin"
    assert readings["if MINISTRY speaks against it"].headline == "single_origin_against"
