"""Signed records through `onrecord import`, beside the least that it could be.

Each round imports the same file into a new ledger by the command itself, checks the signatures alone on all processors, and
inserts the same envelopes into a table of one column, as durably and in as many steps. The three take turns, so that a busy
moment of the machine hits all. Processor seconds are those of all of the command's processes; memory is the most that they held
together.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.figures import Figure, Samples
from benchmarks.filling import world_file
from benchmarks.grounds import SQLITE, Grounds, environment
from benchmarks.machine import cores
from benchmarks.parts import Part, Plan, Tell
from benchmarks.worlds import World
from ledger.core.canonical import canonical_bytes
from ledger.core.dsse import RECORD_TYPE, OpenedEnvelope, check_signatures, parse_envelope
from ledger.service.lines import BATCH, submission_of

_SAMPLE = 6_000
"""Signatures and rows of a floor: as many as a few seconds take."""


@dataclass(frozen=True)
class Round:
    """Records a second; processor seconds of a record; bytes of memory; bytes on disk and of envelopes, of one record."""

    imported: float
    verified: float
    inserted: float
    spent: float
    memory: int
    stored: float
    envelope: float

    @property
    def to_verify(self) -> float:
        return self.imported / self.verified

    @property
    def to_insert(self) -> float:
        return self.imported / self.inserted

    @property
    def disk(self) -> float:
        return self.stored / self.envelope


def measure(target: str, plain: str, keys: Path, file: Path, count: int) -> Round:
    """One round: `target` and `plain` are new databases, `file` holds the first `count` records of the world."""
    World().enrol(target, keys)
    empty = _size(target)
    envelopes = _envelopes(file)
    before = _verified(envelopes)
    seconds, spent, memory = run_import(target, keys, file)
    verified = (before + _verified(envelopes)) / 2
    inserted = _inserted(plain, [one.data for one in envelopes])
    total = sum(len(one.data) for one in envelopes) / len(envelopes)
    stored = (_size(target) - empty) / count
    return Round(count / seconds, verified, inserted, spent / count, memory, stored, total)


def run_import(target: str, keys: Path, file: Path) -> tuple[float, float, int]:
    """Seconds, processor seconds and the most memory of `onrecord import` of the file."""
    command = [str(Path(sys.executable).with_name("onrecord")), "import", "--ledger", target, "--keys", str(keys)]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen([*command, "--format", "jsonl", str(file)], env=environment(), stdout=subprocess.DEVNULL)
    memory = 0
    while process.poll() is None:
        memory = max(memory, _memory_of(process.pid))
        time.sleep(0.1)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise RuntimeError(f"onrecord import ended with {process.returncode}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, memory


def _envelopes(file: Path) -> list[OpenedEnvelope]:
    with file.open("rb") as lines:
        read = [submission_of(line).envelope.model_dump(mode="json") for line, _ in zip(lines, range(_SAMPLE), strict=False)]
    return [parse_envelope(canonical_bytes(one), payload_type=RECORD_TYPE) for one in read]


def _verified(envelopes: Sequence[OpenedEnvelope]) -> float:
    """Signatures a second, on all processors: a thread for each, since checking alone is done without Python's lock."""
    processors = os.cpu_count() or 1
    portions = [envelopes[start::processors] for start in range(processors)]
    with ThreadPoolExecutor(processors) as pool:
        started = time.monotonic()
        list(pool.map(_verify_all, portions))
        return len(envelopes) / (time.monotonic() - started)


def _verify_all(envelopes: Sequence[OpenedEnvelope]) -> None:
    for one in envelopes:
        check_signatures(one)


def _inserted(plain: str, envelopes: Sequence[bytes]) -> float:
    """Rows a second of an executemany of the same bytes, a transaction for each batch."""
    batches = [[(one,) for one in envelopes[start : start + BATCH]] for start in range(0, len(envelopes), BATCH)]
    if plain.startswith("postgresql"):
        with psycopg.connect(plain) as server:
            server.execute("CREATE TABLE plain (envelope bytea NOT NULL)")
            server.commit()
            started = time.monotonic()
            for batch in batches:
                server.cursor().executemany("INSERT INTO plain VALUES (%s)", batch)
                server.commit()
            return len(envelopes) / (time.monotonic() - started)
    with closing(sqlite3.connect(plain, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")
        file.execute("CREATE TABLE plain (envelope BLOB NOT NULL)")
        started = time.monotonic()
        for batch in batches:
            file.execute("BEGIN IMMEDIATE")
            file.executemany("INSERT INTO plain VALUES (?)", batch)
            file.execute("COMMIT")
        return len(envelopes) / (time.monotonic() - started)


def _size(target: str) -> int:
    """Bytes on disk of a ledger, its journal included."""
    if target.startswith("postgresql"):
        with psycopg.connect(target) as server:
            found = server.execute("SELECT pg_database_size(current_database())").fetchone()
            assert found is not None
            return int(found[0])
    return sum(path.stat().st_size for path in (Path(target), Path(f"{target}-wal")) if path.exists())


def _memory_of(process: int) -> int:
    """Bytes in memory of a process and of all that it started."""
    family, total = {process}, 0
    for place in sorted(int(one) for one in os.listdir("/proc") if one.isdigit()):
        try:
            fields = Path(f"/proc/{place}/stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if place in family or int(fields[1]) in family:
            family.add(place)
            total += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return total


def run(plan: Plan, grounds: Grounds, tell: Tell) -> Iterator[Figure]:
    tell(f"{plan.imported} records are signed")
    file = world_file(grounds.folder, plan.imported)
    for back_end in plan.back_ends:
        found = []
        for number in range(plan.rounds):
            tell(f"{back_end}, round {number + 1} of {plan.rounds}")
            with grounds.fresh(back_end) as ground:
                plain = str(ground.folder / "rows.db") if back_end == SQLITE else ground.plain.replace("+psycopg", "", 1)
                found.append(measure(ground.ledger, plain, ground.keys, file, plan.imported))
        yield from _figures(back_end, plan.imported, found)


def _figures(back_end: str, size: int, found: Sequence[Round]) -> Iterator[Figure]:
    def samples(name: str, take: Callable[[Round], float]) -> Samples:
        return Samples(name=name, values=tuple(take(one) for one in found))

    ours = samples("onrecord import, with its start", lambda one: one.imported)
    verified = samples("Ed25519 verify alone, all cores", lambda one: one.verified)
    for name, unit, better, own, floor in (
        ("batch import", "records/s", "more", ours, verified),
        (
            "batch import beside a plain insert",
            "records/s",
            "more",
            ours,
            samples("plain executemany of the same bytes", lambda one: one.inserted),
        ),
        (
            "processor of a batch import",
            "us a record",
            "less",
            samples("all of the command's processes", lambda one: one.spent * 1e6),
            samples("Ed25519 verify alone, one core's time", lambda one: 1e6 * cores() / one.verified),
        ),
        (
            "peak memory of a batch import",
            "MB",
            "less",
            samples("all of the command's processes", lambda one: one.memory / 1e6),
            samples("the envelopes' own bytes", lambda one: one.envelope * size / 1e6),
        ),
    ):
        yield Figure(
            part="import",
            name=name,
            unit=unit,
            better="more" if better == "more" else "less",
            back_end=back_end,
            size=size,
            ours=own,
            floor=floor,
        )


def _seconds(plan: Plan) -> float:
    one_round = plan.imported / 3_000 + 2 * _SAMPLE / 15_000 + 3
    return plan.imported / 10_000 + len(plan.back_ends) * plan.rounds * one_round


PART = Part("import", "batch import", _seconds, run)
