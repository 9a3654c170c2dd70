"""Builds the client in `go/` on Debian's golang.org/x/mod, the module that the Go toolchain checks its own log with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.backends import REQUIRE_VARIABLE

SOURCE = Path(__file__).with_name("go")
# Where Debian keeps the source of Go packages; no module proxy is asked for anything.
GOPATH = Path("/usr/share/gocode")
PACKAGES = ("golang.org/x/mod/sumdb/note", "golang.org/x/mod/sumdb/tlog")


class Refused(Exception):
    """The client says that something is wrong, and what."""


@dataclass(frozen=True)
class GoClient:
    program: Path

    def run(self, *arguments: str) -> Any:
        """What the client found; raises what it complains about."""
        ran = subprocess.run([self.program, *arguments], capture_output=True, text=True, check=False, timeout=100)
        if ran.returncode != 0:
            raise Refused(ran.stderr.strip())
        return json.loads(ran.stdout)


def build(place: Path) -> GoClient:
    """The client, built there."""
    program = shutil.which("go")
    if program is None or not all((GOPATH / "src" / name).is_dir() for name in PACKAGES):
        _missing("no Go client: apt-get install golang-go golang-golang-x-mod-dev")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOFLAGS": "", "CGO_ENABLED": "0"}
    # The cache in the home directory saves time on the second run, where there is one.
    if "HOME" not in environment:
        environment["GOCACHE"] = str(place / "cache")
    built = subprocess.run(
        [program, "build", "-o", place / "logclient", "."],
        cwd=SOURCE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return GoClient(place / "logclient")


def _missing(what: str) -> NoReturn:
    """Skip, or fail where every back end has been promised."""
    if os.environ.get(REQUIRE_VARIABLE) == "1":
        pytest.fail(f"{what}, and {REQUIRE_VARIABLE}=1", pytrace=False)
    pytest.skip(what)
