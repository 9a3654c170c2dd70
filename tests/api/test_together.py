"""Questions that are put together: everybody has his own answer, and none that was asked for before he came."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from api.together import Together
from ledger.errors import NotFoundError


class Far:
    """Counts how often it is asked, and answers once it may."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.may = threading.Event()

    def ask(self, keys: Sequence[int]) -> dict[int, int]:
        self.asked.append(list(keys))
        assert self.may.wait(10)
        if 13 in keys:
            raise NotFoundError("no thirteen")
        return {key: 100 * len(self.asked) + key for key in keys if key != 7}


def test_who_comes_while_a_question_is_under_way_is_in_the_next_one() -> None:
    far = Far()

    async def run() -> None:
        together = Together(far.ask)
        first = asyncio.create_task(together.of(1))
        while not far.asked:
            await asyncio.sleep(0.001)
        others = [asyncio.create_task(together.of(key)) for key in (1, 2, 7)]
        gone = asyncio.create_task(together.of(3))
        await asyncio.sleep(0.01)
        gone.cancel()
        assert far.asked == [[1]]
        far.may.set()
        assert await first == 101
        assert [await one for one in others] == [201, 202, None]

    asyncio.run(run())
    assert far.asked == [[1], [1, 2, 7, 3]]


def test_what_goes_wrong_is_told_to_those_who_asked_and_to_nobody_else() -> None:
    far = Far()
    far.may.set()

    async def run() -> None:
        together = Together(far.ask)
        for _ in range(2):
            with pytest.raises(NotFoundError):
                await together.of(13)
            assert await together.of(1) is not None

    asyncio.run(run())
