"""The Reconciliation Service API 0.2, which OpenRefine speaks: a column of names is matched with sources, or with claims."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import bodies, examples
from api.answers import preview_page, see_other, without_unknowns
from api.deps import OF_RECORDS, READER, READER_BUT_FOR_A_MANIFEST, AddressDep, BatchesDep, Few, LedgerDep, PageAddressDep
from api.openapi import RECONCILED, TAKES_RECONCILIATION, answers
from api.params import EntityId, ProposalQuery, ReconciliationForm, ReconciliationParts, SuggestionQuery
from ledger.errors import UsageError
from ledger.service import Ledger, reconciling
from schemas.reconciliation import Flyout, ProposedProperties, SuggestedEntities, SuggestedProperties, SuggestedTypes

router = APIRouter(prefix="/reconcile", tags=["for clients of others"], dependencies=[OF_RECORDS])
unlisted = APIRouter(prefix="/reconcile", include_in_schema=False, dependencies=[OF_RECORDS, READER])
_PLAIN: dict[str, Any] = {"dependencies": [READER], "response_model_exclude_none": True}


@router.get(
    "",
    summary="What the service can do, candidates, or columns",
    response_class=Response,
    dependencies=[READER_BUT_FOR_A_MANIFEST],
    responses=answers(examples.RECONCILED, 400, 413, 421, 429, schema=RECONCILED),
)
def reconcile_by_address(
    ledger: LedgerDep, asked: ReconciliationParts, address: AddressDep, few: BatchesDep, request: Request
) -> Response:
    """The manifest; with `queries` the candidates for each; with `extend` the values of properties."""
    if asked.queries is None and asked.extend is None:
        closed = request.app.state.read_token is not None
        return without_unknowns(ledger.reconciliation_manifest(address, closed=closed))
    return _answer(ledger, few, asked)


@router.post(
    "",
    summary="Candidates, or columns",
    response_class=Response,
    dependencies=[READER_BUT_FOR_A_MANIFEST],
    responses=answers(examples.RECONCILED, 400, 413, 429, schema=RECONCILED),
    openapi_extra=TAKES_RECONCILIATION,
)
def reconcile_by_form(ledger: LedgerDep, body: bodies.FormBody, few: BatchesDep) -> Response:
    """As by address, for batches of any length up to 1 MiB: at most 50 queries, or 100 entities."""
    return _answer(ledger, few, bodies.asked_in_form(ReconciliationForm, body))


def _answer(ledger: Ledger, few: Few, asked: ReconciliationForm) -> Response:
    if (asked.queries is None) == (asked.extend is None):
        raise UsageError("either queries or extend is wanted, one of them")
    with few.turn():
        if asked.queries is not None:
            return without_unknowns(ledger.reconcile(bodies.query_batch(asked.queries)))
        return without_unknowns(ledger.extend(bodies.extension_query(asked.extend or "")))


@router.get("/suggest/entity", summary="Complete a name", responses=answers(examples.SUGGESTED), **_PLAIN)
def suggest_entities(ledger: LedgerDep, asked: SuggestionQuery) -> SuggestedEntities:
    """Sources and claims that may be meant by what was typed so far."""
    return ledger.suggest_entities(asked.prefix, asked.type, asked.cursor, asked.limit)


@router.get("/suggest/type", summary="Complete a type", responses=answers(examples.SUGGESTED_TYPES), **_PLAIN)
def suggest_types(asked: SuggestionQuery) -> SuggestedTypes:
    """Source, Claim."""
    return reconciling.suggest_types(asked.prefix, asked.cursor, asked.limit)


@router.get("/suggest/property", summary="Complete a property", responses=answers(examples.SUGGESTED_PROPERTIES), **_PLAIN)
def suggest_properties(asked: SuggestionQuery) -> SuggestedProperties:
    """Those that a query can give come first; the others can only be fetched."""
    return reconciling.suggest_properties(asked.prefix, asked.cursor, asked.limit)


@router.get("/properties", summary="What can be fetched", responses=answers(examples.PROPOSED_PROPERTIES), **_PLAIN)
def propose_properties(asked: ProposalQuery) -> ProposedProperties:
    """Properties of entities of a type, for `extend`."""
    return reconciling.proposed_properties(asked.type, asked.limit)


@router.get("/flyout/entity", summary="A few words on an entity", responses=answers(examples.FLYOUT, 404, 451), **_PLAIN)
def flyout(ledger: LedgerDep, id: EntityId) -> Flyout:
    """Escaped HTML, for a window under the pointer."""
    return ledger.entity_flyout(id)


@router.get(
    "/preview",
    summary="A small page about an entity",
    response_class=Response,
    dependencies=[READER],
    responses=answers(examples.PREVIEW, 404, 451, media="text/html", schema={"type": "string"}),
)
def preview(ledger: LedgerDep, id: EntityId, address: PageAddressDep, request: Request) -> Response:
    """Whole in itself, escaped, without script; made for a frame in another tool."""
    return preview_page(ledger.entity_preview(id, address or request.scope.get("root_path", "")))


@unlisted.get("/view")
def view(ledger: LedgerDep, id: EntityId, request: Request) -> Response:
    """Sources and claims have addresses of their own; tables hold one template for both."""
    return see_other(request, ledger.entity_path(id))
