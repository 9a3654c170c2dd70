"""Feeds as a feed reader takes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest

from ledger.exports.feeds import ATOM, print_atom, print_json_feed
from schemas.feeds import Feed, FeedItem
from tests.api.newsroom import DOCUMENT, ORIGIN, Newsroom, claim_record, newsroom, said

WHERE = ["/feed", "/v1/claims/{claim}/feed", "/v1/sources/dprk/feed", "/feed?query=troops"]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """One of this test's own: what changed last depends on what else was added."""
    with newsroom(tmp_path) as filled:
        filled.fill()
        yield filled


def address(room: Newsroom, where: str, kind: str) -> str:
    path, _, question = where.format(claim=room.ids["claim"]).partition("?")
    return f"{path}.{kind}" + (f"?{question}" if question else "")


@pytest.mark.parametrize("where", WHERE)
def test_a_feed_reader_takes_every_feed(room: Newsroom, where: str) -> None:
    room.ledger.catch_up()
    answer = room.http.get(address(room, where, "atom")).raise_for_status()
    assert answer.headers["content-type"] == "application/atom+xml"
    read = feedparser.parse(answer.content)
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == "atom10"
    assert read.entries
    assert len({entry.id for entry in read.entries}) == len(read.entries)
    assert [entry.updated for entry in read.entries] == sorted((entry.updated for entry in read.entries), reverse=True)
    assert all(entry.link.startswith("/claims/") for entry in read.entries)
    assert room.http.get(read.entries[0].link, headers={"accept": "text/html"}).headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("where", WHERE)
def test_both_kinds_of_feed_say_the_same(room: Newsroom, where: str) -> None:
    room.ledger.catch_up()
    answer = room.http.get(address(room, where, "json")).raise_for_status()
    assert answer.headers["content-type"] == "application/feed+json"
    told = answer.json()
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert told["feed_url"] == address(room, where, "json")
    read = feedparser.parse(room.http.get(address(room, where, "atom")).content)
    assert [(one["id"], one["title"], one["url"]) for one in told["items"]] == [
        (entry.id, entry.title, entry.link) for entry in read.entries
    ]


def test_whoever_published_it_is_named_as_its_author(room: Newsroom) -> None:
    [first, *_] = room.http.get("/v1/sources/outlet/feed.json").raise_for_status().json()["items"]
    assert first["authors"][0]["name"] == "Outlet"
    assert first["external_url"] == DOCUMENT["url"]
    [entry, *_] = feedparser.parse(room.http.get("/v1/sources/outlet/feed.atom").content).entries
    assert entry.author == "Outlet"
    assert [link.href for link in entry.links if link.rel == "via"] == [DOCUMENT["url"]]


def test_a_change_comes_first_and_says_what_it_was_before(room: Newsroom) -> None:
    claim = room.add("crates", claim_record("Crates were unloaded at the border"))
    room.ledger.catch_up()
    items = room.http.get("/feed.json").json()["items"]
    assert items[0]["title"] == "No reports: Crates were unloaded at the border"
    room.post({"kind": "assessment", "target": "ukraine", "scheme": "admiralty-reliability", "value": "B"})
    room.post(said(claim, "ukraine", act="asserts", basis="witnessed", said_at="2025-05-01"))
    room.ledger.catch_up()
    [first, *others] = room.http.get("/feed.json").json()["items"]
    assert first["title"].endswith(": Crates were unloaded at the border")
    assert "Before that: no reports." in first["content_text"]
    assert all("Crates" not in one["title"] for one in others)
    told = room.http.get(f"/v1/claims/{claim}/feed.json").json()["items"]
    assert "asserts it" in told[0]["title"]


def test_the_feed_of_a_search_holds_what_the_search_finds(room: Newsroom) -> None:
    room.ledger.catch_up()
    found = {one["id"] for one in room.http.get("/v1/claims?query=troops").json()["claims"]}
    items = room.http.get("/feed.json?query=troops").json()["items"]
    assert {one["url"].removeprefix("/claims/") for one in items} == found
    assert room.http.get("/feed.json?query=zebra").json()["items"] == []


@pytest.mark.parametrize(
    "path,status",
    [
        ("/feed.rss", 422),
        ("/feed.json?cursor=abc", 422),
        ("/feed.json?headline=nonsense", 422),
        ("/v1/claims/deadbeef/feed.atom", 404),
        ("/v1/sources/nobody/feed.json", 404),
    ],
)
def test_what_has_no_feed_is_said_so(room: Newsroom, path: str, status: int) -> None:
    refused = room.http.get(path)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_withheld_claim_is_in_no_feed(room: Newsroom) -> None:
    claim = room.add("secret", claim_record("A private matter of the harbour master"))
    room.ledger.catch_up()
    assert "harbour master" in room.http.get("/feed.json").text
    room.post({"kind": "withhold", "target": claim, "basis": "a court's order", "authority": "a court", "ledger": ORIGIN})
    room.ledger.catch_up()
    told = room.http.get("/feed.json")
    assert "harbour master" not in told.text
    assert told.json()["items"][0]["title"] == f"Withheld: a claim ({claim[:19]})"
    assert room.http.get(f"/v1/claims/{claim}/feed.atom").status_code == 451


def test_what_was_said_of_a_withheld_claim_is_told_by_no_feed_and_no_document(room: Newsroom) -> None:
    claim = room.add("secret", claim_record("A private matter of the harbour master"))
    document = room.add("gossip", {**DOCUMENT, "url": "https://outlet.example/gossip"})
    quote = {"exact": "he was seen at the harbour"}
    statement = room.add("said", said(claim, "outlet", document=document, quote=quote))
    asked = ("/v1/sources/outlet/feed.json", f"/v1/documents/{document}")
    assert all("seen at the harbour" in room.http.get(path).text for path in asked)
    room.post({"kind": "withhold", "target": claim, "basis": "a court's order", "authority": "a court", "ledger": ORIGIN})
    for path in asked:
        answer = room.http.get(path).raise_for_status().text
        assert "seen at the harbour" not in answer
        assert statement not in answer


def test_the_operators_address_makes_links_absolute(tmp_path: Path) -> None:
    with newsroom(tmp_path, public_url="https://ledger.example/") as room:
        room.fill()
        room.ledger.catch_up()
        told = room.http.get("/feed.json").json()
        assert told["feed_url"] == "https://ledger.example/feed.json"
        assert all(one["url"].startswith("https://ledger.example/claims/") for one in told["items"])


HOSTILE = "</title><script>alert(1)</script> & \u0000\u000b\ufffe \U0001f600 ]]>"


def test_hostile_texts_stay_text_and_hostile_addresses_are_no_links() -> None:
    item = FeedItem(
        id="urn:x:1", title=HOSTILE, text=HOSTILE, updated="2025-04-28T10:00:00Z", path="/v1/claims/x",
        via="javascript:alert(1)", publisher=HOSTILE,
    )  # fmt: skip
    feed = Feed(id="urn:x", title=HOSTILE, origin="o", path="/", updated="2025-04-28T10:00:00Z", items=[item])
    root = ElementTree.fromstring(print_atom(feed, "", "/feed.atom"))
    title = root.find(f"{{{ATOM}}}entry/{{{ATOM}}}title")
    assert title is not None
    assert title.text is not None
    assert title.text.startswith("</title><script>")
    assert b"javascript:" not in print_atom(feed, "", "/feed.atom")
    printed = json.loads(print_json_feed(feed, "", "/feed.json"))
    assert printed["items"][0]["title"] == HOSTILE
    assert "external_url" not in printed["items"][0]
