"""How a score moved: every point is what one would have been told then, and the record that is named did move it."""

from __future__ import annotations

import os
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ledger.core.chain import chain_view
from ledger.core.evidence import Logged
from ledger.core.hearing import Series, examine
from ledger.core.history import Asked, Plan, Published, Steps, in_the_world, on_the_ledger, plan, view_of
from ledger.core.moments import only_carriers
from ledger.core.telling import history_of
from ledger.errors import FormatError, NotFoundError
from schemas.corroboration import AsOf, Clock
from schemas.dates import last_second, seconds_of, time_of
from schemas.history import By, History
from tests.core.test_worked_example import troops
from tests.core.world import OTHER, World

CASES = int(os.environ.get("ONRECORD_HISTORY_CASES", "40"))
NOW = seconds_of("2025-06-01T00:00:00Z")
DAYS = ["2024-10-17", "2024-10-18", "2024-10-22", "2024-10", "2024-11-01~", "2024", "2025-01-01/2025-02-01", "2025-03-01"]
TIMES = [*DAYS, "2024-10-18T07:10:00Z", "2025", "2025-09-01"]
DATES = ["2023-12-31", "2024-10-17", "2024-10-18T07:10:00Z", "2024-10-20", "2024-10", "2024", "2025-01", "2025-04-01"]
LETTERS = ["A", "B", "C", "D", None]
TYPES = ["government_body", "outlet", "news_agency", "person", "organization"]
ACTS = ["asserts", "confirms", "denies", "claims", "reports", "dismisses", "withdraws"]


def random_world(seed: int, *, quiet: bool = False) -> tuple[World, random.Random]:
    """Sources, relations and ratings that come and go; statements, hops, withdrawals and corrections, entered in any order. In
    a quiet one nothing is withdrawn, judged or found later, and nobody cites what cites it."""
    chance, w = random.Random(seed), World()
    slugs = [w.source(f"s{n}", chance.choice(LETTERS), type=chance.choice(TYPES)) for n in range(chance.randint(2, 6))]
    related = w.claim("something greater happened")
    said: list[str] = []
    for _ in range(chance.randint(6, 40 if quiet else 22)):
        _happen(w, chance, slugs, said, related, quiet=quiet)
    return w, chance


_HAPPENINGS = "say say say say hop rate relate claims correct forge withdraw revise".split()


def _happen(w: World, chance: random.Random, slugs: list[str], said: list[str], related: str, *, quiet: bool) -> None:
    one, other = chance.sample(slugs, 2)
    span: dict[str, Any] = {
        "valid_from": chance.choice([None, *DAYS, "2025-05-29T03:00:00Z"]),
        "valid_to": chance.choice([None, None, "2025-02", "2025-05-29T06:00:00Z", "2026-01-01"]),
    }
    much = ["say", "hop", "hop", "say"] if quiet else []
    match chance.choice([*_HAPPENINGS, *much, *much]):
        case "say":
            act = chance.choice(ACTS[:-1])
            document = w.document(one, chance.choice([*TIMES, None]), hashed=chance.random() < 0.6)
            place = {"document": document} if chance.random() < 0.8 else {}
            when = {"said_at": chance.choice(TIMES)} if chance.random() < 0.5 or not place else {}
            interest = chance.choice(["for", "against", "neutral"])
            claim = related if chance.random() < 0.2 else w.claim_id
            basis = chance.choice(["not_stated", "told", "imagery"])
            said.append(w.says(one, act, claim=claim, basis=basis, interest=interest, **place, **when))
        case "hop" if len(said) > 1:
            above, below = sorted(chance.sample(said, 2), key=said.index) if quiet else chance.sample(said, 2)
            w.hop(below, above, known_from=None if quiet else chance.choice([None, None, *TIMES]))
        case "rate":
            w.rate(one, chance.choice(["A", "B", "C", "D"]), key=chance.choice([OTHER, w.logged[0].keys[0]]), **span)
        case "relate":
            w.relate(one, chance.choice(["part_of", "allied_with", "speaks_for", "member_of"]), other, **span)
        case "claims":
            w.relate_claims(related, chance.choice(["entails", "contradicts"]), w.claim_id)
        case "correct":
            targets = [entry.id for entry in w.logged if entry.record.kind not in ("claim", "key", "source")]
            if targets:
                w.add(kind="correction", target=chance.choice(targets), reason="a slip", ledger="test.example/w")
        case "forge" if not quiet:
            documents = [entry.id for entry in w.logged if entry.record.kind == "document"]
            if documents:
                w.add(
                    kind="assessment",
                    target=chance.choice(documents),
                    scheme="authenticity",
                    value=chance.choice(["forged", "authentic"]),
                    rationale="a test",
                    **span,
                )
        case "withdraw" if said and not quiet:
            target_id = chance.choice(said)
            speaker = next(entry.record.speaker for entry in w.logged if entry.id == target_id)  # type: ignore[union-attr]
            w.says(speaker, "withdraws", withdraws=target_id, said_at=chance.choice(TIMES), interest="for")
        case "revise":
            w.add(kind="source", id=one, type=chance.choice(TYPES), names={"en": one.upper()}, same_as=[other])


