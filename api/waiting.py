"""Waiting for the log without holding a thread: those are for who reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import nullcontext
from time import monotonic

from starlette.concurrency import run_in_threadpool

from ledger.service import Ledger
from ledger.service.adding import Added
from ledger.service.panel import RETRY_SECONDS
from schemas.log import Receipt

SECONDS_FOR_WITNESSES = 30.0
_LOOKING = 0.25
LATER = {"Retry-After": str(RETRY_SECONDS)}
"""With status 202: what was added is in the log, and is not shown yet. Adding it again asks for its receipts."""


LISTS_AT_ONCE = 2
"""That are opened at a time: a long one takes a second of computing, and more of them together only take longer."""


async def added(
    ledger: Ledger, hand_in: Callable[[], Future[Added]], *, at_once: bool = False, turns: asyncio.Semaphore | None = None
) -> Added:
    """What has become of the submission that is handed in so, once it is in the log, or was refused. `at_once` is for what is
    soon opened and asks the store nothing: it is handed in by this thread. Others take `turns`, where there are any."""
    if at_once:
        handed_in = hand_in()
    else:
        async with turns or nullcontext():
            handed_in = await run_in_threadpool(hand_in)
    one = await asyncio.wrap_future(handed_in)
    return await run_in_threadpool(ledger.finish, one) if one.erased else one


async def shown(ledger: Ledger, one: Added) -> list[Receipt] | None:
    """The receipts; where the log shows nothing that is not witnessed, once it is, or None if that takes too long."""
    if not ledger.is_closed:
        return one.receipts
    end = monotonic() + SECONDS_FOR_WITNESSES
    while (found := await run_in_threadpool(ledger.witnessed, one.index, one.receipts)) is None and monotonic() < end:
        await asyncio.sleep(_LOOKING)
    return found
