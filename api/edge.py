"""What every answer has in common: security headers, open reading across origins, HEAD, strong ETags, no bare 500."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import unexpected_response

# Questions that are asked both ways: by address, and as a form where that would be too long.
BOTH = frozenset({"/v1alpha1/claims:search", "/reconcile"})
# POSTs that change nothing: a page of another origin may ask them too.
ASKING = frozenset({"/v1/records:check", "/v1/records:in_force", "/v1/claims:seen", "/v1/verify"}) | BOTH
_EXPOSED = "ETag, Link, Location, Retry-After"
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class Edge:
    """Wraps the application; nothing passes it unchanged but web sockets and the server's own life."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        if _is_preflight(scope):
            await _preflight(scope["path"])(scope, receive, answer.send)
            return
        try:
            await self._app(answer.asked, receive, answer.send)
        except ClientDisconnect:
            return
        except Exception as error:
            if answer.started:
                raise
            await unexpected_response(Request(scope), error)(scope, receive, answer.send)


class _Answer:
    """One answer on its way out. A GET that comes in one piece gets an ETag, and no body if the reader has it already."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._is_head = scope["method"] == "HEAD"
        self._reads = scope["method"] in ("GET", "HEAD")
        self._open = self._reads or scope["path"] in ASKING
        self._known = Headers(scope=scope).get("if-none-match", "")
        self._start: Message | None = None
        self.started = False
        self.asked: Scope = {**scope, "method": "GET"} if self._is_head else scope

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
            etag = headers.setdefault("ETag", _etag(first.get("body", b"")))
            if _names(self._known, etag):
                status, first = 304, {**first, "body": b""}
                del headers["Content-Length"]
                del headers["Content-Type"]
        self._start, self.started = None, True
        await self._send({**start, "status": status, "headers": headers.raw})
        return first

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
    tags: Sequence[str] = [tag.strip().removeprefix("W/") for tag in known.split(",")]
    return etag in tags or tags == ["*"]


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope)


def _preflight(path: str) -> Response:
    methods = "GET, HEAD, POST" if path in BOTH else "POST" if path in ASKING else "GET, HEAD"
    return Response(status_code=204, headers={**_PREFLIGHT, "Access-Control-Allow-Methods": methods})
