"""The log asks aics-witness: a C2SP tlog-witness in Python that shares no code with us.

It wants Python 3.12: it runs in this interpreter if it is installed there, else in the one that ONRECORD_AICS_PYTHON names.
"""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ledger.core.quorum import open_with_policy, parse_policy
from ledger.core.vkey import print_vkey
from ledger.service.panel import Panel
from ledger.service.witnesses import Rounds
from tests.factory import ORIGIN, Ready, claim, ready
from tests.interop.test_aics import ask


@pytest.fixture(scope="session")
def aics() -> str:
    """An interpreter that has aics-witness."""
    found = os.environ.get("ONRECORD_AICS_PYTHON", sys.executable)
    if ask(found, "-c", "import aics_witness").returncode:
        # Not even asked for by ONRECORD_REQUIRE_BACKENDS: where this Python is 3.11, it cannot be had.
        pytest.skip("no aics-witness: pip install aics-witness (Python 3.12), or ONRECORD_AICS_PYTHON=/path/to/python")
    return found


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ready]:
    made = ready(str(tmp_path / "l.db"))
    made.clock.now = int(time.time())
    yield made
    made.ledger.close()


@pytest.fixture
def witness(aics: str, here: Ready, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Address and key of one that knows this log."""
    config = str(tmp_path / "witness.json")
    made = ask(aics, "-m", "aics_witness", "init", "--config", config, "--name", "aics.example/w1")
    assert made.returncode == 0, made.stderr
    vkey = next(word for word in made.stdout.split() if word.startswith("aics.example/w1+"))
    own = print_vkey(here.keys.vkeys(ORIGIN)[0])
    added = ask(aics, "-m", "aics_witness", "add-log", "--config", config, "--origin", ORIGIN, "--vkey", own)
    assert added.returncode == 0, added.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [aics, "-m", "aics_witness", "serve", "--config", config, "--listen", address]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONSAFEPATH": "1"}) as served:
        for _ in range(200):
            try:
                if httpx.get(f"http://{address}/healthz", trust_env=False).status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield f"http://{address}", vkey
        served.terminate()


def rounds_of(here: Ready, witness: tuple[str, str]) -> Rounds:
    url, vkey = witness
    text = f"witness aics {vkey} {url}\nquorum aics\n"
    panel = Panel(parse_policy(text.encode()), text, 0.1)
    here.ledger.name_witnesses(panel)
    return Rounds(here.store, here.ledger._edges, panel, here.keys.vkeys(ORIGIN), here.clock, lambda: 0.5)


def test_aics_witness_signs_our_log_as_it_grows(here: Ready, witness: tuple[str, str]) -> None:
    rounds = rounds_of(here, witness)
    for number in range(5):
        assert rounds.ask(witness[0]) == 1, here.store.witnesses()
        here.add(*(claim(f"claim {number} {more}") for more in range(number * 60 + 1)))
    assert rounds.ask(witness[0]) == 1
    log = f"log {print_vkey(here.keys.vkeys(ORIGIN)[0])}\n"
    policy = parse_policy((log + rounds.panel.text).encode())
    note = here.ledger.checkpoint().note.encode()
    assert open_with_policy(note, policy).checkpoint.size == here.ledger.checkpoint().size
    shown = httpx.get(f"{witness[0]}/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint", trust_env=False)
    assert open_with_policy(shown.content, policy).checkpoint.size == here.ledger.checkpoint().size
    health = here.ledger.health().witnesses
    assert health is not None
    assert health.state == "witnessed"


def test_aics_witness_tells_a_second_history_and_so_does_our_log(here: Ready, witness: tuple[str, str], tmp_path: Path) -> None:
    here.add(claim("one"))
    assert rounds_of(here, witness).ask(witness[0]) == 1
    twin = ready(str(tmp_path / "twin.db"), clock=here.clock)
    try:
        twin.add(claim("other"))
        assert rounds_of(twin, witness).ask(witness[0]) == 0
        (state,) = twin.store.witnesses()
        assert state.alarm is not None
        assert state.evidence is not None
    finally:
        twin.ledger.close()
