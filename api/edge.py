"""What every answer has in common: security headers, open reading across origins, HEAD, strong ETags, no bare 500."""

from __future__ import annotations

import asyncio
import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.at_once import AtOnce
from api.bodies import Room
from api.limits import ASKING, BOTH, Limits
from api.observing import HEADER, route_of, seen_of
from api.problems import as_read_by_its_clients, problem_of, response_of, unexpected_response
from api.remembered import Asked, Given, Remembered
from api.wire import GONE, READING
from ledger.errors import BusyError, CrowdedError, TooManyError

MOST_READING = 256
"""Questions that are being answered, or wait for it. The next one is told to come back, and waits nowhere."""
_FULL = CrowdedError("more is asked at this moment than this server answers", retry_after=1)
_EXPOSED = f"ETag, Link, Location, Retry-After, {HEADER}"
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class Edge:
    """Wraps the application; nothing passes it unchanged but web sockets and the server's own life."""

    def __init__(self, app: ASGIApp, remembered: Remembered, at_once: AtOnce, limits: Limits, room: Room) -> None:
        self._app = app
        self._remembered = remembered
        self._at_once = at_once
        self._limits = limits
        self._room = room
        self._reading = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send, self._remembered)
        try:
            self._limits.admit(scope)
        except TooManyError as error:
            answer.seen.problem = "too-many"
            await _refusal(error, scope["path"])(scope, receive, answer.send)
            return
        if _is_preflight(scope):
            await _preflight(scope["path"])(scope, receive, answer.send)
            return
        reads = scope["method"] in ("GET", "HEAD")
        if reads and self._reading >= MOST_READING:
            answer.seen.problem = "crowded"
            await _refusal(_FULL, scope["path"])(scope, receive, answer.send)
            return
        self._reading += reads
        if reads:
            scope[READING] = asyncio.current_task()
        try:
            asked = await self._remembered.asked(answer.asked)
            if asked is not None and (await answer.sent_again(asked) or await answer.sent_at_once(asked, self._at_once)):
                return
            try:
                await self._app(answer.asked, receive, answer.send)
            finally:
                answer.seen.route = route_of(answer.asked)
        except ClientDisconnect:
            return
        except asyncio.CancelledError:
            if not scope.get(GONE):
                raise
        except Exception as error:
            if answer.started:
                raise
            await unexpected_response(Request(scope), error)(scope, receive, answer.send)
        finally:
            self._reading -= reads
            self._room.leave(scope)


class _Answer:
    """One answer on its way out. A GET that comes in one piece gets an ETag, and no body if the reader has it already."""

    def __init__(self, scope: Scope, send: Send, remembered: Remembered) -> None:
        self._send = send
        self._remembered = remembered
        self._question: Asked | None = None
        self._is_head = scope["method"] == "HEAD"
        self._reads = scope["method"] in ("GET", "HEAD")
        self._open = self._reads or scope["path"] in ASKING
        self._known = Headers(scope=scope).get("if-none-match", "")
        self._start: Message | None = None
        self.seen = seen_of(scope)
        self.started = False
        self.asked: Scope = {**scope, "method": "GET"} if self._is_head else scope

    async def sent_again(self, asked: Asked) -> bool:
        """Whether it was known without working anything out, and is sent."""
        self._question = asked
        given = self._remembered.given(asked)
        if given is not None:
            self.seen.how, self.seen.route = "remembered", given.route
            start = {"type": "http.response.start", "status": 200, "headers": given.headers}
            await self._send_unless_known(start, MutableHeaders(raw=list(given.headers)), given.body)
            return True
        # Only by its own tag, not by `*`: whether there is an answer at all is not known here.
        if asked.tag not in _tags(self._known):
            return False
        self.seen.how, self.seen.route = "not changed", "not looked for"
        headers = MutableHeaders({"ETag": asked.tag})
        self._add_common(headers)
        await self._send_unless_known({"type": "http.response.start", "status": 200}, headers, b"")
        return True

    async def sent_at_once(self, asked: Asked, at_once: AtOnce) -> bool:
        """Whether no route is needed to answer it, and it is sent."""
        given = await at_once.given(self.asked, asked.state)
        if given is None:
            return False
        self.seen.how, self.seen.route = given.how, given.route
        headers = MutableHeaders(raw=given.headers)
        self._add_common(headers)
        headers["ETag"] = asked.tag
        await self._send_unless_known({"type": "http.response.start", "status": 200}, headers, given.body)
        return True

    async def _send_unless_known(self, start: Message, headers: MutableHeaders, body: bytes) -> None:
        status, first = self._unless_known(headers, {"type": "http.response.body", "body": body})
        await self._send({**start, "status": status, "headers": headers.raw})
        await self._send({**first, "body": b""} if self._is_head else first)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            # Held back until the body is known.
            self._start = message
            return
        if self._start is not None:
            message = await self._begin(self._start, message)
        if self._is_head:
            message = {**message, "body": b""}
        await self._send(message)

    async def _begin(self, start: Message, first: Message) -> Message:
        """The start is sent; returns the first piece of the body, which is empty if the reader has it."""
        headers = MutableHeaders(raw=list(start["headers"]))
        self._add_common(headers)
        status = start["status"]
        if self._reads and status == 200 and not first.get("more_body", False):
            body = first.get("body", b"")
            if await self._rests_on_state_alone():
                assert self._question is not None
                headers["ETag"] = self._question.tag
                self._remembered.keep(self._question, Given(list(headers.raw), body, route_of(self.asked)))
            headers.setdefault("ETag", _etag(body))
            status, first = self._unless_known(headers, first)
        self._start, self.started = None, True
        await self._send({**start, "status": status, "headers": headers.raw})
        return first

    def _unless_known(self, headers: MutableHeaders, first: Message) -> tuple[int, Message]:
        """Status and body: empty if the reader has it, and then without what describes a body."""
        if not _names(self._known, headers["ETag"]):
            return 200, first
        del headers["Content-Length"]
        del headers["Content-Type"]
        return 304, {**first, "body": b""}

    async def _rests_on_state_alone(self) -> bool:
        """Whether this is what is answered in the state that was found before, and nothing was appended meanwhile."""
        asked = self._question
        return asked is not None and asked.of_state and await self._remembered.state(self.asked) == asked.state

    def _add_common(self, headers: MutableHeaders) -> None:
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Cache-Control", "no-cache" if self._reads else "no-store")
        if self._open:
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = _EXPOSED


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _names(known: str, etag: str) -> bool:
    """RFC 9110 §13.1.2: a list of tags compared weakly, or `*`."""
    tags = _tags(known)
    return etag in tags or tags == ["*"]


def _tags(known: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in known.split(",")]


def _refusal(error: BusyError, path: str) -> Response:
    """A problem document whoever asks, and no page: it has to cost less than what it refuses."""
    problem = as_read_by_its_clients(problem_of(error).model_copy(update={"detail": error.message}), path)
    return response_of(problem, {"Retry-After": str(error.retry_after)})


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope)


def _preflight(path: str) -> Response:
    methods = "GET, HEAD, POST" if path in BOTH else "POST" if path in ASKING else "GET, HEAD"
    return Response(status_code=204, headers={**_PREFLIGHT, "Access-Control-Allow-Methods": methods})
