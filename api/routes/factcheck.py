"""`claims:search` in the manner of Google's Fact Check Tools API: its clients work with this address instead of Google's."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from api import examples
from api.answers import without_unknowns
from api.bodies import FormBody, asked_in_form
from api.deps import OF_RECORDS, READER, AddressDep, LedgerDep
from api.openapi import answers
from api.params import FactChecksAsked, FactChecksQuery
from ledger.errors import NotFoundError
from schemas.factchecks import FactCheckPage

router = APIRouter(prefix="/v1alpha1", tags=["for clients of others"], dependencies=[OF_RECORDS, READER])
unlisted = APIRouter(prefix="/v1alpha1", include_in_schema=False, dependencies=[OF_RECORDS, READER])


@router.get(
    "/claims:search",
    summary="Find claims, as Google's Fact Check Tools API does",
    response_model=FactCheckPage,
    responses=answers(examples.FACT_CHECKS, 400, 421),
)
def fact_checks(ledger: LedgerDep, asked: FactChecksQuery, address: AddressDep) -> Response:
    """Every word matches a text of the claim, or a name of somebody who spoke on it. `claimReview` holds the verdicts of
    fact-checkers, never the ledger's own score; it is empty where nobody has judged the claim."""
    return without_unknowns(ledger.fact_checks(asked.wanted(), address), pretty=asked.prettyPrint)


@unlisted.post("/claims:search")
def long_fact_checks(ledger: LedgerDep, body: FormBody, address: AddressDep) -> Response:
    """Google's clients send a question so where it is too long for an address: 250 letters of Hangul are enough."""
    return fact_checks(ledger, asked_in_form(FactChecksAsked, body), address)


@unlisted.get("/claims:imageSearch")
def image_search() -> None:
    """Google's API has it, so its clients may ask; a ledger holds no images."""
    raise NotFoundError("this ledger cannot search by image", hint="claims:search finds claims by words")
