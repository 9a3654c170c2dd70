"""Openings of sealed values go with the withholding and do not come back; searches find by what is kept, and say no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ledger.core.records import record_id
from ledger.errors import BusyError, OnRecordError
from ledger.keys import seal, sign_record
from ledger.service import adding
from ledger.service.ledger import Ledger
from ledger.service.openings import as_stored
from ledger.service.submitted import open_all
from ledger.store import open_store
from schemas.ids import Opening
from schemas.records import Record
from tests import factory
from tests.factory import Ready

WORD = "zebrafish"


@pytest.fixture
def ready(database: str) -> Iterator[Ready]:
    made = factory.ready(database)
    yield made
    made.ledger.close()


def _sealed(ready: Ready, text: str = f"a {WORD} swam") -> tuple[Record, dict[str, Opening]]:
    sealed, opening = seal(ready.admin, "text", text)
    return factory.claim({"en": {"sealed": sealed.sealed}}), {sealed.sealed: opening}


def _found(ready: Ready, word: str = WORD) -> list[int]:
    with ready.store.reading() as snapshot:
        return snapshot.search("claim", [word], lang=None, before=None, limit=10)


def _held(ready: Ready, openings: dict[str, Opening]) -> bool:
    with ready.store.reading() as snapshot:
        return bool(snapshot.openings(list(openings)))


def _files(ready: Ready) -> bytes:
    path = Path(ready.store._backend.name)  # type: ignore[attr-defined]
    return b"".join(one.read_bytes() for one in path.parent.iterdir() if one.name.startswith(path.name))


def _is_sound(ready: Ready) -> bool:
    ready.ledger.catch_up()
    grown = ready.store.derived()
    faults = ready.ledger.fsck().faults
    ready.ledger.reindex()
    return faults == [] and ready.store.derived() == grown


def test_a_withholding_takes_opening_and_words_in_its_own_transaction(ready: Ready) -> None:
    claim, openings = _sealed(ready)
    ready.add(claim, openings=openings)
    assert _found(ready) == [2]
    opened = open_all([sign_record(factory.withhold(claim), ready.admin)])
    with ready.ledger._writing() as writer:  # as if the process died right after the commit
        adding.append_group(writer, ready.ledger._desk, [opened])
    assert (_found(ready), _held(ready, openings)) == ([], False)
    assert _is_sound(ready)


def test_no_word_of_what_was_withheld_stays_in_the_files(tmp_path: Path) -> None:
    ready = factory.ready(str(tmp_path / "l.db"))
    ready.add(*(factory.claim(f"filler {number}") for number in range(50)))
    claim, openings = _sealed(ready)
    ready.add(claim, openings=openings)
    ready.add(*(factory.claim(f"other {number}") for number in range(50)))
    assert WORD.encode() in _files(ready)
    ready.add(factory.withhold(claim))
    assert WORD.encode() not in _files(ready)
    ready.ledger.close()


def test_a_withholding_holds_while_somebody_reads_and_is_scrubbed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.service.scrubbing._FIRST_PAUSE", 0.0)
    ready = factory.ready(str(tmp_path / "l.db"))
    claim, openings = _sealed(ready)
    ready.add(claim, openings=openings)
    ready.ledger.close()
    store = open_store(str(tmp_path / "l.db"), wait=0.1)
    ledger = Ledger(store, ready.keys, ready.clock)
    with ready.store.reading():
        (receipt,) = ledger.add([sign_record(factory.withhold(claim), ready.admin)])
    assert not receipt.already_on_record
    ledger.add([sign_record(factory.claim("later"), ready.admin)])
    assert WORD.encode() not in _files(ready)
    ledger.close()
    ready.ledger.close()


def test_withholding_again_erases_an_opening_that_is_held_all_the_same(ready: Ready) -> None:
    claim, openings = _sealed(ready)
    ready.add(claim, openings=openings)
    ready.add(factory.withhold(claim))
    # What an older program, or a hand in the database, left behind.
    with ready.store.writing() as writer:
        writer._add_openings(as_stored(openings))  # type: ignore[attr-defined]
    assert [fault.found for fault in ready.ledger.fsck().faults if "opening" in fault.where] != []
    assert ready.add(factory.withhold(claim))[0].already_on_record
    assert _is_sound(ready)


def test_the_opening_of_a_withheld_record_is_not_kept_again(ready: Ready) -> None:
    claim, openings = _sealed(ready)
    ready.add(claim, openings=openings)
    ready.add(factory.withhold(claim))
    bert = ready.enroll("bert")
    copied = factory.claim({"en": "a copy", "de": {"sealed": next(iter(openings))}})
    for one, by in ((claim, bert), (claim, ready.admin), (copied, bert)):
        with suppress(OnRecordError):  # a rule may refuse it before
            ready.add(one, by=by, openings=openings)
        assert (_found(ready), _held(ready, openings)) == ([], False)
    assert _is_sound(ready)


def test_a_record_that_comes_withheld_leaves_no_opening(ready: Ready) -> None:
    claim, openings = _sealed(ready)
    ready.ledger.add([sign_record(claim, ready.admin, openings), sign_record(factory.withhold(claim), ready.admin)])
    assert (_found(ready), _held(ready, openings)) == ([], False)
    assert _is_sound(ready)


def test_another_record_that_seals_the_same_loses_its_words_too(ready: Ready) -> None:
    claim, openings = _sealed(ready)
    other = factory.claim({"en": {"sealed": next(iter(openings))}}, type="position")
    ready.add(claim, openings=openings)
    ready.add(other)
    assert _found(ready) == [3, 2]
    ready.add(factory.withhold(claim))
    assert _found(ready) == []
    assert _is_sound(ready)


def test_an_opening_that_comes_with_an_endorsement_makes_the_record_found(ready: Ready) -> None:
    claim, openings = _sealed(ready)
    ready.add(claim)
    assert _found(ready) == []
    ready.add(claim, by=ready.enroll("bert"), openings=openings)
    assert _found(ready) == [2]
    assert _is_sound(ready)


def test_a_digest_that_is_copied_finds_what_is_kept_for_it(ready: Ready) -> None:
    claim, openings = _sealed(ready)
    ready.add(claim, openings=openings)
    copied = factory.claim({"en": "a copy", "de": {"sealed": next(iter(openings))}})
    ready.add(copied, by=ready.enroll("bert"))
    assert _found(ready) == [4, 2]
    assert _is_sound(ready)


def test_erasing_an_opening_takes_its_words_from_the_index(ready: Ready) -> None:
    claim, openings = _sealed(ready)
    ready.add(claim, factory.claim("stays"), openings=None)
    ready.add(claim, by=ready.enroll("bert"), openings=openings)
    assert ready.erase(claim).erased == list(openings)
    assert (_found(ready), _found(ready, "stays")) == ([], [3])
    assert _is_sound(ready)


def test_a_clock_that_is_behind_stops_what_is_new_and_answers_what_is_known(ready: Ready) -> None:
    ready.add(factory.claim("known"))
    ready.clock.now -= 100
    with pytest.raises(BusyError) as caught:
        ready.add(factory.claim("new"))
    assert caught.value.retry_after == 100
    with pytest.raises(BusyError):
        ready.ledger.check([sign_record(factory.claim("new"), ready.admin)])
    (receipt,) = ready.add(factory.claim("known"))
    assert receipt.record_id == record_id(factory.claim("known"))
    assert receipt.already_on_record
    assert ready.ledger.check([sign_record(factory.claim("known"), ready.admin)]).changes == []
