"""Every operation of a ledger, told once: `from ledger.service import Ledger`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.service.ledger import Ledger

__all__ = ["Ledger"]


def __getattr__(name: str) -> type[Ledger]:
    # Late: whoever wants one module of this package should not load all of them.
    if name == "Ledger":
        from ledger.service.ledger import Ledger

        return Ledger
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
