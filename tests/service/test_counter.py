"""Where submissions wait for the log: who shares a step, who is told what, and when there is no more room."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

from ledger.errors import BusyError, ConflictError, CorruptError, CrowdedError, NotFoundError, StoreError
from ledger.service.counter import Counter, Room


class Clerk(Executor):
    """Works when it is told to, in the thread of whoever tells it."""

    def __init__(self) -> None:
        self.called: list[Callable[..., Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.called.append(fn)
        return Future()

    def work(self) -> None:
        while self.called:
            self.called.pop(0)()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.work()


class Desk:
    """Answers each submission with itself in capitals, and remembers the groups. What is lower-case `bad` is refused."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.raises: dict[str, Exception] = {}
        self.meanwhile: Callable[[], object] = lambda: None

    def settle(self, group: Sequence[str]) -> list[str | Exception]:
        self.groups.append(list(group))
        self.meanwhile()
        for one in group:
            if one in self.raises:
                raise self.raises[one]
        return [ConflictError("bad") if one == "bad" else one.upper() for one in group]


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def counter(clerk: Clerk, desk: Desk) -> Counter[str, str]:
    return Counter(desk.settle, room=Room(waiting=4, waiting_bytes=100, group=3, group_records=10), clerk=clerk)


def hand_in(counter: Counter[str, str], *names: str) -> list[Future[str]]:
    return [counter.hand_in(name, records=1, size=1) for name in names]


def test_a_lone_submission_waits_for_nobody(counter: Counter[str, str], clerk: Clerk, desk: Desk) -> None:
    (answer,) = hand_in(counter, "a")
    assert len(clerk.called) == 1
    clerk.work()
    assert answer.result(0) == "A"
    assert desk.groups == [["a"]]


def test_those_that_wait_at_the_same_time_are_one_group_in_their_order(
    counter: Counter[str, str], clerk: Clerk, desk: Desk
) -> None:
    answers = hand_in(counter, "a", "b", "c")
    clerk.work()
    assert [one.result(0) for one in answers] == ["A", "B", "C"]
    assert desk.groups == [["a", "b", "c"]]


def test_whoever_comes_while_a_group_is_settled_is_of_the_next(counter: Counter[str, str], clerk: Clerk, desk: Desk) -> None:
    late: list[Future[str]] = []
    desk.meanwhile = lambda: late.extend(hand_in(counter, "late")) if not late else None
    hand_in(counter, "a")
    clerk.work()
    assert desk.groups == [["a"], ["late"]]
    assert late[0].result(0) == "LATE"


def test_a_group_has_an_end(clerk: Clerk, desk: Desk) -> None:
    counter = Counter(desk.settle, room=Room(group=3, group_records=10), clerk=clerk)
    for name, records in (("a", 4), ("b", 6), ("c", 1), ("huge", 50), ("d", 1), ("e", 1), ("f", 1), ("g", 1)):
        counter.hand_in(name, records=records, size=1)
    clerk.work()
    assert desk.groups == [["a", "b"], ["c"], ["huge"], ["d", "e", "f"], ["g"]]


def test_a_refusal_is_told_to_the_one_that_it_is_about(counter: Counter[str, str], clerk: Clerk) -> None:
    good, bad, other = hand_in(counter, "a", "bad", "b")
    clerk.work()
    assert (good.result(0), other.result(0)) == ("A", "B")
    with pytest.raises(ConflictError):
        bad.result(0)


@pytest.mark.parametrize("error", [ValueError("a bug"), StoreError("a text that this database cannot hold")])
def test_what_one_brings_about_by_surprise_fails_that_one_alone(
    counter: Counter[str, str], clerk: Clerk, desk: Desk, error: Exception
) -> None:
    desk.raises["poison"] = error
    good, poison, other = hand_in(counter, "a", "poison", "b")
    clerk.work()
    assert (good.result(0), other.result(0)) == ("A", "B")
    assert poison.exception(0) is error
    (after,) = hand_in(counter, "c")
    clerk.work()
    assert after.result(0) == "C"


@pytest.mark.parametrize("error", [BusyError("locked", retry_after=7, hint="later"), CorruptError("damaged")])
def test_what_is_the_matter_with_the_store_is_told_to_all_after_one_try(
    counter: Counter[str, str], clerk: Clerk, desk: Desk, error: StoreError
) -> None:
    desk.raises["a"] = error
    answers = hand_in(counter, "a", "b")
    clerk.work()
    told = [one.exception(0) for one in answers]
    assert [type(one) for one in told] == [type(error)] * 2
    assert [vars(one) for one in told] == [vars(error)] * 2
    assert told[0] is not told[1]  # each is raised in a thread of its own
    assert desk.groups == [["a", "b"]]


