"""Killed at every named point of the write path: nothing acknowledged is lost, and nothing is half there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from ledger.core.dsse import parse_envelope
from ledger.core.records import parse_record
from ledger.errors import ConflictError, OnRecordError
from ledger.keys import Signer, find_signer, seal, sign_record
from ledger.points import Point
from ledger.service.ledger import Ledger
from ledger.wiring import create_ledger, open_ledger
from ledger.witness.keys import new_witness_keys
from schemas.envelope import RECORD_TYPE, Submission
from schemas.log import Receipt
from schemas.records import Record
from tests import factory
from tests.chaos import works
from tests.chaos.dying import done, killed_at
from tests.chaos.promises import broken
from tests.publishing.test_publish import read_all
from tests.witness.test_witness import GROVE, witness_at

BEFORE: tuple[Point, ...] = (
    "checked",
    "signed",
    "head moved",
    "entries written",
    "tiles written",
    "checkpoint written",
    "derived written",
    "before the commit",
)
AFTER: tuple[Point, ...] = ("committed", "place written", "head kept", "before the replies")
OTHERS: tuple[Point, ...] = (
    "batch stored",
    "file written beside",
    "file replaced",
    "growth judged",
    "tiles published",
    "checkpoint published",
    "derived cleared",
    "derived rebuilt",
    "openings erased",
    "before the scrub",
    # Died at in tests/cli/test_log_rotate.py
    "log keys made",
    "log keys retired",
)


KEYS = ["admin.pem", "admin.seal", "head", "issuer.pem", "log-ed25519.pem", "log-mldsa44.pem"]
INIT: tuple[Point, ...] = ("init begun", "keys made", "ledger created", "ledger founded")


def test_every_point_is_died_at_below() -> None:
    assert sorted(get_args(Point)) == sorted(BEFORE + AFTER + OTHERS + INIT)


@dataclass(frozen=True)
class Place:
    """A ledger, where its keys are, and its admin."""

    target: str
    keys: Path
    admin: Signer

    def opened(self) -> Ledger:
        return works.opened(self.target, self.keys)

    def told(self, about: str) -> list[Submission]:
        """A list that goes in whole or not at all: a source, a claim with sealed words, a statement."""
        slug = about.replace(" ", "-")
        sealed, opening = seal(self.admin, "text", f"{about} was seen")
        claim = factory.claim({"en": f"{about} happened", "de": {"sealed": sealed.sealed}})
        records = [factory.source(slug), claim, factory.statement(claim, slug)]
        return [sign_record(one, self.admin, {sealed.sealed: opening} if one is claim else None) for one in records]


@pytest.fixture
def place(database: str, tmp_path: Path) -> Place:
    keys = tmp_path / "keys"
    create_ledger(database, keys=keys, origin=factory.ORIGIN)
    return Place(database, keys, find_signer(database, keys))


@pytest.fixture
def on_file_begun(tmp_path: Path) -> Place:
    """Half of one."""
    target, keys = str(tmp_path / "l.db"), tmp_path / "keys"
    killed_at("ledger created", 1, works.init, target, keys, factory.ORIGIN)
    return Place(target, keys, find_signer(target, keys))


@pytest.fixture
def on_file(tmp_path: Path) -> Place:
    keys = tmp_path / "keys"
    create_ledger(str(tmp_path / "l.db"), keys=keys, origin=factory.ORIGIN)
    return Place(str(tmp_path / "l.db"), keys, find_signer("l.db", keys))


def _record_of(submission: Submission) -> Record:
    return parse_record(parse_envelope(submission.envelope.model_dump_json().encode(), payload_type=RECORD_TYPE).payload)


def _where(receipts: list[Receipt]) -> list[tuple[str, int, str]]:
    return [(one.record_id, one.index, one.leaf_hash) for one in receipts]


def _known(receipts: list[Receipt]) -> set[bool]:
    return {one.already_on_record for one in receipts}


def _check(ledger: Ledger, receipts: list[Receipt]) -> None:
    assert broken(ledger, receipts) == []
    assert ledger.fsck(helpers=0).faults == []


def test_a_step_of_the_log_is_there_whole_or_not_at_all(place: Place, subtests: pytest.Subtests) -> None:
    receipts: list[Receipt] = []
    for point in (*BEFORE, *AFTER):
        with subtests.test(point):
            first, second = place.told(f"first at {point}"), place.told(f"second at {point}")
            (told,) = killed_at(point, 2, works.add, place.target, place.keys, [first, second])
            ledger = place.opened()
            _check(ledger, receipts := [*receipts, *told])
            again, late = ledger.add(first), ledger.add(second)
            assert _where(again) == _where(told)
            assert (_known(again), _known(late)) == ({True}, {point in AFTER})
            receipts += [*again, *late]
            ledger.close()
    ledger = place.opened()
    _check(ledger, receipts)
    ledger.close()


@pytest.mark.parametrize("point", ["tiles written", "before the commit", "committed"])
def test_a_step_that_fills_a_tile(on_file: Place, point: Point) -> None:
    filling = [sign_record(factory.claim(f"claim {number}"), on_file.admin) for number in range(253)]
    told, *_ = killed_at(point, 2, works.add, on_file.target, on_file.keys, [filling, on_file.told("the tile")])
    ledger = on_file.opened()
    _check(ledger, told)
    late = ledger.add(on_file.told("the tile"))
    assert (_known(late), [one.index for one in late]) == ({point == "committed"}, [255, 256, 257])
    _check(ledger, told + late)
    ledger.close()


@pytest.mark.parametrize("point", ["batch stored", "before the commit", "committed"])
def test_an_import_stops_between_two_batches_and_goes_on(place: Place, point: Point) -> None:
    lines = [
        sign_record(factory.claim(f"claim {number}"), place.admin).model_dump_json().encode() + b"\n" for number in range(9)
    ]
    killed_at(point, 2, works.add_lines, place.target, place.keys, lines, 3)
    ledger = place.opened()
    size = 5 if point == "before the commit" else 8
    assert ledger.checkpoint().size == size
    _check(ledger, [])
    assert done(works.add_lines, place.target, place.keys, lines, 3)[-1] == 11 - size
    assert ledger.checkpoint().size == 11
    _check(ledger, [])
    ledger.close()


@pytest.mark.parametrize("point", ["derived cleared", "derived rebuilt"])
def test_a_rebuilding_that_is_killed_has_changed_nothing(place: Place, point: Point) -> None:
    ledger = place.opened()
    receipts = ledger.add(place.told("it"))
    ledger.catch_up()
    before = ledger._store.derived()
    killed_at(point, 1, works.reindex, place.target, place.keys)
    assert ledger._store.derived() == before
    _check(ledger, receipts)
    done(works.reindex, place.target, place.keys)
    assert ledger._store.derived() == before
    ledger.close()


@pytest.mark.parametrize("point", [*INIT, "before the commit", "committed"])
def test_an_init_that_is_killed_is_finished_by_asking_again(database: str, tmp_path: Path, point: Point) -> None:
    keys = tmp_path / "keys"
    assert killed_at(point, 1, works.init, database, keys, factory.ORIGIN) == []
    with pytest.raises(OnRecordError):
        open_ledger(database, keys=keys)
    created = create_ledger(database, keys=keys, origin=factory.ORIGIN)
    ledger = works.opened(database, keys)
    assert (ledger.checkpoint().size, ledger.fsck(helpers=0).faults) == (2, [])
    admin = find_signer(database, keys)
    assert (admin.did, ledger.well_known().origin) == (created.admin, factory.ORIGIN)
    _check(ledger, ledger.add([sign_record(factory.claim(), admin)]))
    ledger.close()
    with pytest.raises(ConflictError):
        create_ledger(database, keys=keys, origin=factory.ORIGIN)
    assert sorted(path.name for path in keys.glob("*")) == KEYS


@pytest.mark.parametrize("point", ["ledger created", "ledger founded"])
def test_keys_of_a_half_made_ledger_are_not_made_anew_for_another(tmp_path: Path, point: Point) -> None:
    """Only with them can the first one be opened, and what it signed be believed."""
    keys, first = tmp_path / "keys", str(tmp_path / "a.db")
    assert killed_at(point, 1, works.init, first, keys, factory.ORIGIN) == []
    before = {path.name: path.read_bytes() for path in keys.iterdir()}
    with pytest.raises(ConflictError, match=r"a\.db"):
        create_ledger(str(tmp_path / "b.db"), keys=keys, origin=factory.ORIGIN)
    assert {path.name: path.read_bytes() for path in keys.iterdir()} == before
    assert create_ledger(first, keys=keys).origin == factory.ORIGIN
    works.opened(first, keys).close()


def test_half_a_ledger_is_finished_under_its_own_name_alone(on_file_begun: Place) -> None:
    with pytest.raises(ConflictError, match=factory.ORIGIN):
        create_ledger(on_file_begun.target, keys=on_file_begun.keys, origin="another.example")
    with pytest.raises(ConflictError, match="half made"):
        open_ledger(on_file_begun.target, keys=on_file_begun.keys)
    assert create_ledger(on_file_begun.target, keys=on_file_begun.keys).origin == factory.ORIGIN


@pytest.mark.parametrize("point", ["openings erased", "committed", "before the scrub"])
def test_an_erasure_is_done_or_not_and_is_scrubbed_later(place: Place, point: Point) -> None:
    ledger = place.opened()
    told = place.told("it")
    receipts = ledger.add(told)
    (value,) = told[1].openings
    claim = _record_of(told[1])
    order = factory.erasure(claim, place.admin)
    assert killed_at(point, 1, works.erase, place.target, place.keys, order) == []
    ledger.close()
    ledger = place.opened()
    with ledger._store.reading() as snapshot:
        assert bool(snapshot.openings([value])) == (point == "openings erased")
        assert bool(snapshot.erasures([value])) == (point != "openings erased")
    _check(ledger, receipts)
    ledger.erase_openings(order)
    _check(ledger, receipts)
    ledger.close()


def test_a_publication_that_is_killed_leaves_a_checkpoint_and_all_that_it_speaks_of(on_file: Place, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    done(works.publish, on_file.target, on_file.keys, folder)
    ledger = on_file.opened()
    vkey = ledger.well_known().log_keys[0]
    for point, size in (("tiles published", 2), ("checkpoint published", 8)):
        ledger.add(on_file.told(point))
        killed_at(point, 1, works.publish, on_file.target, on_file.keys, folder)
        assert read_all(folder, vkey) == size
    done(works.publish, on_file.target, on_file.keys, folder)
    assert read_all(folder, vkey) == ledger.checkpoint().size
    ledger.close()


@pytest.mark.parametrize("point", ["growth judged", "file written beside", "file replaced"])
def test_a_witness_has_signed_before_it_replies_or_knows_nothing_of_it(tmp_path: Path, point: Point) -> None:
    new_witness_keys(tmp_path / "w", "witness.example/w1")
    first, second = GROVE.asked(0, 4), GROVE.asked(4, 6)
    (told,) = killed_at(point, 2, works.witness, tmp_path / "w", [first, second])
    assert told == 200
    held = witness_at(tmp_path / "w").held(GROVE.origin)
    assert held is not None
    assert held.checkpoint.size == (6 if point == "file replaced" else 4)
    after = witness_at(tmp_path / "w").add(GROVE.asked(held.checkpoint.size, 6, "b", shared=4))
    assert after.status == (422 if held.checkpoint.size == 6 else 200)
