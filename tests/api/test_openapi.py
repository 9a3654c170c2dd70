"""The OpenAPI document: valid, complete, and its examples are what it says they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from api.app import create_app
from api.problems import MEDIA_TYPE
from ledger.config import Settings
from schemas.problems import Problem

Part = dict[str, Any]
PATHS = {
    "POST /v1/records",
    "POST /v1/records:check",
    "POST /v1/records:in_force",
    "GET /v1/records/{id}",
    "GET /v1/records/{id}/receipt",
    "GET /v1/records/{id}/affected",
    "GET /v1/affected/{name}",
    "GET /v1/corrections",
    "GET /v1/keys/{key}/signed",
    "GET /v1/claims",
    "POST /v1/claims:seen",
    "GET /v1/claims/facets",
    "GET /v1/claims/{id}",
    "GET /v1/claims/{id}/chain",
    "GET /v1/claims/{id}/corroboration",
    "GET /v1/claims/{id}/copies",
    "GET /v1/claims/{id}/history",
    "GET /v1/claims/{id}/export",
    "GET /v1/sources",
    "GET /v1/sources/{slug}",
    "GET /v1/credibility",
    "POST /v1/openings:erase",
    "GET /v1/documents/{id}",
    "GET /v1/policy/{version}",
    "GET /feed.{kind}",
    "GET /v1/claims/{id}/feed.{kind}",
    "GET /v1/sources/{slug}/feed.{kind}",
    "POST /v1/verify",
    "GET /v1/log/checkpoint",
    "GET /v1/log/consistency",
    "GET /checkpoint",
    "GET /tile/{path}",
    "POST /add",
    "GET /v1alpha1/claims:search",
    "GET /reconcile",
    "POST /reconcile",
    "GET /reconcile/suggest/entity",
    "GET /reconcile/suggest/type",
    "GET /reconcile/suggest/property",
    "GET /reconcile/properties",
    "GET /reconcile/flyout/entity",
    "GET /reconcile/preview",
    "GET /.well-known/onrecord",
    "GET /healthz",
    "GET /ns/v1",
}


@cache
def document() -> Part:
    # The document needs no ledger: none is opened before the application starts.
    return create_app(settings=Settings(ledger="never-opened.db")).openapi()


def operations() -> Iterator[tuple[str, Part]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


OPERATIONS = dict(operations())
every_operation = pytest.mark.parametrize("name", sorted(OPERATIONS))


def test_it_is_openapi_3_1() -> None:
    assert document()["openapi"].startswith("3.1")


def test_it_lists_every_path() -> None:
    assert set(OPERATIONS) == PATHS


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(ids)) == len(ids)


@every_operation
def test_every_operation_says_what_it_does(name: str) -> None:
    assert OPERATIONS[name]["summary"]
    assert OPERATIONS[name]["description"]


@every_operation
def test_every_operation_declares_its_problems(name: str) -> None:
    responses = OPERATIONS[name]["responses"]
    problems = {status: response for status, response in responses.items() if status not in ("200", "202", "308")}
    assert {"401", "503", "default"} <= problems.keys()
    for response in problems.values():
        Problem.model_validate(response["content"][MEDIA_TYPE]["example"])


@every_operation
def test_every_example_has_the_shape_that_is_declared(name: str) -> None:
    operation = OPERATIONS[name]
    shown = list(contents(operation))
    assert shown
    for schema, example in shown:
        assert_valid(schema, example)


@every_operation
def test_every_required_parameter_has_an_example(name: str) -> None:
    for parameter in OPERATIONS[name].get("parameters", []):
        if parameter["in"] == "path":
            assert parameter["schema"]["examples"]
            assert_valid(parameter["schema"], parameter["schema"]["examples"][0])


def test_every_reference_leads_somewhere() -> None:
    shapes = document()["components"]["schemas"]
    for reference in references(document()):
        assert reference.removeprefix("#/components/schemas/") in shapes


def test_every_schema_is_valid() -> None:
    for schema in document()["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_reading_may_need_a_token_and_writing_never_does() -> None:
    assert OPERATIONS["GET /v1/claims"]["security"] == [{}, {"readToken": []}]
    assert "security" not in OPERATIONS["POST /v1/records"]
    assert "security" not in OPERATIONS["GET /healthz"]


def contents(operation: Part) -> Iterator[tuple[Part, Any]]:
    """Each schema of the operation with each of its examples."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for example in content["examples"].values():
            yield content["schema"], example["value"]
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            if "example" in content:
                yield content["schema"], content["example"]


def assert_valid(schema: Part, example: Any) -> None:
    jsonschema_rs.validator_for({**schema, "components": document()["components"]}).validate(example)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)
