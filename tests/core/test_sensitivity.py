"""What would change the answer: each entry is what asking again `without` gives, and who is not named moves nothing."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from ledger.core.combination import rows_again, rows_of
from ledger.core.hearing import examine
from ledger.core.leaving import owners_and_countries
from ledger.core.origins import Position
from ledger.core.relations import Registry
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


def crowd(count: int) -> World:
    """Origins by the hundred, in alliances of three."""
    w = World()
    chance = random.Random(count)
    for number in range(count):
        w.source(f"s{number}", chance.choice("ABCD"), type="person")
        w.says(f"s{number}", chance.choice(["asserts", "denies"]), said_at="2025-01-01")
        if number % 3:
            w.relate(f"s{number}", "allied_with", f"s{number - number % 3}")
    return w


def test_of_very_many_origins_the_weightiest_are_asked_about_and_the_rest_counted() -> None:
    report = crowd(150).report()
    asked = [one.without for one in report.sensitivity]
    weightiest = sorted(report.contributions, key=lambda row: (-abs(row.contribution), row.origin))
    assert asked[:100] == [f"origin:{row.origin}" for row in weightiest[:100]]
    assert len(asked) == 100
    assert report.sensitivity_left_out == 50
    assert crowd(60).report().sensitivity_left_out == 0


@pytest.mark.parametrize("name", [0, 40, 99])
def test_an_origin_among_very_many_is_left_out_as_if_asked_without_it(name: int) -> None:
    w = crowd(150)
    entry = w.report().sensitivity[name]
    assert entry.without
    again = w.report(without=[entry.without])
    assert (entry.probability, entry.headline) == (again.probability, again.headline)


def test_origins_that_have_nothing_to_do_with_each_other_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report of five hundred origins took 20 s, as each was held against each other for the silence of each."""
    compared: list[tuple[str, str]] = []
    rho = Registry.rho

    def counted(self: Registry, a: str, b: str) -> float:
        compared.append((a, b))
        return rho(self, a, b)

    monkeypatch.setattr(Registry, "rho", counted)
    crowd(300).report()
    assert len(compared) < 10 * 300


def test_where_each_silence_takes_a_whole_hearing_only_some_are_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of a joint statement is another one, so nothing can be taken over."""
    w = World()
    for number in range(11):
        w.source(f"s{number}", "B", type="person")
    for number in range(11):
        w.says(f"s{number}", joint_with=[f"s{(number + 1) % 11}"], said_at="2025-01-01")
    everybody = w.report()
    assert everybody.sensitivity_left_out == 0
    monkeypatch.setattr("ledger.core.sensitivity._MOST_HEARD", 55)  # five hearings of eleven statements
    some = w.report()
    assert some.sensitivity == everybody.sensitivity[:5]
    assert some.sensitivity_left_out == len(everybody.sensitivity) - 5


def test_of_very_many_disputed_hops_some_are_read_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.core.sensitivity._MOST_ASKED", 3)
    w = World()
    w.source("ministry", "B", type="government_body")
    said = w.says("ministry", "confirms", said_at="2025-01-01")
    for number in range(5):
        w.source(f"daily-{number}", "B")
        w.hop(w.says(f"daily-{number}", "reports", document=w.document(f"daily-{number}")), said, standing="disputed")
    report = w.report()
    assert len([one for one in report.sensitivity if one.reading]) == 3
    assert report.sensitivity_left_out == 2


@pytest.mark.parametrize("seed", range(60))
def test_rows_where_some_origins_stand_otherwise_are_those_of_all_positions(seed: int) -> None:
    w, chance = crowd(24) if seed % 2 else peopled_world(seed), random.Random(seed)
    state = AsOf(size=len(w.logged), root="00" * 32, time="2026-01-01T00:00:00Z")
    hearing = examine(w.claim_id, w.logged, as_of=state)
    court = hearing.court
    changed: dict[str, Position | None] = {}
    for place in chance.sample(hearing.positions, chance.randint(0, len(hearing.positions))):
        best = place.best.with_edge(chance.choice([0.0, 0.3, 0.9]), court.policy) if place.best else None
        changed[place.origin] = replace(place, best=best) if chance.random() < 0.7 else None
    now = [changed.get(place.origin, place) for place in hearing.positions]
    wanted = rows_of([place for place in now if place is not None], court.registry)
    assert rows_again(hearing.rows, changed, court.registry) == wanted
