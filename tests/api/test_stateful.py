"""The API walked through along the links of its document: on one path for sure, and at random; `make walks` goes on longer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from ledger.core.vkey import parse_vkey
from schemas.log import Receipt
from tests.api.newsroom import Newsroom, claim_record, newsroom
from tests.api.stateful import check_receipt, walk
from tests.api.test_openapi import OPERATIONS, document


def test_each_link_leads_to_an_operation_that_takes_what_it_gives() -> None:
    known = {operation["operationId"]: operation for operation in OPERATIONS.values()}
    links = [link for operation in known.values() for link in operation["responses"]["200"].get("links", {}).values()]
    assert len(links) > 15
    for link in links:
        target = known[link["operationId"]]
        assert link.get("parameters", {}).keys() <= {one["name"] for one in target.get("parameters", [])}
        assert ("requestBody" in link) <= ("requestBody" in target)


def test_the_links_lead_from_a_new_record_to_its_claim_its_chain_its_score_and_its_proof(room: Newsroom) -> None:
    answer = room.post(claim_record("It was walked to"))
    path = "/v1/records"
    for link in ("claim, if it is one", "chain", "score", "proof"):
        path = followed(path, answer, link)
        answer = room.http.get(path).raise_for_status()
    keys = [parse_vkey(text) for text in room.http.get("/.well-known/onrecord").json()["log_keys"]]
    receipt = Receipt.model_validate_json(answer.content)
    check_receipt(receipt, keys)
    assert receipt.record_id in path


def followed(path: str, answer: httpx.Response, name: str) -> str:
    """Where the link of that name in an answer leads."""
    here = next(operation for shape, operation in operations() if fits(shape, path) and answer.request.method in operation)
    link = here[answer.request.method]["responses"]["200"]["links"][name]
    given = {where: value(path, answer, text) for where, text in link["parameters"].items()}
    wanted = link["operationId"]
    (target,) = [shape for shape, some in operations() if wanted in {one["operationId"] for one in some.values()}]
    return target.format(**given)


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [(path, {method.upper(): one for method, one in methods.items()}) for path, methods in document()["paths"].items()]


def fits(shape: str, path: str) -> bool:
    wanted, given = shape.split("/"), path.split("/")
    return len(wanted) == len(given) and all(one == other or one == "{id}" for one, other in zip(wanted, given, strict=True))


def value(path: str, answer: httpx.Response, expression: str) -> str:
    """Of the runtime expressions of OpenAPI those that the document has."""
    if expression == "$request.path.id":
        return path.split("/")[3]
    found: Any = answer.json()
    for part in expression.removeprefix("$response.body#/").split("/"):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return str(found)


def test_what_an_answer_names_is_answered_as_described(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    with newsroom(tmp_path) as own:
        own.fill()
        walk(own, seen, walks=5, steps=8)
    assert seen.total() > 20
