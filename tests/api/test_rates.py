"""How much one caller may ask for: addresses, keys, connections and bodies are counted, and who asks for more is told so."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from api import bodies
from api.app import create_app
from api.edge import Edge
from api.limits import Limits, Rates
from ledger.cli.main import main
from ledger.config import Settings
from ledger.errors import UsageError
from ledger.keys import Signer, find_signer, sign_record
from ledger.service import Ledger
from ledger.wiring import create_ledger, open_ledger
from tests import factory
from tests.api.newsroom import ORIGIN, body_of
from tests.api.serving import served

HERE, THERE = "203.0.113.7", "198.51.100.9"
FEW = Settings(reads_per_address=0.2, writes_per_address=0.1, records_per_key=0, proxies="127.0.0.1")
"""5 questions and 3 writes at once: one, and what 20 seconds give."""


@contextmanager
def application(place: Path, settings: Settings) -> Iterator[tuple[FastAPI, Signer]]:
    target = str(place / "ledger.db")
    create_ledger(target, origin=ORIGIN)
    ledger = open_ledger(target)
    assert isinstance(ledger, Ledger)
    yield create_app(ledger, settings=settings), find_signer(target)
    ledger.close()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with application(tmp_path, FEW) as (app, _), served(app) as found:
        yield found


def from_(host: str) -> Mapping[str, str]:
    return {"X-Forwarded-For": host}


def statuses(url: str, host: str, many: int, method: str = "GET", path: str = "/healthz") -> list[int]:
    with httpx.Client(base_url=url, headers=from_(host)) as http:
        return [http.request(method, path).status_code for _ in range(many)]


def test_who_asks_too_much_is_told_when_to_come_back_and_nobody_else_is(url: str) -> None:
    assert statuses(url, HERE, 7) == [200] * 5 + [429] * 2
    refused = httpx.get(url + "/healthz", headers=from_(HERE))
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:onrecord:problem:too-many"
    assert 1 <= int(refused.headers["retry-after"]) <= 5
    assert refused.headers["access-control-allow-origin"] == "*"
    assert refused.headers["cache-control"] == "no-store"
    assert statuses(url, THERE, 1) == [200]


def test_writes_are_counted_apart_and_a_question_with_a_body_counts_for_more(url: str) -> None:
    assert statuses(url, HERE, 5, "POST", "/v1/records") == [422] * 3 + [429] * 2
    assert statuses(url, HERE, 1) == [200]
    assert statuses(url, HERE, 2, "POST", "/v1/verify") == [422, 429]
    assert statuses(url, HERE, 1) == [429]
    assert httpx.get(url + "/v1alpha1/claims:search", headers=from_(HERE)).json()["error"]["status"] == "RESOURCE_EXHAUSTED"


@pytest.mark.parametrize("path", ["/v1/affected/yonhap", "/affected/yonhap", "/v1/claims/00000000/history", "/v1/credibility"])
def test_a_question_that_goes_through_much_counts_for_more(url: str, path: str) -> None:
    assert statuses(url, HERE, 1, path=path)[0] in (200, 404)
    assert statuses(url, HERE, 2) == [429] * 2
    assert statuses(url, THERE, 2) == [200] * 2


def test_head_and_preflights_count_as_questions(url: str) -> None:
    assert statuses(url, HERE, 3, "HEAD") == [200] * 3
    assert statuses(url, HERE, 3, "OPTIONS") == [405] * 2 + [429]


def test_of_ipv6_a_network_is_one_caller(url: str) -> None:
    assert statuses(url, "2001:db8:1:2::1", 5) == [200] * 5
    assert statuses(url, "2001:db8:1:2:ffff::9", 1) == [429]
    assert statuses(url, "2001:db8:1:3::1", 1) == [200]
    assert statuses(url, f"::ffff:{HERE}", 5) == [200] * 5
    assert statuses(url, HERE, 1) == [429]


@pytest.mark.parametrize(
    "said, counted",
    [
        ("192.0.2.1, 203.0.113.7", "203.0.113.7"),  # the first is what the caller wrote itself
        ("203.0.113.7, 10.1.2.3, 127.0.0.1", "203.0.113.7"),  # proxy after proxy
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8:1:2::1]:4711", "2001:0db8:0001:0002::/64"),
        ("203.0.113.7, nonsense", "127.0.0.1"),  # the proxy itself
        ("nonsense, 203.0.113.7", "203.0.113.7"),
        ("", "127.0.0.1"),
        (None, "127.0.0.1"),
        ("10.1.2.3", "127.0.0.1"),
        ("," * 100_000, "127.0.0.1"),
        ("1, " * 9_000 + "203.0.113.7", "203.0.113.7"),
    ],
)
def test_a_proxy_that_is_named_is_believed_as_to_whom_it_asks_for(said: str | None, counted: str) -> None:
    limits = Limits(Settings(proxies="127.0.0.1, 10.0.0.0/8"))
    headers = [] if said is None else [(b"x-forwarded-for", said.encode())]
    assert limits.caller({"client": ("127.0.0.1", 1), "headers": headers}) == counted


def test_nobody_else_is_believed_and_this_machine_is_not_counted() -> None:
    headers = [(b"x-forwarded-for", HERE.encode())]
    for limits in (Limits(Settings()), Limits(Settings(proxies="10.0.0.0/8"))):
        assert limits.caller({"client": (THERE, 1), "headers": headers}) == THERE
        assert limits.caller({"client": ("127.0.0.1", 1), "headers": headers}) is None
        assert limits.caller({"client": ("::1", 1), "headers": headers}) is None
        assert limits.caller({"client": ("::ffff:127.0.0.1", 1), "headers": headers}) is None


def test_a_proxy_that_is_no_network_is_refused_before_anything_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="ONRECORD_PROXIES"):
        Limits(Settings(proxies="nginx"))
    create_ledger(str(tmp_path / "l.db"))
    monkeypatch.setenv("ONRECORD_PROXIES", "nginx")
    assert main(["serve", "--ledger", str(tmp_path / "l.db"), "--port", "0"]) == 2
    told = capsys.readouterr().err
    assert "\nerror: ONRECORD_PROXIES: " in told
    assert "serving on" not in told


def test_a_key_adds_so_much_whatever_address_it_comes_from(tmp_path: Path) -> None:
    """One record in 50 seconds: whoever may come may bring a list of any length, and waits the longer for it."""
    settings = Settings(records_per_key=0.02, proxies="127.0.0.1")
    with application(tmp_path, settings) as (app, admin), served(app) as url:
        number = 0

        def sent(many: int, host: str, path: str = "/v1/records") -> httpx.Response:
            nonlocal number
            number += many
            signed = [sign_record(factory.claim(f"claim {number - one}"), admin) for one in range(many)]
            content = body_of(signed) if many > 1 else signed[0].envelope.model_dump_json().encode()
            return httpx.post(url + path, content=content, headers=from_(host))

        assert sent(1, HERE).status_code == 200
        assert sent(4, THERE).status_code == 200
        for path, host in (("/v1/records", HERE), ("/add", THERE)):
            refused = sent(1, host, path)
            assert (refused.status_code, refused.json()["type"]) == (429, "urn:onrecord:problem:too-many")
            assert 100 < int(refused.headers["retry-after"]) <= 150
        assert sent(3, HERE).status_code == 429
        assert httpx.get(url + "/v1/log/checkpoint", headers=from_(HERE)).json()["size"] == 7


def test_what_is_refused_counts_for_nobody(tmp_path: Path) -> None:
    """Or anybody could use up what a key may add, by claiming to be it."""
    settings = Settings(records_per_key=0.02, proxies="127.0.0.1")
    with application(tmp_path, settings) as (app, admin), served(app) as url:
        forged = sign_record(factory.claim("forged"), admin).model_dump(mode="json", exclude_none=True)
        forged["envelope"]["signatures"][0]["sig"] = "A" * 86 + "=="
        for _ in range(5):
            assert httpx.post(url + "/v1/records", json=forged, headers=from_(THERE)).status_code == 401
        good = sign_record(factory.claim("good"), admin).model_dump(mode="json", exclude_none=True)
        assert httpx.post(url + "/v1/records", json=good, headers=from_(HERE)).status_code == 200


def test_what_is_on_record_counts_for_nobody_when_it_is_handed_in_again(tmp_path: Path) -> None:
    """Or anybody could use up what a key may add, with what it signed long ago: that is public. Not under one more signature
    either, which makes an entry of its own."""
    settings = Settings(records_per_key=0.02, proxies="127.0.0.1")
    with application(tmp_path, settings) as (app, admin), served(app) as url:
        other = factory.signer()
        old = factory.claim("old")
        public = sign_record(old, admin)
        enrolled = sign_record(factory.key(other, ledger=ORIGIN), admin)
        assert httpx.post(url + "/v1/records", content=body_of([public, enrolled]), headers=from_(HERE)).status_code == 200
        envelope = public.envelope.model_dump_json().encode()
        signatures = (*public.envelope.signatures, *sign_record(old, other).envelope.signatures)
        both = public.envelope.model_copy(update={"signatures": tuple(sorted(signatures, key=lambda one: one.keyid))})
        for path in ("/v1/records", "/add"):
            for _ in range(4):
                assert httpx.post(url + path, content=envelope, headers=from_(THERE)).status_code == 200
        for body in (body_of([public] * 50), both.model_dump_json().encode()):
            assert httpx.post(url + "/v1/records", content=body, headers=from_(THERE)).status_code == 200
        one = sign_record(factory.claim("new"), admin).envelope.model_dump_json().encode()
        assert httpx.post(url + "/v1/records", content=one, headers=from_(HERE)).status_code == 200
        assert httpx.post(url + "/v1/records", content=envelope, headers=from_(THERE)).status_code == 429


def test_a_rate_is_what_it_says() -> None:
    rates, taken = Rates(10, 20), 0
    for tick in range(6_000):  # a minute, a hundred attempts a second
        if rates.wait("a", 1_000 + tick / 100) <= 0:
            rates.count("a", 1_000 + tick / 100)
            taken += 1
    assert taken in range(800, 803)  # 200 at once, and 10 a second
    assert rates.wait("b", 1_060) <= 0


def test_of_many_callers_a_bounded_number_is_known() -> None:
    rates = Rates(1, 1, most=100)
    for one in range(100_000):
        rates.count(str(one), 5.0)
    assert len(rates) <= 200
    assert rates.wait("99999", 5.0) > -1
    assert rates.wait("0", 5.0) == -1


def test_a_debt_is_remembered_for_as_long_as_it_lasts() -> None:
    rates = Rates(10, 100, most=100)
    rates.count("a", 0.0, 10_000)  # worked off after 1,000 seconds
    for second in range(1, 899):
        rates.count("somebody else", float(second))
        assert rates.wait("a", float(second)) == 900 - second
    for second in range(899, 2_000):
        rates.count("somebody else", float(second))
    assert rates.wait("a", 2_000.0) == -100
    for one in range(10_000):
        rates.count(f"in debt {one}", 2_000.0, 10_000 + one)
    assert len(rates) <= 200


def test_0_counts_nobody() -> None:
    rates = Rates(0, 20)
    for _ in range(1_000):
        rates.count("a", 1.0)
    assert (rates.wait("a", 1.0), len(rates)) == (0, 0)


# Connections


def test_an_address_holds_so_many_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.limits._counted_as", lambda host: THERE)
    with application(tmp_path, Settings(connections_per_address=3)) as (app, _), served(app) as url, ExitStack() as stack:
        parts = urlsplit(url)
        held = [stack.enter_context(socket.create_connection((parts.hostname, parts.port), 10)) for _ in range(3)]
        assert [asked(one)[:12] for one in held] == [b"HTTP/1.1 200"] * 3
        more = stack.enter_context(socket.create_connection((parts.hostname, parts.port), 10))
        refused = asked(more)
        assert refused.startswith(b"HTTP/1.1 429 ")
        assert b"\r\nretry-after: " in refused
        assert b"urn:onrecord:problem:too-many" in refused
        assert more.recv(1) == b""
        assert asked(held[0]).startswith(b"HTTP/1.1 200")
        held[1].close()
        for _ in range(50):  # until it is known that this one is gone
            again = stack.enter_context(socket.create_connection((parts.hostname, parts.port), 10))
            if asked(again).startswith(b"HTTP/1.1 200"):
                break
        else:
            pytest.fail("a place that became free is not given to anybody")


def asked(connection: socket.socket) -> bytes:
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    return connection.recv(1 << 16)


def test_past_what_a_server_takes_the_last_ones_are_refused_and_not_the_first(tmp_path: Path) -> None:
    with application(tmp_path, Settings()) as (app, _), served(app, limit_concurrency=2) as url, ExitStack() as stack:
        parts = urlsplit(url)
        held = [stack.enter_context(socket.create_connection((parts.hostname, parts.port), 10)) for _ in range(2)]
        assert [asked(one)[:12] for one in held] == [b"HTTP/1.1 200"] * 2
        more = stack.enter_context(socket.create_connection((parts.hostname, parts.port), 10))
        refused = asked(more)
        assert refused.startswith(b"HTTP/1.1 429 ")
        assert b"\r\nretry-after: " in refused
        assert b"application/problem+json" in refused
        assert [asked(one)[:12] for one in held] == [b"HTTP/1.1 200"] * 2


# Bodies


def test_bodies_have_so_much_room_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with application(tmp_path, Settings()) as (app, _), served(app) as url, ExitStack() as stack:
        monkeypatch.setattr(app.state.room, "_most", 1 << 20)
        parts = urlsplit(url)

        def sending(size: int) -> socket.socket:
            connection = stack.enter_context(socket.create_connection((parts.hostname, parts.port), 10))
            connection.sendall(b"POST /v1/records HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n" + b"[" * size)
            return connection

        one = sending(900_000)
        for _ in range(500):
            if app.state.room.bytes == 900_000:
                break
            time.sleep(0.01)
        assert app.state.room.bytes == 900_000
        refused = sending(300_000).recv(1 << 16)
        assert refused.startswith(b"HTTP/1.1 429 ")
        assert b"\r\nretry-after: " in refused
        one.close()
        for _ in range(500):
            if not app.state.room.bytes:
                break
            time.sleep(0.01)
        assert app.state.room.bytes == 0
        assert httpx.post(url + "/v1/records", content=b"[" * (2 << 20)).status_code == 422  # alone it may be larger
    assert bodies.MOST_BYTES_OF_BODIES >= bodies.MAX_BODY_BYTES


# Questions at once


def test_past_so_many_questions_at_once_the_next_is_told_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.edge.MOST_READING", 2)
    with (
        application(tmp_path, Settings()) as (app, _),
        slow_route(app) as slow,
        served(app) as url,
        ThreadPoolExecutor(2) as pool,
    ):
        held = [pool.submit(httpx.get, url + "/slow") for _ in range(2)]
        slow.wait_for(2)
        refused = httpx.get(url + "/healthz")
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:onrecord:problem:crowded")
        assert int(refused.headers["retry-after"]) >= 1
        slow.go.set()
        assert [one.result().status_code for one in held] == [200, 200]
        assert httpx.get(url + "/healthz").status_code == 200


def test_nobody_works_for_who_is_gone(tmp_path: Path) -> None:
    """Of 60 that ask, 40 have a thread; the others leave before there is one for them."""
    with application(tmp_path, Settings()) as (app, _), slow_route(app) as slow, served(app) as url, ExitStack() as stack:
        parts = urlsplit(url)
        for _ in range(60):
            connection = stack.enter_context(socket.create_connection((parts.hostname, parts.port), 10))
            connection.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        slow.wait_for(40)
        stack.close()
        edge = edge_of(app)
        while edge._reading > 40:
            time.sleep(0.01)
        slow.go.set()
        while edge._reading:
            time.sleep(0.01)
        assert slow.asked == 40
        assert httpx.get(url + "/healthz").status_code == 200


def edge_of(app: FastAPI) -> Edge:
    layer: Any = app.middleware_stack
    while not isinstance(layer, Edge):
        layer = getattr(layer, "app", None) or layer._app
    return layer


class Slow:
    """A route whose answers wait until they may go."""

    def __init__(self) -> None:
        self.go, self.asked = threading.Event(), 0

    def __call__(self) -> str:
        self.asked += 1
        self.go.wait(30)
        return "at last"

    def wait_for(self, many: int) -> None:
        end = time.monotonic() + 30
        while self.asked < many:
            assert time.monotonic() < end
            time.sleep(0.01)


@contextmanager
def slow_route(app: FastAPI) -> Iterator[Slow]:
    slow = Slow()
    app.add_api_route("/slow", slow.__call__, include_in_schema=False)
    try:
        yield slow
    finally:
        slow.go.set()


class Gate:
    """In place of turns: it opens when the test says so."""

    def __init__(self) -> None:
        self.is_open, self.waiting = False, 0

    async def __aenter__(self) -> None:
        self.waiting += 1
        while not self.is_open:
            await asyncio.sleep(0.01)

    async def __aexit__(self, *_: object) -> None:
        self.waiting -= 1


def test_a_long_list_waits_for_its_turn_and_is_not_opened_for_who_is_gone(tmp_path: Path) -> None:
    with application(tmp_path, Settings()) as (app, admin), served(app) as url:
        app.state.lists = gate = Gate()
        long = body_of([sign_record(factory.claim(f"claim {number}"), admin) for number in range(800)])
        assert len(long) > 1 << 18
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(url + "/v1/records", content=long, timeout=1)
        assert gate.waiting == 1
        short = sign_record(factory.claim("a short one"), admin).envelope.model_dump_json()
        assert httpx.post(url + "/v1/records", content=short).status_code == 200  # it stands in no line
        gate.is_open = True
        while gate.waiting:
            time.sleep(0.01)
        assert httpx.get(url + "/v1/log/checkpoint").json()["size"] == 3
        receipts = httpx.post(url + "/v1/records", content=long, timeout=60).raise_for_status().json()
        assert not any(one["already_on_record"] for one in receipts)
