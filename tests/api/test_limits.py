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


@pytest.mark.parametrize("kind", ["verifications", "histories", "packs"])
def test_few_of_what_costs_much_are_served_at_once_and_no_kind_keeps_another_waiting(
    app: FastAPI, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = "claims/sha256:" + "0" * 64
    asked = {"verifications": "/v1/verify", "histories": f"/v1/{claim}/history", "packs": f"/{claim}/pack"}
    free = {"verifications": 422, "histories": 404, "packs": 404}
    monkeypatch.setattr(app.state.packs, "_wait", 0.05)

    def ask(one: str) -> httpx.Response:
        url_ = url + asked[one]
        return httpx.post(url_, content=b"{}") if one == "verifications" else httpx.get(url_)

    with served(app) as url:
        turns = [getattr(app.state, kind).turn() for _ in range(HEAVY_AT_ONCE)]
        for turn in turns:
            turn.__enter__()
        response = ask(kind)
        assert response.status_code == 429
        assert response.json()["type"] == "urn:onrecord:problem:busy"
        assert int(response.headers["retry-after"]) >= 1
        assert [ask(one).status_code for one in asked if one != kind] == [free[one] for one in asked if one != kind]
        for turn in turns:
            turn.__exit__(None, None, None)
        assert ask(kind).status_code == free[kind]


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
