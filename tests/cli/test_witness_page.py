"""Every command of docs/witnesses.md does what it says, in the order of the page."""

from __future__ import annotations

import re
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.conftest import REPOSITORY
from tests.shell import COMMAND, Shell

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
    shell = Shell(tmp_path, NO_PROXY="127.0.0.1", ONRECORD_WITNESS_INTERVAL="0.3", PYTHONDONTWRITEBYTECODE="1")
    ports = {"8700": str(_free()), "8000": str(_free())}
    text = (REPOSITORY / "docs" / "witnesses.md").read_text("utf-8").replace("my.db", mine)
    for said, port in ports.items():
        text = re.sub(rf"(:|--port ){said}", rf"\g<1>{port}", text)
    found = COMMAND.findall(text)
    assert len(found) == text.count("\n$ ") == COMMANDS
    with ExitStack() as stack:
        for command, shown in found:
            if " serve " in command:
                served = shell.start(command)
                stack.callback(served.wait, 20)
                stack.callback(served.terminate)
                _answers(int(command.split()[-1]), "/healthz")
                continue
            shell.prints(command, shown)
