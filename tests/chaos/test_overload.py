"""A few seconds of far too much; `make chaos` has a minute of it on each back end."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.overload import overload

_SECONDS = 3
_BUSY = 10
"""Seconds in which a server on a machine that does other things too serves again; `make chaos` wants 2."""


def test_far_too_much_is_refused_in_order_and_then_all_is_as_before(tmp_path: Path) -> None:
    found = overload(str(tmp_path / "l.db"), tmp_path, _SECONDS, listed=200)
    assert found.wrong == []
    assert found.taken
    assert found.recovered < _BUSY
