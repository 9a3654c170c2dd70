"""Answers that were given already, for as long as what they rest on is what it was.

What a claim's address answers follows from the ledger's state (`ledger.store.protocol.State`) and the question, and from
nothing else: so under one state an answer is worked out once, and who names it in `If-None-Match` is told so before anything
is worked out. With the next state all of it is let go. Only routes that depend on `OF_STATE` are taken for such.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from starlette.datastructures import Headers
from starlette.types import Scope

from api.deps import ASKED, may_read
from api.observing import How
from api.together import Together
from ledger.errors import OnRecordError
from ledger.service import Ledger
from ledger.store.protocol import State

MIB = 1 << 20
# Where no such route is, the state is not even looked up.
_PLACES = ("/v1/claims/", "/v1/records/", "/v1/affected/", "/v1/log/consistency", "/tile/")
# Another program may answer otherwise of the same state.
_PROGRAM = version("onrecord").encode()
# What a dictionary, a key and the headers take, about.
_BESIDES = 1_500


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was sent, and is sent again: always with status 200."""

    headers: list[tuple[bytes, bytes]]
    body: bytes
    route: str = "none"
    """The template of the route that answers it."""
    how: How = "at once"
    """How it was come by, before it was ever remembered."""


@dataclass(slots=True)
class Asked:
    """A question, the state that was the newest when it came, and the tag that its answer has there."""

    state: State
    key: bytes
    tag: str
    of_state: bool = False
    """Set by the route, once it is known which one it is."""


class Remembered:
    """Of one server process. `most` is in bytes; what was not asked for longest goes first.
    Threads may share it."""

    def __init__(self, most: int, *, afar: bool) -> None:
        self._most = most
        self._newest = Together(_states) if afar else None
        self._state: State | None = None
        self._given: OrderedDict[bytes, Given] = OrderedDict()
        self.bytes = 0
        self._lock = threading.Lock()

    async def asked(self, scope: Scope) -> Asked | None:
        """None where the answer may rest on more than the state, and where the caller or the store is to be told something."""
        if scope["method"] not in ("GET", "HEAD") or not scope["path"].startswith(_PLACES) or not may_read(scope):
            return None
        state = await self.state(scope)
        if state is None:
            return None
        key = _key(scope)
        scope[ASKED] = asked = Asked(state, key, _tag(state, key))
        return asked

    async def state(self, scope: Scope) -> State | None:
        """The newest, or None where the store has none to tell: the route will say why."""
        ledger: Ledger = scope["app"].state.ledger
        try:
            # A file next door answers sooner than a thread is woken.
            state = await self._newest.of(ledger) if self._newest else ledger.state()
        except OnRecordError:
            return None
        assert state is not None, "every ledger has one"
        self.settle(state)
        return state

    def settle(self, state: State) -> None:
        """What was given in another state is let go."""
        with self._lock:
            if state != self._state:
                self._state = state
                self._empty()

    def forget(self) -> None:
        """What was given is let go, whatever the state."""
        with self._lock:
            self._empty()

    def _empty(self) -> None:
        self._given.clear()
        self.bytes = 0

    def given(self, asked: Asked) -> Given | None:
        with self._lock:
            found = self._given.get(asked.key) if asked.state == self._state else None
            if found is not None:
                self._given.move_to_end(asked.key)
            return found

    def keep(self, asked: Asked, given: Given) -> None:
        size = _size(asked.key, given)
        with self._lock:
            if asked.state != self._state or asked.key in self._given or size > self._most // 8:
                return
            self._given[asked.key] = given
            self.bytes += size
            while self.bytes > self._most:
                self.bytes -= _size(*self._given.popitem(last=False))


def _states(ledgers: Sequence[Ledger]) -> dict[Ledger, State]:
    return {ledger: ledger.state() for ledger in dict.fromkeys(ledgers)}


def _size(key: bytes, given: Given) -> int:
    return len(key) + len(given.body) + _BESIDES


def _key(scope: Scope) -> bytes:
    path: str = scope["path"]
    sent: bytes = scope.get("raw_path") or path.encode()
    query: bytes = scope["query_string"]
    key = sent + b"?" + query
    # The one thing among these that is shrunk for those who take it so.
    return key + b"\n" + Headers(scope=scope).get("accept-encoding", "").encode("latin-1") if "/entries/" in path else key


def _tag(state: State, key: bytes) -> str:
    one = state.checkpoint
    cosigned = state.cosigned.encode()
    told = b"%b %d %d %d %b %d %b " % (_PROGRAM, one.seq, one.size, one.time, one.root, state.erasures, cosigned)
    return f'"{hashlib.sha256(told + key).hexdigest()[:32]}"'
