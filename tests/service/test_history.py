"""The history of a claim in a real ledger: its two clocks, alone and together, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.errors import FormatError, NotFoundError, WithheldError
from ledger.operations import Question
from ledger.service.history import history
from ledger.service.remembering import forget
from schemas.history import History, LedgerPoint, Point, WorldPoint
from tests.service.test_lookups import Counting
from tests.service.written import OTHER, Written

DAY = 86_400


class Late(Written):
    """Three states speak in autumn 2024 and spring 2025. One that spoke in October 2024 is entered last of all, a day later."""

    sizes: list[int]
    late: str


@pytest.fixture
def world(tmp_path: Path) -> Late:
    world = Late(tmp_path)
    world.sizes = []
    for slug in ("seoul", "washington", "moscow"):
        world.source(slug, "B", type="government_body", name=slug.title(), country="KR" if slug == "seoul" else "US")
    published(world)
    world.says("washington", "confirms", said_at="2024-10-31", basis="imagery")
    published(world)
    world.says("moscow", "confirms", said_at="2025-04-26", basis="own_act", interest="against")
    published(world)
    world.late = world.says("seoul", "asserts", said_at="2024-10-18", basis="imagery", key=OTHER.did)
    published(world)
    return world


def published(world: Late) -> int:
    """What was said so far is in the log, a day after what was there before."""
    world.now += DAY
    world.sizes.append(world.ledger.checkpoint().size)
    return world.sizes[-1]


def ask(world: Written, **asked: Any) -> History:
    """Not through the ledger, which remembers what it told."""
    with world.snapshot() as snapshot:
        return history(snapshot, world.claim_id, Question(**asked), "both")


def in_the_world(found: History) -> list[WorldPoint]:
    assert found.world is not None
    return found.world.points


def on_the_ledger(found: History) -> list[LedgerPoint]:
    assert found.ledger is not None
    return found.ledger.points


def says_the_same(point: Point, world: Written, **asked: Any) -> bool:
    report = world.ledger.corroboration(world.claim_id, Question(**asked))
    members = ["confidence", "headline", "showable", "independent_origins"]
    members += ["probability", "interval", "log_odds", "words"] if report.showable else []
    return point.labels == list(report.labels) and all(getattr(point, one) == getattr(report, one) for one in members)


def test_what_is_entered_late_moves_the_past_of_the_world_and_the_present_of_the_ledger(world: Late) -> None:
    found = ask(world)
    assert [point.at for point in in_the_world(found)] == ["2024-10-18", "2024-10-31", "2025-04-26"]
    assert [point.size for point in on_the_ledger(found)] == world.sizes[1:]
    late, named = in_the_world(found)[0].moved_by[0], on_the_ledger(found)[-1].moved_by[0]
    assert (late.id, late.text, late.by, late.happening) == (world.late, "Seoul asserts it", ["ben"], "said")
    assert (named.id, named.text, named.by, named.happening) == (world.late, "Seoul asserts it", ["ben"], "recorded")
    assert named.logged_at == late.logged_at == on_the_ledger(found)[-1].time


def test_as_of_gives_the_worlds_history_as_it_was_known_then(world: Late) -> None:
    before, after = (ask(world, as_of=str(size)) for size in world.sizes[-2:])
    assert [point.at for point in in_the_world(before)] == ["2024-10-31", "2025-04-26"]
    assert [point.at for point in in_the_world(after)] == ["2024-10-18", "2024-10-31", "2025-04-26"]
    assert before.as_of.size == on_the_ledger(before)[-1].size == world.sizes[-2]


def test_until_gives_the_ledgers_history_of_what_one_could_say_of_that_date(world: Late) -> None:
    found = ask(world, until="2024-10-30")
    assert [point.moved_by[0].id for point in on_the_ledger(found)] == [world.late]
    assert in_the_world(found)[-1].at == "2024-10-18"


def test_a_date_in_the_world_at_a_state_of_the_ledger(world: Late) -> None:
    """Late in being entered, and early in being said: on record or not is the ledger's clock, said or not the world's."""
    then = {"until": "2024-10-30", "as_of": str(world.sizes[-2])}
    found = ask(world, **then)
    assert (in_the_world(found), on_the_ledger(found)) == ([], [])
    for both in (
        {"until": "2024-10-30", "as_of": str(world.sizes[-1])},
        {"until": "2024-10-31", "as_of": str(world.sizes[-2])},
        {"until": "2024-10", "as_of": str(world.sizes[-1])},
        {"until": "2024", "as_of": str(world.sizes[-2])},
        {"until": "2025-04-26", "as_of": str(world.sizes[2])},
    ):
        found = ask(world, **both)
        assert says_the_same(in_the_world(found)[-1], world, **both), both
        assert says_the_same(on_the_ledger(found)[-1], world, **both), both


def test_every_published_size_and_every_date_is_told_as_the_score_tells_it(world: Late) -> None:
    found = ask(world)
    for point in in_the_world(found):
        assert says_the_same(point, world, until=point.at)
    for entered in on_the_ledger(found):
        assert says_the_same(entered, world, as_of=str(entered.published))


def test_a_time_and_a_day_on_the_ledger_mean_the_largest_size_of_then(world: Late) -> None:
    times = [ask(world, as_of=str(size)).as_of.time for size in world.sizes]
    for time, size in zip(times, world.sizes, strict=True):
        assert ask(world, as_of=time).as_of.size == ask(world, as_of=time[:10]).as_of.size == size
    between = times[1][:11] + "23:59:59Z"
    assert ask(world, as_of=between).as_of.size == world.sizes[1]
    assert ask(world, as_of=times[0][:7]).as_of.size == world.sizes[-1]
    with pytest.raises(FormatError) as caught:
        ask(world, as_of="2025")  # a plain number is a size
    assert "2025-12-31" in (caught.value.hint or "")


def test_a_size_between_published_ones_is_refused_with_its_neighbours(world: Late) -> None:
    world.says("moscow", "confirms", said_at="2025-05-01")
    world.says("moscow", "confirms", said_at="2025-05-02")
    size = published(world) - 1
    for question in (world.ledger.history, world.ledger.corroboration, world.ledger.chain, world.ledger.claim):
        with pytest.raises(FormatError) as caught:
            question(world.claim_id, Question(as_of=str(size)))
        assert caught.value.message == f"{size} is no published tree size"
        assert caught.value.hint == f"the nearest are {size - 1} and {size + 1}"


def test_before_it_was_on_record_there_is_no_history(world: Late) -> None:
    later = world.claim("something else happened")
    published(world)
    assert on_the_ledger(world.ledger.history(later, Question())) == []
    with pytest.raises(NotFoundError, match="was not on record yet"):
        world.ledger.history(later, Question(as_of=str(world.sizes[0])))


def test_records_of_one_batch_are_told_one_by_one_and_name_the_size_that_published_them(world: Late) -> None:
    first = world.sizes[-1]
    world.source("paris", "B", type="government_body", name="Paris")
    world.says("paris", "confirms", said_at="2025-05-01", basis="imagery")
    world.says("paris", "denies", said_at="2025-05-02", basis="imagery")
    size = published(world)
    new = [point for point in on_the_ledger(ask(world)) if point.size > first]
    assert [(point.size, point.published) for point in new] == [(size - 1, size), (size, size)]
    assert new[0].time == new[1].time
    assert says_the_same(new[1], world, as_of=str(size))


@pytest.mark.parametrize("without", ["source:seoul", "owner:seoul", "country:KR", "origin:seoul"])
def test_what_is_left_out_moves_nothing(world: Late, without: str) -> None:
    found = ask(world, without=(without,))
    assert [point.at for point in in_the_world(found)] == ["2024-10-31", "2025-04-26"]
    assert [point.size for point in on_the_ledger(found)] == world.sizes[1:3]
    assert says_the_same(in_the_world(found)[-1], world, without=(without,))


def test_a_base_rate_and_the_public_clock_are_kept(world: Late) -> None:
    found = ask(world, base_rate=0.1, clock="public")
    assert found.base == pytest.approx(-2.197, abs=1e-3)
    assert says_the_same(in_the_world(found)[-1], world, base_rate=0.1, clock="public")
    first = in_the_world(found)[0]
    assert (first.showable, first.log_odds, first.change) == (False, None, None)


def test_a_correction_moves_the_ledgers_clock_alone(world: Late) -> None:
    world.correct(world.late)
    size = published(world)
    found = ask(world)
    assert [point.at for point in in_the_world(found)] == ["2024-10-31", "2025-04-26"]
    assert on_the_ledger(found)[-1].moved_by[0].text == "Seoul's assertion is taken back from the record"
    assert on_the_ledger(found)[-1].size == size
    assert on_the_ledger(found)[-2].moved_by[0].id == world.late


def test_a_replaced_claim_has_the_history_of_the_one_in_its_place(world: Late) -> None:
    better = world.claim("something happened, better put")
    world.correct(world.claim_id, replaced_by=better)
    published(world)
    old, new = world.ledger.history(world.claim_id, Question()), world.ledger.history(better, Question())
    assert (old.claim, old.world) == (better, new.world)
    assert len(on_the_ledger(old)) > len(on_the_ledger(new)) == 1
    assert "is replaced by" in on_the_ledger(new)[0].moved_by[0].text


def test_what_was_withheld_is_not_told(world: Late) -> None:
    world.withhold(world.late)
    size = published(world)
    found = ask(world)
    assert world.late not in found.model_dump_json()
    assert [(point.size, point.change) for point in on_the_ledger(found)] == [(size, None)]
    with pytest.raises(WithheldError):
        ask(world, as_of=str(world.sizes[-2]))


def test_more_records_than_can_be_looked_at_are_told_by_published_states_and_go_on(
    world: Late, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = on_the_ledger(ask(world))
    monkeypatch.setattr("ledger.core.history.MOST_MOMENTS", 2)
    newest = ask(world)
    assert newest.ledger is not None
    assert newest.world is not None
    assert [(point.headline, point.log_odds) for point in newest.ledger.points] == [
        (point.headline, point.log_odds) for point in whole[-2:]
    ]
    assert newest.ledger.left_out > 0
    assert newest.ledger.next == world.sizes[1]
    older = ask(world, as_of=str(newest.ledger.next))
    assert [*on_the_ledger(older), *newest.ledger.points][-3:] == whole
    assert (newest.world.left_out, newest.world.next) == (1, "2024-10-18")
    assert newest.world.points[0].moved_by[0].text == "Washington confirms it"


def test_what_is_read_does_not_grow_with_the_rest_of_the_ledger(world: Late) -> None:
    def read() -> tuple[int, int]:
        forget()
        with world.snapshot() as snapshot:
            counting = Counting(snapshot)
            history(counting, world.claim_id, Question(as_of=str(world.sizes[-1])), "both")
            return counting.entries_read, sum(counting.asked.values())

    few = read()
    world.source("passer-by", "C", type="person")
    for number in range(20):
        world.says("passer-by", claim=world.claim(f"quite another matter {number}"), said_at="2025-04-28")
        published(world)
    assert read() == few
    assert few[1] < 60


def test_what_was_told_once_is_told_again_until_something_is_added(world: Late) -> None:
    ledger = world.ledger
    first = ledger.history(world.claim_id, Question())
    assert ledger.history(world.claim_id, Question()) is first
    assert ledger.history(world.claim_id, Question(without=["source:moscow"])) != first
    world.says("seoul", "confirms", said_at="2025-05-01", basis="imagery")
    published(world)
    again = ledger.history(world.claim_id, Question())
    assert again.as_of.size > first.as_of.size
    assert len(on_the_ledger(again)) > len(on_the_ledger(first))


def test_what_is_withheld_later_is_not_told_from_memory(world: Late) -> None:
    size = str(world.sizes[-1])
    ledger = world.ledger
    assert ledger.history(world.claim_id, Question(as_of=size)).as_of.size == world.sizes[-1]
    world.withhold(world.late)
    published(world)
    with pytest.raises(WithheldError):
        ledger.history(world.claim_id, Question(as_of=size))
