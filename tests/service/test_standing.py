"""Where claims stand, kept up behind the log, is what `corroborate` says when it is asked directly."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Connection

from ledger.core.corroboration import corroborate
from ledger.core.force import corrected
from ledger.errors import StoreError
from ledger.operations import Question
from ledger.service import Ledger, keeping
from ledger.service.gathering import as_of, gather, gather_about, gather_all
from ledger.service.reading import Reading
from ledger.service.standing import CatchUp, Stopped
from ledger.store.migrating import migrate
from ledger.store.protocol import Snapshot, StandingRow, StandingStep
from ledger.wiring import create_ledger, open_ledger
from schemas.corroboration import Report
from schemas.dates import time_of
from schemas.records import ClaimRecord, WithholdRecord
from tests import factory
from tests.service.randomly import Random
from tests.service.written import ORIGIN, OTHER, Written


def asked(snapshot: Snapshot, claim: str, size: int) -> Report | None:
    """The score at a published size; None where the claim was not there, was taken back or withheld by then."""
    reading = Reading(snapshot)
    known = gather_about(reading, [claim], size)
    if all(entry.id != claim for entry in known) or claim in corrected(known):
        return None
    return corroborate(claim, gather(reading, [claim], size), as_of=as_of(snapshot, str(size)))


def said(report: Report) -> tuple[object, ...]:
    sides = report.independent_origins
    plain = (report.policy, report.headline, tuple(report.labels), report.confidence, report.showable)
    return (*plain, report.probability, sides.for_, sides.against)


def kept(row: StandingRow) -> tuple[object, ...]:
    plain = (row.policy, row.headline, row.labels, row.confidence, row.showable)
    return (*plain, row.probability, row.n_for, row.n_against)


def claims_of(world: Written) -> dict[str, int]:
    return {entry.id: entry.index for entry in reversed(world.logged) if isinstance(entry.record, ClaimRecord)}


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a small ledger takes many steps."""
    for name, portion in (("_ENTRIES", 5), ("_CLAIMS", 3), ("_TOGETHER", 2), ("_WRITTEN", 4), ("_SECONDS", 0)):
        monkeypatch.setattr(f"ledger.service.standing.{name}", portion)


class History:
    """What was answered at every published size, remembered."""

    def __init__(self) -> None:
        self.headlines: dict[str, list[tuple[int, str | None]]] = {}

    def check(self, world: Written) -> None:
        """Every row is what is asked, now and at its own size, and no claim that stands is without one."""
        with world.snapshot() as snapshot:
            size = snapshot.checkpoint.size
            progress = snapshot.standing.progress()
            assert (progress.size, progress.target, snapshot.standing.due(1)) == (size, size, [])
            rows = {row.index: row for row in snapshot.standing.all_rows()}
            for claim, index in claims_of(world).items():
                report, row = asked(snapshot, claim, size), rows.pop(index, None)
                past = self._past(snapshot, claim)
                assert (row is None) == (report is None)
                if row is None or report is None:
                    continue
                assert kept(row) == said(report)
                then = asked(snapshot, claim, row.size)
                assert then is not None
                assert kept(row) == said(then)
                assert (row.changed_at, row.previous) == _change(past, _told_from(snapshot, claim, size))
                self._can_be_asked_for(world, snapshot, row)
            assert rows == {}
            labels = [(label, row.index) for row in snapshot.standing.all_rows() for label in row.labels]
            assert sorted(snapshot.standing.labelled()) == sorted(labels)

    def _past(self, snapshot: Snapshot, claim: str) -> list[tuple[int, str | None]]:
        past = self.headlines.setdefault(claim, [])
        for size, _ in snapshot.published(past[-1][0] if past else 0):
            report = asked(snapshot, claim, size)
            past.append((size, report.headline if report else None))
        return past

    def _can_be_asked_for(self, world: Written, snapshot: Snapshot, row: StandingRow) -> None:
        """What a row tells of earlier states is what whoever asks about these is told too."""
        told = [row.changed_at]
        if row.previous is not None:
            before, _ = snapshot.sizes_around(row.changed_at)
            assert before is not None
            told.append(before)
        answers = [world.ledger.corroboration(row.claim, Question(as_of=str(size))).headline for size in told]
        assert answers == [row.headline, row.previous][: len(answers)]


