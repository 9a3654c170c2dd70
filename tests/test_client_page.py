"""The programs of docs/client.md run as they stand, against a server of their own."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from tests.cli.conftest import REPOSITORY, _no_environment, example, example_place, mine, run_here, serving

__all__ = ["_no_environment", "example", "example_place", "mine"]
PROGRAMS = re.findall(r"^```python\n(.*?)^```", (REPOSITORY / "docs/client.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_programs_of_the_page_look_up_verify_and_submit(mine: str) -> None:
    log_key, _, issuer = run_here("log", "keys", "--ledger", mine).out.split()
    [key_file] = [path for path in Path(f"{mine.removesuffix('.db')}.db.keys").iterdir() if path.name.startswith("alice")][:1]
    printed = io.StringIO()
    with serving(mine) as address, contextlib.redirect_stdout(printed):
        at_hand = {"LOG_KEY": log_key, "ISSUER_KEY": issuer, "ADDRESS": address, "KEY_FILE": str(key_file)}
        for program in PROGRAMS:
            exec(program, at_hand)
    lines = printed.getvalue().splitlines()
    assert lines[0].endswith("| contested then, corroborated now")
    assert lines[1] == "ok corroborated"
    assert lines[2].endswith(" False")
