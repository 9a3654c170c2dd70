"""Connections that end: whoever sends a head or a body drop by drop, or never reads an answer, holds a place for so long only.

uvicorn bounds neither the size of a head nor the time for one. Where there are too many connections it refuses whoever asks
next, on an old one too; here those that came last are refused, and those of an address that holds too many.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.limits import Limits
from api.problems import MEDIA_TYPE, PREFIX
from schemas.problems import Problem

MAX_HEAD_BYTES = 128 << 10
"""Twice the longest address that can be taken apart."""
SECONDS_FOR_A_HEAD = 20.0
SECONDS_FOR_A_REQUEST = 90.0
"""More than a body has (api/bodies.py), which is refused with a reason; after this the connection is cut without one."""
SECONDS_FOR_A_READER = 60.0
"""To take what is in the buffer, some 64 KiB."""
SECONDS_FOR_A_REFUSED_HEAD = 5.0
MOST_REFUSED = 256
"""So many more than are served are told so. Any further ones are cut: each takes one of the files that a process may open."""
RETRY_SECONDS = 2
READING, GONE = "onrecord.reading", "onrecord.gone"
"""Where in a request lies the task that answers a question, and that whoever asked it is gone: nobody works for them then."""
LIMITS = "limits"
"""Where in the state of the application the limits lie."""

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 27\r\nconnection: close\r\n\r\nthe head of it is too large"
)


def _refusing(status: int, name: str, title: str, detail: str) -> ASGIApp:
    """What answers every question so, without asking the application."""
    problem = Problem(type=PREFIX + name, title=title, status=status, detail=detail)
    body = problem.model_dump_json(exclude_none=True).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % RETRY_SECONDS),
        (b"cache-control", b"no-store"),
        (b"access-control-allow-origin", b"*"),
        (b"connection", b"close"),
    ]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


_FULL = _refusing(429, "crowded", "Too many are waiting already", "as many are connected as this server takes")
_TOO_MANY = _refusing(429, "too-many", "Too many requests", "too many connections from this address")


def is_gone(scope: Scope) -> bool:
    """Whether nobody waits for the answer any more."""
    return scope.get(GONE, False) is True


class Bounded(HttpToolsProtocol):
    """uvicorn's own protocol, with an end to everything that the other side can draw out."""

    _asking: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _in_head = True
    _head_bytes = 0
    _refused = False
    _limits: Limits | None = None
    _holder: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._limits = self.app_state.get(LIMITS)
        if self._limits is not None and self.client is not None:
            self._holder = self._limits.connected(self.client[0])
        most, self.limit_concurrency = self.limit_concurrency, None
        if most is not None and len(self.connections) > most + MOST_REFUSED:
            transport.abort()
        elif most is not None and len(self.connections) > most:
            self._refuse(_FULL)
        elif self._limits is not None and self._limits.has_too_many(self._holder):
            self._refuse(_TOO_MANY)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop(self._asking, self._reading)
        if self._limits is not None:
            self._limits.disconnected(self._holder)
        cycle: Any = self.cycle  # None before the first request, which its type does not say
        if cycle is not None and not cycle.response_complete:
            cycle.scope[GONE] = True
            reading: asyncio.Task[None] | None = cycle.scope.get(READING)
            if reading is not None:
                reading.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        # What came in one piece with the end of a head was no longer than a piece is.
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self._close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        self._expect_within(SECONDS_FOR_A_REQUEST)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._stop(self._asking)
        self._in_head = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_reader()

    def resume_writing(self) -> None:
        if not self.transport.is_closing():
            self._stop(self._reading)
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        self._close()

    def _close(self) -> None:
        """As soon as what was answered is read, and in any case after a while."""
        self.transport.close()
        self._expect_reader()

    def _refuse(self, app: ASGIApp) -> None:
        """The first request is answered so, and the last."""
        self.app = app
        self._refused = True

    def _expect_head(self) -> None:
        self._expect_within(SECONDS_FOR_A_REFUSED_HEAD if self._refused else SECONDS_FOR_A_HEAD)

    def _expect_within(self, seconds: float) -> None:
        self._stop(self._asking)
        self._asking = self.loop.call_later(seconds, self.transport.abort)

    def _expect_reader(self) -> None:
        if self._reading is None or self._reading.cancelled():
            self._reading = self.loop.call_later(SECONDS_FOR_A_READER, self.transport.abort)

    @staticmethod
    def _stop(*timers: asyncio.TimerHandle | None) -> None:
        for timer in timers:
            if timer is not None:
                timer.cancel()
