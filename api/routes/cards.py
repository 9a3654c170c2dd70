"""A claim as others show it: the card that they frame, its picture, and what their systems ask before they do (oEmbed)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.answers import A_MINUTE
from api.deps import OF_RECORDS, READER, AddressDep, LedgerDep
from api.drawing import preview
from api.pages import oembed
from api.pages.card import card_of
from api.pages.framing import CARDS, card_page
from api.pages.language import tongue
from api.pages.pictures import bar
from api.pages.questions import CardQuery, OembedQuery, PictureQuery
from api.pages.rendering import reader_of
from api.params import Id
from ledger.operations import NOW, Question

router = APIRouter(include_in_schema=False, dependencies=[OF_RECORDS, READER])


@router.get(CARDS + "claims/{id}", response_model=None)
def card(ledger: LedgerDep, request: Request, id: Id, asked: CardQuery) -> Response:
    """In somebody's article: without a script, and nothing but this one file."""
    reader = reader_of(request)
    shown = card_of(ledger, id, asked.question(), reader.t)
    if (newer := shown.view.replaced_by) is not None:
        return RedirectResponse(reader.moved(f"{CARDS}claims/{newer}"), 308)
    drawn = bar(shown.report.probability, shown.report.interval) if shown.numbers else None
    return card_page(request, "card/claim.html", card=shown, bar=drawn)


@router.get("/claims/{id}/card.png", response_model=None)
def picture(ledger: LedgerDep, request: Request, id: Id, asked: PictureQuery) -> Response:
    """For those who show a link to the claim. A PNG, because most of them take nothing else (decision 0029)."""
    reader = reader_of(request)
    found = card_of(ledger, id, NOW, reader.t)
    if (newer := found.view.replaced_by) is not None:
        return RedirectResponse(reader.moved(f"/claims/{newer}/card.png"), 308)
    shown = preview.plan(found, reader.t, request.app.state.origin)
    headers = {"Cache-Control": A_MINUTE, "Cross-Origin-Resource-Policy": "cross-origin", "Vary": "Accept-Language"}
    return Response(preview.picture(shown, asked.width), media_type="image/png", headers=headers)


@router.get("/oembed")
def describe(ledger: LedgerDep, request: Request, address: AddressDep, asked: OembedQuery) -> Response:
    """oEmbed 1.0: the card of a claim whose page is at `url`."""
    if asked.format not in ("json", "xml"):
        raise HTTPException(501, "no such format; there are json and xml")
    link = oembed.linked(asked.url, address)
    t = tongue(link.lang or "en")
    question = Question(until=link.until)
    shown = card_of(ledger, link.id, question, t)
    if (newer := shown.view.replaced_by) is not None:
        shown = card_of(ledger, newer, question, t)
    found = oembed.answer(shown, link, t, address, request.app.state.origin, (asked.maxwidth, asked.maxheight))
    if asked.format == "xml":
        return Response(oembed.print_xml(found), media_type="text/xml; charset=utf-8")
    return Response(oembed.print_json(found), media_type="application/json")
