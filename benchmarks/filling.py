"""Ledgers with so many records of the world in them (worlds.py), brought in by the command as anybody would."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from benchmarks.grounds import ONRECORD, Ground, ran
from benchmarks.worlds import World
from ledger.core.canonical import parse_json
from ledger.store import open_store
from schemas.envelope import Envelope, Submission


def world_file(folder: Path, count: int) -> Path:
    """The world's first records, one to a line; written once for each number of them."""
    path = folder / f"world-{count}.jsonl"
    if not path.exists():
        begun = path.with_suffix(".begun")
        World().write(begun, count)
        begun.rename(path)  # one that was left half written would be taken for the whole
    return path


def begin(ground: Ground) -> None:
    """A fresh ledger that takes the world's records."""
    ground.create()
    World().enrol(ground.ledger, ground.keys)


def bring(ground: Ground, file: Path) -> float:
    """Seconds that the import took, the command's start and end included."""
    where = ("--ledger", ground.ledger, "--keys", str(ground.keys))
    return ran(ONRECORD, "import", str(file), "--format", "jsonl", *where)


def lines_in(file: Path, start: int, end: int) -> list[bytes]:
    with file.open("rb") as lines:
        return [line.rstrip(b"\n") for line in islice(lines, start, end)]


def submission(line: bytes) -> Submission:
    value = parse_json(line, max_bytes=len(line))
    if "envelope" in value:
        return Submission.model_validate(value)
    return Submission(envelope=Envelope.model_validate(value))


def envelopes(ground: Ground) -> tuple[int, int]:
    """How many entries the ledger has, and the bytes of their envelopes."""
    store = open_store(ground.ledger)
    with store.reading() as snapshot:
        sizes = [len(one.envelope) for one in snapshot.entry_range(0, snapshot.checkpoint.size)]
    store.close()
    return len(sizes), sum(sizes)


def settle(ground: Ground) -> None:
    """Where claims stand is worked out to the end, as a server does it by itself."""
    ledger = ground.open()
    ledger.catch_up()
    ledger.close()


def prepare(ground: Ground) -> None:
    """All answers about claims are prepared, as those of a server are that has run for a while."""
    ran(
        ONRECORD, "db", "prepare", "--ledger", ground.ledger, "--keys", str(ground.keys), ONRECORD_PREPARED=str(ground.prepared)
    )


def add_one_by_one(ground: Ground, lines: Sequence[bytes]) -> None:
    """Each by itself: a step of the log, a checkpoint and its signatures for every single one."""
    submissions = [submission(one) for one in lines]
    ledger = ground.open()
    for one in submissions:
        ledger.add([one])
    ledger.close()
