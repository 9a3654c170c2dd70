"""Errors as problem documents (RFC 9457): which status and name each has, and what of it may be shown."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.observing import seen_of
from api.pages.errors import error_page
from api.pages.negotiation import for_person
from ledger import errors, logs
from ledger.errors import OnRecordError
from schemas.problems import Problem

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:onrecord:problem:"
MAX_FAULTS = 50
GOOGLE = "/v1alpha1/"
"""Under this path answer what Google's clients ask; they read `error.message`, so a problem says it there too."""
_GOOGLE_STATUS: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    422: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}
_FRAMES = 12
_INSIDE = "the server could not do this; its log says why"


@dataclass(frozen=True)
class Row:
    """How one class of errors travels. `instead` is told where the message is about the inside of this server."""

    status: int
    name: str
    title: str
    instead: str | None = None


TABLE: Mapping[type[OnRecordError], Row] = {
    errors.OnRecordError: Row(500, "internal", "Something went wrong", _INSIDE),
    errors.UsageError: Row(400, "usage", "The request does not fit together"),
    errors.FormatError: Row(422, "format", "Not what it should be"),
    errors.RuleError: Row(422, "rule", "A rule of the ledger refuses it"),
    errors.AmbiguousError: Row(422, "ambiguous", "The name fits several things"),
    errors.TooLargeError: Row(413, "too-large", "Past a stated limit"),
    errors.NotFoundError: Row(404, "not-found", "Nothing of that name on record"),
    errors.WithheldError: Row(451, "withheld", "On record, but withheld"),
    errors.UnauthenticatedError: Row(401, "unauthenticated", "No signature or token that holds"),
    errors.ForbiddenError: Row(403, "forbidden", "This key may not do that"),
    errors.KeyMissingError: Row(
        501, "key-missing", "This server holds no key for that", "this server was started without the key that this needs"
    ),
    errors.ConflictError: Row(409, "conflict", "Something newer is in force"),
    errors.VerificationError: Row(422, "verification", "A check failed"),
    errors.UnverifiableError: Row(422, "unverifiable", "A check could not be made"),
    errors.StoreError: Row(500, "store", "The store cannot answer", _INSIDE),
    errors.BusyError: Row(503, "busy", "Try again in a moment", "the ledger is busy, or has no room"),
    errors.CrowdedError: Row(429, "crowded", "Too many are waiting already", "more waits to be added than there is room for"),
    errors.TooManyError: Row(429, "too-many", "Too many requests"),
    # RFC 9110 §15.5.20: this server will not do it, another one does. decision 0032: neither 405 nor 503.
    errors.ReadOnlyError: Row(421, "read-only", "A replica does not do that"),
    errors.CorruptError: Row(500, "corrupt", "What is stored contradicts itself", _INSIDE),
}

# Statuses that routing itself gives.
NAMES: Mapping[int, str] = {
    404: "no-such-path",
    405: "method-not-allowed",
    408: "too-slow",
    413: "too-large",
    421: "misdirected",
    429: "busy",
    503: "busy",
}


