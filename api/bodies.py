"""Bodies of requests: read up to a limit, then parsed strictly, so that what is wrong has a place (RFC 6901)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, StringConstraints, ValidationError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.problems import message_of, pointer_of
from ledger.core.canonical import MAX_ENTRY_BYTES, MAX_RECORD_BYTES, parse_json
from ledger.core.dsse import OpenedEnvelope, parse_envelope
from ledger.errors import FormatError, OnRecordError, TooLargeError, UnauthenticatedError
from schemas.envelope import RECORD_TYPE, Envelope, Submission
from schemas.erasure import ErasureOrder
from schemas.ids import Closed, Listed
from schemas.reconciliation import MAX_QUERIES, ExtensionQuery, ReconciliationQuery

MAX_BODY_BYTES = 32 << 20
MAX_BUNDLE_BODY_BYTES = 8 << 20
MAX_QUESTION_BYTES = 4 << 20
SECONDS_FOR_A_BODY = 60.0
MAX_FORM_BYTES = 1 << 20
MAX_FIELDS = 50
MAX_FIELD_NAME = 100
MAX_RECORDS = 10_000
MOST_BYTES_OF_BODIES = 128 << 20
"""Four of the largest. What is made of a body takes a multiple of it."""
SECONDS_FOR_ROOM = 2
_HELD = "onrecord.held"
_ENVELOPE = b'{"payload":"'
# A list, a submission, its envelope, the signatures, one of them; one more would be somebody else's shape.
_DEPTH = 6
Shape = TypeVar("Shape", bound=BaseModel)


class Subjects(Closed):
    """Subjects as docs/format.md spells them: `source:kcna`, `key:did:key:z6Mk...`."""

    subjects: Annotated[
        Listed[Annotated[str, StringConstraints(min_length=1, max_length=2_500)]], Field(min_length=1, max_length=1_000)
    ]


class SeenAsked(Closed):
    """A text that somebody came upon: a sentence, a paragraph or a link."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
    limit: Annotated[int, Field(ge=1, le=200)] = 10


class Room:
    """For bodies that are being read or worked on: so many bytes in all, or many large ones would take all the memory."""

    def __init__(self, most: int = MOST_BYTES_OF_BODIES) -> None:
        self._most = most
        self.bytes = 0

    def enter(self, scope: Scope, size: int) -> None:
        """429 if there is no room for so much more. A body that is alone has it."""
        held = scope.get(_HELD, 0)
        if self.bytes + size > self._most and self.bytes > held:
            headers = {"Retry-After": str(SECONDS_FOR_ROOM), "Connection": "close"}
            raise HTTPException(429, "others are sending a lot at this moment, try again soon, or send less at once", headers)
        scope[_HELD] = held + size
        self.bytes += size

    def leave(self, scope: Scope) -> None:
        """Its request is answered."""
        self.bytes -= scope.pop(_HELD, 0)


def body_up_to(limit: int) -> Callable[[Request], Awaitable[bytes]]:
    """A dependency that gives the whole body; past the limit, or past its time, it stops reading and refuses."""

    async def read(request: Request) -> bytes:
        if _declared(request) > limit:
            raise _too_large(limit)
        try:
            # Or many slow ones together would hold as much memory as they like, for as long as they like.
            async with asyncio.timeout(SECONDS_FOR_A_BODY):
                return await _whole(request, limit)
        except TimeoutError:
            raise HTTPException(408, "the body took too long", {"Connection": "close"}) from None

    return read


async def _whole(request: Request, limit: int) -> bytes:
    body = bytearray()
    room: Room | None = getattr(request.app.state, "room", None)  # a witness has none: its bodies are small
    async for chunk in request.stream():
        if room is not None:
            room.enter(request.scope, len(chunk))
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


read_records = body_up_to(MAX_BODY_BYTES)
Body = Annotated[bytes, Depends(read_records)]
BundleBody = Annotated[bytes, Depends(body_up_to(MAX_BUNDLE_BODY_BYTES))]
QuestionBody = Annotated[bytes, Depends(body_up_to(MAX_QUESTION_BYTES))]
FormBody = Annotated[bytes, Depends(body_up_to(MAX_FORM_BYTES))]
EntryBody = Annotated[bytes, Depends(body_up_to(MAX_ENTRY_BYTES))]


