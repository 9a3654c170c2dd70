"""How much one caller may ask for: an address, or the key that signs. Who asks for more is told when to come back.

Of each caller one number is kept, the time at which all that it has asked for so far would be worked off at its rate: it may be
so far ahead, and no further. Counted by each process of a server for itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from heapq import nlargest
from ipaddress import IPv4Address, IPv6Address, ip_address
from operator import itemgetter
from time import monotonic

from starlette.types import Scope

from ledger.config import Settings
from ledger.errors import FormatError, TooManyError, UsageError
from ledger.net.guarded import Network, parse_networks

# Questions that are asked both ways: by address, and as a form where that would be too long.
BOTH = frozenset({"/v1alpha1/claims:search", "/reconcile"})
# POSTs that change nothing: a page of another origin may ask them too.
ASKING = frozenset({"/v1/records:check", "/v1/records:in_force", "/v1/claims:seen", "/v1/verify"}) | BOTH

MOST_CALLERS = 65_536
"""Of so many, and as many again, it is known what they asked for; some 20 MB."""
_AHEAD = 20.0
"""Seconds: what a page, an import or a reader of the whole log asks for at once is no flood yet."""
_KEY_AHEAD = 100.0
"""The same of a key: its first list of 10,000 is taken, and the next one."""
_DEAR = 10.0
"""A question that comes as a body, or goes through much of the ledger, is worth so many of the others."""
_GOES_FAR = frozenset({"affected", "history", "export", "pack", "credibility"})
"""The last parts of paths of such questions."""
_GOES_FAR_BELOW = ("/affected/", "/v1/affected/")
_HOPS = 16
_LONGEST_NAMED = 1_024
_REMEMBERED = 8_192


class Rates:
    """What many have asked for lately, at so much a second each. 0: nobody is counted."""

    def __init__(self, rate: float, ahead: float, *, most: int = MOST_CALLERS) -> None:
        self._rate, self._ahead, self._most = rate, ahead, most
        self._new: dict[str, float] = {}
        self._old: dict[str, float] = {}
        self._turns = 0.0

    def wait(self, who: str, now: float) -> float:
        """For how many seconds it is too early; 0 or less if it is not."""
        return self._done(who, now) - now - self._ahead if self._rate else 0.0

    def count(self, who: str, now: float, cost: float = 1.0) -> None:
        """So much more. Whoever may come at all may bring more than is left, and waits the longer for it."""
        if not self._rate:
            return
        done = self._done(who, now)
        if now >= self._turns or len(self._new) >= self._most:
            # Of the older half they stay who would still be refused; of these the most in debt, where more came than there is
            # room for.
            owing = {one: due for one, due in self._old.items() if due > now + self._ahead and one not in self._new}
            if len(owing) > self._most // 2:
                owing = dict(nlargest(self._most // 2, owing.items(), key=itemgetter(1)))
            self._old, self._new, self._turns = self._new, owing, now + 2 * self._ahead
        self._new[who] = max(done, now) + cost / self._rate

    def _done(self, who: str, now: float) -> float:
        return self._new.get(who) or self._old.get(who) or now

    def __len__(self) -> int:
        return len(self._new) + len(self._old)


class Limits:
    """What the settings say each address and each key may do.

    Who is on this machine, and reaches the server without a proxy, is not counted: its files are there too.
    """

    def __init__(self, settings: Settings) -> None:
        try:
            proxies = parse_networks(settings.proxies.split(","))
        except FormatError as error:
            raise UsageError(f"ONRECORD_PROXIES: {error.message}", hint="as in 127.0.0.1, 10.1.0.0/16") from None
        self._has_proxies = bool(proxies)
        # Remembered by what was sent: a network takes microseconds to be compared, or to be hashed.
        self._is_proxy = lru_cache(maxsize=_REMEMBERED)(partial(_is_in, networks=proxies))
        self._forwarded_for = lru_cache(maxsize=_REMEMBERED)(partial(_last_stranger, is_proxy=self._is_proxy))
        self._reads = Rates(settings.reads_per_address, _AHEAD)
        self._writes = Rates(settings.writes_per_address, _AHEAD)
        self._keys = Rates(settings.records_per_key, _KEY_AHEAD)
        self._connections = settings.connections_per_address
        self._open: dict[str, int] = {}

    def caller(self, scope: Scope) -> str | None:
        """What it is counted under; None where it is not."""
        client = scope.get("client")
        if client is None:
            return None
        host: str = client[0]
        if self._has_proxies and self._is_proxy(host):
            # A proxy that does not say for whom it asks is counted itself: everybody behind it as one.
            named = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            return _counted_as(self._forwarded_for(b",".join(named)[-_LONGEST_NAMED:]) or "") or host
        return _counted_as(host)

    def admit(self, scope: Scope) -> None:
        """TooManyError if its address has asked for too much; else this is counted too."""
        who = self.caller(scope)
        if who is None:
            return
        now, rates, what, cost = monotonic(), self._reads, "questions", 1.0
        if scope["method"] == "POST":
            if scope["path"] in ASKING:
                cost = _DEAR
            else:
                rates, what = self._writes, "writes"
        elif _goes_far(scope["path"]):
            cost = _DEAR
        wait = rates.wait(who, now)
        if wait > 0:
            raise _too_many(
                f"too many {what} from this address",
                wait,
                "a list takes 10,000 records at once" if rates is self._writes else None,
            )
        rates.count(who, now, cost)

    def admit_keys(self, scope: Scope, keys: Iterable[str]) -> None:
        """TooManyError if one of them has added too much. Nothing is counted: whether it is theirs is not known yet."""
        if self.caller(scope) is None:
            return
        now = monotonic()
        for key in keys:
            wait = self._keys.wait(key, now)
            if wait > 0:
                raise _too_many("too many records signed by this key", wait, "the server's operator sets how many are taken")

    def count_keys(self, scope: Scope, keys: Sequence[str]) -> None:
        """What was added counts, once for each signature that had not been on record."""
        if self.caller(scope) is None:
            return
        now = monotonic()
        for key, records in Counter(keys).items() if len(keys) > 1 else ((key, 1) for key in keys):
            self._keys.count(key, now, records)

    def connected(self, host: str) -> str | None:
        """Who holds one connection more, until `disconnected` says otherwise; None for those that are not counted: this
        machine, and proxies, which hold the connections of many."""
        who = None if self._is_proxy(host) else _counted_as(host)
        if who is not None:
            self._open[who] = self._open.get(who, 0) + 1
        return who

    def disconnected(self, who: str | None) -> None:
        if who is not None:
            left = self._open.pop(who) - 1
            if left:
                self._open[who] = left

    def has_too_many(self, who: str | None) -> bool:
        return who is not None and 0 < self._connections < self._open[who]


def _goes_far(path: str) -> bool:
    return path.rpartition("/")[2] in _GOES_FAR or path.startswith(_GOES_FAR_BELOW)


@lru_cache(maxsize=_REMEMBERED)
def _counted_as(host: str) -> str | None:
    """Of IPv6 the network of 64 bits that one caller has; None for this machine itself."""
    found = _address(host)
    if found is None:
        return host or None  # no address at all: whatever stands for it
    if found.is_loopback:
        return None
    return f"{found.exploded[:19]}::/64" if isinstance(found, IPv6Address) else str(found)


def _is_in(host: str, *, networks: tuple[Network, ...]) -> bool:
    found = _address(host)
    return found is not None and any(found in network for network in networks)


def _last_stranger(named: bytes, *, is_proxy: Callable[[str], bool]) -> str | None:
    """Whom the proxies ask for: the last one named that is none of them. What stands before that, anybody can have written."""
    for part in reversed(named.decode("latin-1").rsplit(",", _HOPS)[-_HOPS:]):
        host = _without_port(part.strip())
        if _address(host) is None:
            return None
        if not is_proxy(host):
            return host
    return None


def _without_port(text: str) -> str:
    """Some proxies name it too."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _too_many(what: str, wait: float, hint: str | None) -> TooManyError:
    seconds = max(1, math.ceil(wait))
    return TooManyError(f"{what}: come back in {seconds} s", retry_after=seconds, hint=hint)
