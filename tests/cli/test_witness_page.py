"""Every command of docs/witnesses.md does what it says, in the order of the page."""

from __future__ import annotations

import doctest
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import REPOSITORY

COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ |```).*\n)*)", re.MULTILINE)
COMMANDS = 12


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int, path: str) -> None:
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False)
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail(f"nobody answers at port {port}")


@pytest.mark.timeout(300)
def test_every_command_of_the_page_prints_what_is_shown(mine: str, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "onrecord"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ledger.cli "$@"\n')
    program.chmod(0o755)
    environment = {
        "PATH": f"{program.parent}:/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1", "NO_PROXY": "127.0.0.1",
        "ONRECORD_WITNESS_INTERVAL": "0.3", "HOME": os.environ.get("HOME", "/"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    ports = {"8700": str(_free()), "8000": str(_free())}
    text = (REPOSITORY / "docs" / "witnesses.md").read_text("utf-8").replace("my.db", mine)
    for said, port in ports.items():
        text = re.sub(rf"(:|--port ){said}", rf"\g<1>{port}", text)
    found = COMMAND.findall(text)
    assert len(found) == text.count("\n$ ") == COMMANDS
    with ExitStack() as stack:
        for command, shown in found:
            if " serve " in command:
                served = subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], cwd=tmp_path, env=environment)
                stack.callback(served.wait, 20)
                stack.callback(served.terminate)
                _answers(int(command.split()[-1]), "/healthz")
                continue
            ran = subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True)
            assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
            same = doctest.OutputChecker().check_output(shown, ran.stdout, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
            assert same, f"{command} printed\n{ran.stdout}"
