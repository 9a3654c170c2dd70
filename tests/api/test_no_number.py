"""No number, likelihood word or letter where none may be shown: every output there is, on a ledger in which none may be.

SCORING, headline: "Where confidence is low or the headline is `no reports` or `not enough`, pages, feeds, embeds and
JSON-LD print no number and no likelihood word; claims that concern a private person never do. The report and `--why` always
hold the numbers." Exempt are therefore the report itself (`/corroboration`) and the two exports that are the report, signed
(`bundle`, `score`), besides what is not about a claim: the policy and the method, how exact a source was found to be
(`/v1/credibility`), and the log's own bytes. Records stay what their signers wrote: a source's rating stands in its record, on
its source's page and in exports of records, and is none of the claim. What `history` and `copies` say is held to the rule too,
though they are neither page nor feed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

import pytest
from fastapi.routing import APIRoute

from api.app import create_app
from api.drawing import preview
from api.pages.card import card_of
from api.pages.language import LANGUAGES, catalogue, tongue
from api.routes import cards, pages, verifying_page
from ledger.config import Settings
from ledger.operations import NOW, Question
from schemas.corroboration import Words
from schemas.exports import EXPORT_FORMATS
from tests.api.newsroom import Newsroom, claim_record, newsroom, said, source
from tests.api.pages.private import accused
from tests.api.pages.reading import BROWSER, parse

NUMBER = re.compile(r"[<>]?\b[01][.,]\d\d+\b|(?<![\w.])[<>]?\.\d\d+\b|[+-]\d+\.\d{3}|\b\d+ ?%")
LETTER = re.compile(r"\b(?:rated|eingestuft als|Stufe) [A-F]\b|(?<![\w+/=])[A-F][1-6](?![\w+/=])")
"""The Admiralty pair stands by itself: inside the base64 of a signature such two signs mean nothing."""
_LIKELY = [*get_args(Words), *(catalogue("de")[f"words.{one}"] for one in get_args(Words))]
WORDS = re.compile(r"\b(" + "|".join(_LIKELY) + r")\b", re.IGNORECASE)
NEVER = frozenset(
    {"probability", "interval", "words", "likelihood", "log_odds", "weight", "contribution", "letter", "reviewRating"}
)
"""Members that say how likely a claim is, or what somebody's word is worth for it: null, or not there at all."""
PARTS = frozenset({"independent_origins", "independentOrigins", "fidelity", "base"})
"""Counts of origins, of which one may be a part; how faithfully a kind of relay carries anything; what was assumed before."""

SIGNED = {"bundle", "score"}
QUERIES = "&until=2025-05-01", "&clock=public", "&lang=de"
FITS = frozenset({"score", "fit"})
"""How near a name or text comes to what was asked for: no claim's number."""
WALKED = {
    "/v1/records/{id}": "", "/v1/records/{id}/receipt": "", "/v1/records/{id}/affected": "", "/v1/affected/{name}": "",
    "/v1/corrections": "", "/feed.{kind}": "", "/v1/claims/{id}/feed.{kind}": "", "/v1/sources/{slug}/feed.{kind}": "",
    "/v1/claims": "", "/v1/claims/facets": "", "/v1/claims/{id}": "?until=2025-05-01", "/v1/claims/{id}/chain": "",
    "/v1/claims/{id}/copies": "", "/v1/claims/{id}/history": "?by=both", "/v1/documents/{id}": "",
    "/v1alpha1/claims:search": "?query=the", "/reconcile": "", "/reconcile/suggest/entity": "?prefix=the",
    "/reconcile/suggest/type": "?prefix=c", "/reconcile/suggest/property": "?prefix=h", "/reconcile/properties": "?type=Claim",
    "/reconcile/flyout/entity": "?id={id}", "/reconcile/preview": "?id={id}", "/v1/log/checkpoint": "",
    "/.well-known/onrecord": "", "/healthz": "",
}  # fmt: skip
EXEMPT = {
    "/v1/claims/{id}/corroboration": "the report itself",
    "/v1/claims/{id}/export": "walked by format",
    "/v1/sources": "a source's rating, not a claim's number",
    "/v1/sources/{slug}": "the same",
    "/v1/credibility": "the same",
    "/v1/policy/{version}": "the rules",
    "/v1/keys/{key}/signed": "kinds and places of records",
    "/checkpoint": "the log's bytes",
    "/tile/{path}": "the log's bytes",
    "/v1/log/consistency": "the log's bytes",
    "/ns/v1": "what members are called",
}
SHOWN = {
    "/": "", "/claims/{id}": "", "/claims/{id}/pack": "", "/search": "?query=the", "/sources": "", "/sources/{slug}": "",
    "/documents/{id}": "", "/records/{id}": "", "/affected/{name}": "",
    "/corrections": "", "/log": "", "/about": "",
    "/embed/claims/{id}": "", "/oembed": "?url={own}/claims/{id}&format=xml",
}  # fmt: skip
NOT_SHOWN = {
    "/method": "the rules",
    "/claims/{id}/card.png": "read as planned",
    "/static/{name}": "no claim in it",
    "/static/running/{digits}.css": "the foot of a printed page",
    "/verify": "no claim in it",
    "/verify/onrecord-verify.html": "no claim in it",
}


