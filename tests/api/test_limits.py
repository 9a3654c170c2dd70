"""What strangers may cost this server: bundles of a stated size, a few at once, bodies in a stated time."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from api import bodies
from api.app import HEAVY_AT_ONCE, create_app
from ledger.config import Settings
from ledger.service import Ledger
from ledger.wiring import create_ledger, open_ledger
from tests.api.newsroom import ORIGIN
from tests.api.serving import served


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    target = str(tmp_path / "ledger.db")
    create_ledger(target, origin=ORIGIN)
    ledger = open_ledger(target)
    assert isinstance(ledger, Ledger)
    yield create_app(ledger, settings=Settings())
    ledger.close()


def test_a_bundle_to_verify_is_at_most_8_mib_long(app: FastAPI) -> None:
    with served(app) as url:
        assert httpx.post(url + "/v1/verify", content=b"x" * (8 << 20)).status_code == 422
        response = httpx.post(url + "/v1/verify", content=b"x" * ((8 << 20) + 1))
    assert response.status_code == 413
    assert response.json()["type"] == "urn:onrecord:problem:too-large"


def test_few_bundles_are_verified_and_histories_told_at_once_and_the_next_is_told_to_come_back(app: FastAPI) -> None:
    with served(app) as url:
        turns = [app.state.heavy.turn() for _ in range(HEAVY_AT_ONCE)]
        for turn in turns:
            turn.__enter__()
        response = httpx.post(url + "/v1/verify", content=b"{}")
        assert response.status_code == 429
        assert response.json()["type"] == "urn:onrecord:problem:busy"
        assert int(response.headers["retry-after"]) >= 1
        history = url + "/v1/claims/sha256:" + "0" * 64 + "/history"
        assert httpx.get(history).status_code == 429
        for turn in turns:
            turn.__exit__(None, None, None)
        assert httpx.post(url + "/v1/verify", content=b"{}").status_code == 422
        assert httpx.get(history).status_code == 404


def test_a_body_that_takes_too_long_is_not_waited_for(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS_FOR_A_BODY", 0.3)
    with served(app) as url:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(b"POST /v1/records HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
            started = time.monotonic()
            answer = connection.recv(4_096)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - started < 5
