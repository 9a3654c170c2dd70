"""The command line as it is typed: the same `main`, real files, real keys."""

from __future__ import annotations

import io
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.cli.main import main
from tests.evidence.site import site  # noqa: F401  the fixture

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "ledger.cli"]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


def run_here(*arguments: str, stdin: bytes = b"") -> Ran:
    """The command in this process, its streams as a pipe would have them."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(arguments)
    finally:
        sys.stdin = before
    return Ran(code, _written(out), _written(err))


def _written(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def run_apart(*arguments: str, stdin: bytes = b"", cwd: Path = REPOSITORY) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"}
    return subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, check=False, cwd=cwd, env=environment)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody's own ledger is touched, wherever the tests run."""
    for name in ("LEDGER", "KEYS", "KEY", "PASSPHRASE", "READ_TOKEN", "DEBUG"):
        monkeypatch.delenv(f"ONRECORD_{name}", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def example_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger that holds the running example: `ledger.db` and its keys. Not to be written to."""
    place = tmp_path_factory.mktemp("example")
    assert run_here("init", "--ledger", str(place / "ledger.db"), "--name", "alice").code == 0
    dossier = REPOSITORY / "ledger" / "examples" / "north-korea-troops.yaml"
    assert run_here("import", str(dossier), "--ledger", str(place / "ledger.db")).code == 0
    return place


@pytest.fixture(scope="session")
def example(example_place: Path) -> str:
    return str(example_place / "ledger.db")


@pytest.fixture
def mine(example_place: Path, tmp_path: Path) -> str:
    """A copy of the example that a test may write to."""
    shutil.copytree(example_place, tmp_path / "mine")
    return str(tmp_path / "mine" / "ledger.db")


@pytest.fixture
def fresh(tmp_path: Path) -> str:
    """An empty ledger."""
    target = str(tmp_path / "fresh.db")
    assert run_here("init", "--ledger", target, "--name", "alice").code == 0
    return target


@pytest.fixture(scope="session")
def claims(example: str) -> dict[str, str]:
    """The example's claims: English text -> id."""
    return {
        claim["text"]["en"]: claim["id"] for claim in run_here("claim", "list", "--json", "--ledger", example).json["claims"]
    }


@pytest.fixture(scope="session")
def troops(claims: dict[str, str]) -> str:
    return next(claim for text, claim in claims.items() if text.startswith("North Korea sent troops to fight"))


@pytest.fixture(scope="module")
def served(example: str) -> Iterator[str]:
    """The example over a real socket: `onrecord serve` in a process of its own."""
    with serving(example) as address:
        yield address


class serving:
    """`onrecord serve` until the block ends; its exit code is in `code` afterwards."""

    def __init__(self, target: str) -> None:
        self.target, self.code = target, -1

    def __enter__(self) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--ledger", self.target, "--port", str(port)], cwd=REPOSITORY, stderr=subprocess.DEVNULL
        )
        address = f"http://127.0.0.1:{port}"
        self._wait_for(address)
        return address

    def _wait_for(self, address: str) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{address}/healthz", trust_env=False).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        self.process.kill()
        pytest.fail("the server did not answer")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.code = self.process.wait(timeout=60)
