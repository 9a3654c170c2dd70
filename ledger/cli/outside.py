"""What lies beside a ledger and is in no backup of it: evidence, and tokens of time-stamps."""

from __future__ import annotations

import os

_KEPT = (("evidence", "ONRECORD_EVIDENCE"), ("tokens", "ONRECORD_TOKENS"))


def outside_backups(target: str) -> list[str]:
    """The places of those that are there, as far as the environment or the ledger's name says."""
    from ledger.keys import ledger_path

    path = ledger_path(target)
    found = []
    for what, variable in _KEPT:
        if given := os.environ.get(variable):
            found.append(given)
        elif path is not None and (beside := path.with_name(f"{path.name}.{what}")).exists():
            found.append(str(beside))
    return found


def told_outside(places: list[str]) -> str | None:
    """For readers; None where there is nothing."""
    if not places:
        return None
    return f"{' and '.join(places)}: copy {'them' if len(places) > 1 else 'it'} too, as with rsync -a"
