"""Derived tables can be thrown away: rebuilt equals grown, on either back end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import BusyError, StoreError
from ledger.store import open_store
from ledger.store.protocol import NewEntry, Projection, Store
from tests.store.building import BOB, FIRST_CHECKPOINT, IDENTITY, NOTHING, add, digest, entry, projection, raw

Projected = tuple[int, str, str, Projection]


def history(count: int) -> list[NewEntry]:
    """The same every time: records of several kinds, that refer to each other, with a few endorsements."""
    chance = random.Random(20250428)
    words = ["troops", "북한", "한군", "войска", "soldaten", "it's"]
    made: list[NewEntry] = []
    for place in range(count):
        if place % 10 == 9:
            made.append(entry(made[place - 1].record_id, kind=made[place - 1].kind, keys=(BOB,), projected=NOTHING))
            continue
        held = projection(
            subject=f"source:s-{chance.randrange(20)}" if place % 3 == 0 else None,
            references=[("speaker", f"s-{chance.randrange(20)}"), ("claim", digest(str(chance.randrange(count))))],
            terms=chance.sample(words, 3),
            languages=chance.sample(["en", "ko", "uk"], 2),
        )
        made.append(entry(digest(str(place)), kind=chance.choice(["claim", "source", "statement"]), projected=held))
    return made


def projected(made: list[NewEntry]) -> Iterator[Projected]:
    return ((index, one.record_id, one.kind, one.projection) for index, one in enumerate(made))


def grow(store: Store, made: list[NewEntry]) -> None:
    for start in range(0, len(made), 7):
        add(store, *made[start : start + 7])


def test_rebuilt_equals_grown(store: Store, database: str) -> None:
    made = history(300)
    grow(store, made)
    grown = store.derived()
    refilled = {"record", "link", "subject", "search", "spelling", "term_count"}
    # Where claims stand is emptied, and worked out again by whoever knows how.
    assert set(grown) == refilled | {"standing", "standing_label"}
    store.rebuild(projected(made))
    assert store.derived() == grown
    with raw(database) as connection:
        for table in grown:
            connection.execute(f"DELETE FROM {table}")
    emptied = store.derived()
    assert all(emptied[table] != grown[table] for table in refilled)
    store.rebuild(projected(made))
    assert store.derived() == grown


def test_a_ledger_grown_in_one_batch_equals_one_grown_in_many(store: Store, tmp_path: Path) -> None:
    """And on whichever back end: the other one here is always SQLite."""
    made = history(120)
    grow(store, made)
    other = open_store(str(tmp_path / "other.db"))
    other.create(IDENTITY, FIRST_CHECKPOINT)
    add(other, *made)
    assert other.derived() == store.derived()
    other.close()


def test_a_rebuilt_index_finds_what_the_grown_one_found(store: Store) -> None:
    made = history(100)
    grow(store, made)

    def answers() -> list[list[int]]:
        with store.reading() as snapshot:
            return [
                snapshot.search(kind, [word], lang=lang, before=None, limit=50)
                for kind in ("claim", "source")
                for word in ("troops", "북한", "it's", "absent")
                for lang in (None, "ko")
            ]

    grown = answers()
    assert any(grown)
    store.rebuild(projected(made))
    assert answers() == grown


def test_a_rebuild_that_misses_an_entry_does_nothing(store: Store) -> None:
    made = history(40)
    grow(store, made)
    grown = store.derived()
    with pytest.raises(BusyError):
        store.rebuild(projected(made[:-1]))
    with pytest.raises(StoreError):
        store.rebuild(reversed(list(projected(made))))
    assert store.derived() == grown


def test_a_rebuild_may_read_the_log_while_it_runs(store: Store) -> None:
    made = history(40)
    grow(store, made)
    grown = store.derived()
    with store.reading() as snapshot:
        store.rebuild(
            (one.index, one.record_id, one.kind, made[one.index].projection)
            for one in snapshot.entry_range(0, snapshot.checkpoint.size)
        )
    assert store.derived() == grown
