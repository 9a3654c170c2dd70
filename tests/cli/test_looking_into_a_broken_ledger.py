"""`log fsck` looks into a ledger that no other command opens, and says what is wrong with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ledger.cli.main import main


def test_fsck_looks_into_an_older_copy_and_a_damaged_head(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = tmp_path / "l.db"
    assert main(["init", "--ledger", str(ledger)]) == 0
    shutil.copy(ledger, tmp_path / "old.db")
    assert main(["source", "add", "kcna", "--type", "news_agency", "--name", "en=KCNA", "--ledger", str(ledger)]) == 0
    newer = ledger.read_bytes()
    for name in ("l.db-wal", "l.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "old.db", ledger)
    assert main(["source", "list", "--ledger", str(ledger)]) == 1
    capsys.readouterr()
    assert main(["log", "fsck", "--ledger", str(ledger)]) == 1
    assert "it is an older copy" in capsys.readouterr().out
    ledger.write_bytes(newer)
    (tmp_path / "l.db.keys" / "head").write_bytes(b"")
    assert main(["log", "fsck", "--ledger", str(ledger)]) == 1
    assert "head" in capsys.readouterr().out
