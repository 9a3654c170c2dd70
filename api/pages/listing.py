"""Lists of claims and of sources: on the home page, and beside what a search found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.core.protecting import is_protected
from ledger.core.search import runs
from ledger.operations import ClaimQuery
from ledger.service import Ledger
from schemas.lookups import ClaimSummary, SourceSummary

FEW = 5
_LOOKED_AT = 50
_WORDS = 6
_SHORT = 3


@dataclass(frozen=True)
class Partly:
    """A claim that has some of the words that were asked for, or nearly."""

    claim: ClaimSummary
    words: list[str]


def home(ledger: Ledger, *, test_log: bool) -> dict[str, Any]:
    """A test log has no records: its home page is its checkpoint."""
    shown: dict[str, Any] = {"checkpoint": ledger.checkpoint(), "facets": None, "lists": {}}
    if test_log:
        return shown
    lists = {
        "newest": ledger.claims(ClaimQuery(limit=FEW)).claims,
        "contested": _most_contested(ledger.claims(ClaimQuery(headline="contested", limit=_LOOKED_AT)).claims),
        "reversed": _reversed(ledger),
    }
    return {**shown, "facets": ledger.facets(), "lists": lists}


def _most_contested(claims: list[ClaimSummary]) -> list[ClaimSummary]:
    """Those with the most origins on the weaker side first."""
    return sorted(claims, key=lambda one: -min(one.independent_origins.for_, one.independent_origins.against))[:FEW]


def _reversed(ledger: Ledger) -> list[ClaimSummary]:
    """Claims that stood otherwise before, the latest turn first; then those of which an origin changed its position."""
    moved = ledger.claims(ClaimQuery(changed_since=0, limit=_LOOKED_AT)).claims
    turned = [(one.changed_at, one) for one in moved if one.previous is not None and one.changed_at is not None]
    turned.sort(key=lambda pair: -pair[0])
    positions = ledger.claims(ClaimQuery(label="changed_position", limit=FEW)).claims
    found = {one.id: one for one in [*(one for _, one in turned), *positions]}
    return list(found.values())[:FEW]


def partly(ledger: Ledger, text: str) -> list[Partly]:
    """Claims that have some words of the text, slips of the hand allowed; those with the most of them first."""
    words = dict.fromkeys(word for word, dense in runs(text) if dense or len(word) >= _SHORT)
    longest = sorted(words, key=lambda word: -len(word))[:_WORDS]
    claims: dict[str, ClaimSummary] = {}
    having: dict[str, list[str]] = {}
    for word in longest:
        for one in ledger.claims(ClaimQuery(query=word, limit=_LOOKED_AT)).claims:
            claims[one.id] = one
            having.setdefault(one.id, []).append(word)
    best = sorted(claims, key=lambda name: -len(having[name]))
    return [Partly(claims[name], having[name]) for name in best[: 2 * FEW]]


def sources_called(ledger: Ledger, text: str) -> list[SourceSummary]:
    """The first sources that have all of the words in their names, or all but for a slip of the hand where none has them."""
    found = [one for one in with_a_name(ledger.sources(text, limit=FEW).sources) if one.fit != "some"]
    exact = [one for one in found if one.fit != "spelling"]
    return exact or found


def with_a_name(sources: list[SourceSummary]) -> list[SourceSummary]:
    """Without those who are protected: there is nothing to find them by, and nothing to tell of them."""
    return [one for one in sources if not is_protected(one.id)]
