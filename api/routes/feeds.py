"""Feeds of what changed, as Atom and as JSON Feed: of the ledger, of a search, of a claim, of a source."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import examples
from api.answers import feed_file
from api.deps import OF_RECORDS, READER, HistoriesDep, LedgerDep, PublicUrl
from api.openapi import Responses, answers
from api.params import ClaimsQuery, FeedKind, Id, SourceId

router = APIRouter(tags=["feeds"], dependencies=[OF_RECORDS, READER])
_FEED: dict[str, Any] = {"response_class": Response}


def _answers(*statuses: int) -> Responses:
    return answers(
        examples.FEED, *statuses, media="application/feed+json", schema={"type": "object"}, others=["application/atom+xml"]
    )


@router.get("/feed.{kind}", summary="What changed", responses=_answers(), **_FEED)
def feed(ledger: LedgerDep, kind: FeedKind, asked: ClaimsQuery, base: PublicUrl, request: Request) -> Response:
    """Claims that came on record or whose headline changed, newest first. It takes what `/v1/claims` takes, but for `cursor`:
    so every search has its feed."""
    return feed_file(kind, ledger.feed(asked.wanted()), base, request)


@router.get("/v1/claims/{id}/feed.{kind}", summary="How a claim's score moved", responses=_answers(404, 429, 451), **_FEED)
def claim_feed(
    ledger: LedgerDep, histories: HistoriesDep, id: Id, kind: FeedKind, base: PublicUrl, request: Request
) -> Response:
    """Each point at which it moved on the ledger, and which records moved it."""
    with histories.turn():
        return feed_file(kind, ledger.claim_feed(id), base, request)


@router.get("/v1/sources/{slug}/feed.{kind}", summary="What a source said", responses=_answers(404, 451), **_FEED)
def source_feed(ledger: LedgerDep, slug: SourceId, kind: FeedKind, base: PublicUrl, request: Request) -> Response:
    """Its statements as they were put on record, each with who published it."""
    return feed_file(kind, ledger.source_feed(slug), base, request)
