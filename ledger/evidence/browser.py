"""A browser of the Chromium kind, started for one page and told what to do over a pipe (Chrome DevTools Protocol).

It asks nobody anything: every request is put before the caller, and behind that no name is resolved and the one proxy that it
knows is a port at which nobody listens. Its profile is an empty folder, and goes with it.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from ledger.errors import BusyError, StoreError, UsageError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAX_MESSAGE_BYTES = 96 << 20
_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--dns-prefetch-disable",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--mute-audio",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_READ = 1 << 20


def find_browser(named: str | None) -> str:
    """The program that was named, else the first that is there. UsageError where there is none."""
    found = next((path for name in ((named,) if named else NAMES) if (path := shutil.which(name))), None)
    if found is None:
        what = f"{named} is no program" if named else "Chromium was not found"
        raise UsageError(what, hint="ONRECORD_BROWSER names a browser of the Chromium kind")
    return found


class Browser:
    """One that runs. Every call ends by the deadline, or with BusyError."""

    def __init__(self, commands: int, answers: int, deadline: float) -> None:
        self._commands, self._answers, self._deadline = commands, answers, deadline
        self._rest, self._last = bytearray(), 0
        self.heed: Callable[[dict[str, Any]], None] = lambda event: None
        """Is told of everything that happens, while an answer or anything else is waited for."""

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """What it answers."""
        number = self.send(method, session, **params)
        while True:
            message = self._next()
            if message.get("id") == number:
                if "error" in message:
                    raise StoreError(f"the browser refused {method}: {str(message['error'].get('message'))[:200]}")
                found: dict[str, Any] = message.get("result", {})
                return found
            if "method" in message:
                self.heed(message)

    def send(self, method: str, session: str | None = None, **params: Any) -> int:
        """Told, without waiting for an answer."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": params} | ({"sessionId": session} if session else {})
        rest = memoryview(json.dumps(message).encode() + b"\0")
        while rest:
            _, ready, _ = select.select([], [self._commands], [], self._left())
            if not ready:
                raise _late()
            try:
                rest = rest[os.write(self._commands, rest[:65_536]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise _gone() from None
        return self._last

    def wait(self, until: Callable[[], bool]) -> None:
        """Until that is so."""
        while not until():
            message = self._next()
            if "method" in message:
                self.heed(message)

    def _next(self) -> dict[str, Any]:
        searched = 0
        while (end := self._rest.find(b"\0", searched)) < 0:
            searched = len(self._rest)
            if searched > MAX_MESSAGE_BYTES:
                raise StoreError(f"the browser says more than {MAX_MESSAGE_BYTES} bytes at once")
            if not select.select([self._answers], [], [], self._left())[0]:
                raise _late()
            portion = os.read(self._answers, _READ)
            if not portion:
                raise _gone()
            self._rest += portion
        message, self._rest = bytes(self._rest[:end]), self._rest[end + 1 :]
        try:
            found: dict[str, Any] = json.loads(message)
        except ValueError:
            raise StoreError("the browser says what is no JSON") from None
        return found

    def _left(self) -> float:
        left = self._deadline - monotonic()
        if left <= 0:
            raise _late()
        return left


@contextmanager
def started(program: str, width: int, height: int, seconds: float) -> Iterator[Browser]:
    """A browser with a window of that size. Afterwards it, all that it started and its profile are gone."""
    with tempfile.TemporaryDirectory(prefix="onrecord-", ignore_cleanup_errors=True) as place, _dead_port() as port:
        flags = [*_FLAGS, f"--proxy-server=http://127.0.0.1:{port}", f"--user-data-dir={place}/profile"]
        flags.append(f"--window-size={width},{height}")
        if os.geteuid() == 0:
            # It does not start as root within its sandbox, and nobody else's account is at hand.
            flags.append("--no-sandbox")
        # No secret of the environment goes along.
        environment = {"HOME": place, "TMPDIR": place, "LANG": "C.UTF-8", "PATH": os.environ.get("PATH", os.defpath)}
        process, commands, answers = _start([program, *flags, "about:blank"], environment)
        try:
            yield Browser(commands, answers, monotonic() + seconds)
        finally:
            with suppress(OSError):
                os.killpg(process, signal.SIGKILL)
            for handle in (commands, answers):
                os.close(handle)
            with suppress(OSError):
                os.waitpid(process, 0)


def _start(words: list[str], environment: Mapping[str, str]) -> tuple[int, int, int]:
    """The process, which leads a group of its own, and our ends of its pipes: it reads from 3 and writes to 4."""
    theirs_in, ours_out = _pipe()
    ours_in, theirs_out = _pipe()
    null = os.open(os.devnull, os.O_RDWR)
    try:
        os.set_blocking(ours_out, False)
        actions = [
            *((os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)),
            (os.POSIX_SPAWN_DUP2, theirs_in, 3),
            (os.POSIX_SPAWN_DUP2, theirs_out, 4),
        ]
        process = os.posix_spawn(words[0], words, environment, file_actions=actions, setpgroup=0)
    except OSError as error:
        os.close(ours_out)
        os.close(ours_in)
        raise StoreError(f"{words[0]} cannot be started: {error.strerror}") from None
    finally:
        for handle in (theirs_in, theirs_out, null):
            os.close(handle)
    return process, ours_out, ours_in


def _pipe() -> tuple[int, int]:
    """A pipe whose ends have numbers above 10, so that none of them is one that the browser's are put upon."""
    found = []
    for handle in os.pipe():
        found.append(fcntl.fcntl(handle, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(handle)
    return found[0], found[1]


@contextmanager
def _dead_port() -> Iterator[int]:
    """A port of this machine that is taken, and at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def _late() -> BusyError:
    return BusyError("the browser took too long, and was stopped")


def _gone() -> StoreError:
    return StoreError(
        "the browser ended by itself", hint="see whether it starts: chromium --headless=new --dump-dom about:blank"
    )
