"""Checking a bundle, a score or a credential for somebody who has no tool at hand."""

from __future__ import annotations

from fastapi import APIRouter

from api import examples
from api.answers import unless_malformed
from api.bodies import BundleBody
from api.deps import OF_RECORDS, READER, LedgerDep, VerificationsDep
from api.openapi import TAKES_ISSUED, answers
from schemas.bundle import Verification

router = APIRouter(prefix="/v1", tags=["verification"], dependencies=[OF_RECORDS, READER])


@router.post(
    "/verify",
    summary="Check a bundle, a score or a credential",
    responses=answers(examples.VERIFICATION, 413, 429),
    openapi_extra=TAKES_ISSUED,
)
def verify(ledger: LedgerDep, verifications: VerificationsDep, body: BundleBody) -> Verification:
    """Every step of the check against this ledger's own keys. The score is computed again from the records of this ledger's own
    log, at the state that it is as of. Check it offline if you do not trust this server."""
    with verifications.turn():
        return unless_malformed(ledger.verify(body))
