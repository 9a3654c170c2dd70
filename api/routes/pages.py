"""The public pages. Each is one template over what the ledger's methods answer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.answers import FOREVER
from api.deps import OF_RECORDS, READER, HistoriesDep, LedgerDep, PacksDep, PageAddressDep
from api.pages import claiming, listing, packing
from api.pages.card import made_of
from api.pages.growing import growth
from api.pages.kin import details, kin, name_of
from api.pages.naming import pack_in, sheet_in
from api.pages.negotiation import reads_html
from api.pages.questions import (
    AffectedPageQuery,
    ClaimPageQuery,
    CorrectionsPageQuery,
    DocumentPageQuery,
    PageQuery,
    SearchQuery,
    SourcesPageQuery,
)
from api.pages.rendering import page, reader_of, static_files
from api.pages.sharing import sharing
from api.params import AnyName, Id, SourceId
from ledger.operations import EVERY
from ledger.service import Ledger
from schemas.exports import EXPORT_FORMATS

router = APIRouter(include_in_schema=False)
_RECORDS = [OF_RECORDS, READER]
_FEW = 20
"""So many claims stand on a source's page; the search has them all."""
_FEW_RESTING = 3
"""So many claims that rest on something stand on its own page; the page of what rests on it has them all."""
_FEW_FOLLOWED = 300
"""So many statements are followed for that, the newest."""
_CARRYING = frozenset({"source", "claim", "document", "statement", "attribution", "assessment", "source_relation"})
"""Kinds of records on which something may rest."""
_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml", "js": "text/javascript; charset=utf-8"}


@router.get("/", dependencies=[READER], response_model=None)
def front(ledger: LedgerDep, request: Request) -> Response:
    """The home page for a browser; where to go from here for a program."""
    if not reads_html(request.headers.get("accept", "")):
        return JSONResponse(_links(ledger.well_known().origin), headers={"Vary": "Accept"})
    return page(request, "home.html", **listing.home(ledger, test_log=request.app.state.test_log))


def _links(origin: str) -> dict[str, Any]:
    pages = {
        "api": "/openapi.json",
        "keys": "/.well-known/onrecord",
        "claims": "/v1/claims",
        "sources": "/v1/sources",
        "reconcile": "/reconcile",
        "checkpoint": "/v1/log/checkpoint",
    }
    return {"onrecord": origin, "links": pages}


@router.get("/claims/{id}", dependencies=_RECORDS, response_model=None)
def claim(
    ledger: LedgerDep, histories: HistoriesDep, request: Request, address: PageAddressDep, id: Id, asked: ClaimPageQuery
) -> Response:
    t = reader_of(request).t
    sheet = sheet_in(t, ledger.claim_sheet(id, asked.question(), histories.if_free))
    if (newer := sheet.view.replaced_by) is not None:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/claims/{newer}", 308)
    shown = claiming.claim_page(sheet, ledger.policy(sheet.report.policy), asked.question(), t)
    card = made_of(sheet.view, sheet.report, sheet.chain, asked.question(), t)
    links = sharing(ledger, card, t, address, request.app.state.origin)
    return page(request, "claim.html", about=sheet.view.id, **shown, sharing=links, formats=EXPORT_FORMATS.values())


@router.get("/claims/{id}/pack", dependencies=_RECORDS, response_model=None)
def pack(
    ledger: LedgerDep, packs: PacksDep, request: Request, address: PageAddressDep, id: Id, asked: ClaimPageQuery
) -> Response:
    """The claim as a page to be printed."""
    with packs.turn():
        return _pack(ledger, request, address, id, asked)


def _pack(ledger: Ledger, request: Request, address: str, id: str, asked: ClaimPageQuery) -> Response:
    t = reader_of(request).t
    made = pack_in(t, ledger.pack(id, asked.question()))
    if (newer := made.claim.replaced_by) is not None:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/claims/{newer}/pack", 308)
    shown = packing.pack_page(made, asked.question(), ledger.well_known().log_keys, address, t)
    return page(request, "pack.html", about=made.claim.id, **shown)


@router.get("/static/running/{digits}.css")
def running(request: Request, digits: str, asked: PageQuery) -> Response:
    """What stands at the foot of each printed page of a pack. It holds what its address does, and asks no ledger."""
    style = packing.running(digits, request.app.state.origin, reader_of(request).t)
    if style is None:
        raise HTTPException(404)
    return Response(style, media_type=_TYPES["css"], headers={"Vary": "Accept-Language"})


