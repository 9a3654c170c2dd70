"""The published JSON Schemas are those of the shapes, and say what the shapes say."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

from schemas import bundle, copies, corroboration, envelope, generate, ids, log, lookups, problems, records, score

MODULES = (bundle, copies, corroboration, envelope, ids, log, lookups, problems, records, score)
BASES = {"Closed", "Issued", "IssuedStatement"}
CLAIM = {"kind": "claim", "text": {"en": "North Korea sent troops to fight for Russia"}, "type": "event"}


def test_the_json_schemas_are_fresh() -> None:
    assert generate.stale() == [], "run `make schemas`"


def test_a_stale_a_missing_and_a_forgotten_schema_are_found_and_repaired(tmp_path: Path) -> None:
    generate.write(tmp_path)
    assert generate.stale(tmp_path) == []
    (tmp_path / "claim.json").write_text("{}")
    (tmp_path / "health.json").unlink()
    (tmp_path / "former.json").write_text("{}")
    assert generate.stale(tmp_path) == ["claim.json", "former.json", "health.json"]
    assert generate.write(tmp_path) == ["claim.json", "former.json", "health.json"]
    assert generate.stale(tmp_path) == []


def test_check_writes_nothing_and_exits_with_1_when_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([], tmp_path) == 0
    (tmp_path / "claim.json").unlink()
    capsys.readouterr()
    assert generate.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().err == "stale: schemas/json/claim.json\nhint: make schemas\n"
    assert not (tmp_path / "claim.json").exists()


def test_every_public_shape_is_in_some_schema() -> None:
    shapes = {
        name
        for module in MODULES
        for name, shape in inspect.getmembers(module, inspect.isclass)
        if issubclass(shape, BaseModel) and shape.__module__ == module.__name__
    }
    covered = {name for document in _documents() for name in [*document.get("$defs", {}), document.get("title")]}
    assert shapes - BASES - covered == set()


@pytest.mark.parametrize("name", sorted(generate.documents()))
def test_every_schema_is_valid_by_its_own_dialect(name: str) -> None:
    document = json.loads(generate.documents()[name])
    jsonschema_rs.meta.validate(document)
    assert document["$id"] == f"urn:onrecord:schema:{name.removesuffix('.json')}:1"


@pytest.mark.parametrize(
    "change,valid",
    [
        ({}, True),
        ({"event_time": "2024-10"}, True),
        ({"event_time": None}, False),
        ({"place": {"sealed": "sha256:" + "0" * 64}}, True),
        ({"text": {}}, False),
        ({"speaker": "kcna"}, False),
        ({"kind": "rumour"}, False),
    ],
    ids=str,
)
def test_the_record_schema_takes_what_the_shape_takes(change: dict[str, Any], valid: bool) -> None:
    schema = json.loads((generate.PLACE / "record.json").read_text(encoding="utf-8"))
    assert jsonschema_rs.validator_for(schema).is_valid(CLAIM | change) is valid


def _documents() -> list[dict[str, Any]]:
    return [json.loads(text) for text in generate.documents().values()]
