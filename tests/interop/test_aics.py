"""The served log, read with aics-tlog: a C2SP tlog-tiles client in Python that shares no code with us.

It wants Python 3.12: it runs in this interpreter if it is installed there, else in the one that ONRECORD_AICS_PYTHON names.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.interop.conftest import ENTRIES, Grown
from tests.interop.serving import ServedLog, lying

AUDIT = Path(__file__).with_name("aics_audit.py")
Hammered = tuple[ServedLog, dict[str, int]]


@pytest.fixture(scope="session")
def python() -> str:
    """An interpreter that has aics-tlog."""
    named = os.environ.get("ONRECORD_AICS_PYTHON")
    if named:
        return named
    # Not even asked for by ONRECORD_REQUIRE_BACKENDS: where this Python is 3.11, it cannot be had.
    if importlib.util.find_spec("aics_tlog") is None:
        pytest.skip("no aics-tlog: pip install aics-tlog (Python 3.12), or ONRECORD_AICS_PYTHON=/path/to/python")
    return sys.executable


def ask(python: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    # Loopback needs no proxy, whatever the environment says.
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "PYTHONSAFEPATH": "1"}
    return subprocess.run([python, *arguments], capture_output=True, text=True, check=False, timeout=100, env=environment)


def answer(python: str, log: ServedLog, command: str, *arguments: str) -> Any:
    """What `aics-tlog` says of the log, which has to be that all is well."""
    ran = ask(python, "-m", "aics_tlog", command, "--tiles", log.url, "--log-key", log.vkey, *arguments)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads(ran.stdout)
    assert found["ok"] is True
    return found


def test_aics_accepts_the_checkpoint_and_the_root_of_the_tiles(python: str, example: Grown) -> None:
    found = answer(python, example.log, "verify-checkpoint", "--origin", "ledger.example/2026")
    assert (found["size"], found["log_ok"], found["tiles_ok"]) == (example.log.size, True, True)
    assert found["root"].encode() == example.log.get("checkpoint").splitlines()[2]


def test_aics_sees_that_the_example_only_grew(python: str, example: Grown) -> None:
    found = answer(python, example.log, "verify-consistency", "--old-checkpoint", str(example.before))
    assert (found["old_size"], found["new_size"]) == (2, example.log.size)


@pytest.mark.parametrize("index", [0, 255, 256, ENTRIES - 1])
def test_aics_proves_that_an_entry_is_in_the_log(python: str, hammered: Hammered, index: int, tmp_path: Path) -> None:
    log, _ = hammered
    entry = tmp_path / "entry"
    found = answer(python, log, "verify-inclusion", "--index", str(index), "--entry-out", str(entry))
    assert (found["index"], found["size"]) == (index, ENTRIES)
    assert entry.read_bytes() in log.get(f"tile/entries/{index // 256:03d}" + (".p/88" if index >= 512 else ""))


def test_aics_walks_the_whole_tree(python: str, example: Grown, hammered: Hammered) -> None:
    for log, tiles, bundles in ((example.log, 1, 1), (hammered[0], 4, 3)):
        ran = ask(python, AUDIT, log.url, log.vkey)
        assert ran.returncode == 0, ran.stderr
        assert json.loads(ran.stdout) == {"size": log.size, "tiles": tiles, "bundles": bundles}


@pytest.mark.parametrize(
    "about", ["checkpoint", "tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/88"]
)
def test_aics_notices_one_wrong_bit(python: str, hammered: Hammered, about: str) -> None:
    log, _ = hammered
    with lying(log, about) as mirror:
        assert ask(python, AUDIT, mirror.url, log.vkey).returncode != 0
