"""Many clients that add at the same time: they share steps of the log, and a queue with an end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from api.app import create_app
from ledger.config import Settings
from ledger.keys import find_signer, sign_record
from ledger.service import Ledger
from ledger.service.counter import Counter, Room
from ledger.wiring import create_ledger, open_ledger
from tests import factory
from tests.api.newsroom import ORIGIN
from tests.api.serving import served


class Held:
    """A ledger whose log does not move on until it is let go; `begun` says that a group has its turn."""

    def __init__(self, place: Path) -> None:
        target = str(place / "ledger.db")
        create_ledger(target, origin=ORIGIN)
        opened = open_ledger(target)
        assert isinstance(opened, Ledger)
        self.ledger = opened
        self.signer = find_signer(target)
        self.begun, self.let_go = threading.Event(), threading.Event()
        self.let_go.set()
        self.groups: list[int] = []
        settle = opened._settle

        def settle_when_let_go(group: Sequence[Any]) -> Any:
            self.begun.set()
            assert self.let_go.wait(30)
            self.groups.append(len(group))
            return settle(group)

        opened._counter = Counter(settle_when_let_go, room=Room(waiting=3))

    def body(self, text: str) -> bytes:
        return sign_record(factory.claim(text), self.signer).envelope.model_dump_json().encode()

    def hold(self) -> None:
        self.begun.clear()
        self.let_go.clear()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    made = Held(tmp_path)
    yield made
    made.let_go.set()
    made.ledger.close()


@pytest.fixture
def url(held: Held) -> Iterator[str]:
    with served(create_app(held.ledger, settings=Settings())) as address:
        yield address


def wait_for(count: int, held: Held) -> None:
    end = monotonic() + 60
    while len(held.ledger._counter._waiting) < count:
        assert monotonic() < end, "they did not come"
        sleep(0.01)


def test_whoever_waits_shares_a_step_and_a_full_queue_says_when_to_come_back(held: Held, url: str) -> None:
    held.hold()
    with ThreadPoolExecutor(4) as pool:

        def post(text: str) -> httpx.Response:
            return httpx.post(url + "/v1/records", content=held.body(text), timeout=30)

        first = pool.submit(post, "first")
        assert held.begun.wait(10)
        others = [pool.submit(post, text) for text in ("second", "third", "fourth")]
        wait_for(3, held)
        for path, content in (("/v1/records", held.body("one too many")), ("/add", held.body("one too many"))):
            refused = httpx.post(url + path, content=content)
            assert refused.status_code == 429
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json()["type"] == "urn:onrecord:problem:crowded"
            assert int(refused.headers["retry-after"]) >= 1
        # Who reads is served meanwhile, and who checks too.
        assert httpx.get(url + "/checkpoint").status_code == 200
        assert httpx.post(url + "/v1/records:check", content=held.body("checked")).status_code == 200
        held.let_go.set()
        receipts = [done.result(30).json()[0] for done in [first, *others]]
    assert held.groups == [1, 3]
    assert sorted(receipt["index"] for receipt in receipts) == [2, 3, 4, 5]
    assert len({receipt["checkpoint"]["note"] for receipt in receipts}) == 2
    assert post("one too many").status_code == 200


def test_a_client_that_hangs_up_wedges_nothing(held: Held, url: str) -> None:
    held.hold()
    parts, body = urlsplit(url), held.body("from one who left")
    head = b"POST /v1/records HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(head + body)
        assert held.begun.wait(10)
    held.let_go.set()
    assert httpx.post(url + "/v1/records", content=held.body("from one who stayed"), timeout=30).status_code == 200


def test_more_clients_wait_than_there_are_threads(held: Held, url: str) -> None:
    held.ledger._counter._room = Room()
    held.hold()
    bodies = [held.body(f"claim {number}") for number in range(60)]
    with httpx.Client(base_url=url, timeout=60) as client, ThreadPoolExecutor(60) as pool:
        waiting = [pool.submit(client.post, "/v1/records", content=body) for body in bodies]
        wait_for(45, held)
        assert client.get("/v1/log/checkpoint").status_code == 200
        held.let_go.set()
        assert {done.result(60).status_code for done in waiting} == {200}
    assert len(held.groups) < 20


def test_the_document_says_that_a_queue_may_be_full(held: Held) -> None:
    document = create_app(held.ledger, settings=Settings()).openapi()
    for path in ("/v1/records", "/add"):
        answer = document["paths"][path]["post"]["responses"]["429"]
        assert answer["description"] == "Too many are waiting already"
        assert answer["content"]["application/problem+json"]["example"]["type"] == "urn:onrecord:problem:crowded"
        assert "Retry-After" in answer["headers"]