def state(size: int) -> AsOf:
    """An entry an hour: the hundredth at NOW."""
    return AsOf(size=size, root="00" * 32, time=time_of(NOW - 3_600 * (100 - size)))


def planned(w: World, size: int | None = None, **asked: Any) -> Plan:
    return plan(w.claim_id, w.logged, state(len(w.logged) if size is None else size), Asked(**asked))


def singly(it: Plan) -> list[Published]:
    """As if each record had been published alone."""
    return [Published(state(entry.index + 1), [entry]) for entry in it.entries]


def in_batches(it: Plan, of: int) -> list[Published]:
    found: dict[int, list[Logged]] = {}
    for entry in it.entries:
        found.setdefault(min(-(-(entry.index + 1) // of) * of, it.as_of.size), []).append(entry)
    return [Published(state(size), entries) for size, entries in found.items()]


def told(w: World, as_of: AsOf, asked: Asked, until: str | None) -> tuple[Any, ...]:
    """What one is told who asks for the score itself."""
    return view_of(
        examine(
            w.claim_id,
            w.logged,
            as_of=as_of,
            until=until,
            clock=asked.clock,
            without=asked.without,
            policy=asked.policy,
            base_rate=asked.base_rate,
        )
    ).told


def each_world(check: Callable[[World, random.Random], None]) -> None:
    for seed in range(CASES):
        w, chance = random_world(seed)
        try:
            check(w, chance)
        except (AssertionError, NotFoundError) as error:
            raise AssertionError(f"world {seed}: {error}") from error


def questions(chance: random.Random) -> Iterator[Asked]:
    clocks: list[Clock] = ["said", "public"]
    for clock in clocks:
        yield Asked(
            clock=clock,
            without=chance.choice([(), ("source:s0",), ("owner:s0",), ("origin:s1",)]),
            base_rate=chance.choice([None, 0.2]),
        )


# In the world


def test_who_asks_at_any_date_is_told_what_the_last_point_before_says() -> None:
    def check(w: World, chance: random.Random) -> None:
        for asked in questions(chance):
            it = plan(w.claim_id, w.logged, state(len(w.logged)), asked)
            steps = [step for step in in_the_world(it).steps if step.at is not None]
            seconds = [last_second(step.at or "") for step in steps]
            assert seconds == sorted(seconds)
            blank = told(w, it.as_of, asked, "0001-01-02")
            for date in [*DATES, it.as_of.time, *(step.at or "" for step in steps)]:
                place = bisect_right(seconds, last_second(date))
                found = steps[place - 1].view.told if place else blank
                assert found == told(w, it.as_of, asked, date), date

    each_world(check)


def test_hearings_in_a_series_come_out_as_each_does_alone() -> None:
    lasting = 0
    for seed in range(CASES):
        w, chance = random_world(seed, quiet=seed % 2 == 0)
        logged = [one for one in w.logged if not (getattr(one.record, "valid_from", 0) or getattr(one.record, "valid_to", 0))]
        for asked in questions(chance):
            of = {"as_of": state(len(w.logged)), "clock": asked.clock, "without": asked.without if seed % 3 == 0 else ()}
            try:
                series = Series(examine(w.claim_id, logged, **of).stands)
            except NotFoundError:
                continue  # whoever is left out was never on record
            for until in chance.sample(DATES, len(DATES)):
                alone = examine(w.claim_id, logged, until=until, **of)
                found = examine(w.claim_id, logged, until=until, series=series, **of)
                assert (found.heard, found.rows, found.verdict) == (alone.heard, alone.rows, alone.verdict), (seed, until)
                assert view_of(found) == view_of(alone), (seed, until)
            assert series.known is not None
            lasting += len(series.lasting)
    assert lasting > CASES, "what was weighed once is what this is about"


def test_the_last_point_in_the_world_is_the_score_itself() -> None:
    def check(w: World, chance: random.Random) -> None:
        for asked in questions(chance):
            for until in (None, "2024-10-20", "2025"):
                asked = replace(asked, until=until)
                steps = in_the_world(plan(w.claim_id, w.logged, state(len(w.logged)), asked)).steps
                if steps:
                    assert steps[-1].view.told == told(w, state(len(w.logged)), asked, until)

    each_world(check)


def test_whoever_only_carries_moves_nothing_at_its_own_moment() -> None:
    """In quiet worlds, where relays are passed over, every date is told right all the same."""
    passed_over = 0
    for seed in range(4 * CASES):
        w, chance = random_world(seed, quiet=True)
        for asked in questions(chance):
            it = plan(w.claim_id, w.logged, state(len(w.logged)), asked)
            idle = only_carriers(it.now)
            passed_over += len(idle)
            steps = [step for step in in_the_world(it).steps if step.at is not None]
            seconds = [last_second(step.at or "") for step in steps]
            for one in it.now.court.graph.statements.values():
                if one.id in idle and one.span.last <= NOW - 100 * 3_600:
                    place = bisect_right(seconds, one.span.last)
                    found = steps[place - 1].view.told if place else told(w, it.as_of, asked, "0001-01-02")
                    assert found == told(w, it.as_of, asked, time_of(one.span.last)), f"world {seed}: {one}"
    assert passed_over > CASES


def test_a_history_that_is_cut_goes_on_from_where_it_says() -> None:
    def check(w: World, _: random.Random) -> None:
        whole = in_the_world(planned(w, until="2025-05-31")).steps
        joined: list[Any] = []
        until: str | None = "2025-05-31"
        while until is not None:
            part = in_the_world(replace(planned(w, until=until), most=3))
            joined = [*part.steps, *joined]
            assert (part.left_out > 0) == (part.next is not None)
            until = part.next
        assert [(step.at, step.view.told, step.before) for step in joined] == [
            (step.at, step.view.told, step.before) for step in whole
        ]

    each_world(check)


# On the ledger


def _agrees(w: World, it: Plan, found: Steps, sizes: list[int]) -> None:
    at = [step.state.size for step in found.steps]
    assert at == sorted(at)
    blank = told(w, it.as_of, it.asked, "0001-01-02")
    for size in sizes:
        place = bisect_right(at, size)
        try:
            now = told(w, state(size), it.asked, it.asked.until)
        except NotFoundError:
            continue
        assert (found.steps[place - 1].view.told if place else blank) == now, size


def test_who_asked_at_any_size_was_told_what_the_last_point_before_says() -> None:
    def check(w: World, chance: random.Random) -> None:
        for asked in questions(chance):
            asked = replace(asked, until=chance.choice(["2024-10-20", "2024-12", "2025-05"]))
            it = plan(w.claim_id, w.logged, state(len(w.logged)), asked)
            _agrees(w, it, on_the_ledger(it, singly(it)), list(range(3, len(w.logged) + 1)))

    each_world(check)


def test_without_a_date_the_ledger_is_read_at_its_own_time() -> None:
    """A rating that runs out between two entries moves the score at the next of them: asked at its size, one is told so."""

    def check(w: World, _: random.Random) -> None:
        it = planned(w)
        _agrees(w, it, on_the_ledger(it, singly(it)), [*(entry.index + 1 for entry in it.entries), len(w.logged)])

    each_world(check)


def test_the_more_statements_a_claim_has_the_fewer_moments_are_asked_about() -> None:
    """Two thousand statements took 47 s: each of a number of hearings that did not fall with them."""

    def crowded(count: int) -> World:
        w = World()
        w.source("ministry", "B", type="government_body")
        for number in range(count):
            w.says("ministry", said_at=f"2024-01-01T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z")
        return w

    assert planned(crowded(50)).most == 200
    assert planned(crowded(200)).most == 100
    assert planned(crowded(2_000)).most == 10


def test_too_many_records_are_told_by_the_states_that_were_published() -> None:
    def check(w: World, _: random.Random) -> None:
        it = replace(planned(w, until="2025-05"), most=4)
        states = in_batches(it, 5)
        if len(states) <= it.most:
            return
        found = on_the_ledger(it, states[-5:])
        assert found.left_out == sum(len(one.entries) for one in states[:-4])
        assert found.next == str(states[-5].as_of.size)
        before = told(w, states[-5].as_of, it.asked, it.asked.until)
        for one in states[-4:]:
            now = told(w, one.as_of, it.asked, it.asked.until)
            assert [step.view.told for step in found.steps if step.state == one.as_of] == ([now] if now != before else [])
            before = now

    each_world(check)


def test_between_published_states_each_point_names_the_one_that_published_it() -> None:
    w = troops()
    it = planned(w)
    found = on_the_ledger(it, in_batches(it, 10))
    assert any(step.state.size != step.published.size for step in found.steps)
    for step in found.steps:
        assert step.state.size <= step.published.size < step.state.size + 10
        assert step.published.size in {one.as_of.size for one in in_batches(it, 10)}


# Telling


def history(w: World, by: By = "both", size: int | None = None, **asked: Any) -> History:
    it = planned(w, size, **asked)
    return history_of(it, by, singly(it), {entry.index: NOW for entry in w.logged})


def moved(told: History) -> list[tuple[str | None, list[str]]]:
    assert told.world is not None
    return [(point.at, [one.text for one in point.moved_by]) for point in told.world.points]


def test_the_worked_example_moves_with_each_of_its_voices() -> None:
    told = history(troops())
    assert moved(told) == [
        ("2024-10-17", ["HUR claims it"]),
        ("2024-10-18", ["NIS asserts it"]),
        ("2024-10-22", ["MISSION denies it"]),
        ("2024-10-31", ["PENTAGON confirms it"]),
        ("2025-04-26", ["KREMLIN confirms it"]),
        ("2025-04-28", ["DPRK confirms it"]),
    ]
    assert told.world is not None
    last = told.world.points[-1]
    assert [one.text for one in last.no_longer_counts] == [
        "MISSION's denial of 2024-10-22 no longer counts: a later statement of the same origin says the contrary"
    ]
    report = troops().report("2025-04-28")
    assert (last.log_odds, last.interval, last.words) == (report.log_odds, report.interval, report.words)
    assert (last.headline, last.labels, last.showable) == (report.headline, report.labels, report.showable)
    assert last.independent_origins == report.independent_origins


def test_changes_add_up_to_where_it_stands() -> None:
    def check(w: World, _: random.Random) -> None:
        told = history(w, base_rate=0.3)
        for points in (told.world and told.world.points, told.ledger and told.ledger.points):
            if points:
                changes = [point.change for point in points]
                assert None not in changes
                assert told.base + sum(one or 0.0 for one in changes) == pytest.approx(points[-1].log_odds, abs=1e-9)

    each_world(check)


def test_every_point_names_what_moved_it_and_a_replay_says_the_same() -> None:
    def check(w: World, chance: random.Random) -> None:
        told = history(w)
        for point in [*(told.world.points if told.world else ()), *(told.ledger.points if told.ledger else ())]:
            assert point.moved_by
            assert all(one.index < len(w.logged) and one.by and one.text for one in point.moved_by)
        shuffled = list(w.logged)
        chance.shuffle(shuffled)
        w.logged = shuffled
        assert history(w) == told

    each_world(check)


def test_of_records_that_share_a_moment_only_those_that_moved_it_are_named() -> None:
    w = troops()
    w.source("bystander", type="organization")
    w.says("bystander", "confirms", said_at="2024-10-31")
    w.says("hur", "claims", said_at="2024-10-31", interest="for")
    assert ("2024-10-31", ["PENTAGON confirms it"]) in moved(history(w))


def test_without_what_alone_moved_it_it_would_stand_otherwise() -> None:
    def check(w: World, chance: random.Random) -> None:
        for asked in questions(chance):
            it = plan(w.claim_id, w.logged, state(len(w.logged)), replace(asked, until="2025-05"))
            for step in [*in_the_world(it).steps, *on_the_ledger(it, singly(it)).steps]:
                if len(step.movers) == 1 and step.without is not None:
                    otherwise = step.without(step.movers)
                    assert otherwise is None or otherwise.told != step.view.told, step.movers

    each_world(check)


def test_too_many_that_share_a_moment_are_counted_and_the_row_among_them_is_named() -> None:
    w = troops()
    for number in range(12):
        w.source(f"bystander{number}", type="organization")
        w.says(f"bystander{number}", "confirms", said_at="2024-10-31")
    told = history(w, "world").world
    assert told is not None
    point = next(point for point in told.points if point.at == "2024-10-31")
    assert [one.text for one in point.moved_by] == ["PENTAGON confirms it"]
    assert point.more == 12


def test_of_two_that_each_suffice_the_one_behind_the_row_is_named() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    for _ in range(2):
        w.says("state", "confirms", document=w.document("state", "2025-01-01"))
    assert moved(history(w)) == [("2025-01-01", ["STATE confirms it"])]


def test_a_relay_moves_the_public_clock_when_it_publishes() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.source("paper", "B")
    w.through("paper", w.says("state", "confirms", said_at="2025-01-01"), "2025-01-05")
    assert moved(history(w)) == [("2025-01-01", ["STATE confirms it"])]
    assert moved(history(w, clock="public"))[-1] == ("2025-01-05", ["PAPER carries what STATE says"])


def test_a_document_that_came_out_later_moves_the_public_clock() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.says("state", "confirms", said_at="2025-01-01", document=w.document("state", "2025-02-01"))
    assert moved(history(w, clock="public"))[-1] == ("2025-02-01", ["STATE publishes what STATE said"])


@pytest.mark.parametrize(
    "members, points",
    [
        ({"valid_from": "2025-02-01"}, [("2025-01-01", "not_enough"), ("2025-02-01T00:00:00Z", "single_origin")]),
        (
            {"valid_from": "2024-01", "valid_to": "2025-02-01"},
            [("2025-01-01", "single_origin"), ("2025-02-01", "not_enough")],
        ),
    ],
)
def test_a_rating_moves_it_when_it_comes_into_force_and_when_it_runs_out(
    members: dict[str, str], points: list[tuple[str, str]]
) -> None:
    w = World()
    w.source("state", type="government_body")
    w.rate("state", "B", **members)
    w.says("state", "confirms", said_at="2025-01-01")
    told = history(w, "world")
    assert told.world is not None
    assert [(point.at, point.headline) for point in told.world.points] == points
    assert told.world.points[1].moved_by[0].text in ("rater rates STATE B, from then on", "rater rates STATE B, no longer")


def test_a_withdrawal_and_a_forgery_say_what_no_longer_counts() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.source("lab", "B", type="organization")
    first = w.says("state", "confirms", said_at="2025-01-01")
    paper = w.document("lab", "2025-01-02")
    w.says("lab", "finds", document=paper, basis="document")
    w.says("state", "withdraws", withdraws=first, said_at="2025-02-01", interest="neutral")
    w.add(kind="assessment", target=paper, scheme="authenticity", value="forged", rationale="a test", valid_from="2025-03-01")
    told = history(w, "world")
    assert told.world is not None
    withdrawn, forged = told.world.points[-2:]
    assert [one.text for one in withdrawn.moved_by] == ["STATE takes back STATE's confirmation"]
    assert withdrawn.no_longer_counts[0].text.startswith("STATE's confirmation of 2025-01-01 no longer counts: withdrawn by")
    assert [one.text for one in forged.moved_by] == ["rater judges a document of LAB forged, from then on"]
    assert forged.no_longer_counts[0].source == "lab"


def test_what_bears_no_date_comes_last() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.source("body", "B", type="organization")
    w.says("state", "confirms", said_at="2025-01-01")
    w.says("body", "confirms", said_at="2025")
    told = history(w)
    assert moved(told) == [("2025-01-01", ["STATE confirms it"]), (None, ["BODY confirms it"])]


def test_a_rating_that_runs_out_between_two_entries_is_named_on_the_ledger_too() -> None:
    w = World()
    w.source("state", type="government_body")
    said = w.says("state", "confirms", said_at="2025-01-01")
    w.rate("state", "B", valid_to=time_of(NOW - 3_600 * 92))
    w.source("other", "B")
    w.says("other", "reports", said_at="2025-01-02")
    told = history(w, "ledger")
    assert told.ledger is not None
    texts = [[one.text for one in point.moved_by] for point in told.ledger.points]
    assert texts == [["STATE confirms it"], ["rater rates STATE B"], ["rater rates STATE B, no longer"]]
    assert told.ledger.points[1].moved_by[0].happening == "recorded"
    assert told.ledger.points[2].moved_by[0].happening == "ends"
    assert told.ledger.points[0].moved_by[0].id == said


def test_what_is_withheld_is_told_of_no_earlier_state() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    first = w.says("state", "confirms", said_at="2025-01-01")
    w.source("other", "B", type="organization")
    w.says("other", "confirms", said_at="2025-01-02")
    w.add(kind="withhold", target=first, basis="an order", authority="a court", ledger="test.example/w")
    w.says("other", "denies", said_at="2025-01-03")
    w.logged = [entry for entry in w.logged if entry.id != first]
    told = history(w, "ledger", size=w.logged[-1].index + 1)
    assert told.ledger is not None
    assert [(point.change is None, point.moved_by[0].text) for point in told.ledger.points] == [
        (True, "a record is withheld"),
        (False, "OTHER denies it"),
    ]


def test_sources_that_nobody_of_the_claim_depends_on_are_not_asked_about() -> None:
    w = troops()
    bears = len(planned(w).entries)
    for number in range(20):
        w.source(f"holding{number}")
        w.relate(f"holding{number}", "owned_by", f"holding{number - 1}" if number else "outlet")
        w.rate(f"holding{number}", "C")
    assert len(planned(w).entries) == bears
    w.relate("holding19", "owned_by", "kremlin")
    assert len(planned(w).entries) == bears + 21


def test_owners_that_are_the_same_lead_from_one_source_to_another() -> None:
    w = World()
    for slug in ("one", "other"):
        w.source(slug, "B")
        w.says(slug, "confirms", said_at="2025-01-01", basis="imagery")
    w.source("holding", type="organization")
    w.source("group", type="organization", same_as=["holding"])
    w.relate("one", "owned_by", "holding")
    w.relate("other", "owned_by", "group")
    told = history(w, "ledger").ledger
    assert told is not None
    assert told.points[-1].moved_by[0].text == "OTHER is owned by GROUP"
    assert told.points[-1].independent_origins.for_ == 1.0


def test_only_the_clock_that_is_asked_for_is_told() -> None:
    assert history(troops(), "world").ledger is None
    assert history(troops(), "ledger").world is None


def test_a_claim_without_a_statement_has_no_points() -> None:
    told = history(World())
    assert told.world is not None
    assert told.ledger is not None
    assert (told.world.points, told.ledger.points) == ([], [])


@pytest.mark.parametrize(
    "asked, error",
    [
        ({"until": "yesterday"}, FormatError),
        ({"without": ("source:nobody",)}, NotFoundError),
        ({"without": ("nobody",)}, FormatError),
        ({"base_rate": 1.0}, FormatError),
        ({"policy": "olo-0"}, NotFoundError),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_as_for_the_score(asked: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        history(troops(), **asked)


def test_the_ledger_begins_where_what_is_left_out_came_on_record() -> None:
    told = history(troops(), "ledger", without=("source:third",))
    assert told.ledger is not None
    first = next(entry.index for entry in troops().logged if entry.record.kind == "source" and entry.record.id == "third")
    assert all(point.size > first for point in told.ledger.points)


# The chain at a date


def test_a_chain_shows_at_a_date_what_was_said_and_who_carries_it_and_not_who_carries_what_was_not_said_yet() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.source("paper", "B")
    early, late = (w.says("state", "confirms", said_at=day) for day in ("2025-01-01", "2025-02-01"))
    carried, not_yet = (w.through("paper", said, "2025-03-01", occasion=said[7:12]) for said in (early, late))
    view = chain_view(w.claim_id, w.logged, as_of=state(len(w.logged)), until="2025-01-15")
    shown = {node.id for node in view.nodes}
    assert {early, carried} <= shown
    assert not {late, not_yet} & shown
