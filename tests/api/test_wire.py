"""Connections that end, on a real socket: slow clients, heads without end, readers that do not read, tricks with paths."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from api import wire
from api.app import create_app
from ledger.config import Settings
from ledger.service import Ledger
from ledger.wiring import create_ledger, open_ledger
from tests.api.newsroom import ORIGIN
from tests.api.serving import served

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    target = str(tmp_path_factory.mktemp("wire") / "ledger.db")
    create_ledger(target, origin=ORIGIN)
    ledger = open_ledger(target)
    assert isinstance(ledger, Ledger)
    made = create_app(ledger, settings=Settings())

    @made.get("/much", include_in_schema=False)
    def much() -> str:
        return "x" * (32 << 20)

    yield made
    ledger.close()


@pytest.fixture
def url(app: FastAPI) -> Iterator[str]:
    with served(app) as found:
        yield found


def connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def is_cut(connection: socket.socket, within: float) -> bool:
    """Whether the other side ends the connection by then, whatever it still sends."""
    until = time.monotonic() + within
    connection.settimeout(within)
    try:
        while time.monotonic() < until:
            if not connection.recv(1 << 16):
                return True
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return False


def dripped(connection: socket.socket, sent: bytes, every: float = 0.05, most: float = 5) -> bool:
    """Whether the other side ends the connection while it is sent so much, a byte at a time."""
    until = time.monotonic() + most
    connection.settimeout(every)
    for byte in sent:
        if time.monotonic() > until:
            return False
        try:
            connection.send(bytes([byte]))
            if not connection.recv(1 << 16):
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


def test_who_sends_nothing_is_not_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "SECONDS_FOR_A_HEAD", 0.3)
    with connected(url) as connection:
        assert is_cut(connection, 5)


def test_a_head_drop_by_drop_is_not_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "SECONDS_FOR_A_HEAD", 0.3)
    with connected(url) as connection:
        assert dripped(connection, b"GET /healthz HTTP/1.1\r\nHost: " + b"x" * 1_000)


def test_nor_is_the_head_of_a_second_request(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "SECONDS_FOR_A_HEAD", 0.5)
    with connected(url) as connection:
        connection.sendall(GET)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 ")
        assert dripped(connection, b"GET /healthz HTTP/1.1\r\nHost: " + b"x" * 1_000)


def test_a_body_that_nobody_reads_is_not_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A route that takes no body answers before it has come, and nothing else would notice how long it takes."""
    monkeypatch.setattr(wire, "SECONDS_FOR_A_REQUEST", 0.5)
    with connected(url) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 ")
        assert dripped(connection, b"x" * 1_000)


def test_an_answer_that_nobody_reads_is_not_kept(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "SECONDS_FOR_A_READER", 0.3)
    with connected(url) as connection:
        connection.sendall(GET.replace(b"/healthz", b"/much"))
        time.sleep(1.5)
        began, got = time.monotonic(), 0
        try:
            while piece := connection.recv(1 << 20):
                got += len(piece)
        except ConnectionError:
            pass
    assert got < 32 << 20
    assert time.monotonic() - began < 5


def test_who_reads_gets_all_of_it(url: str) -> None:
    assert len(httpx.get(url + "/much", timeout=60).content) == (32 << 20) + 2


def test_a_connection_is_used_again(url: str) -> None:
    with connected(url) as connection:
        for _ in range(3):
            connection.sendall(GET)
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 ")
        connection.sendall(GET * 3)
        found = b""
        while found.count(b"HTTP/1.1 ") < 3:
            found += connection.recv(1 << 16)


@pytest.mark.parametrize(
    "head", [b"x: " + b"y" * (1 << 20), b"x: y\r\n" * (1 << 18), b"x" * (1 << 20)], ids=["value", "many", "name"]
)
def test_a_head_without_end_is_refused_before_it_is_kept(url: str, head: bytes) -> None:
    with connected(url) as connection:
        found = b""
        try:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + head)
            found = connection.recv(1 << 16)
        except ConnectionError:
            pass  # cut while it was still sending
        assert not found or found.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
        assert is_cut(connection, 5)


def test_a_long_question_fits_into_a_head(url: str) -> None:
    """uvicorn takes addresses of up to 64 KiB apart."""
    asked = b"%7B%22q0%22:%7B%22query%22:%22x%22%7D%7D" + b"%20" * 21_000
    with connected(url) as connection:
        connection.sendall(b"GET /reconcile?queries=" + asked + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_a_hundred_slow_clients_hold_nobody_up(url: str) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            connection = stack.enter_context(connected(url))
            connection.sendall(b"POST /v1/records HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        began = time.monotonic()
        assert httpx.get(url + "/v1/log/checkpoint", timeout=30).status_code in (200, 404)
        assert time.monotonic() - began < 10


PATHS = [
    "/tile/../../etc/passwd", "/tile/%2e%2e/%2e%2e/etc/passwd", "/tile/0/../../checkpoint", "/tile/0/000%2f..%2f..",
    "/tile//0/000",
    "/tile/0/000/", "/tile/0/%30%30%30", "/tile/0/x000/000", "/tile/0/0", "/tile/-1/000", "/tile/64/000", "/tile/0/000.p/0",
    "/tile/0/000.p/256", "/tile/0/000.p/01", "/tile/0/000.p/1/", "/tile/0/000%00", "/tile/0/000;x", "/tile/entries/../0/000",
    "/tile/entries/" + "x999/" * 30 + "999", "/tile/0/" + "9" * 5_000, "/tile/0/\u0660\u0660\u0660", "/tile/0/000.p/\u0661",
    "/tile/",
    "/tile/..\\..\\etc", "/tile/file:///etc/passwd", "/tile/0/x1844/x674/x407/x370/x955/x161/616",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_trick_with_a_tiles_path_finds_anything(url: str, path: str) -> None:
    with connected(url) as connection:  # as it stands: a client would put it straight
        connection.sendall(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
    assert answer.split(b" ")[1] in (b"404", b"400")
    assert b"root:" not in answer
