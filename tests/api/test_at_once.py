"""Tiles, receipts and prepared answers that are given before any route is looked for: the same answers, in the same words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.types import Scope

from api import app as application
from api.at_once import AtOnce
from api.remembered import Given
from ledger.config import Settings
from ledger.core.merkle import heights_of
from ledger.core.tiles import tile_path
from ledger.errors import CorruptError
from ledger.keys import seal, sign_record
from ledger.service import Ledger
from ledger.store import open_store
from ledger.store.answerfile import AnswerFile
from ledger.store.protocol import State
from tests import factory
from tests.factory import Ready, id_of

NOTHING_KEPT = Settings(answers=0)
CLAIM = factory.claim()


@pytest.fixture
def ready(database: str) -> Iterator[Ready]:
    """A full tile of leaves, and a part of a second one."""
    made = factory.ready(database)
    made.add(*(factory.source(f"outlet-{number}") for number in range(260)), CLAIM)
    yield made
    made.ledger.close()


@pytest.fixture
def beside(ready: Ready, database: str) -> Iterator[Ledger]:
    ledger = Ledger(open_store(database), ready.keys, ready.clock)
    yield ledger
    ledger.close()


class Noted(AtOnce):
    """Tells what was answered without a route."""

    answered: list[str]

    async def given(self, scope: Scope, state: State) -> Given | None:
        found = await super().given(scope, state)
        if found is not None:
            self.answered.append(scope["path"])
        return found


class RoutesOnly(AtOnce):
    async def given(self, scope: Scope, state: State) -> Given | None:
        return None


@asynccontextmanager
async def serving(ledger: Ledger, kind: type[AtOnce], settings: Settings = NOTHING_KEPT) -> AsyncIterator[httpx.AsyncClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "AtOnce", kind)
        app = application.create_app(ledger, settings=settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ledger.example") as client,
    ):
        yield client


@pytest.fixture
def answered() -> list[str]:
    Noted.answered = []
    return Noted.answered


def told(response: httpx.Response) -> tuple[int, bytes, httpx.Headers]:
    """All but the number that each answer has of its own."""
    headers = response.headers.copy()
    del headers["x-request-id"]
    return response.status_code, response.content, headers


def test_what_is_answered_at_once_is_what_the_route_answers(ready: Ready, beside: Ledger, answered: list[str]) -> None:
    size = ready.ledger.health().size
    records = [id_of(CLAIM), *(id_of(factory.source(f"outlet-{number}")) for number in (0, 253, 254, 259))]
    tiles = [tile_path(0, 0), tile_path(0, 0, 7), tile_path(0, 1, size - 256), tile_path(0, 1, 2), tile_path(1, 0, 1)]
    plain = [*(f"/v1/records/{one}/receipt" for one in records), *(f"/{one}" for one in tiles)]

    async def run() -> None:
        async with serving(ready.ledger, Noted) as ours, serving(beside, RoutesOnly) as routes:
            for path in plain:
                for method, headers in [("GET", {}), ("GET", {}), ("HEAD", {}), ("GET", {"If-None-Match": "*"})]:
                    one, other = [await client.request(method, path, headers=headers) for client in (ours, routes)]
                    assert told(one) == told(other), path
                again = await ours.get(path, headers={"If-None-Match": one.headers["etag"]})
                assert again.status_code == 304

    asyncio.run(run())
    assert answered == [path for path in plain for _ in range(4)]


def test_what_was_prepared_is_what_the_route_answers(ready: Ready, beside: Ledger, answered: list[str], tmp_path: Path) -> None:
    """What nobody sealed, and what rests on a sealed value; not what asks for more than the plain question."""
    value, opening = seal(ready.admin, "text", "what we alone know")
    sealed = factory.claim({"en": {"sealed": value.sealed}})
    ready.add(sealed, openings={value.sealed: opening})
    ready.ledger.prepare_in(AnswerFile(tmp_path / "prepared", 1 << 20))
    ready.ledger.prepare()
    names = [id_of(CLAIM), id_of(sealed)]
    plain = [f"/v1/claims/{one}{what}" for one in names for what in ("", "/chain", "/corroboration")]
    others = [f"{path}?until=2024" for path in plain] + [f"/v1/claims/{id_of(CLAIM)[:20]}", f"/v1/claims/{id_of(CLAIM)}/"]

    async def run() -> None:
        async with serving(ready.ledger, Noted) as ours, serving(beside, RoutesOnly) as routes:
            for path in [*plain, *others]:
                for method, headers in [("GET", {}), ("HEAD", {}), ("GET", {"If-None-Match": "*"})]:
                    one, other = [await client.request(method, path, headers=headers) for client in (ours, routes)]
                    assert told(one) == told(other), path
            assert b"what we alone know" in (await ours.get(plain[3])).content

    asyncio.run(run())
    assert answered == [path for path in plain for _ in range(3)] + [plain[3]]


OTHERS = [
    f"/v1/records/{id_of(CLAIM)[:20]}/receipt",
    f"/v1/records/{id_of(CLAIM)[7:]}/receipt",
    f"/v1/records/{id_of(CLAIM)}/receipt?format=tlog-proof",
    f"/v1/records/{id_of(CLAIM)}/receipt?format=none",
    f"/v1/records/{id_of(CLAIM).replace(':', '%3A')}/receipt",
    f"/v1/records/{id_of(CLAIM).upper()}/receipt",
    f"/v1/records/{id_of(factory.claim('never entered'))}/receipt",
    "/tile/0/009",
    "/tile/0/001",
    "/tile/0/001.p/256",
    "/tile/0/%30%30%30",
    "/tile/0/000?x=1",
    "/tile/entries/000",
]


def test_all_else_is_left_to_the_routes(ready: Ready, beside: Ledger, answered: list[str]) -> None:
    async def run() -> None:
        async with serving(ready.ledger, Noted) as ours, serving(beside, RoutesOnly) as routes:
            for path in OTHERS:
                assert told(await ours.get(path)) == told(await routes.get(path)), path

    asyncio.run(run())
    assert answered == []


def test_the_next_append_is_in_the_next_answer(ready: Ready, beside: Ledger, answered: list[str]) -> None:
    """Appended by this process, and by another one."""
    path = f"/v1/records/{id_of(CLAIM)}/receipt"

    async def run() -> None:
        async with serving(beside, Noted) as client:
            sizes = []
            for number, writer in enumerate([ready.ledger, beside, ready.ledger]):
                sizes.append((await client.get(path)).json()["checkpoint"]["size"])
                writer.add([sign_record(factory.source(f"late-{number}"), ready.admin)])
            assert sizes == [263, 264, 265]

    asyncio.run(run())
    assert len(answered) == 3


def test_who_may_not_read_and_what_has_no_records_is_told_so(ready: Ready, tmp_path: object, answered: list[str]) -> None:
    path = f"/v1/records/{id_of(CLAIM)}/receipt"
    test_log = factory.ready_test_log(f"{tmp_path}/test.db")
    test_log.add_entry(b"anything")

    async def run() -> None:
        async with serving(ready.ledger, Noted, Settings(read_token="secret")) as client:  # type: ignore[arg-type]  # as the environment has it
            assert [(await client.get(one)).status_code for one in (path, "/tile/0/000")] == [401, 401]
            assert answered == []
            assert (await client.get(path, headers={"Authorization": "Bearer secret"})).status_code == 200
        async with serving(test_log, Noted) as client:
            assert [(await client.get(one)).status_code for one in (path, "/tile/0/000.p/1")] == [404, 200]

    asyncio.run(run())
    assert answered == [path, "/tile/0/000.p/1"]
    test_log.close()


def test_tiles_of_another_history_prove_nothing(ready: Ready) -> None:
    """What is at hand is held against the root: a receipt that does not hold is never given, and it mends itself."""
    record = id_of(factory.source("outlet-5"))
    state = ready.ledger.state()
    assert ready.ledger.receipts_under(state, [record]) == {record: ready.ledger.receipt(record)}
    ready.ledger._shelf._tiles[0, 0] = heights_of(b"\1" * 8192)
    with pytest.raises(CorruptError):
        ready.ledger.receipts_under(state, [record])
    assert ready.ledger.receipts_under(state, [record]) == {record: ready.ledger.receipt(record)}
