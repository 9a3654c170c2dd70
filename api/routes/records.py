"""Adding records and looking at them one by one."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import TypeAdapter
from starlette.requests import ClientDisconnect

from api import bodies, examples
from api.deps import OF_RECORDS, OF_STATE, READER, WRITER, LedgerDep, of_records, opened, writable
from api.direct import Direct
from api.limits import Limits
from api.openapi import TAKES_ERASURE, TAKES_RECORDS, TAKES_SUBJECTS, answers, later, writes
from api.params import AffectedQuery, AnyName, AskingReceipt, CorrectionsQuery, Id, Key, SignedQuery
from api.waiting import LATER, added, shown
from api.wire import is_gone
from ledger.service.adding import Added
from schemas.affected import Affected
from schemas.doubt import SignedList
from schemas.erasure import Erased
from schemas.log import Receipt
from schemas.lookups import CheckResult, CorrectionList, InForce, RecordView

router = APIRouter(prefix="/v1", tags=["records"], dependencies=[OF_RECORDS])
_RECEIPTS = TypeAdapter(list[Receipt])
# So much is read and checked sooner than another thread is woken for it.
_SMALL = 4_096
# So much takes tenths of a second: some hundred records.
_LONG = 1 << 18


async def add(request: Request) -> Response:
    """All of them are in the log, durably, when this answers, or none is. A list may refer to earlier records in itself."""
    await of_records(request)
    ledger = await opened(request)
    await writable(ledger)
    body = await bodies.read_records(request)

    limits: Limits = request.app.state.limits
    signed: list[str] = []
    turns = request.app.state.lists if len(body) > _LONG else None
    if turns is not None:
        await (
            request.is_disconnected()
        )  # after a long body nothing is read, not even that the caller leaves, before this is asked

    def hand_in() -> Future[Added]:
        if turns is not None and is_gone(request.scope):
            raise ClientDisconnect  # while it stood in line
        envelope = bodies.sole_envelope(body)
        if envelope is not None:
            signed.extend(envelope.keyids)
            limits.admit_keys(request.scope, signed)
            return ledger.hand_in_envelope(envelope)
        submissions = bodies.submissions(body)
        signed.extend(bodies.keys_of(submissions))
        limits.admit_keys(request.scope, set(signed))
        return ledger.hand_in(submissions)

    one = await added(ledger, hand_in, at_once=len(body) <= _SMALL, turns=turns)
    limits.count_keys(request.scope, one.signed)
    receipts = await shown(ledger, one)
    if receipts is None:
        return JSONResponse({"index": one.index}, 202, LATER)
    return Response(_RECEIPTS.dump_json(receipts), media_type="application/json")


router.add_api_route(
    "/records",
    add,
    methods=["POST"],
    summary="Add signed records",
    response_model=list[Receipt],
    responses=writes([examples.RECEIPT], 403, 404, 409, 413, 429) | later({"index": 41}, schema={"type": "object"}),
    openapi_extra=TAKES_RECORDS,
    route_class_override=Direct,
)


@router.post(
    "/records:check",
    summary="Check records without adding them",
    responses=answers(examples.CHECK, 403, 404, 409, 413),
    openapi_extra=TAKES_RECORDS,
    dependencies=[READER],
)
def check(ledger: LedgerDep, body: bodies.Body) -> CheckResult:
    """The same checks as adding, and how scores would move. Nothing is stored."""
    return ledger.check(bodies.submissions(body))


@router.post(
    "/records:in_force",
    summary="The records in force for some subjects",
    responses=answers(examples.IN_FORCE, 413),
    openapi_extra=TAKES_SUBJECTS,
    dependencies=[READER],
)
def in_force(ledger: LedgerDep, body: bodies.QuestionBody) -> InForce:
    """For each subject the record that a new one would have to replace, or null."""
    return ledger.in_force(bodies.subjects(body))


@router.post(
    "/openings:erase",
    summary="Erase openings for good",
    responses=writes(examples.ERASED, 403, 404, 413),
    openapi_extra=TAKES_ERASURE,
    dependencies=[WRITER],
)
def erase(ledger: LedgerDep, body: bodies.EntryBody) -> Erased:
    """By the signed order of an admin, or of whoever sealed the values first. Nothing is logged; every proof still holds."""
    return ledger.erase_openings(bodies.erasure(body))


@router.get(
    "/records/{id}",
    summary="One record",
    responses=answers(examples.RECORD, 404, 451),
    dependencies=[READER, OF_STATE],
)
def record(ledger: LedgerDep, id: Id) -> RecordView:
    """What it says, who signed it, and whether it is still in force."""
    return ledger.record(id)


@router.get(
    "/records/{id}/receipt",
    summary="Proof that a record is in the log",
    response_model=Receipt,
    responses=answers(examples.RECEIPT, 404)
    | {
        200: {
            "description": "Answered",
            "content": {
                "application/json": {"example": examples.RECEIPT},
                "text/plain": {"schema": {"type": "string"}, "example": examples.TLOG_PROOF},
            },
        }
    },
    dependencies=[READER, OF_STATE],
)
def receipt(ledger: LedgerDep, id: Id, asked: AskingReceipt) -> Any:
    """The index, and the path from the entry to a signed checkpoint; as JSON or as a C2SP tlog-proof file."""
    if asked.format == "tlog-proof":
        return PlainTextResponse(ledger.tlog_proof(id))
    return ledger.receipt(id)


@router.get(
    "/records/{id}/affected",
    summary="What rests on a record",
    responses=answers(examples.AFFECTED, 404, 451),
    dependencies=[READER, OF_STATE],
)
def affected_by_record(ledger: LedgerDep, id: Id, asked: AffectedQuery) -> Affected:
    """Statements that rest on it, who still carries them, and how each claim stands with it and without it."""
    return ledger.affected(id, asked.cursor, asked.limit)


@router.get(
    "/corrections",
    summary="What was corrected, and what is withheld",
    responses=answers(examples.CORRECTIONS),
    dependencies=[READER],
)
def corrections(ledger: LedgerDep, asked: CorrectionsQuery) -> CorrectionList:
    """Newest first; `next` as `before` leads on."""
    return ledger.corrections(asked.limit, asked.before)


@router.get(
    "/keys/{key}/signed",
    summary="What a key signed",
    responses=answers(examples.SIGNED, 404),
    dependencies=[READER],
)
def signed(ledger: LedgerDep, key: Key, asked: SignedQuery) -> SignedList:
    """In the order of the log; `next` as `start` leads on. Which of it is in doubt, if the key is compromised."""
    return ledger.signed(key, asked.start, asked.limit, asked.since)


@router.get(
    "/affected/{name}",
    summary="What rests on a record or a source",
    responses=answers(examples.AFFECTED, 404, 451),
    dependencies=[READER, OF_STATE],
)
def affected(ledger: LedgerDep, name: AnyName, asked: AffectedQuery) -> Affected:
    """Statements that rest on it, who still carries them, and how each claim stands with it and without it."""
    return ledger.affected(name, asked.cursor, asked.limit)