def sole_envelope(body: bytes) -> OpenedEnvelope | None:
    """The envelope that the body is, if it is nothing else and in the one spelling. Of any other body nothing is said."""
    if not body.startswith(_ENVELOPE):
        return None
    try:
        return parse_envelope(body, payload_type=RECORD_TYPE)
    except OnRecordError:
        return None


def submissions(body: bytes) -> list[Submission]:
    """An envelope, a submission, or a list of either."""
    value = parse_json(body, max_bytes=MAX_BODY_BYTES, max_depth=_DEPTH)
    if not isinstance(value, list):
        return [_submission(value, "")]
    if not value:
        raise FormatError("an empty list: nothing to do", pointer="")
    if len(value) > MAX_RECORDS:
        raise TooLargeError(f"{len(value)} records, at most {MAX_RECORDS} at once", hint="send them in batches")
    return [_submission(item, f"/{place}") for place, item in enumerate(value)]


def keys_of(submissions: Sequence[Submission]) -> list[str]:
    """Whose signatures they carry, right or not; a key as often as it signs."""
    return [signature.keyid for one in submissions for signature in one.envelope.signatures]


def subjects(body: bytes) -> list[str]:
    return _parsed(Subjects, parse_json(body, max_bytes=MAX_QUESTION_BYTES, max_depth=2), "").subjects


def seen(body: bytes) -> SeenAsked:
    return _parsed(SeenAsked, parse_json(body, max_bytes=MAX_QUESTION_BYTES, max_depth=1), "")


def form(body: bytes) -> dict[str, str]:
    """What an HTML form sends (`application/x-www-form-urlencoded`), each name once."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise FormatError(f"no form of at most {MAX_FIELDS} fields in UTF-8", hint="send name=value, percent-encoded") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise FormatError("a field that comes twice", hint="send each field once")
    if any(len(name) > MAX_FIELD_NAME for name in fields):
        raise FormatError("no form: the name of a field is too long", hint="send name=value, percent-encoded")
    return fields


def query_batch(text: str) -> dict[str, ReconciliationQuery]:
    """Reconciliation queries by their names, as the field `queries` holds them."""
    value = parse_json(text.encode("utf-8", "surrogatepass"), max_bytes=MAX_FORM_BYTES, max_depth=_DEPTH)
    if not isinstance(value, dict):
        raise FormatError("queries is no object of queries by name", pointer="", hint='as in {"q0": {"query": "Yonhap"}}')
    if len(value) > MAX_QUERIES:
        raise TooLargeError(f"{len(value)} queries, at most {MAX_QUERIES} at once", hint="the manifest's batchSize says so")
    return {name: _parsed(ReconciliationQuery, query, pointer_of([name])) for name, query in value.items()}


def extension_query(text: str) -> ExtensionQuery:
    """Which columns are wanted of which entities, as the field `extend` says it."""
    return _parsed(
        ExtensionQuery, parse_json(text.encode("utf-8", "surrogatepass"), max_bytes=MAX_FORM_BYTES, max_depth=_DEPTH), ""
    )


def asked_in_form(shape: type[Shape], body: bytes) -> Shape:
    """A question that came as a form, because it was too long for an address."""
    try:
        return shape.model_validate(form(body))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None


def erasure(body: bytes) -> ErasureOrder:
    return _parsed(ErasureOrder, parse_json(body, max_bytes=MAX_ENTRY_BYTES, max_depth=4), "")


def _submission(value: Any, at: str) -> Submission:
    if isinstance(value, dict) and "envelope" in value:
        return _parsed(Submission, value, at)
    return Submission(envelope=_parsed(Envelope, value, at))


def _parsed(shape: type[Shape], value: Any, at: str) -> Shape:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        # "[key]" is pydantic's mark for the name of a member, no member itself.
        place = [part for part in first["loc"] if part != "[key]"]
        pointer = at + pointer_of(place)
        if place[-1:] == ["signatures"] and first["type"] in ("missing", "too_short"):
            raise UnauthenticatedError(f"{pointer}: the envelope is not signed", hint="sign it with an enrolled key") from None
        if place[-1:] == ["payload"] and first["type"] == "string_too_long":
            limit = f"a record of more than {MAX_RECORD_BYTES} bytes"
            raise TooLargeError(limit, pointer=pointer) from None
        raise FormatError(message_of(first), pointer=pointer) from None


def _declared(request: Request) -> int:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"a body of more than {limit} bytes", hint="send less at once")