@dataclass(frozen=True)
class World:
    room: Newsroom
    claims: dict[str, str]
    document: str
    figures: frozenset[str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Thin evidence, none, a private person with much, and a type that gets no score: and nothing besides."""
    with newsroom(tmp_path_factory.mktemp("no-number")) as room:
        private = accused(room)
        document = room.add(
            "doc", {"kind": "document", "url": "https://x.example/a", "title": "What was seen", "publisher": "press"}
        )
        room.post(said(private, "press", act="finds", basis="document", document=document)).raise_for_status()
        room.post(source("weak", "government_body")).raise_for_status()
        bad = {
            "kind": "assessment",
            "target": "weak",
            "scheme": "admiralty-reliability",
            "value": "D",
            "rationale": "often wrong",
        }
        room.post(bad).raise_for_status()
        thin = room.add("thin", claim_record("The bridge of the village fell"))
        room.post(said(thin, "weak", act="claims", basis="own_act", said_at="2025-04-28", document=document)).raise_for_status()
        unsaid = room.add("unsaid", claim_record("The dam of the village fell"))
        forecast = room.add("forecast", {**claim_record("The tower of the village will fall"), "type": "forecast"})
        room.post(said(forecast, "court", act="asserts", basis="own_act", said_at="2025-04-28")).raise_for_status()
        verdict = {"kind": "assessment", "scheme": "admiralty-credibility", "value": "2"}
        for claim in (private, thin):
            room.post({**verdict, "target": claim}).raise_for_status()
        room.ledger.catch_up()
        claims = {"private": private, "thin": thin, "unsaid": unsaid, "forecast": forecast}
        yield World(room, claims, document, figures_of(room, claims.values()))


def figures_of(room: Newsroom, claims: Iterable[str]) -> frozenset[str]:
    """The numbers of the reports, as they could be printed."""
    found = set()
    for claim in claims:
        report = room.ledger.corroboration(claim, NOW)
        assert not report.showable
        numbers = [report.probability, *report.interval, report.log_odds, *(row.weight for row in report.contributions)]
        found |= {f"{one:.3f}" for one in numbers if one not in (0.0, 0.5, 1.0)} | {f"{one:.1%}" for one in numbers}
    return frozenset(found - {"0.0%", "0.010", "0.990", "1.0%", "99.0%"})


def test_the_private_claim_would_have_a_number(world: World) -> None:
    report = world.room.ledger.corroboration(world.claims["private"], NOW)
    assert (report.headline, report.confidence != "low") == ("corroborated", True)
    assert len(world.figures) > 6


def told(text: str, world: World, *, words: bool = True) -> list[str]:
    """What a text says that it must not."""
    for harmless in ("max-width:100%", "A4"):  # of the frame to copy, and of the paper to print on
        text = text.replace(harmless, "")
    found = [one for one in world.figures if one in text] + NUMBER.findall(text) + LETTER.findall(text)
    return found + (WORDS.findall(text) if words else [])


def said_in(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a JSON document under the name of its member."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield (name, one)
            if name not in PARTS | FITS:
                yield from said_in(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from said_in(one, at)
    else:
        yield (at, value)


def in_json(value: Any, world: World) -> list[str]:
    pairs = list(said_in(value))
    members = [f"{name}: {one}" for name, one in pairs if name in NEVER and one not in (None, [], {})]
    floats = [f"{name}: {one}" for name, one in pairs if isinstance(one, float) and name not in {*PARTS, *FITS, "@version"}]
    return members + floats + [found for _, one in pairs if isinstance(one, str) for found in told(one, world)]


def in_html(html: str, world: World) -> list[str]:
    """Text, and what attributes say: a style sheet and the places of lines in a drawing say nothing."""
    page = parse(re.sub(r"<style>.*?</style>", "", html, flags=re.S))
    spoken = [one.get(name) or "" for _, one in page.elements for name in ("content", "aria-label", "title", "alt", "value")]
    drawn = [str(one) for one in page.elements if one[1].get("class") in ("band", "at", "likelihood", "sum")]
    # What the policy calls its rules, and the words that a reader may search by.
    return told(page.text + "\n" + "\n".join(spoken), world) + drawn


def of_any(response: Any, world: World) -> list[str]:
    kind = response.headers["content-type"]
    if "json" in kind:
        return in_json(response.json(), world)
    return in_html(response.text, world) if "html" in kind else told(re.sub(r"<[^>]*>", " ", response.text), world)


def addresses(path: str, query: str, world: World) -> list[str]:
    own = str(world.room.http.base_url).rstrip("/")
    subjects = [world.document] if "documents" in path else [*world.claims.values()]
    found = []
    for one in subjects:
        for kind in ("atom", "json"):
            found.append((path + query).format(id=one, name=one, kind=kind, slug="court", own=own))
    return list(dict.fromkeys(found))


def test_every_way_to_ask_is_walked_or_exempt_for_a_reason() -> None:
    documented = create_app(settings=Settings(ledger="none.db")).openapi()["paths"]
    asked = {path for path, methods in documented.items() if "get" in methods}
    assert asked == WALKED.keys() | EXEMPT.keys()
    routers = (pages.router, cards.router, verifying_page.pages)
    shown = {route.path for router in routers for route in router.routes if isinstance(route, APIRoute)}
    assert shown == SHOWN.keys() | NOT_SHOWN.keys()


@pytest.mark.parametrize("path", WALKED)
def test_the_api_says_none(world: World, path: str) -> None:
    for address in addresses(path, WALKED[path], world):
        response = world.room.http.get(address)
        assert response.status_code == 200, address
        assert of_any(response, world) == [], address


@pytest.mark.parametrize("path", SHOWN)
def test_pages_cards_and_what_others_embed_say_none(world: World, path: str) -> None:
    for address in addresses(path, SHOWN[path], world):
        for more in ("", *QUERIES):
            if more and not ("claims/{id}" in path and path != "/oembed") and more != "&lang=de":
                continue
            if path.startswith("/embed") and "clock" in more:
                continue
            asked = address + (more if "?" in address or path == "/oembed" else more.replace("&", "?", 1))
            response = world.room.http.get(asked, headers=BROWSER)
            assert response.status_code == 200, asked
            # A source's page has its rating, which is none of a claim.
            found = [one for one in of_any(response, world) if path != "/sources/{slug}" or not LETTER.fullmatch(one)]
            assert found == [], asked


@pytest.mark.parametrize("path", ["/claims/{id}", "/claims/{id}/pack"])
def test_what_if_says_none(world: World, path: str) -> None:
    private = world.claims["private"]
    removable = {row.origin for row in world.room.ledger.corroboration(private, NOW).contributions if "+" not in row.origin}
    assert len(removable) > 1
    for slug in removable:
        for lang in LANGUAGES:
            address = path.format(id=private) + f"?without=source:{slug}&lang={lang}"
            response = world.room.http.get(address, headers=BROWSER)
            assert response.status_code == 200, address
            assert of_any(response, world) == [], address


def test_json_and_xml_of_oembed_and_json_ld_say_none(world: World) -> None:
    own = str(world.room.http.base_url).rstrip("/")
    for claim in world.claims.values():
        assert in_json(world.room.http.get(f"/oembed?url={own}/claims/{claim}&lang=de").json(), world) == []
        html = world.room.http.get(f"/claims/{claim}", headers=BROWSER).text
        data = json.loads(html.partition('<script type="application/ld+json">')[2].partition("</script>")[0])
        assert in_json(data, world) == []
        assert [one["@type"] for one in data["@graph"]] == ["Claim"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_says_none(world: World, language: str) -> None:
    t = tongue(language)  # type: ignore[arg-type]  # of LANGUAGES
    for claim in world.claims.values():
        shown = preview.plan(card_of(world.room.ledger, claim, Question(), t), t, "ledger.example")
        assert told(shown.text, world) == []
        assert shown.bar is None


@pytest.mark.parametrize("name", sorted(set(EXPORT_FORMATS) - SIGNED))
def test_exports_that_are_not_the_report_say_none(world: World, name: str) -> None:
    for claim in world.claims.values():
        response = world.room.http.get(f"/v1/claims/{claim}/export?format={name}")
        assert response.status_code == 200
        if name in ("vc", "claimreview", "prov-json", "prov-jsonld"):
            assert in_json(response.json(), world) == []
        else:
            # Records and pictures: their figures are dates, hashes and places; a rating is a record of its source.
            assert [one for one in world.figures if one in response.text] == []
            assert WORDS.findall(re.sub(r"<(style|defs).*?</\1>|<[^>]*>", " ", response.text, flags=re.S)) == []


def test_beside_every_intact_it_says_that_this_is_not_to_be_true() -> None:
    beside = {"en": ("intact", "not that it is true"), "de": ("unversehrt", "nicht dass es wahr ist")}
    for language, (word, more) in beside.items():
        texts = [one for one in catalogue(language).values() if word in one.lower()]  # type: ignore[arg-type]  # of LANGUAGES
        assert texts
        assert all(more in one.replace(",", "") for one in texts)


def test_wherever_something_is_called_proven_the_reader_is_told_what_that_does_not_show(world: World) -> None:
    for path in ("/log", "/records/{id}", "/claims/{id}", "/embed/claims/{id}"):
        for lang, words in (("en", "not that it is true"), ("de", "nicht dass es wahr ist")):
            html = world.room.http.get(path.format(id=world.claims["thin"]) + f"?lang={lang}", headers=BROWSER).text
            assert words in html, path
    assert "not that it is true" in world.room.http.get("/verify").text
