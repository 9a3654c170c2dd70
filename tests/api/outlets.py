"""A ledger with outlets in several scripts, how it is asked to reconcile, and the schemas that its answers are held against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from tests.api.newsroom import Newsroom, claim_record, newsroom, said, source
from tests.conftest import REPOSITORY

VECTORS = REPOSITORY / "tests" / "vectors" / "reconciliation-0.2"
OUTLETS = (
    source("yna", "news_agency", country="KR", domains=["yna.co.kr"], qid="Q16168", names={"en": "Yonhap", "ko": "연합뉴스"}),
    source("meduza", "outlet", country="LV", domains=["meduza.io"], names={"en": "Meduza", "ru": "Медуза"}),
    source("ukrpravda", "outlet", country="UA", names={"en": "Ukrainska Pravda", "uk": "Українська правда"}),
    source("hani", "outlet", country="KR", names={"en": "The Hankyoreh", "ko": "한겨레"}),
    source("zeitung", "outlet", country="DE", names={"de": "Süddeutsche Zeitung"}),
    source("herald-uk", "outlet", country="GB", names={"en": "The Herald"}),
    source("herald-za", "outlet", country="ZA", names={"en": "The Herald"}),
    source("tricky", "outlet", names={"en": "<script>alert('x')</script> & \"Sons\""}),
)


@contextmanager
def outlets(place: Path) -> Iterator[Newsroom]:
    """A served ledger with outlets in several scripts and a claim that one of them makes."""
    with newsroom(place) as room:
        room.post(*OUTLETS).raise_for_status()
        troops = claim_record("Troops were sent to the border", ko="군대가 국경으로 갔다")
        claim = room.add("claim", {**troops, "event_time": "2024-10"})
        room.add("said", said(claim, "meduza", act="asserts", basis="witnessed", said_at="2024-10-20"))
        yield room


def schema(name: str) -> Draft7Validator:
    """A published schema, which finds the others by the names that they give each other."""
    read = {path.name: json.loads(path.read_text("utf-8")) for path in (VECTORS / "schemas").glob("*.json")}
    named = {each["$id"]: DRAFT7.create_resource(each) for each in read.values()}
    return Draft7Validator(read[name], registry=Registry().with_resources(named.items()))


def ask(room: Newsroom, batch: Any) -> dict[str, Any]:
    answer: dict[str, Any] = room.http.post("/reconcile", data={"queries": json.dumps(batch)}).raise_for_status().json()
    schema("reconciliation-result-batch.json").validate(answer)
    return answer


def one(room: Newsroom, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(room, {"q": query})["q"]["result"]
    return found


def match(room: Newsroom, **query: Any) -> str | None:
    return next((candidate["id"] for candidate in one(room, **query) if candidate["match"]), None)


def extend(room: Newsroom, ids: list[str], *properties: Any) -> dict[str, Any]:
    wanted = [{"id": each} if isinstance(each, str) else each for each in properties]
    response = room.http.get("/reconcile", params={"extend": json.dumps({"ids": ids, "properties": wanted})})
    answer: dict[str, Any] = response.raise_for_status().json()
    schema("data-extension-response.json").validate(answer)
    return answer


def address(room: Newsroom) -> str:
    return str(room.http.base_url).rstrip("/") + "/reconcile"
