"""Problems that a server answers (RFC 9457), as the errors that they were there."""

from __future__ import annotations

from pydantic import ValidationError

from ledger.errors import (
    AmbiguousError,
    BusyError,
    ConflictError,
    CorruptError,
    CrowdedError,
    ForbiddenError,
    FormatError,
    KeyMissingError,
    NotFoundError,
    OnRecordError,
    ReadOnlyError,
    RuleError,
    StoreError,
    TooLargeError,
    TooManyError,
    UnauthenticatedError,
    UnverifiableError,
    UsageError,
    VerificationError,
    WithheldError,
)
from schemas.problems import Problem

_PLAIN_ERRORS: tuple[type[OnRecordError], ...] = (
    UnauthenticatedError,
    ForbiddenError,
    KeyMissingError,
    WithheldError,
    ConflictError,
    CorruptError,
    StoreError,
    UsageError,
)
_POINTED_ERRORS: tuple[type[FormatError], ...] = (FormatError, RuleError, TooLargeError)
_BUSY_ERRORS: dict[str, type[BusyError]] = {"busy": BusyError, "crowded": CrowdedError, "toomany": TooManyError}
_OF_STATUS = {
    401: "unauthenticated",
    403: "forbidden",
    404: "notfound",
    409: "conflict",
    413: "toolarge",
    422: "format",
    429: "busy",
    451: "withheld",
    503: "busy",
}


def error_of(status: int, retry_after: str | None, content: bytes) -> OnRecordError:
    """The error that the server raised, as if it had been raised here."""
    try:
        problem = Problem.model_validate_json(content)
    except ValidationError:
        problem = Problem(type="", title="", status=status, detail=f"the server answered {status} and does not say why")
    name = problem.type.rpartition(":")[2].replace("-", "").replace("_", "").removesuffix("error")
    message, hint = _message(problem), problem.hint
    name = name if name in _NAMES else _OF_STATUS.get(status, "store")
    if name in _BUSY_ERRORS:
        return _BUSY_ERRORS[name](message, retry_after=_seconds(retry_after), hint=hint)
    if name == "notfound":
        return NotFoundError(message, suggestions=problem.suggestions or (), pointer=problem.pointer, hint=hint)
    if name == "ambiguous":
        return AmbiguousError(message, matches=problem.matches or (), hint=hint)
    if name == "verification":
        return VerificationError(message, step=problem.step or "unknown", hint=hint)
    if name == "unverifiable":
        return UnverifiableError(message, step=problem.step or "unknown", hint=hint)
    if name == "readonly":
        return ReadOnlyError(message, primary=problem.primary, hint=hint)
    for pointed in _POINTED_ERRORS:
        if name == _short(pointed):
            return pointed(message, pointer=problem.pointer, hint=hint)
    plain = next(one for one in _PLAIN_ERRORS if _short(one) == name)
    return plain(message, hint=hint)


def _short(error: type[OnRecordError]) -> str:
    return error.__name__.removesuffix("Error").lower()


_NAMES = {_short(one) for one in (*_PLAIN_ERRORS, *_POINTED_ERRORS)} | {
    *_BUSY_ERRORS,
    "notfound",
    "readonly",
    "ambiguous",
    "verification",
    "unverifiable",
}


def _message(problem: Problem) -> str:
    """What went wrong, with each fault of a validation that lists several."""
    faults = [
        f"{fault.get('pointer') or fault.get('loc') or ''} {fault.get('detail') or fault.get('msg') or ''}".strip()
        for fault in problem.errors or ()
    ]
    return problem.detail + "".join(f"\n  {fault}" for fault in faults if fault)


def _seconds(retry_after: str | None) -> int:
    return int(retry_after) if retry_after and retry_after.isascii() and retry_after.isdecimal() else 1
