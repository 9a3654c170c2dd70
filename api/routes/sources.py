"""Sources, documents and the policies that weigh them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import examples
from api.answers import next_page
from api.deps import OF_RECORDS, READER, LedgerDep
from api.openapi import answers
from api.params import AskingDate, AskingEstimate, DocumentQuery, Id, SourceId, SourcesQuery, Version
from schemas.estimate import CredibilityEstimate
from schemas.lookups import DocumentView, PolicyView, SourceList, SourceView

router = APIRouter(prefix="/v1", tags=["sources"], dependencies=[OF_RECORDS, READER])


@router.get("/sources", summary="Find sources", responses=answers(examples.SOURCES))
def sources(ledger: LedgerDep, asked: SourcesQuery, request: Request, response: Response) -> SourceList:
    """`Link: rel="next"` leads to the next page, where there is one."""
    found = ledger.sources(asked.query, asked.cursor, asked.limit)
    next_page(request, response, found.next)
    return found


@router.get("/sources/{slug}", summary="One source", responses=answers(examples.SOURCE, 404, 451))
def source(ledger: LedgerDep, slug: SourceId, asked: AskingDate) -> SourceView:
    """Its names, relations, ratings, and its track record: counts, never one number."""
    return ledger.source(slug, asked.question())


@router.get("/credibility", summary="What the record suggests of its sources", responses=answers(examples.ESTIMATE, 404))
def estimate(ledger: LedgerDep, asked: AskingEstimate) -> CredibilityEstimate:
    """Accuracy where sources contest each other, families that share mistakes, and letters that a person may accept."""
    return ledger.estimate(asked.question(), asked.source)


@router.get("/documents/{id}", summary="One document", responses=answers(examples.DOCUMENT, 404, 451))
def document(ledger: LedgerDep, id: Id, asked: DocumentQuery, request: Request, response: Response) -> DocumentView:
    """The work, its hash, and the newest statements in it. `Link: rel="next"` leads to the older ones, where there are any."""
    found = ledger.document(id, asked.cursor, asked.limit)
    next_page(request, response, found.next)
    return found


@router.get("/policy/{version}", summary="How scores are made", responses=answers(examples.POLICY, 404))
def policy(ledger: LedgerDep, version: Version) -> PolicyView:
    """Every rule of the score, with its parameters and its explanation."""
    return ledger.policy(version)
