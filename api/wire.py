"""Connections that end: whoever sends a head or a body drop by drop, or never reads an answer, holds a place for so long only.

uvicorn bounds neither the size of a head nor the time for one, and a connection that is kept open counts against all.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 128 << 10
"""Twice the longest address that can be taken apart."""
SECONDS_FOR_A_HEAD = 20.0
SECONDS_FOR_A_REQUEST = 90.0
"""More than a body has (api/bodies.py), which is refused with a reason; after this the connection is cut without one."""
SECONDS_FOR_A_READER = 60.0
"""To take what is in the buffer, some 64 KiB."""

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 27\r\nconnection: close\r\n\r\nthe head of it is too large"
)


class Bounded(HttpToolsProtocol):
    """uvicorn's own protocol, with an end to everything that the other side can draw out."""

    _asking: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _in_head = True
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect_within(SECONDS_FOR_A_HEAD)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop(self._asking, self._reading)
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
        self._expect_within(SECONDS_FOR_A_HEAD)

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
