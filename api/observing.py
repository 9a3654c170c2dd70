"""What is kept of each request for whoever runs the server: a number that the answer bears too, and how it went.

By the route's template and never by the address that was asked for: an address names claims and holds what somebody searched.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from time import perf_counter
from typing import Literal, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger import logs

HEADER = "X-Request-Id"
SEEN = "onrecord.seen"
"""Where in the scope it lies what is known of a request."""
How = Literal["worked out", "prepared", "at once", "remembered", "not changed"]
METHODS = ("GET", "HEAD", "POST", "OPTIONS")


@dataclass(slots=True)
class Seen:
    """One request: by which route, how it was answered, and how long and large that was."""

    method: str
    route: str = "none"
    how: How = "worked out"
    problem: str = ""
    status: int = 0
    bytes: int = 0
    seconds: float = 0.0


class Watcher(Protocol):
    def requested(self, seen: Seen) -> None:
        """It is answered, or the other side has gone (status 0)."""


class Observing:
    """Wraps all else. `watcher` keeps figures; `log` is whether each request gets a line in the log."""

    def __init__(self, app: ASGIApp, watcher: Watcher | None, log: bool) -> None:
        self._app = app
        self._watcher = watcher
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = secrets.token_hex(8)
        method = scope["method"]
        seen = Seen(method if method in METHODS else "other")
        named = (HEADER.lower().encode(), number.encode())

        async def observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                # A list of its own: the answer's may be kept, and given to others.
                message = {**message, "headers": [*message["headers"], named]}
            else:
                seen.bytes += len(message.get("body", b""))
            await send(message)

        scope[SEEN] = seen
        token = logs.request_number.set(number)
        begun = perf_counter()
        try:
            await self._app(scope, receive, observed)
        finally:
            seen.seconds = perf_counter() - begun
            self._tell(seen)
            logs.request_number.reset(token)

    def _tell(self, seen: Seen) -> None:
        if self._watcher is not None:
            self._watcher.requested(seen)
        if self._log:
            logs.fact(
                "request",
                method=seen.method,
                route=seen.route,
                status=seen.status,
                how=seen.how,
                milliseconds=round(seen.seconds * 1000, 1),
                bytes=seen.bytes,
            )


def seen_of(scope: Scope) -> Seen:
    """What is noted of this request; of one that nobody observes it is noted in vain."""
    found: Seen | None = scope.get(SEEN)
    return found if found is not None else Seen("other")


def route_of(scope: Scope) -> str:
    """The template of the route that took it, as in the API's description; `none` where none did."""
    return getattr(scope.get("route"), "path_format", None) or "none"
