"""Waiting for the log without holding a thread: those are for who reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from starlette.concurrency import run_in_threadpool

from ledger.service import Ledger
from ledger.service.adding import Added


async def added(ledger: Ledger, hand_in: Callable[[], Future[Added]]) -> Added:
    """What has become of the submission that is handed in so, once it is in the log, or was refused."""
    one = await asyncio.wrap_future(await run_in_threadpool(hand_in))
    return await run_in_threadpool(ledger.finish, one) if one.erased else one
