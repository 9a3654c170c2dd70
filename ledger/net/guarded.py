"""Requests to addresses that somebody else chose, which cannot be steered to this machine or its neighbours.

The name is resolved here, once, and the connection goes to the very address that was looked at: a name that answers otherwise
the second time gains nothing. No redirects, no proxies, bounded answers, bounded time.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpcore

from ledger.errors import BusyError, ForbiddenError, FormatError, StoreError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

MAX_URL = 2_000
MAX_ANSWER_BYTES = 65_536
_SECONDS = 20.0
_WAIT = 8.0
# Addresses that carry an IPv4 address in them: what counts is that one (RFC 6052, 4291).
_CARRIES_IPV4 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


# Of special use too, which Python's own table (3.11) takes for the public network.
_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "3fff::/20", "5f00::/16")))


@dataclass(frozen=True)
class Guard:
    """Which addresses may be reached: public ones, and those of `allowed` networks, which the operator named."""

    allowed: tuple[Network, ...] = ()

    def admits(self, address: Address) -> bool:
        if any(address.version == network.version and address in network for network in self.allowed):
            return True
        inner = _inner(address)
        if inner is not None:
            return self.admits(inner)
        special = any(address.version == network.version and address in network for network in _SPECIAL)
        return address.is_global and not (address.is_multicast or address.is_reserved or special)


@dataclass(frozen=True)
class Answer:
    """`body` is the beginning of what came back, at most 64 KiB of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(text.strip()) for text in texts if text.strip())
    except ValueError as error:
        raise FormatError(f"{error}, wanted a network like 10.0.0.0/8") from None


def check_url(url: str, guard: Guard, *, plain: bool = False) -> str:
    """The URL as it may be asked: https, or http where the operator allowed some private network, or where `plain` says that
    nothing secret goes there. Its name is not looked up."""
    if len(url) > MAX_URL:
        raise FormatError(f"an address of {len(url)} characters, at most {MAX_URL} are taken")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise FormatError(f"{url[:80]!r} is no address: {error}") from None
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        raise FormatError(f"{url[:80]!r} is no address, wanted https://host/path in ASCII")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise FormatError("an address to send to has no user, password or fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and (plain or guard.allowed)):
        raise FormatError(f"{parts.scheme or 'no scheme'!r} is not safe to send to, wanted https")
    literal = _literal(host)
    if literal is not None and not guard.admits(literal):
        raise _refused(host)
    return url


def request(
    method: str,
    url: str,
    *,
    guard: Guard,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    resolve: Resolve | None = None,
) -> Answer:
    """One request and the beginning of its answer. ForbiddenError if the name leads to an address that is not to be reached,
    BusyError if there is no answer in time, StoreError if the connection fails."""
    check_url(url, guard)
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), _WAIT)
    own = {"host": urlsplit(url).netloc, "content-length": str(len(content)), "accept-encoding": "identity"}
    sent: list[tuple[bytes | str, bytes | str]] = [*own.items(), *(headers or {}).items()]
    until = monotonic() + _SECONDS
    try:
        with (
            httpcore.ConnectionPool(network_backend=Guarded(guard, resolve or look_up, until), http2=False) as pool,
            pool.stream(method, url, headers=sent, content=content, extensions={"timeout": timeouts}) as response,
        ):
            body = _beginning(response.iter_stream(), until)
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Answer(response.status, found, body)
    except httpcore.TimeoutException:
        raise BusyError(f"{_host(url)} does not answer in time") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
        raise StoreError(f"cannot reach {_host(url)}: {type(error).__name__}") from None


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, as this machine resolves it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise StoreError(f"no address is known for {host[:80]}") from None
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


class Wire(Protocol):
    """Is told what goes over a connection, below HTTP and above TLS. What it raises ends the connection."""

    def sent(self, part: bytes) -> None: ...

    def received(self, part: bytes) -> None: ...

    def connected(self, address: str) -> None: ...


class Guarded(httpcore.NetworkBackend):
    """Connects to the address that was looked at, and to no other, until the time is over."""

    def __init__(self, guard: Guard, resolve: Resolve, until: float, wire: Wire | None = None) -> None:
        self._guard, self._resolve, self._until, self._wire = guard, resolve, until, wire
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in self._resolve(host, port)]
        # One that is not to be reached spoils them all: names that mix the two are made for tricks.
        if not addresses or not all(map(self._guard.admits, addresses)):
            raise _refused(host)
        wait = _left(self._until, timeout)
        if self._wire is not None:
            self._wire.connected(str(addresses[0]))
        stream = self._plain.connect_tcp(str(addresses[0]), port, wait, local_address, socket_options)
        return _Timed(stream, self._until, self._wire)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.NetworkStream:
        raise _refused(path)


class _Timed(httpcore.NetworkStream):
    """A connection that is over at a moment, however slowly the other side goes on sending."""

    def __init__(self, stream: httpcore.NetworkStream, until: float, wire: Wire | None = None) -> None:
        self._stream, self._until, self._wire = stream, until, wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        part = self._stream.read(max_bytes, _left(self._until, timeout))
        if self._wire is not None:
            self._wire.received(part)
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._until, timeout))
        if self._wire is not None:
            self._wire.sent(buffer)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        wait = _left(self._until, timeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, wait), self._until, self._wire)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(until: float, timeout: float | None) -> float:
    left = until - monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is over")
    return left if timeout is None else min(left, timeout)


def _beginning(parts: Iterable[bytes], until: float) -> bytes:
    """Up to 64 KiB; whoever sends drop by drop is not listened to for ever."""
    body = bytearray()
    with suppress(httpcore.ReadTimeout):  # the status is known by then, and it is what counts
        for part in parts:
            body += part
            if len(body) >= MAX_ANSWER_BYTES or monotonic() > until:
                break
    return bytes(body[:MAX_ANSWER_BYTES])


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    carried = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
    if carried is None and any(address in network for network in _CARRIES_IPV4):
        carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return carried


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _host(url: str) -> str:
    return (urlsplit(url).hostname or url)[:80]


def _refused(host: str) -> ForbiddenError:
    return ForbiddenError(
        f"{host[:80]} leads to an address of this machine or its neighbours", hint="the operator may allow a network by name"
    )
