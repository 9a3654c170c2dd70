"""The home page: how large the ledger is, what is new, what is contested, what turned of late."""

from __future__ import annotations

from typing import Any

from ledger.operations import ClaimQuery
from ledger.service import Ledger
from schemas.lookups import ClaimSummary

_FEW = 5
_LOOKED_AT = 50


def home(ledger: Ledger, *, test_log: bool) -> dict[str, Any]:
    """A test log has no records: its home page is its checkpoint."""
    shown: dict[str, Any] = {"checkpoint": ledger.checkpoint(), "facets": None, "lists": {}}
    if test_log:
        return shown
    lists = {
        "newest": ledger.claims(ClaimQuery(limit=_FEW)).claims,
        "contested": ledger.claims(ClaimQuery(headline="contested", limit=_FEW)).claims,
        "reversed": _turned(ledger.claims(ClaimQuery(changed_since=0, limit=_LOOKED_AT)).claims),
    }
    return {**shown, "facets": ledger.facets(), "lists": lists}


def _turned(claims: list[ClaimSummary]) -> list[ClaimSummary]:
    """Claims that stood otherwise before, the latest turn first."""
    turned = [(one.changed_at, one) for one in claims if one.previous is not None and one.changed_at is not None]
    return [one for _, one in sorted(turned, key=lambda pair: -pair[0])[:_FEW]]
