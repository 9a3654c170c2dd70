"""A shell that has `onrecord` on its path: for pages whose commands are more than that program alone."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY

COMMAND = re.compile(r"^ *\$ (.*)\n((?:(?! *\$ | *#| *```).*\n)*)", re.MULTILINE)
"""A command of a page, and what the page shows that it prints."""


class Shell:
    """Every command is a shell of its own in one folder; what one sets for the next is put into `environment`."""

    def __init__(self, place: Path, **more: str) -> None:
        self.place = place
        program = place / "bin" / "onrecord"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ledger.cli "$@"\n')
        program.chmod(0o755)
        path, home = f"{program.parent}:/usr/bin:/bin", os.environ.get("HOME", "/")
        self.environment = {"PATH": path, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1", "HOME": home} | more

    def run(self, command: str) -> str:
        """What the command prints; it has to end well."""
        ran = subprocess.run(
            ["/bin/sh", "-c", command], cwd=self.place, env=self.environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def prints(self, command: str, shown: str) -> None:
        """The command prints what a page shows, where `...` stands for anything."""
        printed = self.run(command)
        same = doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        assert same, f"{command} printed\n{printed}"

    def start(self, command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], cwd=self.place, env=self.environment)
