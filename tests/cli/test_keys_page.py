"""Every command of docs/keys.md does what it says, in the order of the page."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import REPOSITORY

COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ |```).*\n)*)", re.MULTILINE)
KEPT = re.compile(r"([A-Z]+)=\$\((.*)\)")
COMMANDS = 18


@pytest.mark.timeout(300)
def test_every_command_of_the_page_prints_what_is_shown(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "onrecord"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ledger.cli "$@"\n')
    program.chmod(0o755)
    environment = {
        "PATH": f"{program.parent}:/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1",
        "HOME": os.environ.get("HOME", "/"),
    }  # fmt: skip

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert run("onrecord init --ledger my.db --name admin").returncode == 0
    text = (REPOSITORY / "docs" / "keys.md").read_text("utf-8")
    found = COMMAND.findall(text)
    assert len(found) == text.count("\n$ ") == COMMANDS
    for command, shown in found:
        # Each command is a shell of its own here, so what one sets for the next ones is carried on.
        kept = KEPT.fullmatch(command)
        ran = run(kept[2] if kept else command)
        if kept:
            environment[kept[1]] = ran.stdout.strip()
            continue
        if "export ONRECORD_PASSPHRASE_FILE" in command:
            environment["ONRECORD_PASSPHRASE_FILE"] = "new.word"
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        same = doctest.OutputChecker().check_output(shown, ran.stdout, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        assert same, f"{command} printed\n{ran.stdout}"
