"""The log itself, at the addresses that C2SP tlog-tiles gives it, and what is asked about it in JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import PlainTextResponse, Response

from api import examples
from api.answers import tile_file
from api.bodies import EntryBody, sole_envelope
from api.deps import OF_STATE, READER, WRITER, LedgerDep
from api.limits import Limits
from api.openapi import TAKES_ENTRY, answers, later, writes
from api.params import TreeSize, tile_path
from api.waiting import LATER, added, shown
from schemas.log import CheckpointView, ConsistencyProof

router = APIRouter(tags=["log"])
_TEXT = {"type": "string"}
_BYTES = {"type": "string", "format": "binary"}


@router.get(
    "/checkpoint",
    summary="The newest checkpoint, as a signed note",
    response_class=PlainTextResponse,
    responses=answers(examples.NOTE, media="text/plain", schema=_TEXT),
    dependencies=[READER],
)
def checkpoint_note(ledger: LedgerDep) -> PlainTextResponse:
    """C2SP tlog-checkpoint."""
    return PlainTextResponse(ledger.checkpoint().note, headers={"Cache-Control": "no-cache"})


@router.get(
    "/tile/{path:path}",
    summary="A tile of hashes, or a bundle of entries",
    response_class=Response,
    responses=answers("32 bytes for each hash", 404, 451, media="application/octet-stream", schema=_BYTES),
    dependencies=[READER, OF_STATE],
)
def tile(
    request: Request,
    ledger: LedgerDep,
    path: Annotated[str, Depends(tile_path)],
    accept_encoding: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """C2SP tlog-tiles. Full ones never change."""
    return tile_file(path, ledger.tile(path), accept_encoding, closed=request.app.state.read_token is not None)


@router.post(
    "/add",
    summary="Add one entry as bytes",
    response_class=PlainTextResponse,
    responses=writes("41", 403, 404, 409, 413, 429, media="text/plain", schema=_TEXT) | later("41", "text/plain", _TEXT),
    openapi_extra=TAKES_ENTRY,
    dependencies=[WRITER],
)
async def add_entry(request: Request, ledger: LedgerDep, body: EntryBody) -> PlainTextResponse:
    """An envelope's own bytes; answers its index in decimal. A test log takes any bytes."""
    limits: Limits = request.app.state.limits
    envelope = None if request.app.state.test_log else sole_envelope(body)
    signed = envelope.keyids if envelope is not None else ()
    limits.admit_keys(request.scope, signed)
    one = await added(ledger, lambda: ledger.hand_in_entry(body) if envelope is None else ledger.hand_in_envelope(envelope))
    limits.count_keys(request.scope, one.signed)
    later = await shown(ledger, one) is None
    return PlainTextResponse(str(one.index), 202 if later else 200, LATER if later else None)


@router.get(
    "/v1/log/checkpoint",
    summary="The newest checkpoint, as JSON",
    responses=answers(examples.CHECKPOINT),
    dependencies=[READER],
)
def checkpoint(ledger: LedgerDep) -> CheckpointView:
    """`note` is what is signed; the other members repeat it."""
    return ledger.checkpoint()


@router.get(
    "/v1/log/consistency",
    summary="Proof that the log only grew",
    responses=answers(examples.CONSISTENCY, 404),
    dependencies=[READER, OF_STATE],
)
def consistency(ledger: LedgerDep, old: TreeSize, new: TreeSize | None = None) -> ConsistencyProof:
    """The tree of size `old` is the beginning of that of size `new`, else of the newest."""
    return ledger.consistency(old, new)