def _told_from(snapshot: Snapshot, claim: str, size: int) -> int:
    """The first published size with the last withholding of what may ever have counted for the claim; 0 without one."""
    found = [entry.index for entry in gather_all(Reading(snapshot), [claim], size) if isinstance(entry.record, WithholdRecord)]
    return min((one for one, _ in snapshot.published(0) if found and one > max(found)), default=0)


def _change(past: list[tuple[int, str | None]], told_from: int) -> tuple[int, str | None]:
    """The size since which the headline is what it is at the end, and what it was before, as far as that is told."""
    since, now = past[-1]
    for size, headline in reversed(past):
        if size < told_from:
            return since, None
        if headline != now:
            return since, headline
        since = size
    return since, None


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_up_after_each_record_is_what_is_asked_directly(tmp_path: Path, seed: int) -> None:
    world, history = Random(tmp_path, seed), History()
    world.ledger.catch_up()
    history.check(world)
    for _ in range(40):
        if world.step() is not None:
            world.ledger.catch_up()
            history.check(world)


def _each(world: Random) -> None:
    for _ in range(40):
        world.step()
        world.ledger.catch_up()


def _in_jumps(world: Random) -> None:
    for number in range(40):
        world.step()
        if number % 13 == 12:
            world.ledger.catch_up()


def _interrupted(world: Random) -> None:
    """As if it were killed at any moment, and another process went on."""
    chance = random.Random(7)
    for _ in range(40):
        world.step()
        if chance.random() < 0.3:
            left = chance.randrange(30)

            def go_on() -> None:
                nonlocal left
                left -= 1
                if left < 0:
                    raise Stopped

            world.ledger.catch_up(go_on)


def _at_the_end(world: Random) -> None:
    for _ in range(40):
        world.step()


@pytest.mark.parametrize("seed", range(20, 22))
def test_however_far_it_was_behind_it_comes_to_the_same(tmp_path: Path, seed: int, small_portions: None) -> None:
    """After every record, in jumps, interrupted anywhere, all at once, or rebuilt: the same rows, to the last bit."""
    tables = []
    ways: list[Callable[[Random], None]] = [_each, _in_jumps, _interrupted, _at_the_end]
    for way in ways:
        place = tmp_path / way.__name__
        place.mkdir()
        world = Random(place, seed)
        way(world)
        world.ledger.catch_up()
        tables.append(world.store.derived())
        world.ledger.reindex()
        assert world.store.derived() == tables[-1]
    assert all(one == tables[0] for one in tables)


def _first_tables(connection: Connection) -> None:
    """Those of the first revision. Of `record` only what is written today must be there."""
    migrate(connection, "0001")
    connection.exec_driver_sql("DROP TABLE record")
    connection.exec_driver_sql('CREATE TABLE record ("index" BIGINT PRIMARY KEY, record_id TEXT, kind TEXT, body TEXT)')


