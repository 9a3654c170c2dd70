"""The score once more, from the records: what was signed is what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.core.bundles import difference
from ledger.core.corroboration import corroborate
from ledger.core.evidence import Logged
from ledger.core.policies import POLICIES
from ledger.errors import UnverifiableError, VerificationError
from schemas.bundle import Asked
from schemas.corroboration import Report


def check_report(asked: Asked, given: Report, logged: Sequence[Logged], of: str = "") -> str:
    """The report that these records give at its state is the one given: numbers to 1e-9, all else exactly."""
    if asked.policy not in POLICIES:
        raise UnverifiableError(f"policy {asked.policy!r} is not known here", step="report")
    below = [entry for entry in logged if entry.index < given.as_of.size]
    found = corroborate(
        asked.claim,
        below,
        as_of=given.as_of,
        until=asked.until,
        clock=asked.clock,
        without=asked.without,
        policy=asked.policy,
        base_rate=asked.base_rate,
    )
    where = difference(given.model_dump(mode="json", by_alias=True), found.model_dump(mode="json", by_alias=True))
    if where is not None:
        raise VerificationError(f"computed again, the report differs at {where}", step="report")
    done = f"recomputed from {len(below)} records{of} under {asked.policy}"
    return f"{done}: the same; {found.headline}, {found.summary}"
