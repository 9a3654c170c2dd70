"""`onrecord witness`, as somebody runs it who watches the log of another newsroom."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from ledger.core.note import parse_signature_lines
from ledger.core.quorum import open_with_policy, parse_policy
from ledger.core.vkey import print_vkey
from tests.cli.conftest import run_here
from tests.witness.trees import Grove


def test_a_witness_is_made_shown_and_served(tmp_path: Path) -> None:
    grove, state = Grove(), str(tmp_path / "w")
    logs = tmp_path / "log.keys"
    logs.write_text("".join(print_vkey(key) + "\n" for key in grove.vkeys))
    made = run_here("witness", "init", "--name", "witness.example/w1", "--state", state)
    assert made.code == 0
    assert run_here("witness", "keys", "--state", state).out == made.out
    assert run_here("witness", "init", "--name", "witness.example/w1", "--state", state).code == 8
    assert run_here("witness", "show", "--state", state, "--log", str(logs)).out == "log.example/one: not seen yet\n"
    assert run_here("witness", "serve", "--state", state).code == 2
    assert run_here("witness", "serve", "--state", state, "--log", str(tmp_path / "none")).code == 3
    command = [sys.executable, "-m", "ledger.cli", "witness", "serve", "--state", state, "--log", str(logs), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        address = ""
        while not address:
            line = served.stderr.readline()
            assert line, "the witness did not start"
            address = (re.findall(r"http://127\.0\.0\.1:\d+", line) or [""])[0]
        for _ in range(50):
            try:
                answer = httpx.post(f"{address}/add-checkpoint", content=grove.asked(0, 5), trust_env=False)
                break
            except httpx.ConnectError:
                continue
        forked = httpx.post(f"{address}/add-checkpoint", content=b"old 5\n\n" + grove.note(5, "b"), trust_env=False)
        served.send_signal(signal.SIGTERM)
        assert served.wait(15) == 0
    assert (answer.status_code, forked.status_code) == (200, 422)
    lines = run_here("witness", "keys", "--state", state, "--url", address).out
    policy = parse_policy(f"log {print_vkey(grove.vkeys[0])}\n{lines}quorum witness.example/w1\n".encode())
    assert policy.witnesses[0].url == address
    (kept,) = Path(state).glob("logs/*/checkpoint")
    found = open_with_policy(kept.read_bytes(), policy)
    assert found.checkpoint.size == 5
    assert parse_signature_lines(answer.text)
    shown = run_here("witness", "show", "--state", state, "--log", str(logs))
    assert shown.code == 6
    assert "size 5" in shown.out
    assert "roots-5-5-" in shown.out


def test_what_was_so_too_long_ago_is_not_verified(example: str, troops: str, tmp_path: Path) -> None:
    bundle = str(tmp_path / "claim.json")
    assert run_here("export", troops, "-o", bundle, "--ledger", example).code == 0
    keys = [word for key in run_here("log", "keys", "--ledger", example).out.split() for word in ("--trust", key)]
    assert run_here("verify", bundle, *keys, "--max-age", "86400").code == 0
    while (old := run_here("verify", bundle, *keys, "--max-age", "1")).code == 0:
        time.sleep(0.5)
    assert old.code == 7
    assert "seconds old, wanted at most 1 seconds" in old.err
