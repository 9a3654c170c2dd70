"""A ledger at hand: every operation told from top to bottom, each in one transaction or on one snapshot."""

from __future__ import annotations

from ledger.service.for_operators import ForOperators
from ledger.service.for_others import ForOthers
from ledger.service.for_readers import ForReaders
from ledger.service.for_writers import ForWriters


class Ledger(ForWriters, ForReaders, ForOperators, ForOthers):
    """All of `ledger.operations.Operations`, on a store. Threads may share it.

    Each part is told where it belongs; how an operation begins, and what they all stand on, is in `ledger.service.at_hand`.
    """
