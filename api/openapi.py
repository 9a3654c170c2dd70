"""The OpenAPI document: what every operation answers, its problems included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from api import examples
from api.bodies import SeenAsked, Subjects
from api.links import with_links
from api.problems import MEDIA_TYPE, NAMES, PREFIX, TABLE, Row
from ledger.errors import ReadOnlyError
from schemas.envelope import Envelope, Submission
from schemas.erasure import ErasureOrder
from schemas.problems import Problem
from schemas.reconciliation import ExtensionAnswer, Manifest, ReconciliationResult

DESCRIPTION = """\
OnRecord is a source-credibility and provenance ledger. It answers who says so and who told them, how many independent origins
there really are, how far to believe it and why, and what was on record when, with proof.

Writing is authorised by the signature in the envelope: there are no accounts. Reading is open unless the operator set a token.
Every error is `application/problem+json` (RFC 9457); `type` tells them apart.
"""
Responses = dict[int | str, dict[str, Any]]
Part = dict[str, Any]

_HEADERS: Mapping[int, Part] = {
    status: {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}} for status in (429, 503)
}

_JSON: Part = {"type": "object"}
_BYTES: Part = {"type": "string", "format": "binary"}


def answers(
    example: Any, *statuses: int, media: str = "application/json", schema: Part | None = None, others: Iterable[str] = ()
) -> Responses:
    """The 200 with its example, the problems that this operation knows, and those that any may have. `others`: the media types
    that a 200 may have too."""
    content: Part = {"example": example} | ({"schema": schema} if schema is not None else {})
    files = {one: {"schema": _JSON if one.endswith("json") else _BYTES} for one in others if one != media}
    good: Responses = {200: {"description": "Answered", "content": {media: content} | files}}
    return good | {status: _problem(status) for status in (*statuses, 401, 422, 429, 503)} | {"default": _problem(500)}


def writes(example: Any, *statuses: int, media: str = "application/json", schema: Part | None = None) -> Responses:
    """The same for what a replica sends to its primary."""
    return answers(example, *statuses, media=media, schema=schema) | {421: _example(421, TABLE[ReadOnlyError])}


def later(example: Any, media: str = "application/json", schema: Part | None = None) -> Responses:
    """What a write answers that waited for witnesses in vain."""
    content = {media: {"example": example} | ({"schema": schema} if schema else {})}
    said = "In the log, and not shown before enough witnesses have signed it; adding it again asks for the receipts"
    return {202: {"description": said, "content": content}}


def takes(schema: Part, examples_: Mapping[str, Any], media: str = "application/json") -> Part:
    """A body that the route parses itself, because strict JSON is stricter than the framework's."""
    shown = {name: {"value": example} for name, example in examples_.items()}
    return {"requestBody": {"required": True, "content": {media: {"schema": schema, "examples": shown}}}}


def reference(name: str) -> Part:
    return {"$ref": f"#/components/schemas/{name}"}


_ONE = {"anyOf": [reference("Envelope"), reference("Submission")]}
_READ_OR_PRINTED = (
    Envelope,
    ErasureOrder,
    ExtensionAnswer,
    Manifest,
    Problem,
    ReconciliationResult,
    SeenAsked,
    Subjects,
    Submission,
)
"""Shapes that routes read or print by themselves."""
TAKES_RECORDS = takes(
    {"anyOf": [*_ONE["anyOf"], {"type": "array", "items": _ONE, "minItems": 1, "maxItems": 10_000}]},
    {"one envelope": examples.ENVELOPE, "with its openings": examples.SUBMISSION, "several": [examples.ENVELOPE]},
)
TAKES_SUBJECTS = takes(reference("Subjects"), {"two subjects": examples.SUBJECTS})
TAKES_TEXT = takes(reference("SeenAsked"), {"a sentence": examples.SEEN_ASKED})
TAKES_ERASURE = takes(reference("ErasureOrder"), {"an order": examples.ERASURE})
TAKES_ISSUED = takes({"type": "object"}, {"a bundle": examples.BUNDLE, "a score": examples.SCORE, "a credential": examples.VC})
RECONCILED: Part = {
    "anyOf": [
        reference("Manifest"),
        reference("ExtensionAnswer"),
        {"type": "object", "additionalProperties": reference("ReconciliationResult")},
    ]
}
TAKES_RECONCILIATION = takes(
    {
        "type": "object",
        "properties": {"queries": {"type": "string"}, "extend": {"type": "string"}},
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    },
    {"queries": {"queries": examples.QUERIES}, "columns": {"extend": examples.EXTEND}},
    "application/x-www-form-urlencoded",
)
TAKES_ENTRY = takes(
    {"type": "string", "format": "binary", "maxLength": 65_535},
    {"an envelope": str(examples.ENVELOPE)},
    "application/octet-stream",
)


def describe(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """`app.openapi()` gives the document of these routers; it is made once, when it is first asked for."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]

    def document() -> Part:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, routes)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way of extending it


def _document(app: FastAPI, routes: Sequence[APIRoute]) -> Part:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, license_info=app.license_info
    )
    _, defined = models_json_schema(
        [(shape, "validation") for shape in _READ_OR_PRINTED],
        ref_template="#/components/schemas/{model}",
    )
    shapes = document.setdefault("components", {}).setdefault("schemas", {})
    document["components"]["schemas"] = defined["$defs"] | shapes
    for route in routes:
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            _put_examples(operation, route.responses)
            with_links(operation)
            if "security" in operation:
                # Most ledgers ask for no token: nothing, or the token.
                operation["security"] = [{}, *operation["security"]]
    return document


def _put_examples(operation: Part, responses: Responses) -> None:
    """The framework drops every null on its way, and an example without its nulls is no example."""
    for status, response in responses.items():
        for media, content in response.get("content", {}).items():
            if "example" in content:
                operation["responses"][str(status)]["content"][media]["example"] = content["example"]


def _problem(status: int) -> Part:
    # A replica's 421 is for those that write alone (`writes`); elsewhere it is routing's own.
    return _example(status, next((row for row in TABLE.values() if row.status == status != 421), None))


def _example(status: int, row: Row | None) -> Part:
    title = row.title if row else HTTPStatus(status).phrase
    name = row.name if row else NAMES[status]
    example = {"type": PREFIX + name, "title": title, "status": status, "detail": "what was found and what was wanted"}
    content = {MEDIA_TYPE: {"schema": reference("Problem"), "example": example}}
    return {"description": title, "content": content} | ({"headers": _HEADERS[status]} if status in _HEADERS else {})
