"""What this server is, and whether it is well."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from api import examples
from api.answers import FOREVER
from api.deps import READER, LedgerDep
from api.openapi import answers
from ledger.core.credential import context_bytes
from schemas.health import Health
from schemas.lookups import WellKnown

LD_JSON = "application/ld+json"
router = APIRouter(tags=["about"])


@router.get(
    "/.well-known/onrecord",
    summary="What a client needs to start trusting",
    responses=answers(examples.WELL_KNOWN),
    dependencies=[READER],
)
def well_known(ledger: LedgerDep) -> WellKnown:
    """Origin and keys of the log. Compare them with a copy from somewhere else."""
    return ledger.well_known()


@router.get(
    "/ns/v1",
    summary="What the words of our JSON-LD mean",
    response_class=Response,
    responses=answers(examples.CONTEXT, media=LD_JSON, schema={"type": "object"}),
)
def context() -> Response:
    """The JSON-LD context of the exports. It never changes; its SHA-256 is in every credential. Open even where reading needs
    a token: it says nothing about any claim."""
    return Response(context_bytes(), media_type=LD_JSON, headers={"Cache-Control": FOREVER})


@router.get("/healthz", summary="Whether the server is well", responses=answers(examples.HEALTH))
def health(ledger: LedgerDep) -> Health:
    """The store answers, and this is its newest checkpoint. Open even where reading needs a token."""
    return ledger.health()
