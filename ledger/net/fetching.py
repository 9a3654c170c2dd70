"""Pages as they come over the wire: each redirect looked at before it is followed, bounded in bytes and time."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import httpcore

from ledger.core.http1 import HttpAnswer, content_of, parse_answer
from ledger.core.robots import MAX_ROBOTS_BYTES, permits
from ledger.errors import BusyError, ForbiddenError, FormatError, OnRecordError, StoreError, TooLargeError
from ledger.net.guarded import MAX_URL, Guard, Guarded, Resolve, check_url, look_up

NAME = "OnRecord"
MOST_REDIRECTS = 10
_WAIT = 20.0
_MOST_ROBOTS_REDIRECTS = 5
_ALL_THE_SAME = "--ignore-robots asks all the same, where you may"
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADS = 256 << 10
"""Bytes that may come beyond those of the body: heads and the frames of chunks."""


@dataclass(frozen=True)
class Limits:
    """Of one page with all its redirects."""

    bytes: int = 64 << 20
    seconds: float = 60.0


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, byte for byte. `address` is where the connection went, `at` when it began (POSIX)."""

    url: str
    request: bytes
    answer: HttpAnswer
    address: str
    at: int


@dataclass(frozen=True)
class Fetched:
    """`exchanges` begin with the address that was asked for and end with the answer that counts; `content` is what it holds."""

    exchanges: tuple[Exchange, ...]
    content: bytes

    @property
    def last(self) -> Exchange:
        return self.exchanges[-1]


