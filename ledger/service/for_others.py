"""What the clients of others ask in their own manner, answered from the same claims and sources that everybody sees."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.service import factchecks, reconciling
from ledger.service.at_hand import AtHand
from ledger.service.factchecks import FactCheckQuery
from schemas.factchecks import FactCheckPage
from schemas.reconciliation import (
    ExtensionAnswer,
    ExtensionQuery,
    Flyout,
    Manifest,
    ReconciliationQuery,
    ReconciliationResult,
    SuggestedEntities,
)


class ForOthers(AtHand):
    """The part of `Ledger` that our own client has no use for: `claims`, `sources` and the others say more."""

    def fact_checks(self, query: FactCheckQuery, address: str) -> FactCheckPage:
        """As Google's Fact Check Tools API gives it. `address`: of this ledger, as others reach it."""
        with self._records() as snapshot:
            return factchecks.fact_checks(snapshot, query, address + self._api, self._now())

    def reconciliation_manifest(self, address: str, *, closed: bool) -> Manifest:
        with self._records() as snapshot:
            return reconciling.manifest(snapshot.identity.origin, address, closed=closed)

    def reconcile(self, batch: Mapping[str, ReconciliationQuery]) -> dict[str, ReconciliationResult]:
        """As the Reconciliation Service API 0.2 gives it, which OpenRefine speaks; so are those below."""
        with self._records() as snapshot:
            return reconciling.reconcile(snapshot, batch)

    def extend(self, query: ExtensionQuery) -> ExtensionAnswer:
        with self._records() as snapshot:
            return reconciling.extend(snapshot, query)

    def suggest_entities(self, prefix: str, kind: str | None, skip: int, limit: int) -> SuggestedEntities:
        with self._records() as snapshot:
            return reconciling.suggest_entities(snapshot, prefix, kind, skip, limit)

    def entity_path(self, name: str) -> str:
        with self._records() as snapshot:
            return reconciling.view_path(snapshot, name)

    def entity_preview(self, name: str, address: str) -> str:
        with self._records() as snapshot:
            return reconciling.preview(snapshot, name, address)

    def entity_flyout(self, name: str) -> Flyout:
        with self._records() as snapshot:
            return reconciling.flyout(snapshot, name)
