"""When the store fails, or the code does: a problem that shows nothing of the inside, and nothing half-written."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.at_once import AtOnce
from api.bodies import Room
from api.edge import Edge
from api.limits import Limits
from api.remembered import Remembered
from ledger.config import Settings
from ledger.keys import find_signer, keys_place, load_ledger_keys
from ledger.service import Ledger
from ledger.store import open_store
from ledger.wiring import create_ledger
from tests.api.newsroom import ORIGIN, Newsroom, claim_record
from tests.api.serving import served

SECRET = "what somebody wrote"


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Newsroom]:
    """A ledger that waits a tenth of a second for a busy database."""
    target = str(tmp_path / "ledger.db")
    create_ledger(target, origin=ORIGIN)
    place = keys_place(target)
    assert place is not None
    ledger = Ledger(open_store(target, wait=0.1), load_ledger_keys(place), lambda: int(time.time()))
    with served(create_app(ledger, settings=Settings())) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield Newsroom(target, find_signer(target), ledger, http)
    ledger.close()


def test_a_busy_database_gives_503_and_a_time_to_come_back(impatient: Newsroom) -> None:
    with closing(sqlite3.connect(impatient.place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        response = impatient.post(claim_record("Written while the door was shut"))
        assert response.status_code == 503
        assert response.json()["type"] == "urn:onrecord:problem:busy"
        assert int(response.headers["retry-after"]) >= 1
        assert impatient.place not in response.text
        assert impatient.http.get("/healthz").json()["size"] == 2
        other.execute("ROLLBACK")
    assert impatient.post(claim_record("Written while the door was shut")).status_code == 200


def test_a_broken_store_shows_nothing_of_itself(impatient: Newsroom) -> None:
    with closing(sqlite3.connect(impatient.place)) as other, other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        other.execute("DROP TABLE checkpoint_note")
    response = impatient.http.get("/checkpoint")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "checkpoint_note" not in response.text
    assert "SELECT" not in response.text.upper()


async def careless(scope: Scope, receive: Receive, send: Send) -> None:
    """An application with a bug in it."""
    if scope["type"] == "http":
        raise ValueError(SECRET)
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def test_a_bug_becomes_a_problem_and_a_log_line_that_quotes_nobody(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("onrecord"), "propagate", True)
    with served(Edge(careless, Remembered(0, afar=False), AtOnce(afar=False), Limits(Settings()), Room())) as url:
        response = httpx.get(url)
        assert httpx.get(url).status_code == 500  # and it goes on
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "urn:onrecord:problem:internal"
    lines = [record for record in caplog.records if record.name == "onrecord"]
    assert lines
    shown = response.text + json.dumps([[line.getMessage(), getattr(line, "facts", None)] for line in lines])
    assert SECRET not in shown
    assert "test_trouble.py" in shown


def test_a_reader_who_leaves_early_harms_nobody(impatient: Newsroom) -> None:
    def half() -> Iterator[bytes]:
        yield b"["
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        impatient.http.post("/v1/records", content=half())
    assert impatient.http.get("/healthz").status_code == 200
