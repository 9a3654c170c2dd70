"""One claim that cannot be worked out, or takes very long, holds no other claim up, and no later entry."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from ledger.core.gist import gist
from ledger.operations import ClaimQuery
from ledger.service.standing import CatchUp, Stopped
from tests.service.randomly import Random
from tests.service.test_standing import History, claims_of, row_of
from tests.service.written import Written


class Trouble:
    """While it lasts, scoring this claim raises; it counts every claim that is scored."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, claim: str = "") -> None:
        self.claim = claim
        self.asked: list[str] = []
        monkeypatch.setattr("ledger.service.standing.gist", self)

    def __call__(self, claim: str, *more: Any) -> object:
        self.asked.append(claim)
        if claim == self.claim:
            raise ZeroDivisionError("what somebody wrote")
        return gist(claim, *more)


@pytest.fixture
def world(tmp_path: Path) -> Written:
    """A claim with somebody who says so, and two more."""
    made = Written(tmp_path)
    made.source("kcna", "B", type="person")
    made.says("kcna", said_at="2024-10-01", basis="own_act")
    for number in range(2):
        made.claim(f"another {number}")
    return made


def is_complete(world: Written) -> bool:
    health = world.ledger.health()
    return health.standing_size == health.size


def indexes_of_rows(world: Written) -> set[int]:
    with world.snapshot() as snapshot:
        return {row.index for row in snapshot.standing.all_rows()}


def test_a_claim_whose_scoring_raises_is_put_off_and_the_others_are_kept_up(
    world: Written, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert world.ledger is not None
    trouble = Trouble(monkeypatch, world.claim_id)
    index = claims_of(world)[world.claim_id]
    work = CatchUp(world.store)
    with caplog.at_level(logging.INFO, logger="onrecord"):
        work.run()
    assert is_complete(world)
    assert indexes_of_rows(world) == set(claims_of(world).values()) - {index}
    (line,) = [one.facts for one in caplog.records if one.getMessage() == "claim_put_off"]  # type: ignore[attr-defined]
    assert line == {"index": index, "claim": world.claim_id, "error": "ZeroDivisionError"}
    assert "wrote" not in caplog.text
    world.claim("a later one")
    assert world.ledger is not None
    work.run()
    assert is_complete(world)
    assert len(indexes_of_rows(world)) == 3
    for _ in range(5):
        work.run()
    assert trouble.asked.count(world.claim_id) == 1, "it is not tried again at once"


def test_what_was_put_off_loses_its_row_and_gets_it_back_from_all_that_happened_meanwhile(
    world: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, history = CatchUp(world.store), History()
    assert world.ledger is not None
    work.run()
    history.check(world)
    assert row_of(world).headline == "single_origin"
    trouble = Trouble(monkeypatch, world.claim_id)
    world.source("yonhap", "B", type="person")
    world.says("yonhap", "denies", said_at="2024-10-02", basis="own_act")
    assert world.ledger is not None
    work.run()
    contested = world.ledger.health().size
    assert claims_of(world)[world.claim_id] not in indexes_of_rows(world), "the old one holds no longer"
    assert [one.headline for one in world.ledger.claims(ClaimQuery(headline="single_origin")).claims] == []
    assert [one.where for one in world.ledger.fsck().faults] == [f"standing of claim {claims_of(world)[world.claim_id]}"]
    world.claim("on another matter")
    assert world.ledger is not None
    work.run()
    trouble.claim = ""
    assert world.ledger.fsck().faults == [], "it is only waiting now"
    CatchUp(world.store).run()  # another process, which has not tried it
    assert (row_of(world).headline, row_of(world).previous) == ("contested", "single_origin")
    assert row_of(world).changed_at == contested
    history.check(world)


def test_what_was_put_off_is_tried_again_when_its_time_has_come(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.service.standing._TRIED_AGAIN", 0.0)
    assert world.ledger is not None
    trouble = Trouble(monkeypatch, world.claim_id)
    work = CatchUp(world.store)
    for _ in range(3):  # a round, and the first attempts after it
        assert work.step() is None
    trouble.claim = ""
    work.run()
    History().check(world)


def test_a_portion_ends_with_the_claim_at_which_its_time_is_over(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.service.standing._SECONDS", 0)
    assert world.ledger is not None
    work, found = CatchUp(world.store), []
    while work.step() is None:
        found.append(len(indexes_of_rows(world)))
    assert {0, 1, 2, 3} == set(found)


def test_whoever_stops_the_work_loses_only_the_claim_that_it_is_at(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.ledger is not None
    trouble = Trouble(monkeypatch)

    def go_on() -> None:
        if len(trouble.asked) >= 2:
            raise Stopped

    with pytest.raises(Stopped):
        CatchUp(world.store, go_on).run()
    assert len(indexes_of_rows(world)) >= 1
    done = len(trouble.asked)
    world.ledger.catch_up()
    assert set(trouble.asked[:1]).isdisjoint(trouble.asked[done:])
    History().check(world)


def test_earlier_states_are_not_looked_through_without_end(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.service.standing._STATES", 5)
    for day in range(10, 30):
        world.says("kcna", said_at=f"2024-10-{day}", basis="own_act")
        assert world.ledger is not None
    trouble = Trouble(monkeypatch)
    size = world.ledger.catch_up()
    assert trouble.asked.count(world.claim_id) == 5
    assert (row_of(world).changed_at, row_of(world).previous) == (size - 4, None), "as far back as it was looked for"


@pytest.mark.parametrize("seed", range(4))
def test_who_looked_less_far_back_than_others_has_made_no_fault(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.service.standing._STATES", 2)
    world = Random(tmp_path, seed)
    for number in range(60):
        world.step()
        if number % (3 + seed) == 0:
            world.ledger.catch_up()
            assert world.ledger.fsck().faults == []
