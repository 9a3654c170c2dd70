"""Feeds as readers take them: Atom (RFC 4287) and JSON Feed 1.1. Who published something is its author; we carry it.

`base` is the ledger's address from outside, without a last slash; where the operator named none, links are paths, which readers
resolve against the address that they have the feed from.
"""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as xml

from schemas.feeds import Feed, FeedItem

ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)


def print_atom(feed: Feed, base: str, own: str) -> bytes:
    """`own` is the path that this feed itself is served at."""
    xml.register_namespace("", ATOM)
    root = xml.Element(f"{{{ATOM}}}feed")
    _texts(root, id=feed.id, title=feed.title, updated=feed.updated, generator="OnRecord")
    _link(root, "self", base + own, "application/atom+xml")
    _link(root, "alternate", base + feed.path)
    _author(root, feed.origin)
    for item in feed.items:
        _print_entry(xml.SubElement(root, f"{{{ATOM}}}entry"), item, base)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{xml.tostring(root, encoding="unicode")}\n'.encode()


def print_json_feed(feed: Feed, base: str, own: str) -> bytes:
    printed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": base + feed.path,
        "feed_url": base + own,
        "authors": [{"name": feed.origin}],
        "items": [_json_item(item, base) for item in feed.items],
    }
    return json.dumps(printed, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def _print_entry(entry: xml.Element, item: FeedItem, base: str) -> None:
    _texts(entry, id=item.id, title=item.title, updated=item.updated, content=item.text)
    _link(entry, "alternate", base + item.path)
    if via := _web(item.via):
        _link(entry, "via", via)
    if item.publisher:
        _author(entry, item.publisher)


def _json_item(item: FeedItem, base: str) -> dict[str, Any]:
    via = _web(item.via)
    return {
        "id": item.id,
        "url": base + item.path,
        "title": item.title,
        "content_text": item.text,
        "date_modified": item.updated,
        **({"external_url": via} if via else {}),
        **({"authors": [{"name": item.publisher} | ({"url": via} if via else {})]} if item.publisher else {}),
    }


def _web(url: str | None) -> str | None:
    """What a feed may link to: an address of the web, and nothing that a reader would run."""
    return url if url and _WEB.fullmatch(url) else None


def _texts(parent: xml.Element, **texts: str) -> None:
    for name, text in texts.items():
        xml.SubElement(parent, f"{{{ATOM}}}{name}").text = _NOT_XML.sub("\ufffd", text)


def _author(parent: xml.Element, name: str) -> None:
    _texts(xml.SubElement(parent, f"{{{ATOM}}}author"), name=name)


def _link(parent: xml.Element, rel: str, href: str, media_type: str | None = None) -> None:
    kind = {"type": media_type} if media_type else {}
    xml.SubElement(parent, f"{{{ATOM}}}link", {"rel": rel, "href": _NOT_XML.sub("", href)} | kind)
