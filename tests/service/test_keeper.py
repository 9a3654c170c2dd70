"""The thread that keeps the standing of claims up: it comes after appends, goes on after errors, and stops when told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from ledger.errors import StoreError
from ledger.service.keeper import Keeper
from ledger.service.standing import CatchUp
from tests.service.written import Written


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Written]:
    made = Written(tmp_path)
    yield made
    made.ledger.close()


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = monotonic() + seconds
    while not holds():
        assert monotonic() < end, "it did not come to pass"
        sleep(0.01)


def is_up_to_date(world: Written) -> bool:
    health = world.ledger.health()
    return health.standing_size == health.size


def test_it_follows_the_log(world: Written) -> None:
    world.ledger.keep_standing()
    wait_until(lambda: is_up_to_date(world))
    for number in range(3):
        world.claim(f"claim {number}")
        wait_until(lambda: is_up_to_date(world))
    assert world.ledger.facets().claims == 4


def test_it_follows_what_another_process_appends(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.service.keeper._LOOKING", 0.05)
    keeper = Keeper(world.store)  # not the ledger's own, so nobody wakes it
    keeper.start()
    world.claim("another")
    wait_until(lambda: is_up_to_date(world))
    keeper.stop()


def test_it_stops_in_the_middle_of_its_work_and_closing_waits_for_it(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.service.standing._CLAIMS", 1)
    monkeypatch.setattr("ledger.service.keeper._REST", 5.0)
    for number in range(50):
        world.claim(f"claim {number}")
    before = set(threading.enumerate())
    world.ledger.keep_standing()
    (own,) = (thread for thread in set(threading.enumerate()) - before if thread.name == "standing")
    wait_until(lambda: world.ledger.facets().claims > 0)
    started = monotonic()
    world.ledger.stop_keeping()
    assert monotonic() - started < 5
    assert not own.is_alive()
    assert not is_up_to_date(world)
    assert world.ledger.catch_up() == world.ledger.health().size


def test_an_error_is_told_without_its_words_and_the_work_is_gone_on_with(
    world: Written, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    step, failures = CatchUp.step, iter([StoreError("what somebody wrote"), ValueError("what somebody wrote")])

    def failing(self: CatchUp) -> int | None:
        if (error := next(failures, None)) is not None:
            raise error
        return step(self)

    monkeypatch.setattr(CatchUp, "step", failing)
    with caplog.at_level(logging.INFO, logger="onrecord"):
        world.ledger.keep_standing()
        wait_until(lambda: is_up_to_date(world))
        world.ledger.stop_keeping()
    troubles = [one for one in caplog.records if one.getMessage() == "standing_waits"]
    assert [one.facts["error"] for one in troubles] == ["StoreError", "ValueError"]  # type: ignore[attr-defined]
    assert "wrote" not in caplog.text


def test_no_log_line_holds_a_claims_text(world: Written, caplog: pytest.LogCaptureFixture) -> None:
    world.claim("the secret of the matter")
    with caplog.at_level(logging.DEBUG, logger="onrecord"):
        world.ledger.keep_standing()
        wait_until(lambda: "standing_kept" in caplog.text)
        world.ledger.stop_keeping()
    kept = [one for one in caplog.records if one.getMessage() == "standing_kept"]
    assert kept[-1].facts["size"] == world.ledger.health().size  # type: ignore[attr-defined]
    assert "secret" not in str([one.__dict__ for one in caplog.records])


def test_writers_are_not_held_up_while_claims_are_worked_out(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading and computing take no lock: an append in the middle of it goes through."""
    started, go_on = threading.Event(), threading.Event()
    real = CatchUp._work_out

    def slow(self: CatchUp, *given: object) -> object:
        started.set()
        assert go_on.wait(20)
        return real(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(CatchUp, "_work_out", slow)
    assert world.ledger is not None
    world.ledger.keep_standing()
    assert started.wait(20)
    world.claim("in the middle")
    size = world.ledger.health().size
    assert size == len(world.logged)
    go_on.set()
    wait_until(lambda: is_up_to_date(world))
