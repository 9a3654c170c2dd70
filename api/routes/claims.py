"""Claims: finding them, who says so, how far to believe it, and a file that proves it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import bodies, examples
from api.answers import export_file, moved, next_page
from api.deps import OF_RECORDS, OF_STATE, READER, HistoriesDep, LedgerDep
from api.openapi import TAKES_TEXT, answers
from api.params import Asking, AskingExport, AskingHistory, ClaimsQuery, Id
from ledger.operations import EVERY
from schemas.copies import Copies
from schemas.corroboration import ChainView, Report
from schemas.exports import EXPORT_FORMATS
from schemas.history import History
from schemas.lookups import ClaimFacets, ClaimList, ClaimView, Seen

router = APIRouter(prefix="/v1/claims", tags=["claims"], dependencies=[OF_RECORDS, READER])
_MOVED: dict[int | str, dict[str, Any]] = {
    308: {
        "description": "Replaced by another claim: `Location` names it",
        "headers": {"Location": {"schema": {"type": "string"}}},
    }
}


@router.get("", summary="Find claims", responses=answers(examples.CLAIMS))
def claims(ledger: LedgerDep, asked: ClaimsQuery, request: Request, response: Response) -> ClaimList:
    """Newest first. `Link: rel="next"` leads to the next page, where there is one."""
    found = ledger.claims(asked.wanted())
    next_page(request, response, found.next)
    return found


@router.post(":seen", summary="Have we seen this?", responses=answers(examples.SEEN, 413), openapi_extra=TAKES_TEXT)
def seen(ledger: LedgerDep, body: bodies.QuestionBody) -> Seen:
    """Claims that may say what a text says, in whatever language, each with everything the two have in common."""
    asked = bodies.seen(body)
    return ledger.seen(asked.text, asked.limit)


@router.get("/facets", summary="How many claims stand how", responses=answers(examples.FACETS))
def facets(ledger: LedgerDep, asked: ClaimsQuery) -> ClaimFacets:
    """Claims by headline and by label: all of them, or the first 1,000 that fit the query, then by type and language too."""
    return ledger.facets(replace(asked.wanted(), cursor=None, limit=EVERY.limit))


@router.get(
    "/{id}",
    summary="One claim",
    response_model=ClaimView,
    responses=answers(examples.CLAIM, 404, 451) | _MOVED,
    dependencies=[OF_STATE],
)
def claim(ledger: LedgerDep, id: Id, asked: Asking, request: Request) -> Any:
    """The claim, the statements about it, related claims, and its corroboration in brief."""
    view = ledger.claim(id, asked.question())
    return view if view.replaced_by is None else moved(request, view, f"/v1/claims/{view.replaced_by}")


@router.get("/{id}/chain", summary="Who had it from whom", responses=answers(examples.CHAIN, 404, 451), dependencies=[OF_STATE])
def chain(ledger: LedgerDep, id: Id, asked: Asking) -> ChainView:
    """Statements and hops back to the origins, with channels, bottlenecks and circular citations."""
    return ledger.chain(id, asked.question())


@router.get(
    "/{id}/corroboration",
    summary="How far to believe it, and why",
    responses=answers(examples.REPORT, 404, 451),
    dependencies=[OF_STATE],
)
def corroboration(ledger: LedgerDep, id: Id, asked: Asking) -> Report:
    """The whole score: `base` plus the sum of the contributions is `log_odds`."""
    return ledger.corroboration(id, asked.question())


@router.get("/{id}/copies", summary="What looks copied", responses=answers(examples.COPIES, 404, 451), dependencies=[OF_STATE])
def copies(ledger: LedgerDep, id: Id, asked: Asking) -> Copies:
    """Statements in nearly the same words with no hop on record, and what the score would be. None of it is applied."""
    return ledger.copies(id, asked.question())


@router.get(
    "/{id}/history", summary="How the score moved", responses=answers(examples.HISTORY, 404, 429, 451), dependencies=[OF_STATE]
)
def history(ledger: LedgerDep, histories: HistoriesDep, id: Id, asked: AskingHistory) -> History:
    """The points at which it moved, in the world up to `until` and on the ledger up to `as_of`, and which records moved it."""
    with histories.turn():
        return ledger.history(id, asked.question(), asked.by)


@router.get(
    "/{id}/export",
    summary="A file that a stranger can verify",
    response_class=Response,
    responses=answers(
        examples.BUNDLE,
        404,
        421,
        451,
        501,
        media=EXPORT_FORMATS["bundle"].media_type,
        schema={"type": "object"},
        others=(one.media_type for one in EXPORT_FORMATS.values()),
    ),
)
def export(ledger: LedgerDep, id: Id, asked: AskingExport) -> Response:
    """`format` says which. `bundle`, the default, holds the claim's records with their proofs and the report, signed by the
    ledger's issuer key; `score` is the report alone, signed by the same key and bound to the log's size and root."""
    return export_file(id, asked.format, ledger.export(id, asked.format, asked.question()))
