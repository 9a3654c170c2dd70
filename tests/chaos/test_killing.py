"""A handful of random kills; `make chaos` has many more, and kills the database server too."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.chaos.killing import Chaos

_KILLS = 3


def test_whatever_moment_a_server_is_killed_at_nothing_acknowledged_is_lost(database: str, tmp_path: Path) -> None:
    seed = secrets.randbits(32)
    chaos = Chaos(database, tmp_path, seed)
    for _ in range(_KILLS):
        chaos.kill_once()
    chaos.look(whole=True)
    assert chaos.told.wrong == [], f"seed {seed}"
    assert chaos.told.receipts


def test_what_is_lost_is_noticed(tmp_path: Path) -> None:
    """Or the others could not fail: an older copy of the ledger is put in its place, and what remembers it is taken away."""
    target = tmp_path / "l.db"
    chaos = Chaos(str(target), tmp_path, 1)
    older = target.read_bytes()
    chaos.told.under_way.append(chaos._new())
    chaos.look()
    assert chaos.told.wrong == []
    target.write_bytes(older)
    (tmp_path / "keys" / "head").unlink()
    chaos.look(whole=True)
    assert len(chaos.told.wrong) == 2
    assert chaos.told.wrong[0].startswith("lost: sha256:")
    assert "was shown, and is not of this log" in chaos.told.wrong[1]
