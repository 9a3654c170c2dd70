"""The API held against its own OpenAPI document by schemathesis: statuses, types, shapes, and no 500."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.schemas import BaseSchema

from tests.api.newsroom import newsroom
from tests.api.test_openapi import PATHS

# Some rules are no JSON Schema: which ids are on record, which signature holds, which days there are.
BEYOND_SCHEMAS = ("positive_data_acceptance", "negative_data_rejection", "unsupported_method")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    with newsroom(tmp_path_factory.mktemp("conformance")) as room:
        room.fill()
        yield schemathesis.openapi.from_url(f"{room.http.base_url}/openapi.json")


@pytest.mark.parametrize("name", sorted(PATHS))
def test_the_api_does_what_its_document_says(described: BaseSchema, name: str) -> None:
    method, path = name.split(" ")
    left_out = schemathesis.checks.CHECKS.get_by_names(BEYOND_SCHEMAS)

    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(described[path][method].as_strategy())
    def answers(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=left_out)

    answers()
