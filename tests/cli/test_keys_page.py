"""Every command of docs/keys.md does what it says, in the order of the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.shell import COMMAND, Shell

KEPT = re.compile(r"([A-Z]+)=\$\((.*)\)")
COMMANDS = 22


@pytest.mark.timeout(300)
def test_every_command_of_the_page_prints_what_is_shown(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.run("onrecord init --ledger my.db --name admin")
    text = (REPOSITORY / "docs" / "keys.md").read_text("utf-8")
    found = COMMAND.findall(text)
    assert len(found) == text.count("\n$ ") == COMMANDS
    for command, shown in found:
        if kept := KEPT.fullmatch(command):
            shell.environment[kept[1]] = shell.run(kept[2]).strip()
            continue
        if "export ONRECORD_PASSPHRASE_FILE" in command:
            shell.environment["ONRECORD_PASSPHRASE_FILE"] = "new.word"
        shell.prints(command, shown)