def row_of(error: OnRecordError) -> Row:
    """The row of the error's class, or of the nearest class above it."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)


def problem_of(error: OnRecordError) -> Problem:
    row = row_of(error)
    if row.instead is not None:
        return Problem(type=PREFIX + row.name, title=row.title, status=row.status, detail=row.instead)
    return Problem(
        type=PREFIX + row.name,
        title=row.title,
        status=row.status,
        detail=error.message,
        hint=error.hint,
        pointer=getattr(error, "pointer", None),
        step=getattr(error, "step", None),
        suggestions=getattr(error, "suggestions", None) or None,
        matches=getattr(error, "matches", None) or None,
        withheld=getattr(error, "withheld", None),
        primary=getattr(error, "primary", None),
    )


def response_of(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem is never kept by a cache: a tile that is not there yet will be."""
    return Response(
        problem.model_dump_json(exclude_none=True),
        status_code=problem.status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def as_read_by_its_clients(problem: Problem, path: str) -> Problem:
    """The problem, with what the clients of this part of the API look for (RFC 9457 §3.2 allows members of one's own)."""
    if not path.startswith(GOOGLE):
        return problem
    message = problem.detail if problem.hint is None else f"{problem.detail} ({problem.hint})"
    status = _GOOGLE_STATUS.get(problem.status, "INTERNAL" if problem.status >= 500 else "FAILED_PRECONDITION")
    return problem.model_copy(update={"error": {"code": problem.status, "message": message, "status": status}})


def answer(request: Request | None, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as whoever asks can read it: a page for a browser, a problem document for anybody else."""
    if request is None or "app" not in request.scope:
        return response_of(problem, headers)
    seen_of(request.scope).problem = problem.type.removeprefix(PREFIX)
    if for_person(request):
        return error_page(request, problem, headers or {})
    return response_of(as_read_by_its_clients(problem, request.scope["path"]), headers)


def error_response(error: OnRecordError, request: Request | None = None) -> Response:
    problem = problem_of(error)
    if problem.status >= 500:
        # Our own messages name ids, never a claim's text.
        logs.trouble("request failed", error=type(error).__name__, detail=error.message)
    return answer(request, problem, _headers_of(error, problem.status))


def unexpected_response(request: Request, error: Exception) -> Response:
    """For an error that nobody foresaw. The log gets its class and its place: its message may hold what was submitted."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in frames]
    logs.trouble("unexpected error", error=type(error).__name__, at=places)
    return answer(request, problem_of(OnRecordError("unexpected")))


def install(app: FastAPI) -> None:
    """Every error that leaves a route becomes a problem document."""
    app.add_exception_handler(OnRecordError, _on_ours)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)


async def _on_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, OnRecordError)
    return error_response(error, request)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problem = validation_problem([_with_known(request, one) for one in error.errors()])
    return answer(request, problem)


def _with_known(request: Request, found: Mapping[str, Any]) -> Mapping[str, Any]:
    """A parameter that is none is answered with those that are."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    if found["type"] != "extra_forbidden" or dependant is None:
        return found
    shapes = [parameter.field_info.annotation for parameter in dependant.query_params]
    known = [name for shape in shapes for name in getattr(shape, "model_fields", ())]
    return {**found, "msg": f"no such parameter here; wanted {', '.join(known)}"} if known else found


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    name = NAMES.get(error.status_code, "http")
    title = HTTPStatus(error.status_code).phrase
    problem = Problem(type=PREFIX + name, title=title, status=error.status_code, detail=error.detail or title)
    return answer(request, problem, _with_head(error.headers or {}))


def validation_problem(found: Sequence[Any]) -> Problem:
    """What is wrong with the path and the query, all of it at once."""
    faults = [_fault(one) for one in found[:MAX_FAULTS]]
    first = faults[0]
    return Problem(
        type=PREFIX + "format",
        title=TABLE[errors.FormatError].title,
        status=422,
        detail=f"{first['in']} parameter {first['name']!r}: {first['detail']}",
        errors=faults,
    )


def pointer_of(location: Sequence[str | int]) -> str:
    """RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def message_of(found: Mapping[str, Any]) -> str:
    """What pydantic found, in our manner: lower case, no prefix."""
    message = str(found["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _fault(found: Mapping[str, Any]) -> dict[str, Any]:
    place, *name = found["loc"]
    return {"in": str(place), "name": ".".join(str(part) for part in name), "detail": message_of(found)}


def _headers_of(error: OnRecordError, status: int) -> dict[str, str]:
    if isinstance(error, errors.BusyError):
        return {"Retry-After": str(error.retry_after)}
    if status == 401:
        # RFC 9110 §11.6.1 asks for a challenge: what is missing is a DSSE signature, or the token for reading.
        return {"WWW-Authenticate": 'DSSE realm="write", Bearer realm="read"'}
    # The rest of a body that is too large is not read: the connection cannot be used again.
    return {"Connection": "close"} if status == 413 else {}


def _with_head(headers: Mapping[str, str]) -> dict[str, str]:
    """Whoever may GET may HEAD."""
    allowed = headers.get("Allow", "")
    return {**headers, "Allow": "GET, HEAD"} if allowed == "GET" else dict(headers)
