"""Where a benchmark happens: fresh ledgers on either back end with an empty database beside each, servers, commands."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from ledger.service import Ledger
from ledger.wiring import create_ledger, open_ledger
from tests.backends import find_programs, fresh_database, throwaway_cluster

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
ONRECORD = str(Path(sys.executable).with_name("onrecord"))
_STARTING = 120.0
_WHOLE = "filled"
"""The file that says that filling came to its end."""


@dataclass(frozen=True)
class Ground:
    """A ledger's place that nothing is in yet, and an empty database (as SQLAlchemy names it) for what it is compared with."""

    back_end: str
    folder: Path
    ledger: str
    plain: str

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def prepared(self) -> Path:
        """Where a server of this ledger prepares answers."""
        return self.folder / "prepared"

    def create(self) -> None:
        create_ledger(self.ledger, origin="bench.example", keys=self.keys)

    def open(self) -> Ledger:
        ledger = open_ledger(self.ledger, keys=self.keys)
        assert isinstance(ledger, Ledger)
        return ledger

    def bytes_on_disk(self) -> int:
        """Of the ledger's tables and indexes, with nobody connected; PostgreSQL's write-ahead log is shared and not in it."""
        if self.back_end == POSTGRESQL:
            with psycopg.connect(self.ledger, autocommit=True) as connection:
                connection.execute("CHECKPOINT")
                row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            assert row is not None
            return int(row[0])
        path = Path(self.ledger)
        return sum(one.stat().st_size for one in path.parent.glob(f"{path.name}*") if one.is_file())


class Grounds:
    """Fresh places, gone when they are left. PostgreSQL's server, as durable as any, starts when it is first asked for."""

    def __init__(self, stack: ExitStack, folder: Path, keeping: Path | None = None) -> None:
        self._stack = stack
        self.folder = folder
        """Gone at the end of the run; what several parts need is made here once."""
        self._keeping = keeping
        self._cluster: str | None = None

    @staticmethod
    def back_ends() -> tuple[str, ...]:
        return (SQLITE,) if find_programs() is None else (SQLITE, POSTGRESQL)

    @contextmanager
    def fresh(self, back_end: str) -> Iterator[Ground]:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            if back_end == SQLITE:
                yield Ground(back_end, folder, str(folder / "ledger.db"), f"sqlite:///{folder / 'plain.db'}")
                return
            with fresh_database(self._server()) as ledger, fresh_database(self._server()) as plain:
                yield Ground(back_end, folder, ledger, plain.replace("postgresql:", "postgresql+psycopg:", 1))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def filled(self, back_end: str, name: str, fill: Callable[[Ground], None]) -> Iterator[Ground]:
        """A place that was filled. A SQLite file with so long a life as the folder of ledgers to keep is filled in one run and
        read from in any later one."""
        if self._keeping is None or back_end != SQLITE:
            with self.fresh(back_end) as ground:
                fill(ground)
                yield ground
            return
        folder = self._keeping / f"{back_end}-{name}"
        if not (folder / _WHOLE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            fill(Ground(back_end, folder, str(folder / "ledger.db"), ""))
            (folder / _WHOLE).touch()
        yield Ground(back_end, folder, str(folder / "ledger.db"), "")

    def _server(self) -> str:
        if self._cluster is None:
            programs = find_programs()
            assert programs is not None
            self._cluster = self._stack.enter_context(throwaway_cluster(programs, durable=True))
        return self._cluster


# Servers and commands


def environment(**variables: str) -> dict[str, str]:
    """Ours, in which Python keeps what it compiles, as where it is installed: a start would be of the compiler else."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | variables


@contextmanager
def served(command: Sequence[str], port: int, **variables: str) -> Iterator[int]:
    """The server's process, which answers already."""
    process = subprocess.Popen(command, env=environment(**variables), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + _STARTING
        while not _answers(port):
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError(f"{command[0]} does not answer")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def onrecord_served(ground: Ground, workers: int = 1, **variables: str) -> Iterator[tuple[int, int]]:
    """The port and the first process of `onrecord serve`."""
    port = free_port()
    command = [ONRECORD, "serve", "--ledger", ground.ledger, "--port", str(port), "--workers", str(workers)]
    places = {"ONRECORD_KEYS": str(ground.keys), "ONRECORD_PREPARED": str(ground.prepared)}
    with served(command, port, **places, **variables) as process:
        yield port, process


@contextmanager
def app_served(factory: str, workers: int = 1, **variables: str) -> Iterator[tuple[int, int]]:
    """The port and the first process of another application, with as many workers as ours has."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", factory, "--factory", "--log-level", "warning", "--no-access-log"]
    with served([*command, "--port", str(port), "--workers", str(workers)], port, **variables) as process:
        yield port, process


def ran(*command: str, **variables: str) -> float:
    """Seconds from start to end."""
    began = time.perf_counter()
    subprocess.run(command, env=environment(**variables), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
