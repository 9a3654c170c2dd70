"""A ledger in a real PostgreSQL cluster, a real streaming replica of it, and `onrecord serve` on both."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.core.dsse import sign_envelope
from ledger.keys import Signer, load_signer
from schemas.envelope import RECORD_TYPE
from tests.backends import find_programs, throwaway_cluster
from tests.cli.conftest import COMMAND, REPOSITORY, run_here
from tests.conftest import _missing
from tests.standby import Cluster, cluster_at, standby_of

PAGE = REPOSITORY / "docs" / "scale.md"
EXAMPLE = REPOSITORY / "ledger" / "examples" / "north-korea-troops.yaml"
ORIGIN = "ledger.example"


def told(beginning: str) -> list[str]:
    """The words of the command on the operators' page that begins so."""
    commands = re.findall(r"^\$ (.*)$", PAGE.read_text().replace("\\\n", " "), re.MULTILINE)
    return shlex.split(next(one for one in commands if one.startswith(beginning)))


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


@dataclass
class Place:
    """Both sides. `troops` is a claim that is on record."""

    primary: Cluster
    standby: Cluster
    keys: Path
    replica_keys: Path
    trust: list[str]
    at_primary: httpx.Client
    at_replica: httpx.Client
    troops: str = ""

    def health(self, client: httpx.Client) -> Any:
        return client.get("/healthz").raise_for_status().json()

    def size(self, client: httpx.Client) -> int:
        size: int = self.health(client)["size"]
        return size

    @property
    def alice(self) -> Signer:
        return load_signer(self.keys / "alice.pem")

    def envelope(self, text: str) -> bytes:
        """A signed claim that may be added."""
        payload = f'{{"kind":"claim","text":{{"en":"{text}"}},"type":"event"}}'.encode()
        return sign_envelope(payload, RECORD_TYPE, [self.alice.private_key])

    def add(self, text: str) -> None:
        self.at_primary.post("/add", content=self.envelope(text)).raise_for_status()

    def caught_up(self) -> bool:
        here, there = self.health(self.at_primary), self.health(self.at_replica)
        return bool(here["size"] == here["standing_size"] and (there["size"], there["standing_size"]) == (here["size"],) * 2)

    def wait(self) -> None:
        wait_until(self.caught_up, "the replica has what the primary has")


@contextmanager
def serving(*arguments: str) -> Iterator[httpx.Client]:
    """`onrecord serve` with these arguments, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ONRECORD_")}
    command = [*COMMAND, "serve", "--port", str(port), *arguments]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client:
            _wait_for(process, client)
            yield client
    finally:
        process.terminate()
        process.communicate(timeout=15)


def _wait_for(process: subprocess.Popen[str], client: httpx.Client) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, process.communicate()[1]
        try:
            client.get("/healthz").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not answer")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    programs = find_programs()
    if programs is None or not (programs / "pg_basebackup").exists():
        _missing("no PostgreSQL programs (initdb, pg_ctl, postgres, pg_basebackup)")
    home = tmp_path_factory.mktemp("replica")
    keys, replica_keys = home / "keys", home / "replica.keys"
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).chdir(home)
        primary = cluster_at(stack.enter_context(throwaway_cluster(programs)), programs)
        primary.tell("CREATE DATABASE ledger TEMPLATE template0")
        ledger = ("--ledger", primary.database("ledger"), "--keys", str(keys))
        assert run_here("init", *ledger, "--origin", ORIGIN, "--name", "alice").code == 0
        assert run_here("import", str(EXAMPLE), *ledger).code == 0
        standby = stack.enter_context(standby_of(primary.url, programs, told("pg_basebackup")))
        at_primary = stack.enter_context(serving(*ledger))
        address = str(at_primary.base_url)
        trust = run_here("log", "keys", "--ledger", address).out.split()
        _make_issuer(replica_keys, ledger)
        words = {"POSTGRES": standby.database("ledger"), "PRIMARY": address, "REPLICA_KEYS": str(replica_keys)}
        words |= {f"KEY{number}": key for number, key in enumerate(trust, 1)}
        line = [words.get(word, word) for word in told("onrecord serve")]
        at_replica = stack.enter_context(serving(*line[2:]))
        found = Place(primary, standby, keys, replica_keys, trust, at_primary, at_replica)
        claims = at_primary.get("/v1/claims", params={"query": "sent troops to fight"}).json()["claims"]
        found.troops = next(one["id"] for one in claims if one["text"]["en"].startswith("North Korea sent troops to fight"))
        found.wait()
        yield found


def _make_issuer(place: Path, ledger: tuple[str, ...]) -> None:
    """As the page says: a key of the replica's own, which the log enrols."""
    words = {"REPLICA_KEYS/issuer.pem": str(place / "issuer.pem")}
    place.mkdir(mode=0o700)
    made = run_here(*(words.get(word, word) for word in told("onrecord key new")[1:]), "--json")
    assert made.code == 0, made.err
    did = re.search(r"did:key:\w+", made.out)
    assert did is not None
    enrolled = run_here(*(did[0] if word == "DID" else word for word in told("onrecord key enroll")[1:]), *ledger)
    assert enrolled.code == 0, enrolled.err
