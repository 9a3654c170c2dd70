"""Answers that need no route: a tile of hashes, the receipt of a record under its full id, and what was prepared of a claim.

These are what is asked for by the million, and what is asked for is at hand: finding the route and its parameters would take
several times as long as the answer. Only what is asked in the one plain spelling, and is there, is answered here.
All else, refusals with their reasons above all, goes on to the routes, which answer these addresses too, in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from api.answers import kept_for
from api.remembered import Given
from api.together import Together
from ledger.core.prepared import Locked
from ledger.core.tiles import TILE_WIDTH, TileCoord, parse_tile_path
from ledger.errors import FormatError, OnRecordError
from ledger.service import Ledger
from ledger.store.answerfile import What
from ledger.store.protocol import State
from schemas.log import Receipt

P = ParamSpec("P")
R = TypeVar("R")

_RECEIPT = re.compile(r"/v1/records/(sha256:[0-9a-f]{64})/receipt")
_CLAIM = re.compile(r"/v1/claims/(sha256:[0-9a-f]{64})(/chain|/corroboration|)")
_PREPARED: dict[str, What] = {"": "view", "/chain": "chain", "/corroboration": "report"}
_TILE = "/tile/"
_ENTRIES = "/tile/entries/"
TILE_ROUTE = "/tile/{path}"
RECEIPT_ROUTE = "/v1/records/{id}/receipt"
CLAIM_ROUTE = "/v1/claims/{id}"


class AtOnce:
    """`afar`: the store is no file on this machine, so a thread waits for it."""

    def __init__(self, *, afar: bool) -> None:
        self._afar = afar
        self._receipts = Together(_receipts)

    async def given(self, scope: Scope, state: State) -> Given | None:
        """Status 200 in that state, but for the headers that all answers have; None where a route is needed."""
        path: str = scope["path"]
        if scope["query_string"] or scope.get("raw_path", path.encode()) != path.encode():
            return None
        ledger: Ledger = scope["app"].state.ledger
        try:
            if path.startswith(_TILE):
                return await self._tile(ledger, path, state, closed=scope["app"].state.read_token is not None)
            if found := _RECEIPT.fullmatch(path):
                return await self._receipt(ledger, found[1], state)
            if found := _CLAIM.fullmatch(path):
                return await self._claim(ledger, found[1], found[2], state)
        except OnRecordError:
            pass  # the route comes upon it too, and says what it is
        return None

    async def _tile(self, ledger: Ledger, path: str, state: State, *, closed: bool) -> Given | None:
        wanted = None if path.startswith(_ENTRIES) else _wanted(path[1:])
        if wanted is None:
            return None
        tile = ledger.tile_at_hand(state, wanted)
        if tile is None:
            tile = await self._of(ledger.tile_under)(state, wanted)
        if tile is None:
            return None
        kept = kept_for(full=wanted.width == TILE_WIDTH, closed=closed)
        return _given(tile, b"application/octet-stream", (b"cache-control", kept.encode()), route=TILE_ROUTE)

    async def _receipt(self, ledger: Ledger, record_id: str, state: State) -> Given | None:
        asked = ledger, state, record_id
        receipt = await self._receipts.of(asked) if self._afar else _receipts([asked]).get(asked)
        return (
            None
            if receipt is None
            else _given(receipt.model_dump_json(by_alias=True).encode(), b"application/json", route=RECEIPT_ROUTE)
        )

    async def _claim(self, ledger: Ledger, claim: str, place: str, state: State) -> Given | None:
        what = _PREPARED[place]
        # From a file on this machine, wherever the ledger is.
        answer = ledger.prepared(state, claim, what)
        if isinstance(answer, Locked):
            answer = await self._of(ledger.unlocked)(answer, state, claim, what)
        if answer is None:
            return None
        return replace(_given(answer, b"application/json", route=CLAIM_ROUTE + place), how="prepared")

    def _of(self, asked: Callable[P, R]) -> Callable[P, Awaitable[R]]:
        """A file next door answers sooner than a thread is woken."""

        async def answer(*args: P.args, **named: P.kwargs) -> R:
            return await run_in_threadpool(asked, *args, **named) if self._afar else asked(*args, **named)

        return answer


def _receipts(asked: Sequence[tuple[Ledger, State, str]]) -> dict[tuple[Ledger, State, str], Receipt]:
    found: dict[tuple[Ledger, State, str], Receipt] = {}
    for ledger, state in {(ledger, state): None for ledger, state, _ in asked}:
        ids = [one for ledger_asked, state_asked, one in asked if (ledger_asked, state_asked) == (ledger, state)]
        found |= {(ledger, state, one): receipt for one, receipt in ledger.receipts_under(state, ids).items()}
    return found


@lru_cache(maxsize=4_096)
def _wanted(path: str) -> TileCoord | None:
    try:
        return parse_tile_path(path)
    except FormatError:
        return None


def _given(body: bytes, media_type: bytes, *more: tuple[bytes, bytes], route: str) -> Given:
    return Given([*more, (b"content-length", b"%d" % len(body)), (b"content-type", media_type)], body, route)
