"""The dossier (DESIGN 7.1): what a person writes by hand, read whole or refused with every bad line at once."""

from __future__ import annotations

from ledger.imports.expand import faults
from ledger.imports.faults import refuse
from ledger.imports.reading import Dossier, read

__all__ = ["Dossier", "load", "read"]


def load(text: str | bytes) -> Dossier:
    """A dossier that holds together by itself; what it needs from the ledger is `expand.plan`.

    FormatError lists every bad line: `line N: what was found, what was wanted`.
    """
    dossier = read(text)
    refuse(faults(dossier))
    return dossier
