"""The server as it is started in earnest: by name, from the environment, in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from ledger.config import Settings
from ledger.errors import UsageError
from ledger.wiring import create_ledger
from tests.conftest import REPOSITORY

START = "import sys, uvicorn; uvicorn.run('api.app:create_app', factory=True, port=int(sys.argv[1]))"


@contextmanager
def started(ledger: Path | str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "ONRECORD_LEDGER": str(ledger)}
    command = [sys.executable, "-c", START, str(port)]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def wait_until_well(url: str) -> httpx.Response:
    for _ in range(200):
        try:
            return httpx.get(f"{url}/healthz")
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


def test_it_starts_by_name_and_stops_when_told(tmp_path: Path) -> None:
    create_ledger(str(tmp_path / "l.db"), origin="ledger.example")
    with started(tmp_path / "l.db") as (process, url):
        assert wait_until_well(url).json()["size"] == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in (0, -signal.SIGTERM)


def test_it_does_not_start_on_a_ledger_that_is_not_there(tmp_path: Path) -> None:
    with started(tmp_path / "none.db") as (process, _):
        assert process.wait(30) != 0
    assert not (tmp_path / "none.db").exists()


def test_there_is_nothing_to_serve_without_a_ledger() -> None:
    with pytest.raises(UsageError, match="no ledger"):
        create_app(settings=Settings(ledger=None))


def test_a_ledger_elsewhere_is_not_served_from_here(tmp_path: Path) -> None:
    with started("http://127.0.0.1:9") as (process, _):
        assert process.wait(30) != 0


def test_a_store_that_contradicts_itself_is_not_served(tmp_path: Path) -> None:
    create_ledger(str(tmp_path / "l.db"), origin="ledger.example")
    with closing(sqlite3.connect(tmp_path / "l.db")) as database, database:
        # As a copy from yesterday would have it: the newest checkpoint is of another tree.
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE checkpoint SET root = zeroblob(32)")
    with started(tmp_path / "l.db") as (process, _):
        assert process.wait(30) != 0
