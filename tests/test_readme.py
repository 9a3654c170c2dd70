"""Every command of the README runs as it stands there, and prints what it is said to print."""

from __future__ import annotations

import doctest
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.backends import fresh_database

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def blocks(page: str) -> list[list[tuple[str, str]]]:
    """The console blocks of a page: for each, its commands with the output that is shown for them."""
    text = (ROOT / page).read_text("utf-8")
    found = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
        found.append([(command, output) for command, _, output in (part.partition("\n") for part in parts)])
    return found


class Shell:
    """Runs the README's commands from the repository, with its files in a folder of the test's own."""

    def __init__(self, place: Path, database: str) -> None:
        self._place = place
        self._environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "DATABASE_URL": database, "COLUMNS": "80"}
        # Under `make test` these would make the README's own make talk of its folders.
        for name in ("ONRECORD_LEDGER", "MAKELEVEL", "MAKEFLAGS", "MFLAGS"):
            self._environment.pop(name, None)

    def words(self, command: str) -> str:
        for name in ("my.db", "claim.json", "claim.svg", "score.json", "log.keys", "backups"):
            command = command.replace(name, str(self._place / name))
        return command.replace("/etc/onrecord/keys", str(self._place / "keys"))

    def run(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", self.words(command)], cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["bash", "-c", f"exec {self.words(command)}"], cwd=ROOT, env=self._environment)


@pytest.mark.timeout(400)
def test_every_command_of_the_readme_does_what_it_says(tmp_path: Path, postgres_url: str) -> None:
    with fresh_database(postgres_url) as database:
        _run_all(Shell(tmp_path, database))


def _run_all(shell: Shell) -> None:
    ran = 0
    for block in blocks("README.md"):
        for command, shown in block:
            if " serve " in command:
                _serves(shell, command)
            else:
                printed = shell.run(command)
                same = doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)
                assert same or not shown.strip(), f"{command} printed\n{printed}"
            ran += 1
    assert ran >= 15


def _serves(shell: Shell, command: str) -> None:
    port = int(re.search(r"--port (\d+)", command).group(1))  # type: ignore[union-attr]  # the README names a port
    server = shell.start(command.replace(str(port), "8765"))
    try:
        for _ in range(600):
            time.sleep(0.1)
            try:
                assert httpx.get("http://127.0.0.1:8765/healthz").json()["status"] == "ok"
                break
            except httpx.ConnectError:
                continue
        else:
            pytest.fail("serve did not answer /healthz within a minute")
        server.send_signal(signal.SIGTERM)
        assert server.wait(10) == 0
    finally:
        server.kill()


def test_the_dossier_of_the_documentation_can_be_imported(tmp_path: Path) -> None:
    text = (ROOT / "docs/dossier.md").read_text("utf-8")
    dossier = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert dossier is not None
    (tmp_path / "d.yaml").write_text(dossier.group(1), "utf-8")
    shell = Shell(tmp_path, "")
    shell.run(f"onrecord init --ledger {tmp_path}/my.db")
    shell.run(f"onrecord import {tmp_path}/d.yaml --ledger {tmp_path}/my.db")
    assert "North Korea" in shell.run(f"onrecord score troops --ledger {tmp_path}/my.db")
    assert "independent origin" in shell.run(f"onrecord score troops --ledger {tmp_path}/my.db").splitlines()[4]
