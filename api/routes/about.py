"""What this server is, and whether it is well."""

from __future__ import annotations

from fastapi import APIRouter

from api import examples
from api.deps import READER, LedgerDep
from api.openapi import answers
from schemas.lookups import Health, WellKnown

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


@router.get("/healthz", summary="Whether the server is well", responses=answers(examples.HEALTH))
def health(ledger: LedgerDep) -> Health:
    """The store answers, and this is its newest checkpoint. Open even where reading needs a token."""
    return ledger.health()
