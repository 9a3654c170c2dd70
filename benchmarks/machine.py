"""What the run ran on, and how busy it was. Linux: the figures of processes come from /proc."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread

from benchmarks.figures import Machine
from tests.backends import find_programs

PACKAGES = ("cryptography", "fastapi", "psycopg", "pydantic", "sqlalchemy", "sqlmodel", "uvicorn")
_TICK = os.sysconf("SC_CLK_TCK")
_LOOKING = 0.1


def machine() -> Machine:
    return Machine(
        cores=cores(),
        memory_gb=round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        postgresql=_postgresql(),
        packages={name: version(name) for name in PACKAGES},
    )


def cores() -> int:
    return len(os.sched_getaffinity(0))


def _postgresql() -> str | None:
    programs = find_programs()
    if programs is None:
        return None
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[2]


def busy(seconds: float = 1.0) -> float:
    """How many cores somebody keeps busy while we do nothing."""
    before = _jiffies()
    time.sleep(seconds)
    idle, total = (now - then for now, then in zip(_jiffies(), before, strict=True))
    return round(cores() * (1 - idle / total), 2) if total else 0.0


def _jiffies() -> tuple[int, int]:
    fields = [int(one) for one in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return fields[3] + fields[4], sum(fields)


# Processes


def spent(process: int) -> float:
    """Seconds of a processor, of all threads of the process and of all that it started."""
    seconds = 0.0
    for one in _family(process):
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()
            seconds += sum(int(field) for field in fields[11:15]) / _TICK
    return seconds


@contextmanager
def watched(process: int) -> Iterator[list[float]]:
    """Megabytes of the process with all that it started, seen now and then; what they share is counted once."""
    seen: list[float] = [_proportional(process) / 1024]
    over = Event()

    def look() -> None:
        while not over.wait(_LOOKING):
            seen.append(sum(_proportional(one) for one in _family(process)) / 1024)

    looking = Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


def _family(process: int) -> Iterator[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for one in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        with suppress(OSError):
            parent = int(Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()[1])
            children.setdefault(parent, []).append(one)
    waiting = [process]
    while waiting:
        one = waiting.pop()
        waiting += children.get(one, [])
        yield one


def _proportional(process: int) -> int:
    """Kilobytes; 0 once it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