@dataclass(frozen=True)
class Fetcher:
    """How pages are asked for: who says that it asks, what may be reached, and how long and large an answer may be."""

    guard: Guard
    clock: Callable[[], int]
    limits: Limits = field(default_factory=Limits)
    contact: str | None = None
    heeds_robots: bool = True
    resolve: Resolve = look_up
    context: ssl.SSLContext | None = None

    @property
    def agent(self) -> str:
        return f"{NAME}/0.1 (keeps one page as evidence, asked for by a person" + (
            f"; {self.contact})" if self.contact else ")"
        )

    def fetch(self, url: str) -> Fetched:
        """The page, whatever its status. ForbiddenError where an address may not be reached or the site does not wish it,
        TooLargeError, BusyError past the limits, StoreError where the connection fails; nothing is given back in part."""
        until = monotonic() + self.limits.seconds
        exchanges: list[Exchange] = []
        url = ascii_url(url)
        rules: dict[str, bytes] = {}
        while True:
            self._check(url)
            if self.heeds_robots:
                site = _site(url)
                if site not in rules:
                    rules[site] = self._robots(site, until)
                if not permits(rules[site], url, NAME):
                    raise ForbiddenError(
                        f"{_host(url)} does not wish programs to read this page (robots.txt)", hint=_ALL_THE_SAME
                    )
            exchanges.append(self._exchange(url, until, self.limits.bytes))
            answer = exchanges[-1].answer
            target = answer.header("location") if answer.status in _REDIRECTS else None
            if target is None:
                return Fetched(tuple(exchanges), content_of(answer, most=self.limits.bytes))
            if len(exchanges) > MOST_REDIRECTS:
                raise FormatError(f"{_host(url)} redirects more than {MOST_REDIRECTS} times")
            url = ascii_url(urljoin(url, target))

    def _check(self, url: str) -> str:
        try:
            return check_url(url, self.guard, plain=True)
        except ForbiddenError as error:
            raise _named(error) from None

    def _robots(self, site: str, until: float) -> bytes:
        """The site's robots.txt; empty where it has none. ForbiddenError where it cannot say (RFC 9309 §2.3.1.4)."""
        place = f"{site}/robots.txt"
        for _ in range(_MOST_ROBOTS_REDIRECTS + 1):
            try:
                answer = self._exchange(place, until, 2 * MAX_ROBOTS_BYTES).answer
            except TooLargeError:
                raise ForbiddenError(f"{_host(place)} has a robots.txt without end", hint=_ALL_THE_SAME) from None
            target = answer.header("location") if answer.status in _REDIRECTS else None
            if target is None:
                break
            place = self._check(ascii_url(urljoin(place, target)))
        if answer.status >= 500:
            said = f"{_host(place)} cannot say whether it may be read (robots.txt: {answer.status})"
            raise ForbiddenError(said, hint=_ALL_THE_SAME)
        return content_of(answer, most=2 * MAX_ROBOTS_BYTES) if answer.status == 200 else b""

    def _exchange(self, url: str, until: float, most: int) -> Exchange:
        wire = _Recorder(most + _HEADS)
        at = self.clock()
        headers = {
            "host": urlsplit(url).netloc,
            "user-agent": self.agent,
            "accept": "*/*",
            "accept-encoding": "gzip",
            "connection": "close",
        }
        backend = Guarded(self.guard, self.resolve, until, wire)
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), _WAIT)
        try:
            with (
                httpcore.ConnectionPool(network_backend=backend, http2=False, ssl_context=self.context) as pool,
                pool.stream("GET", url, headers=list(headers.items()), extensions={"timeout": timeouts}) as response,
            ):
                got = 0
                for part in response.iter_stream():
                    got += len(part)
                    if got > most:
                        raise _too_large(most)
        except ForbiddenError as error:
            raise _named(error) from None
        except OnRecordError:
            raise
        except httpcore.TimeoutException:
            raise BusyError(
                f"{_host(url)} does not answer in time: cut off after {self.limits.seconds:g} seconds, or {_WAIT:g} of silence",
                hint="--seconds waits longer",
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            raise _trouble(url, error) from None
        return Exchange(url, bytes(wire.out), parse_answer(bytes(wire.back)), wire.address, at)


class _Recorder:
    """All that went over one connection, as long as what came back is no more than that."""

    def __init__(self, most: int) -> None:
        self.out, self.back = bytearray(), bytearray()
        self.address = ""
        self._most = most

    def connected(self, address: str) -> None:
        self.address = address

    def sent(self, part: bytes) -> None:
        self.out += part

    def received(self, part: bytes) -> None:
        self.back += part
        if len(self.back) > self._most:
            raise _too_large(self._most - _HEADS)


def ascii_url(url: str) -> str:
    """The address as it goes over the wire: a name in Hangul or Arabic as its Punycode, other signs in UTF-8 and percent,
    no fragment, which is for readers only."""
    if len(url) > MAX_URL:
        raise FormatError(f"an address of {len(url)} characters, at most {MAX_URL} are taken")
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
        named = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError as error:  # UnicodeError too
        raise FormatError(f"{url[:80]!r} is no address: {error}") from None
    if parts.username is not None or parts.password is not None:
        raise FormatError("an address to capture has no user and no password")
    bracketed = f"[{named}]" if ":" in named else named
    netloc = bracketed + (f":{port}" if port is not None else "")
    return urlunsplit(
        (
            parts.scheme,
            netloc,
            quote(parts.path, safe="/%:@!$&'()*+,;=~-._") or "/",
            quote(parts.query, safe="/?%:@!$&'()*+,;=~-._"),
            "",
        )
    )


def _named(error: ForbiddenError) -> ForbiddenError:
    return ForbiddenError(error.message, hint="nothing was kept; ONRECORD_CAPTURE_ALLOW names networks that may be reached")


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"cut off after {most} bytes: nothing was kept", hint="--most takes more")


def _trouble(url: str, error: Exception) -> StoreError:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            hint = "nothing was kept: who answered is not known to be the site"
            return StoreError(f"the certificate of {_host(url)} does not hold: {seen.verify_message}", hint=hint)
        seen = seen.__cause__ or seen.__context__
    if isinstance(error, httpcore.RemoteProtocolError):
        return StoreError(f"{_host(url)} broke off: {str(error)[:200]}", hint="nothing was kept; try again")
    return StoreError(f"cannot reach {_host(url)}: {type(error).__name__}")


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host(url: str) -> str:
    return (urlsplit(url).hostname or url)[:80]
