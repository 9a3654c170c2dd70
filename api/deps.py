"""What routes ask for: the ledger that the application opened, and whether the caller may read it."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.addresses import believed, unknown
from ledger.errors import NotFoundError, UnauthenticatedError
from ledger.service import Ledger

ASKED = "onrecord.asked"
"""Where in the scope it lies what `api.remembered` makes of a request."""
_bearer = HTTPBearer(
    auto_error=False, scheme_name="readToken", description="Only where a ledger is not public: its operator's read token."
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
"""Stands where a route may need the token, so that the description of the API says so."""


# Coroutines, though they wait for nothing: a plain function would cost a trip to the thread pool.
async def opened(request: Request) -> Ledger:
    ledger: Ledger = request.app.state.ledger
    return ledger


async def writable(ledger: Annotated[Ledger, Depends(opened)]) -> None:
    """A replica says where to write before it reads what was sent."""
    ledger.refuse_if_replica()


async def of_records(request: Request) -> None:
    """A test log holds any bytes: nothing in it is a record."""
    if request.app.state.test_log:
        raise NotFoundError("this is a test log: it has no records", hint="its own paths are /checkpoint, /tile/ and /add")


async def of_state(request: Request) -> None:
    asked: Any = request.scope.get(ASKED)
    if asked is not None:
        asked.of_state = True


def may_read(scope: Scope) -> bool:
    """Reading is public, unless the operator set a token."""
    wanted: str | None = scope["app"].state.read_token
    if wanted is None:
        return True
    scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
    # As bytes: compare_digest refuses text that is not ASCII.
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode("latin-1"), wanted.encode())


async def reader(request: Request, _: Bearer) -> None:
    """For routes: refuses who may not."""
    if not may_read(request.scope):
        raise UnauthenticatedError("reading this ledger needs its read token", hint="send `Authorization: Bearer TOKEN`")


async def reader_but_for_a_manifest(request: Request, given: Bearer) -> None:
    """What a service is may be asked without a token: its manifest says that one is needed."""
    if request.url.query or request.method == "POST":
        await reader(request, given)


async def page_address(request: Request) -> str:
    """Where this server is, as others reach it: what the operator says, else where the caller found it, if that can be
    believed; else nothing, and links are paths. No slash at its end."""
    said: str = request.app.state.public_url
    return said or believed(request.headers.get("host", ""), request.scope)


async def address(request: Request) -> str:
    """The same for answers that are of no use without: 421 where it is not known."""
    found = await page_address(request)
    if not found:
        raise unknown()
    return found


class Few:
    """So many may do at once what costs this server much and the caller nothing; the next one is told to come back.

    `wait` is for how many seconds it may stand in line before.
    """

    def __init__(self, at_once: int, wait: float = 0) -> None:
        self._turns = threading.BoundedSemaphore(at_once)
        self._wait = wait

    @contextmanager
    def turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait):
            raise HTTPException(429, "others are being served, try again in a moment", {"Retry-After": "1"})
        try:
            yield
        finally:
            self._turns.release()

    @contextmanager
    def if_free(self) -> Iterator[bool]:
        """The same for what can be left out: whether there is a turn, which is then taken."""
        free = self._turns.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                self._turns.release()


def _turns_of(kind: str) -> Any:
    async def found(request: Request) -> Few:
        few: Few = getattr(request.app.state, kind)
        return few

    return Depends(found)


async def public_url(request: Request) -> str:
    """Where this ledger is reached from outside, as its operator says; empty where that was not said. Not from the Host header:
    whoever asks may fill that with anything."""
    address: str = request.app.state.public_url
    return address


PublicUrl = Annotated[str, Depends(public_url)]
AddressDep = Annotated[str, Depends(address)]
PageAddressDep = Annotated[str, Depends(page_address)]
LedgerDep = Annotated[Ledger, Depends(opened)]
VerificationsDep = Annotated[Few, _turns_of("verifications")]
HistoriesDep = Annotated[Few, _turns_of("histories")]
PacksDep = Annotated[Few, _turns_of("packs")]
BatchesDep = Annotated[Few, _turns_of("batches")]
WRITER = Depends(writable)
OF_RECORDS = Depends(of_records)
READER = Depends(reader)
READER_BUT_FOR_A_MANIFEST = Depends(reader_but_for_a_manifest)
OF_STATE = Depends(of_state)
"""The answer follows from the path, the query and the ledger's state (`api.remembered`): no clock, no lists."""
