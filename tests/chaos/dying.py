"""Work in a process of its own, which is killed when it reaches a named point of the write path."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from ledger import points
from ledger.points import Point

# Forked from a process that has loaded everything and begun nothing: a fresh one would take a second to start.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    [
        "pytest",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.sqlite.pysqlite",
        "ledger.store.postgresql",
        "ledger.store.sqlite",
        "tests.chaos.works",
        "api.app",
        "api.worker",
        "uvicorn",
    ]
)

Tell = Callable[[Any], None]
Work = Callable[..., None]
_PATIENCE = 60


def killed_at(point: Point, time: int, work: Work, *given: Any) -> list[Any]:
    """What `work` had told when it reached that point for the time that is said, and was killed. It must come so far."""
    told, ended = _run(point, time, work, given)
    assert ended == -signal.SIGKILL, f"it ended with {ended} and never reached {point!r} for time {time}"
    return told


def done(work: Work, *given: Any) -> list[Any]:
    """What `work` told, to its end."""
    told, ended = _run(None, 0, work, given)
    assert ended == 0
    return told


def _run(point: Point | None, time: int, work: Work, given: Sequence[Any]) -> tuple[list[Any], int | None]:
    here, there = processes.Pipe(duplex=False)
    process = processes.Process(target=_work, args=(there, point, time, work, given), daemon=True)
    process.start()
    there.close()
    told: list[Any] = []
    with here, suppress(EOFError, OSError):  # an OSError: of the last one there is only a part
        while True:
            told.append(here.recv())
    process.join(_PATIENCE)
    return told, process.exitcode


def _work(tell: Connection, point: Point | None, time: int, work: Work, given: Sequence[Any]) -> None:
    seen = 0

    def listen(reached: Point) -> None:
        nonlocal seen
        seen += reached == point
        if point is not None and seen == time:
            os.kill(os.getpid(), signal.SIGKILL)

    points.listener = listen
    work(tell.send, *given)
