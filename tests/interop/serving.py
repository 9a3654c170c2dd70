"""`onrecord serve` in a process of its own, and a mirror of it that lies."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from tests.listening import listening

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "ledger.cli"]


def onrecord(*arguments: str) -> str:
    """What the command prints."""
    ran = subprocess.run([*COMMAND, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@dataclass(frozen=True)
class ServedLog:
    """A log at an address, and the ledger behind it."""

    ledger: str
    http: httpx.Client

    @property
    def url(self) -> str:
        return str(self.http.base_url).rstrip("/")

    @cached_property
    def vkey(self) -> str:
        """The Ed25519 key, as its owner prints it: strangers have to learn it elsewhere than from the server."""
        return onrecord("log", "keys", "--ledger", self.ledger).splitlines()[0]

    def get(self, path: str) -> bytes:
        return self.http.get(f"/{path}").raise_for_status().content

    @property
    def size(self) -> int:
        return int(self.get("checkpoint").splitlines()[1])


@contextmanager
def served(ledger: str) -> Iterator[ServedLog]:
    """The ledger behind a server that answers already; the server has stopped in order afterwards."""
    port = _free_port()
    server = subprocess.Popen([*COMMAND, "serve", "--ledger", ledger, "--port", str(port)], cwd=REPOSITORY)
    try:
        with _client(f"http://127.0.0.1:{port}") as http:
            _wait_for(http, server)
            yield ServedLog(ledger, http)
        server.terminate()
        assert server.wait(timeout=60) == 0
    finally:
        server.kill()
        server.wait()


def _client(url: str) -> httpx.Client:
    # A proxy in the environment is none of ours: the log is on this machine.
    return httpx.Client(base_url=url, timeout=30, trust_env=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(http: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if http.get("/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("the server did not answer")


@contextmanager
def lying(log: ServedLog, about: str) -> Iterator[ServedLog]:
    """A mirror of the log in which one bit of what lies at one path is another; nothing else differs."""
    told: list[str] = []

    class Mirror(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = log.http.get(self.path, headers={"Accept-Encoding": "identity"})
            body = bytearray(answer.content)
            if self.path == f"/{about}":
                told.append(self.path)
                # Of a checkpoint the root: the middle is a post-quantum signature, which most clients ignore.
                at = body.index(b"\n", body.index(b"\n") + 1) + 1 if about == "checkpoint" else len(body) // 2
                body[at] ^= 1
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Not a word on the terminal."""

    with listening(Mirror) as address, _client(address) as http:
        yield ServedLog(log.ledger, http)
    assert told, f"nobody asked for {about}"