def test_too_few_answers_wedge_nothing(clerk: Clerk) -> None:
    """It could only be our own mistake; then everybody is asked alone, and the next one is served as ever."""
    counter = Counter[str, str](lambda group: [one.upper() for one in group[:1]], clerk=clerk)
    answers = [counter.hand_in(one, records=1, size=1) for one in "ab"]
    clerk.work()
    assert [one.result(timeout=0) for one in answers] == ["A", "B"]
    later = counter.hand_in("c", records=1, size=1)
    clerk.work()
    assert later.result(timeout=0) == "C"


def test_what_is_cancelled_before_its_turn_is_not_done(counter: Counter[str, str], clerk: Clerk, desk: Desk) -> None:
    first, second, third = hand_in(counter, "a", "b", "c")
    assert second.cancel()
    clerk.work()
    assert desk.groups == [["a", "c"]]
    assert (first.result(0), third.result(0)) == ("A", "C")
    with pytest.raises(CancelledError):
        second.result(0)


def test_a_queue_of_cancelled_ones_alone_wedges_nothing(counter: Counter[str, str], clerk: Clerk, desk: Desk) -> None:
    for one in hand_in(counter, "a", "b", "c", "d"):
        one.cancel()
    clerk.work()
    (after,) = hand_in(counter, "e")
    clerk.work()
    assert after.result(0) == "E"
    assert desk.groups == [["e"]]


def test_what_is_being_settled_cannot_be_cancelled_any_more(counter: Counter[str, str], clerk: Clerk, desk: Desk) -> None:
    (answer,) = hand_in(counter, "a")
    cancelled: list[bool] = []
    desk.meanwhile = lambda: cancelled.append(answer.cancel())
    clerk.work()
    assert cancelled == [False]
    assert answer.result(0) == "A"


def test_a_full_queue_takes_no_more_until_it_has_moved_on(counter: Counter[str, str], clerk: Clerk) -> None:
    hand_in(counter, "a", "b", "c", "d")
    with pytest.raises(CrowdedError) as caught:
        hand_in(counter, "e")
    assert caught.value.retry_after >= 1
    with pytest.raises(CrowdedError):
        counter.refuse_if_full()
    clerk.work()
    counter.refuse_if_full()
    hand_in(counter, "e")


def test_a_queue_is_full_of_bytes_too_but_takes_one_of_any_size(counter: Counter[str, str], clerk: Clerk) -> None:
    counter.hand_in("huge", records=1, size=1_000)
    with pytest.raises(CrowdedError):
        counter.hand_in("a", records=1, size=1)
    clerk.work()
    counter.hand_in("b", records=1, size=60)
    with pytest.raises(CrowdedError):
        counter.hand_in("c", records=1, size=60)


def test_closing_settles_what_waits_and_takes_no_more(counter: Counter[str, str], desk: Desk) -> None:
    answers = hand_in(counter, "a", "b", "c", "d")
    counter.close()
    assert [one.result(0) for one in answers] == ["A", "B", "C", "D"]
    with pytest.raises(BusyError, match="closed"):
        hand_in(counter, "e")


def test_where_no_thread_is_begun_any_more_whoever_hands_in_settles(desk: Desk) -> None:
    ended = ThreadPoolExecutor(1)
    ended.shutdown()
    counter = Counter(desk.settle, clerk=ended)
    for name in ("a", "b"):
        assert hand_in(counter, name)[0].result(0) == name.upper()
    assert desk.groups == [["a"], ["b"]]


def test_it_is_quiet_when_nobody_came_for_a_moment(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.service.counter._QUIET", 0.0)
    clerk = Clerk()
    counter = Counter(desk.settle, clerk=clerk)
    assert counter.is_quiet
    hand_in(counter, "a")
    assert not counter.is_quiet
    clerk.work()
    assert counter.is_quiet


def test_many_threads_each_get_their_own_answer() -> None:
    settled: list[str] = []
    one_at_a_time = threading.Lock()

    def settle(group: Sequence[str]) -> list[str | Exception]:
        assert one_at_a_time.acquire(blocking=False), "two groups at once"
        settled.extend(group)
        one_at_a_time.release()
        return [NotFoundError(one) if one.endswith("7") else f"answer to {one}" for one in group]

    counter = Counter(settle)

    def ask(writer: int) -> None:
        for number in range(50):
            answer = counter.hand_in(f"{writer}/{number}", records=1, size=1)
            if number % 10 == 7:
                assert str(answer.exception(30)) == f"{writer}/{number}"
            else:
                assert answer.result(30) == f"answer to {writer}/{number}"

    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(ask, writer) for writer in range(16)]:
            done.result(60)
    counter.close()
    assert sorted(settled) == sorted(f"{writer}/{number}" for writer in range(16) for number in range(50))
