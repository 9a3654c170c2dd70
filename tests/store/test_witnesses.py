"""What witnesses signed, as each back end keeps it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.store.protocol import Store, StoredCosignature, WitnessState
from tests.store.building import FIRST_CHECKPOINT, append, entry

W = WitnessState(url="https://witness.example")


def _signed(*names: str, time: int = 5) -> list[StoredCosignature]:
    return [StoredCosignature(name, time, f"line of {name} at {time}\n".encode()) for name in names]


def _grow(store: Store) -> None:
    with store.writing() as writer:
        append(writer, [entry()])


def test_cosignatures_stay_and_so_does_the_note_that_they_are_for(store: Store) -> None:
    _grow(store)
    with store.reading() as snapshot:
        first = snapshot.checkpoint
    for _ in range(3):
        _grow(store)  # within a minute: the note of the first is let go of
    with store.reading() as snapshot:
        assert snapshot.cosigned(10) == []
    assert store.keep_cosignatures(first, _signed("w1", "w2")) == 2
    assert store.keep_cosignatures(first, [*_signed("w1", time=9), *_signed("w3")]) == 1
    _grow(store)
    with store.reading() as snapshot:
        assert snapshot.cosignatures(first.seq) == [one.line for one in _signed("w1", "w2", "w3")]
        assert snapshot.cosignatures(snapshot.checkpoint.seq) == []
        assert snapshot.cosigned(10) == [first]
        newest = snapshot.checkpoint
    store.keep_cosignatures(newest, _signed("w2"))
    with store.reading() as snapshot:
        assert snapshot.cosigned(1) == [newest]
        assert snapshot.cosigned(10) == [newest, first]


def test_the_state_tells_of_every_cosignature(store: Store) -> None:
    seen = [store.state()]
    for names in (("w1",), ("w2",)):
        store.keep_cosignatures(FIRST_CHECKPOINT, _signed(*names))
        seen.append(store.state())
    _grow(store)
    seen.append(store.state())
    assert len(set(seen)) == 4
    store.keep_cosignatures(FIRST_CHECKPOINT, _signed("w1"))
    assert store.state() == seen[-1]


@pytest.mark.parametrize("start", [W, replace(W, trouble="answered 500", alarm="larger", evidence="a note", acknowledged=True)])
def test_a_witness_is_changed_only_from_what_it_is(store: Store, start: WitnessState) -> None:
    assert store.witnesses() == []
    assert store.change_witness(None, start)
    assert not store.change_witness(None, start)
    leased = replace(start, next_at=60)
    assert store.change_witness(start, leased)
    assert not store.change_witness(start, replace(start, size=9))
    assert store.witnesses() == [leased]
