"""Talking to a ledger elsewhere over HTTP: answers are bounded and waited for, and no other server is ever asked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from ledger.errors import BusyError, StoreError, TooLargeError, TooManyError, UsageError
from ledger.net.problems import error_of

MAX_ANSWER_BYTES = 256 << 20
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_TRIES = 5
_LONGEST_WAIT = 10
_LONGEST_TURN = 120
"""Seconds, where the server says when it is our turn: sooner it would only say so again."""
_REDIRECTS = 3
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_KEPT_HEADERS = ("content-type", "retry-after", "location", "etag")

Shape = TypeVar("Shape", bound=BaseModel)
Params = Mapping[str, Any]


class Connection:
    """To one ledger's server; whoever opens it closes it."""

    def __init__(self, base_url: str, *, token: str | None = None) -> None:
        self.base_url = check_address(base_url)
        loopback = urlsplit(self.base_url).hostname in _LOOPBACK
        self._http = httpx.Client(
            timeout=_TIMEOUT,
            headers={"accept": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {}),
            # A proxy from the environment has no business between two processes of one machine.
            trust_env=not loopback,
        )

    def close(self) -> None:
        self._http.close()

    def send(self, method: str, path: str, params: Params | None = None, **content: Any) -> httpx.Response:
        """The answer, after waiting as the server asks. Every request here may be repeated: adding twice is adding once."""
        url = self.base_url + path
        given = {name: value for name, value in (params or {}).items() if value is not None}
        for last in (False,) * (_TRIES - 1) + (True,):
            response = self._follow(method, url, given, content)
            if response.is_success:
                return response
            error = error_of(response.status_code, response.headers.get("retry-after"), response.content)
            if last or not isinstance(error, BusyError):
                raise error
            longest = _LONGEST_TURN if isinstance(error, TooManyError) else _LONGEST_WAIT
            time.sleep(min(max(error.retry_after, 0.1), longest))
        raise AssertionError("the last try returns or raises")

    def read(self, shape: type[Shape], response: httpx.Response) -> Shape:
        """What the server answered, as this shape; StoreError if it is something else."""
        try:
            return shape.model_validate_json(response.content)
        except ValidationError:
            raise StoreError(
                f"{self.base_url} answered something that is no {shape.__name__}", hint="is it an OnRecord ledger?"
            ) from None

    def _follow(self, method: str, url: str, params: Params, content: Mapping[str, Any]) -> httpx.Response:
        """The answer after redirects within the same server (a claim that was replaced answers 308)."""
        response = self._request(method, url, params, content)
        for _ in range(_REDIRECTS):
            if response.next_request is None:
                return response
            target = response.next_request.url
            if (target.scheme, target.host, target.port) != (response.url.scheme, response.url.host, response.url.port):
                raise StoreError(f"{self.base_url} sends us to another server, {target.host}")
            response = self._request(method, str(target), {}, content)
        return response

    def _request(self, method: str, url: str, params: Params, content: Mapping[str, Any]) -> httpx.Response:
        try:
            with self._http.stream(method, url, params=params or None, **content) as response:
                return _read_bounded(response)
        except httpx.TimeoutException:
            raise StoreError(
                f"{self.base_url} does not answer in time", hint="try again; adding twice is adding once"
            ) from None
        except httpx.ConnectError as error:
            raise StoreError(f"cannot reach {self.base_url}: {error}", hint="is `onrecord serve` running there?") from None
        except httpx.HTTPError as error:
            raise StoreError(f"the connection to {self.base_url} broke: {error}", hint="try again") from None


def check_address(url: str) -> str:
    """The address without its last slash: https, or http on this very machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no address: {error}") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError("a ledger's address has no user, query or fragment", hint="ONRECORD_READ_TOKEN holds a token")
    if parts.scheme == "https" and host:
        return url.rstrip("/")
    if parts.scheme == "http" and host in _LOOPBACK:
        return url.rstrip("/")
    raise UsageError(f"{url!r} is not safe to talk to", hint="use https://, or http:// on this machine only")


def _read_bounded(response: httpx.Response) -> httpx.Response:
    """The response with its whole content, which never grows past the bound while it is read."""
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > MAX_ANSWER_BYTES:
            raise TooLargeError(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
    whole = httpx.Response(response.status_code, content=bytes(content), request=response.request)
    # Decoded already, so its encoding and length no longer say what is inside.
    whole.headers.update({name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers})
    whole.next_request = response.next_request
    return whole
