"""Answers that are remembered, and those that are not worked out: neither outlives what it rests on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.remembered import Asked, Given, Remembered
from ledger.config import Settings
from ledger.keys import seal
from ledger.service import Ledger, remembering
from ledger.store import open_store
from tests import factory
from tests.factory import Ready, id_of
from tests.service.randomly import Random
from tests.service.written import KEYS

NOTHING_KEPT = Settings(answers=0)


@asynccontextmanager
async def serving(ledger: Ledger, settings: Settings | None = None) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(ledger, settings=settings or Settings())
    async with app.router.lifespan_context(app), _client(app) as client:
        yield client


def _client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ledger.example")


def addresses(claim: str, record: str, size: int) -> list[str]:
    return [
        f"/v1/claims/{claim}",
        f"/v1/claims/{claim}/chain",
        f"/v1/claims/{claim}/corroboration",
        f"/v1/claims/{claim}/corroboration?as_of={size}",
        f"/v1/claims/{claim}/copies",
        f"/v1/records/{record}",
        f"/v1/records/{record}/receipt",
        f"/tile/0/000.p/{min(size, 255)}",
        f"/tile/entries/000.p/{min(size, 255)}",
    ]


@pytest.mark.parametrize("seed", range(3))
def test_every_answer_is_what_a_fresh_process_gives_whatever_happens_in_between(tmp_path: Path, seed: int) -> None:
    """A world that records, corrects, withholds, rates and relates at random; 304 is told only where nothing changed."""
    world = Random(tmp_path, seed)
    known: dict[str, tuple[str, bytes]] = {}

    async def look(client: httpx.AsyncClient, fresh: httpx.AsyncClient) -> None:
        size = world.ledger.health().size
        claims = [world.claims[0], world.chance.choice(world.claims)]
        some = [path for one in claims for path in addresses(one, world.chance.choice([*world.statements, one]), size)]
        for path in dict.fromkeys([*some, *world.chance.sample(sorted(known), min(6, len(known)))]):
            twice = [await client.get(path) for _ in range(2)]
            remembering.forget()
            wanted = await fresh.get(path)
            assert {(one.status_code, one.content) for one in twice} == {(wanted.status_code, wanted.content)}, path
            if path in known:
                tag, before = known[path]
                told = await client.get(path, headers={"If-None-Match": tag})
                assert told.status_code != 304 or (wanted.status_code, wanted.content) == (200, before), path
            if wanted.status_code == 200:
                known[path] = twice[1].headers["etag"], wanted.content
                assert (await client.get(path, headers={"If-None-Match": known[path][0]})).status_code == 304

    async def run() -> None:
        async with serving(world.ledger) as client:
            for _ in range(25):
                world.step()
                assert world.ledger is not None
                store = open_store(str(tmp_path / "ledger.db"))
                async with serving(Ledger(store, KEYS, lambda: world.now), NOTHING_KEPT) as fresh:
                    await look(client, fresh)
                store.close()

    asyncio.run(run())


@pytest.fixture
def ready(database: str) -> Iterator[Ready]:
    made = factory.ready(database)
    made.add(factory.source("kcna"))
    yield made
    made.ledger.close()


def test_another_process_that_appends_is_noticed_at_once(ready: Ready, database: str) -> None:
    claim = factory.claim()
    ready.add(claim)
    path = f"/v1/claims/{id_of(claim)}"
    elsewhere = Ledger(open_store(database), ready.keys, ready.clock)

    async def run() -> None:
        async with serving(ready.ledger) as client, serving(elsewhere) as other:
            tag = (await client.get(path)).headers["etag"]
            assert (await other.get(path, headers={"If-None-Match": tag})).status_code == 304
            assert (await other.get(path)).json()["statements"] == []
            ready.add(factory.statement(claim))
            for one in (client, other):
                told = await one.get(path, headers={"If-None-Match": tag})
                assert (told.status_code, len(told.json()["statements"])) == (200, 1)

    asyncio.run(run())
    elsewhere.close()


def test_an_erased_opening_is_gone_from_every_answer_though_nothing_was_logged(ready: Ready) -> None:
    sealed, opening = seal(ready.admin, "text", "a zebrafish swam")
    claim = factory.claim({"en": {"sealed": sealed.sealed}})
    ready.add(claim, openings={sealed.sealed: opening})
    paths = [f"/v1/claims/{id_of(claim)}", f"/v1/records/{id_of(claim)}"]

    async def run() -> None:
        async with serving(ready.ledger) as client:
            before = {path: await client.get(path) for path in paths}
            ready.erase(claim)
            for path, told in before.items():
                again = await client.get(path, headers={"If-None-Match": told.headers["etag"]})
                assert ("zebrafish" in told.text, again.status_code, "zebrafish" in again.text) == (True, 200, False)

    asyncio.run(run())


def test_what_is_appended_while_an_answer_is_worked_out_is_not_missing_afterwards(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of the older state is given, but neither kept nor under a tag that the newer one has."""
    claim = factory.claim()
    ready.add(claim)
    path = f"/v1/claims/{id_of(claim)}"
    answered = ready.ledger.claim
    waiting = [factory.statement(claim)]

    def slow(*asked: Any) -> Any:
        found = answered(*asked)
        if waiting:
            ready.add(waiting.pop())
        return found

    monkeypatch.setattr(ready.ledger, "claim", slow)

    async def run() -> None:
        async with serving(ready.ledger) as client:
            first = await client.get(path)
            then = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
            assert (first.json()["statements"], then.status_code, len(then.json()["statements"])) == ([], 200, 1)

    asyncio.run(run())


def test_what_is_remembered_is_told_to_nobody_who_may_not_read(ready: Ready) -> None:
    claim = factory.claim()
    ready.add(claim)
    path, token = f"/v1/claims/{id_of(claim)}", {"Authorization": "Bearer secret"}

    async def run() -> None:
        async with serving(ready.ledger, Settings(read_token="secret")) as client:  # type: ignore[arg-type]  # as the environment has it
            tag = (await client.get(path, headers=token)).headers["etag"]
            assert (await client.get(path, headers=token | {"If-None-Match": tag})).status_code == 304
            for given in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Basic secret"}):
                assert (await client.get(path, headers=given | {"If-None-Match": tag})).status_code == 401

    asyncio.run(run())


def test_what_is_remembered_stays_within_its_bound(ready: Ready) -> None:
    remembered = Remembered(16_000, afar=False)
    state = ready.ledger.state()
    remembered.settle(state)
    for number in range(30):
        remembered.keep(Asked(state, b"%d" % number, "tag"), Given([], b"x" * 400))
    assert remembered.bytes <= 16_000
    kept = [number for number in range(30) if remembered.given(Asked(state, b"%d" % number, "tag"))]
    assert kept == list(range(30 - len(kept), 30)) != []
    remembered.keep(Asked(state, b"large", "tag"), Given([], b"x" * 10_000))
    assert remembered.given(Asked(state, b"large", "tag")) is None
