"""Erased words that somebody's reading keeps on disk: said, remembered, and gone once nobody reads what was before."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from ledger.core.records import record_id
from ledger.keys import seal
from ledger.store.protocol import Store, StoredOpening
from schemas.erasure import Erased
from schemas.ids import Opening
from schemas.records import Record
from tests import factory
from tests.factory import Ready
from tests.store.building import append, digest, entry


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.service.scrubbing._PATIENCE", 0.05)
    monkeypatch.setattr("ledger.service.scrubbing._FIRST_PAUSE", 0.01)


@pytest.fixture
def ready(database: str) -> Iterator[Ready]:
    made = factory.ready(database)
    yield made
    made.ledger.close()


@pytest.fixture
def on_file(tmp_path: Path) -> Iterator[Ready]:
    made = factory.ready(str(tmp_path / "ledger.db"))
    yield made
    made.ledger.close()


def _sealed(ready: Ready) -> tuple[Record, dict[str, Opening]]:
    value, opening = seal(ready.admin, "text", "a zebrafish swam")
    return factory.claim({"en": {"sealed": value.sealed}}), {value.sealed: opening}


def _erased_while_read(ready: Ready) -> Erased:
    """What the erasure answers while somebody reads a state from before it; they have ended by now."""
    claim, openings = _sealed(ready)
    ready.add(claim, openings=openings)
    with ready.store.reading() as snapshot:
        assert snapshot.openings(list(openings))
        erased = ready.erase(claim)
    return erased


def _on_disk(place: Path) -> bool:
    return any(b"zebrafish" in path.read_bytes() for path in place.glob("ledger.db*") if path.is_file())


def _until(holds: Callable[[], bool]) -> None:
    end = monotonic() + 20
    while not holds():
        assert monotonic() < end, "it did not come to pass"
        sleep(0.01)


def test_who_erases_while_somebody_reads_is_told_that_it_is_not_yet_gone(ready: Ready) -> None:
    assert _erased_while_read(ready).to_scrub
    assert ready.ledger.health().to_scrub


def test_who_erases_while_nobody_reads_is_told_nothing_of_the_kind(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.service.scrubbing._PATIENCE", 10.0)  # the server's own workers look at a table, too
    claim, openings = _sealed(ready)
    ready.add(claim, openings=openings)
    assert not ready.erase(claim).to_scrub
    assert not ready.ledger.health().to_scrub


def test_a_withholding_that_closes_sealed_words_says_so_too(ready: Ready) -> None:
    claim, openings = _sealed(ready)
    ready.add(claim, openings=openings)
    withheld = factory.withhold(claim, ledger=ready.origin)
    with ready.store.reading() as snapshot:
        assert snapshot.openings(list(openings))
        (receipt,) = ready.add(withheld)
    assert receipt.to_scrub
    assert not ready.ledger.receipt(record_id(withheld)).to_scrub


def test_the_keeper_scrubs_once_nobody_reads(ready: Ready) -> None:
    _erased_while_read(ready)
    ready.ledger.keep_standing()
    _until(lambda: not ready.ledger.health().to_scrub)


def test_the_next_append_scrubs(ready: Ready) -> None:
    _erased_while_read(ready)
    _until(lambda: bool(ready.add(factory.claim("something else"))) and not ready.ledger.health().to_scrub)


def test_words_that_a_reader_keeps_are_in_the_files_until_the_keeper_has_scrubbed(on_file: Ready, tmp_path: Path) -> None:
    claim, openings = _sealed(on_file)
    on_file.add(claim, openings=openings)
    with on_file.store.reading() as snapshot:
        assert snapshot.openings(list(openings))
        on_file.erase(claim)
        on_file.ledger.keep_standing()
        sleep(0.1)
        assert (_on_disk(tmp_path), on_file.ledger.health().to_scrub) == (True, True)
    _until(lambda: not on_file.ledger.health().to_scrub)
    assert not _on_disk(tmp_path)


def test_the_next_process_that_opens_the_ledger_scrubs(on_file: Ready, tmp_path: Path) -> None:
    _erased_while_read(on_file)
    assert _on_disk(tmp_path)
    command = [sys.executable, "-m", "ledger.cli", "search", "anything", "--ledger", str(tmp_path / "ledger.db")]
    subprocess.run(command, check=True, capture_output=True)
    assert (_on_disk(tmp_path), on_file.ledger.health().to_scrub) == (False, False)


def test_what_is_erased_while_another_scrubs_is_still_to_be_scrubbed(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ready.store
    _hold(store, "first", "second")
    _erase(store, "first")
    backend = store._backend  # type: ignore[attr-defined]
    scrub = backend.scrub

    def meanwhile(*given: object) -> None:
        scrub(*given)
        _erase(store, "second")

    monkeypatch.setattr(backend, "scrub", meanwhile)
    store.scrub()
    monkeypatch.setattr(backend, "scrub", scrub)
    with store.reading() as snapshot:
        assert snapshot.to_scrub()
    store.scrub()
    with store.reading() as snapshot:
        assert not snapshot.to_scrub()


def _hold(store: Store, *names: str) -> None:
    with store.writing() as writer:
        append(writer, [entry()], openings=[StoredOpening(digest(name), b"s" * 16, name) for name in names])


def _erase(store: Store, name: str) -> None:
    with store.writing() as writer:
        assert writer.erase([digest(name)]) == [digest(name)]
