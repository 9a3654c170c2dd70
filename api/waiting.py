"""Waiting for the log without holding a thread: those are for who reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from starlette.concurrency import run_in_threadpool

from ledger.service import Ledger
from ledger.service.adding import Added


async def added(ledger: Ledger, hand_in: Callable[[], Future[Added]], *, at_once: bool = False) -> Added:
    """What has become of the submission that is handed in so, once it is in the log, or was refused. `at_once` is for what is
    soon opened and asks the store nothing: it is handed in by this thread."""
    one = await asyncio.wrap_future(hand_in() if at_once else await run_in_threadpool(hand_in))
    return await run_in_threadpool(ledger.finish, one) if one.erased else one
