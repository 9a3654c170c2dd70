"""Reconciliation over a real socket: the specification's own schemas and examples, and a client that we did not write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest
import reconciler

from tests.api.newsroom import Newsroom
from tests.api.outlets import VECTORS, address, ask, match, outlets, schema


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with outlets(tmp_path_factory.mktemp("reconcile")) as room:
        yield room


def examples(kinds: str) -> Any:
    """A test for each of these files of the specification."""
    paths = sorted((VECTORS / "examples").glob(f"{kinds}/*.json"))
    assert paths
    return pytest.mark.parametrize("path", paths, ids=lambda path: f"{path.parts[-3]}-{path.stem}")


# A client that we did not write


def test_a_column_of_outlets_in_three_scripts_is_matched_by_a_client_that_is_not_ours(desk: Newsroom) -> None:
    column = pandas.Series(["Süddeutsche Zeitung", "연합뉴스", "Медуза", "Українська правда", "한겨레", "meduza.io"])
    found = reconciler.reconcile(column, type_id="Source", reconciliation_endpoint=address(desk))
    assert dict(zip(found["input_value"], found["id"], strict=True)) == {
        "Süddeutsche Zeitung": "zeitung",
        "연합뉴스": "yna",
        "Медуза": "meduza",
        "Українська правда": "ukrpravda",
        "한겨레": "hani",
        "meduza.io": "meduza",
    }
    assert found["match"].all()
    assert set(found["type_id"]) == {"Source"}


def test_that_client_tells_namesakes_apart_by_a_column_of_countries(desk: Newsroom) -> None:
    table = pandas.DataFrame({"outlet": ["The Herald", "Meduza"], "country": ["ZA", "LV"]})
    found = reconciler.reconcile(
        table["outlet"], property_mapping={"country": table["country"]}, reconciliation_endpoint=address(desk)
    )
    assert list(found["id"]) == ["herald-za", "meduza"]
    assert found["match"].all()
    assert match(desk, query="The Herald") is None


# The specification's schemas and examples


def test_the_manifest_is_one_and_every_place_that_it_names_answers(desk: Newsroom) -> None:
    manifest = desk.http.get("/reconcile").json()
    schema("manifest.json").validate(manifest)
    base = str(desk.http.base_url).rstrip("/")
    suggest = manifest["suggest"]
    places = [each["service_url"] + each["service_path"] for each in suggest.values()]
    places.append(
        manifest["extend"]["propose_properties"]["service_url"] + manifest["extend"]["propose_properties"]["service_path"]
    )
    places.append(suggest["entity"]["service_url"] + suggest["entity"]["flyout_service_path"].replace("${id}", "yna"))
    places += [manifest[name]["url"].replace("{{id}}", "yna") for name in ("view", "preview")] + [manifest["documentation"]]
    assert all(place.startswith(base) for place in places)
    assert {desk.http.get(place, follow_redirects=True).status_code for place in places} == {200}


@examples("*/invalid")
def test_the_schemas_refuse_the_bad_examples(path: Path) -> None:
    assert list(schema(path.parts[-3] + ".json").iter_errors(json.loads(path.read_text("utf-8"))))


@examples("reconciliation-query-batch/valid")
def test_every_good_batch_of_the_specification_is_answered(desk: Newsroom, path: Path) -> None:
    batch = json.loads(path.read_text("utf-8"))
    assert ask(desk, batch) == {name: {"result": []} for name in batch}
    assert desk.http.get("/reconcile", params={"queries": json.dumps(batch)}).json() == ask(desk, batch)


@examples("reconciliation-query-batch/invalid")
def test_every_bad_batch_of_the_specification_is_refused(desk: Newsroom, path: Path) -> None:
    refused = desk.http.post("/reconcile", data={"queries": path.read_text("utf-8")})
    assert refused.status_code == 422
    assert refused.json()["pointer"].startswith(("/q0", "/q1"))


@examples("data-extension-query/valid")
def test_every_extension_query_of_the_specification_is_answered(desk: Newsroom, path: Path) -> None:
    asked = json.loads(path.read_text("utf-8"))
    answer = desk.http.post("/reconcile", data={"extend": json.dumps(asked)}).raise_for_status().json()
    schema("data-extension-response.json").validate(answer)
    assert list(answer["rows"]) == asked["ids"]
    assert [column["id"] for column in answer["meta"]] == [each["id"] for each in asked["properties"]]


def test_suggestions_and_proposals_are_what_the_specification_says(desk: Newsroom) -> None:
    for what, name in (("entity", "entities"), ("type", "types"), ("property", "properties")):
        answer = desk.http.get(f"/reconcile/suggest/{what}", params={"prefix": ""}).json()
        schema(f"suggest-{name}-response.json").validate(answer)
    answer = desk.http.get("/reconcile/properties", params={"type": "Source", "limit": 3}).json()
    schema("data-extension-property-proposal.json").validate(answer)
    assert (len(answer["properties"]), answer["type"], answer["limit"]) == (3, "Source", 3)
