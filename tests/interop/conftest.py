"""Two served logs for all clients: the running example, and a test log that has seen a load."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.service.ledger import Ledger
from ledger.wiring import open_ledger
from tests.conftest import _missing
from tests.interop.goclient import GoClient, build
from tests.interop.serving import REPOSITORY, ServedLog, onrecord, served

PLACE = Path(__file__).resolve().parent
PACKAGES = ("@digitalbazaar/vc", "schema-dts", "typescript")
EXAMPLE = REPOSITORY / "ledger" / "examples" / "north-korea-troops.yaml"
ENTRIES = 600  # two full tiles, and a beginning
WRITERS = 8


@dataclass(frozen=True)
class Grown:
    """A log, and the checkpoint that it served before it grew."""

    log: ServedLog
    before: Path


@pytest.fixture(autouse=True, scope="session")
def _no_environment() -> Iterator[None]:
    """Nobody's own ledger is touched, wherever the tests run."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("LEDGER", "KEYS", "KEY", "PASSPHRASE", "READ_TOKEN", "DEBUG"):
            patch.delenv(f"ONRECORD_{name}", raising=False)
        yield


@pytest.fixture(scope="session")
def node() -> str:
    program = shutil.which("node")
    if program is None or not all((PLACE / "node_modules" / name).is_dir() for name in PACKAGES):
        _missing("no Node, or no `npm ci` in tests/interop")
    return program


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> GoClient:
    return build(tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    """A new ledger, served, into which another process imports the running example."""
    place = tmp_path_factory.mktemp("example")
    ledger = str(place / "ledger.db")
    onrecord("init", "--ledger", ledger, "--origin", "ledger.example/2026")
    with served(ledger) as log:
        before = place / "before.txt"
        before.write_bytes(log.get("checkpoint"))
        onrecord("import", str(EXAMPLE), "--ledger", ledger)
        yield Grown(log, before)


@pytest.fixture(scope="session")
def testlog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLog]:
    """An empty test log, served."""
    ledger = str(tmp_path_factory.mktemp("testlog") / "log.db")
    onrecord("init", "--ledger", ledger, "--test-log")
    with served(ledger) as log:
        yield log


@pytest.fixture(scope="session")
def hammered(testlog: ServedLog, go: GoClient) -> tuple[ServedLog, dict[str, int]]:
    """The test log after the load, and what the load tool says of it."""
    return testlog, go.run("hammer", testlog.url, testlog.vkey, str(WRITERS), str(ENTRIES))


@pytest.fixture(scope="session")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLog]:
    """A test log of as many entries that were handed in one by one, so that each of its sizes was published."""
    ledger = str(tmp_path_factory.mktemp("stepped") / "log.db")
    onrecord("init", "--ledger", ledger, "--test-log")
    with closing(open_ledger(ledger)) as opened:
        assert isinstance(opened, Ledger)
        for number in range(opened.checkpoint().size, ENTRIES):
            opened.hand_in_entry(f"entry {number}".encode()).result()
    with served(ledger) as log:
        yield log
