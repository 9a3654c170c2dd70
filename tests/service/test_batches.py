"""Many signed records at once: in the log as if each had come by itself, by whole batches, again from where it stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.worlds import World
from ledger.errors import NotFoundError, StoreError, UnauthenticatedError
from ledger.keys import sign_record
from ledger.service.adding import Stored
from ledger.service.batches import Imported, Place, import_lines
from ledger.service.ledger import Ledger
from ledger.service.lines import BATCH, BATCH_BYTES, Batch, submission_of
from ledger.service.openers import Openers
from ledger.service.submitted import Opened
from ledger.wiring import create_ledger, open_ledger
from tests import factory
from tests.conftest import REPOSITORY
from tests.factory import ORIGIN, Ready

WORLD = World()
LINES = list(WORLD.lines(1_400, workers=1))


@pytest.fixture
def ready(database: str) -> Iterator[Ready]:
    made = enrolled(database)
    yield made
    made.ledger.close()


def enrolled(database: str) -> Ready:
    """A ledger that takes the world's records; the same on every back end, to the last byte."""
    made = factory.ready(database)
    keys = [
        factory.record("key", subject=one.subject, public_key=one.did, roles=["contributor"], action="enroll", ledger=ORIGIN)
        for one in WORLD.signers
    ]
    made.ledger.add([sign_record(one, made.admin) for one in keys])
    return made


def taken(ledger: Ledger, lines: list[bytes], openers: Openers) -> Imported:
    return import_lines(Place(ledger._known_among, ledger._store_batch), lines, lambda _: None, openers)


def told(ledger: Ledger) -> tuple[object, ...]:
    return ledger.checkpoint().root, ledger.checkpoint().size, dict(ledger._store.derived())


def test_a_batch_leaves_what_lone_appends_leave(ready: Ready, tmp_path: Path) -> None:
    with Openers(helpers=1, alone=0) as openers:
        done = taken(ready.ledger, LINES, openers)
    assert (done.records, done.new) == (1_400, 1_400)
    slow = enrolled(str(tmp_path / "slow.db")).ledger
    try:
        for line in LINES[:60]:
            slow.add([submission_of(line)])
        for start in range(60, 1_400, 67):
            slow.add([submission_of(line) for line in LINES[start : start + 67]])
        assert told(ready.ledger) == told(slow)
    finally:
        slow.close()
    assert ready.ledger.fsck().faults == []


def test_what_is_on_record_is_passed_over_unopened(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    with Openers(helpers=0) as openers:
        taken(ready.ledger, LINES[:1_100], openers)
        root = ready.ledger.checkpoint().root
        monkeypatch.setattr(openers, "open", lambda lines: pytest.fail(f"{len(lines)} lines were opened again"))
        again = taken(ready.ledger, LINES[:1_100], openers)
    assert (again.records, again.new, ready.ledger.checkpoint().root) == (1_100, 0, root)


def test_only_the_very_same_entry_is_passed_over(ready: Ready) -> None:
    """A known record under a signature that does not hold is no known record."""
    with Openers(helpers=0) as openers:
        taken(ready.ledger, LINES[:10], openers)
        with pytest.raises(UnauthenticatedError, match="line 4: "):
            taken(ready.ledger, [*LINES[:3], _forged(LINES[3]), *LINES[4:12]], openers)
        assert taken(ready.ledger, LINES[:12], openers).new == 2


@pytest.mark.parametrize("helpers", [0, 1])
def test_a_batch_with_a_bad_line_is_not_stored_and_those_before_it_are(ready: Ready, helpers: int) -> None:
    before = ready.ledger.checkpoint().size
    lines = [*LINES[:1_200], _forged(LINES[1_200]), *LINES[1_201:]]
    with Openers(helpers=helpers, alone=0) as openers:
        with pytest.raises(UnauthenticatedError, match="line 1201: ") as refused:
            taken(ready.ledger, lines, openers)
        assert refused.value.hint == "lines 1 to 1000 are stored; mend this one and run it again"
        assert ready.ledger.checkpoint().size == before + BATCH
        done = taken(ready.ledger, LINES, openers)
    assert (done.records, done.new) == (1_400, 400)


def test_a_record_that_rests_on_nothing_is_named_by_its_line(ready: Ready) -> None:
    before = ready.ledger.checkpoint().size
    with Openers(helpers=0) as openers, pytest.raises(NotFoundError, match=r"^line [0-9]+: "):
        taken(ready.ledger, LINES[900:], openers)
    assert ready.ledger.checkpoint().size == before


def test_a_helper_that_ends_early_is_an_error_and_no_silence(ready: Ready) -> None:
    with Openers(helpers=1, alone=0) as openers:
        openers.open(LINES[:1]).result()
        openers._started[0].kill()
        with pytest.raises(StoreError, match="helper"):
            taken(ready.ledger, LINES, openers)


def _forged(line: bytes) -> bytes:
    value = json.loads(line)
    sig = value["signatures"][0]["sig"]
    value["signatures"][0]["sig"] = ("B" if sig[0] == "A" else "A") + sig[1:]
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def test_a_killed_import_goes_on_where_it_stopped(database: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    create_ledger(database, keys=keys)
    WORLD.enrol(database, keys)
    command = [sys.executable, "-m", "ledger.cli", "import", "--ledger", database, "--keys", str(keys), "--format", "jsonl"]
    with subprocess.Popen([*command, "-"], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        process.stdin.write(b"".join(LINES[:1_300]))
        process.stdin.flush()
        _wait_for(database, keys, 1_000)  # the first batch is in, and the second is still being read
        process.send_signal(signal.SIGKILL)
    ledger = open_ledger(database, keys=keys)
    assert isinstance(ledger, Ledger)
    try:
        assert ledger.fsck().faults == []
        assert ledger.checkpoint().size == 5 + 1_000
        done = ledger.add_lines(LINES, lambda _: None)
        assert (done.records, done.new) == (1_400, 400)
        assert ledger.fsck().faults == []
    finally:
        ledger.close()


def _wait_for(database: str, keys: Path, records: int) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        ledger = open_ledger(database, keys=keys)
        try:
            if ledger.checkpoint().size >= 5 + records:
                return
        finally:
            ledger.close()
        time.sleep(0.2)
    pytest.fail("nothing was imported")


def test_a_helper_ends_with_whoever_started_it() -> None:
    command = [sys.executable, "-m", "ledger.service.helpers"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as helper:
        assert helper.stdin is not None
        helper.stdin.close()  # as a killed process leaves it
        assert helper.wait(60) == 0


def test_no_more_is_read_than_a_few_batches_ahead_whatever_lines_are_like() -> None:
    """What is in memory at a time: lines that were read and are not stored yet."""
    line = b"{" + b" " * 500_000 + b"}\n"
    read, stored = 0, 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        for _ in range(200):
            read += 1
            yield line

    def known(batch: Batch) -> set[int]:
        nonlocal stored
        assert batch.bytes <= BATCH_BYTES + len(line)
        assert (read - stored) * len(line) <= 6 * (BATCH_BYTES + len(line))
        return set(range(len(batch.lines)))

    def tell(done: Imported) -> None:
        nonlocal stored
        stored = done.records

    with Openers(helpers=3) as openers:
        assert import_lines(Place(known, _refuse), endless(), tell, openers).records == 200


def _refuse(opened: list[Opened]) -> Stored:
    raise AssertionError("nothing was to be stored")
