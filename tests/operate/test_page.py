"""docs/operate.md: its commands do what they say, its units are sound, and the figures that it names are there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from api.metrics import Metrics
from ledger.wiring import create_ledger, open_ledger
from tests.conftest import REPOSITORY
from tests.shell import COMMAND, Shell

PAGE = (REPOSITORY / "docs" / "operate.md").read_text("utf-8")
FILES = REPOSITORY / "docs" / "operate"
COMMANDS = 16
FIGURE = re.compile(r"onrecord_[a-z_]+")


@pytest.mark.timeout(300)
def test_every_command_of_the_page_prints_what_is_shown(tmp_path: Path) -> None:
    shell = Shell(tmp_path, ONRECORD_PASSPHRASE="cargo plank ... sober")
    found = COMMAND.findall(PAGE)
    assert len(found) == len(re.findall(r"^ *\$ ", PAGE, re.MULTILINE)) == COMMANDS
    for command, shown in found:
        shell.prints(command, shown)


def installed(tmp_path: Path) -> list[Path]:
    """The units as on a machine where the program is installed."""
    program = tmp_path / "onrecord"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = []
    for unit in sorted([*FILES.glob("*.service"), *FILES.glob("*.timer")]):
        copy = tmp_path / unit.name
        copy.write_text(unit.read_text("utf-8").replace("/opt/onrecord/bin/onrecord", str(program)))
        units.append(copy)
    assert len(units) == 3
    return units


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_the_units_are_ones_that_systemd_takes(tmp_path: Path) -> None:
    units = installed(tmp_path)
    ran = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    said = [line for line in ran.stderr.splitlines() if "onrecord" in line]
    assert (ran.returncode, said) == (0, [])
    for unit in units:
        if unit.suffix == ".service":  # 10 is a service that may do anything
            command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", str(unit)]
            assert subprocess.run(command, capture_output=True).returncode == 0, unit.name


def test_what_a_unit_runs_is_a_command_of_ours() -> None:
    from ledger.cli.main import main

    for unit in FILES.glob("*.service"):
        for line in re.findall(r"^ExecStart=/opt/onrecord/bin/onrecord (\S+)", unit.read_text("utf-8"), re.MULTILINE):
            assert main([line, "--help"]) == 0


def test_settings_of_the_example_are_ones_that_there_are() -> None:
    from ledger.config import Settings

    text = (FILES / "onrecord.env").read_text("utf-8")
    names = {name.lower() for name in re.findall(r"^#?ONRECORD_([A-Z_]+)=", text, re.MULTILINE)}
    assert len(names) > 8
    assert names <= set(Settings.model_fields)


def test_every_figure_that_is_named_is_one_that_is_told(tmp_path: Path) -> None:
    target = str(tmp_path / "l.db")
    create_ledger(target)
    ledger = open_ledger(target)
    try:
        text = Metrics("0123456789abcdef").print(ledger)[0].decode()  # type: ignore[arg-type]  # a file's is one at hand
    finally:
        ledger.close()
    told = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    of_witnesses = {"onrecord_witness_objects", "onrecord_witness_silent", "onrecord_witnessed", "onrecord_witness_size"}
    rules = (FILES / "alerts.yml").read_text("utf-8")
    named = set(FIGURE.findall("".join(re.findall(r"`[^`\n]*`", PAGE)))) | set(FIGURE.findall(rules))
    known = {name.removesuffix("_total") for name in told | of_witnesses}
    assert len(named) > 12
    assert {name.removesuffix("_total") for name in named} <= known
    alerts = [rule for group in yaml.safe_load(rules)["groups"] for rule in group["rules"]]
    assert all({"alert", "expr", "labels"} <= rule.keys() for rule in alerts)