@router.get("/search", dependencies=_RECORDS)
def search(ledger: LedgerDep, request: Request, asked: SearchQuery) -> HTMLResponse:
    wanted = asked.wanted()
    counted = ledger.facets(replace(wanted, headline=None, label=None, cursor=None, limit=EVERY.limit))
    found = ledger.claims(wanted)
    # A sentence or a link that nobody put into a claim's words: what may say the same.
    seen = ledger.seen(asked.query).claims if asked.query and not found.claims else []
    partly = listing.partly(ledger, asked.query) if asked.query and not found.claims and not seen else []
    sources = listing.sources_called(ledger, asked.query) if asked.query and not asked.cursor else []
    return page(
        request,
        "search.html",
        asked=asked,
        found=found,
        facets=counted,
        seen=seen,
        partly=partly,
        sources=sources,
        most_sources=listing.FEW,
        asked_for=asked.model_fields_set,
    )


@router.get("/sources", dependencies=_RECORDS)
def sources(ledger: LedgerDep, request: Request, asked: SourcesPageQuery) -> HTMLResponse:
    found = ledger.sources(asked.query, asked.cursor, asked.limit)
    return page(request, "sources.html", asked=asked, sources=listing.with_a_name(found.sources), next=found.next)


@router.get("/sources/{slug}", dependencies=_RECORDS)
def source(ledger: LedgerDep, request: Request, slug: SourceId, asked: PageQuery) -> HTMLResponse:
    found, t = ledger.source(slug), reader_of(request).t
    return page(
        request,
        "source.html",
        about=slug,
        source=found,
        kin=kin(found, t),
        names=partial(name_of, names=found.source_names, t=t),
        details=details,
        origin_of=ledger.claims_named(found.origin_of[:_FEW]),
        relay_of=ledger.claims_named(found.relay_of[:_FEW]),
        resting_on=ledger.affected(slug, None, _FEW_RESTING, _FEW_FOLLOWED),
    )


@router.get("/documents/{id}", dependencies=_RECORDS)
def document(ledger: LedgerDep, request: Request, id: Id, asked: DocumentPageQuery) -> HTMLResponse:
    found, t = ledger.document(id, asked.cursor, asked.limit), reader_of(request).t
    names = partial(name_of, names=found.source_names, t=t)
    claims = {one.id: one for one in ledger.claims_named([*dict.fromkeys(one.claim for one in found.statements)])}
    resting = None if asked.cursor else ledger.affected(found.id, None, _FEW_RESTING, _FEW_FOLLOWED)
    return page(
        request,
        "document.html",
        about=found.id,
        document=found,
        names=names,
        claims=claims,
        asked=asked,
        resting_on=resting,
    )


@router.get("/records/{id}", dependencies=_RECORDS)
def record(ledger: LedgerDep, request: Request, id: Id, asked: PageQuery) -> HTMLResponse:
    found = ledger.record(id)
    resting = ledger.affected(found.id, None, _FEW_RESTING, _FEW_FOLLOWED) if found.kind in _CARRYING else None
    return page(request, "record.html", about=found.id, record=found, receipt=ledger.receipt(id), resting_on=resting)


@router.get("/affected/{name}", dependencies=_RECORDS)
def affected(ledger: LedgerDep, request: Request, name: AnyName, asked: AffectedPageQuery) -> HTMLResponse:
    found = ledger.affected(name, asked.cursor, asked.limit)
    return page(request, "affected.html", about=found.target, found=found)


@router.get("/corrections", dependencies=_RECORDS)
def corrections(ledger: LedgerDep, request: Request, asked: CorrectionsPageQuery) -> HTMLResponse:
    return page(request, "corrections.html", found=ledger.corrections(asked.limit, asked.before))


@router.get("/log", dependencies=[READER])
def log(ledger: LedgerDep, request: Request, asked: PageQuery) -> HTMLResponse:
    return page(
        request,
        "log.html",
        checkpoint=ledger.checkpoint(),
        known=ledger.well_known(),
        health=ledger.health(),
        growth=growth(ledger.growth()),
    )


@router.get("/method", dependencies=[READER])
def method(ledger: LedgerDep, request: Request, asked: PageQuery) -> HTMLResponse:
    return page(request, "method.html", policy=ledger.policy(ledger.well_known().policies[0]))


@router.get("/about", dependencies=[READER])
def about(ledger: LedgerDep, request: Request, asked: PageQuery) -> HTMLResponse:
    return page(request, "about.html", known=ledger.well_known())


@router.get("/static/{name}")
def static(name: str, v: str = "") -> Response:
    """A file of the pages, for ever where its version is asked for."""
    if name not in static_files():
        raise HTTPException(404)
    content, version = static_files()[name]
    headers = {"Cache-Control": FOREVER} if v == version else {}
    return Response(content, headers=headers, media_type=_TYPES[name.rpartition(".")[2]])
