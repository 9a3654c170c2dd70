"""Where claims stand is written step by step behind the log, by whoever comes first, and found by what it says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from threading import Barrier, Thread

import pytest

from ledger.errors import BusyError, CorruptError
from ledger.store.protocol import StandingFilter, StandingProgress, StandingRow, StandingStep, Store
from tests.store.building import add, digest, entry, projection, raw

START = StandingProgress(version=0, policy="olo-1", size=0, time=0, target=100, target_time=5, seen=0)


def row(index: int, **members: object) -> StandingRow:
    plain = StandingRow(
        index=index,
        claim=digest(str(index)),
        size=90,
        policy="olo-1",
        headline="contested",
        labels=(),
        probability=0.1 + index / 1_000,
        n_for=1.5,
        n_against=1.0,
        confidence="low",
        showable=False,
        changed_at=50,
        previous=None,
        lapses_at=None,
    )
    return replace(plain, **members)  # type: ignore[arg-type]


def take(store: Store, **step: object) -> StandingProgress:
    """The step is taken from whatever version there is."""
    with store.reading() as snapshot:
        version = snapshot.standing.progress().version
    store.advance_standing(version, StandingStep(START, **step))  # type: ignore[arg-type]
    return now(store)


def now(store: Store) -> StandingProgress:
    with store.reading() as snapshot:
        return snapshot.standing.progress()


def due(store: Store) -> list[int]:
    with store.reading() as snapshot:
        return snapshot.standing.due(1_000_000)


def rows(store: Store) -> dict[int, StandingRow]:
    with store.reading() as snapshot:
        return {one.index: one for one in snapshot.standing.all_rows()}


def test_a_new_ledger_has_worked_out_nothing(store: Store) -> None:
    assert now(store) == StandingProgress(0, "", 0, 0, 0, 0, 0)
    assert (rows(store), due(store)) == ({}, [])


def test_rows_come_back_as_they_were_written(store: Store) -> None:
    wanted = [
        row(3, labels=("acknowledged", "divided"), probability=1 / 3, n_for=2.0, showable=True, confidence="high"),
        row(7, previous="corroborated", lapses_at=9_999_999_999, changed_at=1),
    ]
    take(store, rows=wanted)
    assert list(rows(store).values()) == wanted
    with store.reading() as snapshot:
        assert snapshot.standing.rows([7, 9, 3]) == {one.index: one for one in wanted}
        assert list(snapshot.standing.labelled()) == [("acknowledged", 3), ("divided", 3)]


def test_what_is_worked_out_is_due_no_more(store: Store) -> None:
    take(store, due=range(6_000))
    take(store, due=[5, 6_000], rows=[row(5)], gone=[8])
    assert due(store) == [index for index in range(6_001) if index not in (5, 8)]
    with store.reading() as snapshot:
        assert snapshot.standing.due_among([*range(20), 7_000]) == set(range(20)) - {5, 8}
        assert snapshot.standing.due(3) == [0, 1, 2]


def test_what_is_put_off_is_due_and_without_a_row(store: Store) -> None:
    take(store, rows=[row(1, labels=("divided",)), row(2)])
    take(store, due=[1, 2])
    take(store, put_off=[1])
    assert (rows(store), due(store)) == ({2: row(2)}, [1, 2])
    with store.reading() as snapshot:
        assert list(snapshot.standing.labelled()) == []


def test_a_newer_row_takes_the_place_of_the_older_with_its_labels(store: Store) -> None:
    take(store, rows=[row(1, labels=("divided",)), row(2, labels=("divided",))])
    take(store, rows=[row(1, headline="corroborated")], gone=[2])
    assert rows(store) == {1: row(1, headline="corroborated")}
    with store.reading() as snapshot:
        assert list(snapshot.standing.labelled()) == []


def test_what_has_lapsed_by_a_time_is_due(store: Store) -> None:
    take(store, rows=[row(1, lapses_at=10), row(2, lapses_at=11), row(3), row(4, lapses_at=9)])
    take(store, lapsed=10)
    assert due(store) == [1, 4]


def test_a_step_from_an_older_version_writes_nothing(store: Store) -> None:
    first = take(store, rows=[row(1)])
    with pytest.raises(BusyError):
        store.advance_standing(first.version - 1, StandingStep(replace(START, seen=7), due=[9], rows=[row(2)], anew=True))
    assert now(store) == first
    assert (rows(store), due(store)) == ({1: row(1)}, [])


def test_of_many_at_once_one_takes_each_step(store: Store) -> None:
    """As several servers at one database do."""
    won: list[int] = []
    together = Barrier(4)

    def work(number: int) -> None:
        together.wait()
        for _ in range(10):
            version = now(store).version
            try:
                store.advance_standing(version, StandingStep(START, rows=[row(number)]))
            except BusyError:
                continue
            won.append(version)

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == list(range(now(store).version))
    assert len(won) >= 10


def test_beginning_anew_leaves_nothing_of_before(store: Store) -> None:
    take(store, rows=[row(1, labels=("divided",))], due=[4])
    take(store, anew=True, due=[6])
    assert (rows(store), due(store)) == ({}, [6])


def test_a_rebuild_empties_it_and_stops_whoever_was_at_it(store: Store) -> None:
    add(store, entry(projected=projection()))
    before = take(store, rows=[row(0, labels=("divided",))], due=[0])
    with store.reading() as snapshot:
        made = [(one.index, one.record_id, one.kind, projection()) for one in snapshot.entry_range(0, 1)]
    store.rebuild(iter(made))
    assert (rows(store), due(store), now(store).size, now(store).target) == ({}, [], 0, 0)
    with pytest.raises(BusyError):
        store.advance_standing(before.version, StandingStep(START, rows=[row(0)]))


def cases() -> Iterator[StandingFilter]:
    for headline in (None, "contested", "corroborated"):
        for label in (None, "divided", "circular"):
            for changed_since in (None, 0, 40, 99):
                yield StandingFilter(headline, label, changed_since)


def test_claims_are_found_by_headline_label_and_change(store: Store) -> None:
    chance = random.Random(5)
    made = [
        row(
            index,
            headline=chance.choice(("contested", "corroborated", "single_origin")),
            labels=tuple(sorted(chance.sample(("divided", "circular", "acknowledged"), chance.randrange(3)))),
            changed_at=chance.randrange(100),
        )
        for index in range(200)
    ]
    take(store, rows=made)
    with store.reading() as snapshot:
        for wanted in cases():
            fitting = [
                one.index
                for one in reversed(made)
                if wanted.headline in (None, one.headline)
                and (wanted.label is None or wanted.label in one.labels)
                and (wanted.changed_since is None or one.changed_at > wanted.changed_since)
            ]
            assert snapshot.standing.matching(wanted, 1_000, 1_000) == fitting
            below = [index for index in fitting if index < 100]
            assert snapshot.standing.matching(wanted, 100, 3) == below[:3]
        changes = sorted((one.changed_at for one in made), reverse=True)
        assert [snapshot.standing.changed_before(newest) for newest in (0, 7, 199, 200)] == [
            changes[0],
            changes[7],
            changes[199],
            0,
        ]
        headlines, labels = snapshot.standing.counts()
    assert headlines == {name: sum(one.headline == name for one in made) for name in {one.headline for one in made}}
    assert labels == {name: sum(name in one.labels for one in made) for name in ("acknowledged", "circular", "divided")}


@pytest.mark.parametrize(
    "filter", [StandingFilter("contested"), StandingFilter(label="divided"), StandingFilter(changed_since=5)], ids=str
)
def test_a_filter_does_not_read_the_whole_table(store: Store, database: str, filter: StandingFilter) -> None:
    """The plan of the very question names an index, or a key that begins with what is asked for."""
    if database.startswith("postgresql://"):
        pytest.skip("what PostgreSQL's planner chooses depends on the table's size")
    asked: list[str] = []
    with store.reading() as snapshot:
        connection = snapshot.standing._connection  # type: ignore[attr-defined]
        connection.connection.driver_connection.set_trace_callback(asked.append)
        snapshot.standing.matching(filter, 100, 10)
        connection.connection.driver_connection.set_trace_callback(None)
    question = next(text for text in asked if "standing" in text)
    with raw(database) as plain:
        plan = " / ".join(detail for *_, detail in plain.execute(f"EXPLAIN QUERY PLAN {question}"))
    assert "SCAN standing" not in plan.replace("SCAN standing USING", "")
    assert "SEARCH" in plan


def test_published_states_come_back_after_a_size(store: Store) -> None:
    for count in (2, 3, 1):
        add(store, *(entry() for _ in range(count)))
    with store.reading() as snapshot:
        states = [(one.size, one.time) for one in snapshot.checkpoints()]
        assert snapshot.published(0) == states[1:]
        assert snapshot.published(2) == states[2:]
        assert snapshot.published(6) == []


def test_what_hangs_on_a_record_is_found_by_kind(store: Store) -> None:
    claim = digest("a claim")
    about = projection(references=[("claim", claim)])
    add(store, entry(kind="claim_text", projected=about), entry(kind="statement", projected=about), entry(kind="claim_text"))
    with store.reading() as snapshot:
        assert snapshot.hanging([claim, digest("another")], "claim", "claim_text") == [0]


def test_a_lost_progress_is_found_out(store: Store, database: str) -> None:
    with raw(database) as connection:
        connection.execute("DELETE FROM standing_progress")
    with store.reading() as snapshot, pytest.raises(CorruptError):
        snapshot.standing.progress()
