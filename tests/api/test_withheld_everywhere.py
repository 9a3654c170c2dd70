"""No answer tells a word of what is withheld. Every GET of the OpenAPI document is asked, new ones by themselves."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from api.routes import pages
from ledger.core.records import read_record
from ledger.keys import seal, sign_record
from tests.api.newsroom import ORIGIN, RATINGS, SOURCES, Members, Newsroom, claim_record, id_of, newsroom, said, source
from tests.api.test_openapi import document

WORD = "zebrafish"
"""In every text that is withheld, so that searches would find it."""
KINDS = ("source", "claim", "document", "statement", "attribution", "assessment", "claim_text", "claim_relation")
SLUG = "leaky-gazette"


def marker(kind: str, place: str) -> str:
    """A word that no question holds: if an answer does, it told something."""
    return f"quokka{kind.replace('_', '')}{place}"


MARKERS = {kind: [marker(kind, "open"), marker(kind, "sealed")] for kind in KINDS}


def _records(room: Newsroom) -> Iterator[tuple[str, Members, dict[str, Any]]]:
    """A record of each kind with two texts, one in the open and one sealed; each is withheld later. Neighbours come first."""

    def texts(kind: str) -> tuple[str, dict[str, str], dict[str, Any]]:
        hidden, opening = seal(room.signer, kind, f"{WORD} {marker(kind, 'sealed')}")
        return f"{WORD} {marker(kind, 'open')}", {"sealed": hidden.sealed}, {hidden.sealed: opening}

    claim, other = room.ids["claim"], room.ids["other"]
    plain, sealed, openings = texts("source")
    yield "source", source(SLUG, "outlet", names={"en": plain, "de": sealed}), openings
    plain, sealed, openings = texts("claim")
    yield "claim", claim_record(plain) | {"text": {"en": plain, "de": sealed}, "about": ["zebrafish-topic"]}, openings
    plain, sealed, openings = texts("document")
    address = f"https://outlet.example/{marker('document', 'open')}"
    yield "document", {"kind": "document", "title": sealed, "url": address, "publisher": "outlet"}, openings
    plain, sealed, openings = texts("statement")
    told = said(claim, "outlet-two", said_at="2025-04-28", occasion=plain, quote={"exact": sealed}, described_as=plain)
    yield "statement", told, openings
    plain, sealed, openings = texts("attribution")
    near, far = room.ids["near"], room.ids["far"]
    hop = {"kind": "attribution", "mode": "cites", "standing": "explicit", "credited_as": plain, "note": sealed}
    yield "attribution", hop | {"from": near, "to": far}, openings
    plain, sealed, openings = texts("assessment")
    rating = {"kind": "assessment", "target": claim, "scheme": "verdict", "value": plain, "rationale": sealed}
    yield "assessment", rating, openings
    plain, sealed, openings = texts("claim_text")
    yield "claim_text", {"kind": "claim_text", "claim": claim, "lang": "fr", "text": plain}, {}
    plain, sealed, openings = texts("claim_relation")
    relation = {"kind": "claim_relation", "subject": claim, "relation": "entails", "object": other, "reason": plain}
    yield "claim_relation", relation, {}


_TEXT = {"schema": {"type": "string"}}
PAGES: Mapping[str, list[Mapping[str, Any]]] = {
    route.path: [
        *({"in": "path", "name": name, **_TEXT} for name in route.param_convertors),
        *([{"in": "query", "name": "query", **_TEXT}] if route.path == "/search" else []),
    ]
    for route in pages.router.routes
    if isinstance(route, APIRoute) and not route.path.startswith("/static/")
}
"""The pages for readers, which the OpenAPI document does not name."""


class Walk:
    """Every GET there is, asked about everything on record and by every parameter that takes words."""

    def __init__(self, room: Newsroom) -> None:
        self.room = room
        self.names = [*room.ids.values(), "outlet", "outlet-two", "dprk", SLUG]
        self.told: dict[str, set[str]] = {}
        self.status: dict[tuple[str, str], int] = {}

    def run(self) -> None:
        """From then on `told` has the markers that were told, each with the requests that told it."""
        for path, methods in document()["paths"].items():
            if "get" in methods:
                self._ask_all(path, methods["get"].get("parameters", []))
        for path in PAGES:
            self._ask_all(path, PAGES[path])

    def _ask_all(self, path: str, parameters: list[Mapping[str, Any]]) -> None:
        inside = [one for one in parameters if one["in"] == "path"]
        asked = [one for one in parameters if one["in"] == "query"]
        for filled in self._paths(path, inside):
            if not self._ask(filled, {}) and inside:
                continue  # there is nothing of this name, in whatever form
            for one in asked:
                for value in _enumerated(one["schema"]) or ([] if inside else self._words(one["schema"])):
                    self._ask(filled, {one["name"]: value})

    def _paths(self, path: str, parameters: list[Mapping[str, Any]]) -> list[str]:
        found = [path]
        for one in parameters:
            values = _enumerated(one["schema"]) or [*self.names, *self._tiles(path)]
            found = [filled.replace("{" + one["name"] + "}", value) for filled in found for value in values]
        return found

    def _tiles(self, path: str) -> list[str]:
        return [f"entries/000.p/{self.room.ledger.health().size}"] if path.startswith("/tile") else []

    def _words(self, schema: Mapping[str, Any]) -> list[str]:
        """What a parameter that takes text is asked: the word, as it is and as some would have it, and what is withheld."""
        kinds = {part.get("type") for part in [schema, *schema.get("anyOf", [])]}
        if not kinds & {"string", "array"}:
            return []
        return [WORD, f'{{"q0": {{"query": "{WORD}"}}}}', SLUG, *(self.room.ids[kind] for kind in KINDS)]

    def _ask(self, path: str, params: dict[str, str]) -> bool:
        response = self.room.http.get(path, params=params, follow_redirects=False)
        assert response.status_code < 500, f"{path} {params}: {response.text}"
        self.status.setdefault((path, str(params)), response.status_code)
        for word in (word for words in MARKERS.values() for word in words):
            if _holds(response, word):
                self.told.setdefault(word, set()).add(f"{path} {params}")
        return response.status_code == 200


def _enumerated(schema: Mapping[str, Any]) -> list[str]:
    parts = [schema, *schema.get("anyOf", [])]
    return [str(value) for part in parts for value in [*part.get("enum", []), *([part["const"]] if "const" in part else [])]]


def _holds(response: httpx.Response, word: str) -> bool:
    """Whether the word is in the answer, as it is or inside base64 at any of three places."""
    content, raw = response.content, word.encode()
    spelt = [base64.b64encode(b"\0" * shift + raw)[(shift * 4 + 2) // 3 + 1 : -4] for shift in range(3)]
    heads = b"\n".join(f"{name}: {value}".encode() for name, value in response.headers.items())
    return any(one in content or one in heads for one in [raw, *spelt])


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Newsroom, Walk, Walk]]:
    """The same walk before and after the withholdings."""
    with newsroom(tmp_path_factory.mktemp("withheld")) as room:
        for record in (*SOURCES, *RATINGS):
            room.post(record).raise_for_status()
        room.add("claim", claim_record("North Korea sent troops to fight for Russia"))
        room.add("other", claim_record("The treaty binds both sides"))
        room.add("far", said(room.ids["claim"], "dprk", act="confirms", basis="own_act", said_at="2025-04-28"))
        room.add("near", said(room.ids["claim"], "outlet", said_at="2025-04-28"))
        for kind, members, openings in _records(room):
            room.ledger.add([sign_record(read_record(members), room.signer, openings)])
            room.ids[kind] = id_of(members)
        room.add("said there", said(room.ids["claim"], SLUG, document=room.ids["document"]))
        room.add("said of it", said(room.ids["other"], SLUG, said_at="2025-04-29"))
        room.ledger.catch_up()
        before = Walk(room)
        before.run()
        for kind in KINDS:
            withhold = {
                "kind": "withhold",
                "target": room.ids[kind],
                "basis": "an order",
                "authority": "a court",
                "ledger": ORIGIN,
            }
            room.post(withhold).raise_for_status()
        room.ledger.catch_up()
        after = Walk(room)
        after.run()
        yield room, before, after


@pytest.mark.parametrize("kind", KINDS)
def test_before_the_withholding_its_words_are_told(walked: tuple[Newsroom, Walk, Walk], kind: str) -> None:
    """Or the walk could not find what it looks for."""
    _, before, _ = walked
    wanted = {marker(kind, "open")} if kind in ("claim_text", "claim_relation") else set(MARKERS[kind])
    assert wanted <= before.told.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_after_the_withholding_no_answer_tells_a_word(walked: tuple[Newsroom, Walk, Walk], kind: str) -> None:
    _, _, after = walked
    assert {word: after.told[word] for word in MARKERS[kind] if word in after.told} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_asks_for_the_record_itself_is_told_that_it_is_withheld(walked: tuple[Newsroom, Walk, Walk], kind: str) -> None:
    room, before, after = walked
    name = room.ids[kind]
    about = [path for path, _ in before.status if name in path and before.status[path, "{}"] == 200]
    assert f"/v1/records/{name}" in about
    for path in about:
        wanted = 200 if path.endswith("/receipt") else 451
        assert after.status[path, "{}"] == wanted, path


def test_a_refusal_says_on_what_ground_and_not_what(walked: tuple[Newsroom, Walk, Walk]) -> None:
    room, _, _ = walked
    answer = room.http.get(f"/v1/records/{room.ids['statement']}")
    assert answer.status_code == 451
    assert answer.json()["detail"] == f"{room.ids['statement']} is withheld: an order (a court)"
