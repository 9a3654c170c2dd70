"""Every command of docs/sealing.md does what it says, in the order of the page."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import REPOSITORY, run_here

PAGE = (REPOSITORY / "docs/sealing.md").read_text("utf-8")
RUN = re.compile(r"^\$ onrecord (.*)\n((?:(?!\$ |```).*\n)*)", re.MULTILINE)


def test_every_command_of_the_page_prints_what_is_shown(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_PASSPHRASE", "correct horse")
    known = {"my.db": fresh, "KEY": run_here("log", "keys", "--ledger", fresh).out.split("\n")[0]}
    found = RUN.findall(PAGE)
    for command, shown in found:
        for name, value in known.items():
            command = command.replace(name, value)
        ran = run_here(*shlex.split(command))
        assert ran.code == 0, f"{command}\n{ran.err}"
        same = doctest.OutputChecker().check_output(shown, ran.out, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        assert same, f"{command} printed\n{ran.out}"
        if "--protect" in command:
            known["PROTECTED"] = ran.out.split()[-1]
        if command.startswith("attribute"):
            known["STATEMENT"] = re.findall(r"^(sha256:\w+) .* statement ", ran.out, re.MULTILINE)[-1]
    assert len(found) == PAGE.count("$ onrecord") == 8
    assert "Petrov" not in Path(fresh).read_bytes().decode("latin-1")
