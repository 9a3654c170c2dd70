"""Questions to a database that is far away, put together: who waits for an answer alone waits mostly for the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class Together(Generic[Key, Answer]):
    """`ask` answers many at once, in a thread. Nobody is given an answer that was asked for before he came: who comes while a
    question is under way is in the next one, with all others who do."""

    def __init__(self, ask: Callable[[Sequence[Key]], Mapping[Key, Answer]]) -> None:
        self._ask = ask
        self._waiting: list[tuple[Key, asyncio.Future[Answer | None]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def of(self, key: Key) -> Answer | None:
        """None where there is no answer. What `ask` raises is raised to all whom it was asked for."""
        found: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, found))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._go_on())
        return await found

    async def _go_on(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            try:
                answers = await run_in_threadpool(self._ask, [key for key, _ in together])
            except Exception as error:  # noqa: BLE001  whatever it is, it is theirs who asked
                for _, found in together:
                    if not found.done():
                        found.set_exception(error)
            else:
                for key, found in together:
                    if not found.done():
                        found.set_result(answers.get(key))