def test_a_ledger_of_the_first_revision_is_upgraded_and_filled(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr("ledger.store.tables.REVISION", "0001")
        before.setattr("ledger.store.sql.migrate", _first_tables)
        for later in ("add_spellings", "add_counts"):  # into tables of later revisions
            before.setattr(f"ledger.store.writing.{later}", lambda *given: None)
        made = factory.ready(database)
        claim = factory.claim()
        made.add(factory.source(), factory.assessment("kcna"), claim, factory.statement(claim))
    with pytest.raises(StoreError, match="revision 0001"):
        made.ledger.health()
    keeping.upgrade(made.store)
    assert made.ledger.health().standing_size == 0
    size = made.ledger.health().size
    assert made.ledger.catch_up() == size == made.ledger.health().standing_size
    with made.store.reading() as snapshot:
        (row,) = snapshot.standing.all_rows()
        report = asked(snapshot, factory.id_of(claim), size)
        assert report is not None
        assert kept(row) == said(report)
    assert made.ledger.fsck().faults == []
    made.ledger.close()


def test_a_test_log_has_no_claims_that_could_stand(tmp_path: Path) -> None:
    create_ledger(str(tmp_path / "l.db"), test_log=True)
    ledger = open_ledger(str(tmp_path / "l.db"))
    assert isinstance(ledger, Ledger)
    ledger.add_entry(b"anything at all")
    assert ledger.catch_up() == 0
    ledger.close()


def test_a_round_that_was_left_half_done_is_sound_and_gone_on_with(tmp_path: Path, small_portions: None) -> None:
    """`fsck` finds no fault in the middle of it."""
    world = Random(tmp_path, 3)
    for _ in range(40):
        world.step()
    world.ledger.catch_up()
    for _ in range(40):
        world.step()
    assert world.ledger.health().standing_size < world.ledger.health().size
    work, halves = CatchUp(world.store), 0
    while work.step() is None:
        halves += 1
        assert world.ledger.fsck().faults == []
    assert halves > 5
    assert world.ledger.health().standing_size == world.ledger.health().size


def test_two_at_once_work_out_the_same_as_one(tmp_path: Path, small_portions: None) -> None:
    world = Random(tmp_path, 4)
    for _ in range(60):
        world.step()
    assert world.ledger is not None
    threads = [Thread(target=CatchUp(world.store).run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    History().check(world)


def test_a_new_policy_begins_anew(tmp_path: Path) -> None:
    world = Random(tmp_path, 5)
    world.ledger.catch_up()
    with world.snapshot() as snapshot:
        progress = snapshot.standing.progress()
    world.store.advance_standing(progress.version, StandingStep(replace(progress, policy="olo-0")))
    world.step()
    world.ledger.catch_up()
    History().check(world)


DAY = 86_400


class Dated(Written):
    first: str


def _rating_begins(world: Dated, ahead: str) -> None:
    world.rate("kcna", "C", valid_from=ahead)


def _rating_ends(world: Dated, ahead: str) -> None:
    world.rate("kcna", "B", valid_to=ahead)


def _relation_begins(world: Dated, ahead: str) -> None:
    world.rate("kcna", "B")
    world.source("state", "B", type="government_body")
    world.says("state", said_at="2024-10-02", basis="own_act")
    world.relate("kcna", "part_of", "state", valid_from=ahead)


def _document_is_forged_from_then_on(world: Dated, ahead: str) -> None:
    world.rate("kcna", "B")
    document = world.document("kcna", "2024-10-03")
    world.add(kind="correction", target=world.first, reason="a slip", ledger=ORIGIN)
    world.says("kcna", document=document, basis="own_act")
    world.add(
        kind="assessment", target=document, scheme="authenticity", value="forged", rationale="looked at", valid_from=ahead
    )


@pytest.mark.parametrize("ahead", [_rating_begins, _rating_ends, _relation_begins, _document_is_forged_from_then_on])
def test_what_time_alone_changes_is_worked_out_again(tmp_path: Path, ahead: Callable[[Dated, str], None]) -> None:
    """Nothing more is ever said about the claim; the next append on any matter brings the log's time past the date."""
    world = Dated(tmp_path)
    world.source("kcna", type="person")
    world.first = world.says("kcna", said_at="2024-10-01", basis="own_act")
    ahead(world, time_of(world.now + 30 * DAY)[:10])
    world.ledger.catch_up()
    before = row_of(world)
    assert before.lapses_at is not None
    world.now += 10 * DAY
    world.source("bystander")
    world.ledger.catch_up()
    assert row_of(world) == before, "not yet"
    world.now += 30 * DAY
    world.source("another-bystander")
    size = world.ledger.catch_up()
    after = row_of(world)
    assert kept(after) != kept(before)
    assert after.size == size
    History().check(world)


def test_a_date_ahead_that_is_reached_is_no_longer_later_than_what_has_none(tmp_path: Path) -> None:
    """An undated withdrawal takes back what was said before it, or may have been."""
    world = Written(tmp_path)
    world.source("kcna", "B", type="person")
    first = world.says("kcna", said_at=time_of(world.now + 30 * DAY)[:10], basis="own_act")
    world.says("kcna", "withdraws", withdraws=first, document=world.document("kcna"))
    world.ledger.catch_up()
    assert row_of(world).headline == "single_origin"
    world.now += 60 * DAY
    world.source("bystander")
    world.ledger.catch_up()
    assert row_of(world).headline == "not_enough"
    History().check(world)


def test_who_signs_a_rating_too_makes_it_count(tmp_path: Path) -> None:
    """A rating by the source itself is not used; somebody else's signature on the same record is."""
    world = Written(tmp_path)
    world.source("ada", "B", type="person")
    world.says("ada", said_at="2024-10-01", basis="own_act")
    world.ledger.catch_up()
    assert row_of(world).headline == "not_enough"
    world.rate("ada", "B", key=OTHER.did)
    world.ledger.catch_up()
    assert row_of(world).headline == "single_origin"
    History().check(world)


def row_of(world: Written) -> StandingRow:
    with world.snapshot() as snapshot:
        index = claims_of(world)[world.claim_id]
        return snapshot.standing.rows([index])[index]
