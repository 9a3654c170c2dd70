"""What routes ask for: the ledger that the application opened, and whether the caller may read it."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ledger.errors import NotFoundError, UnauthenticatedError
from ledger.service import Ledger

_bearer = HTTPBearer(
    auto_error=False, scheme_name="readToken", description="Only where a ledger is not public: its operator's read token."
)


# Coroutines, though they wait for nothing: a plain function would cost a trip to the thread pool.
async def opened(request: Request) -> Ledger:
    ledger: Ledger = request.app.state.ledger
    return ledger


async def of_records(request: Request) -> None:
    """A test log holds any bytes: nothing in it is a record."""
    if request.app.state.test_log:
        raise NotFoundError("this is a test log: it has no records", hint="its own paths are /checkpoint, /tile/ and /add")


async def reader(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    """Reading is public, unless the operator set a token."""
    wanted: str | None = request.app.state.read_token
    if wanted is None:
        return
    # As bytes: compare_digest refuses text that is not ASCII.
    if given is None or not hmac.compare_digest(given.credentials.encode(), wanted.encode()):
        raise UnauthenticatedError("reading this ledger needs its read token", hint="send `Authorization: Bearer TOKEN`")


LedgerDep = Annotated[Ledger, Depends(opened)]
OF_RECORDS = Depends(of_records)
READER = Depends(reader)
