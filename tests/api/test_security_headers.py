"""What every answer says to a browser before it shows anything: walked over all routes, documented or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from api.app import create_app
from api.pages.rendering import HEADERS, POLICY
from api.routes import cards, pages, verifying_page
from ledger.config import Settings
from tests.api.newsroom import Newsroom
from tests.api.pages.reading import BROWSER

HTML = [
    route.path
    for one in (pages.router, cards.router, verifying_page.pages)
    for route in one.routes
    if isinstance(route, APIRoute)
]
FRAMED = "/embed/"


def asked(room: Newsroom, path: str) -> str:
    named = "onrecord.css" if "static" in path else "yonhap"
    own = str(room.http.base_url).rstrip("/")
    one = room.ids["document"] if "documents" in path else room.ids["claim"]
    return path.format(id=one, slug="yonhap", name=named, digits=one.removeprefix("sha256:")) + (
        f"?url={own}/claims/{one}" if path == "/oembed" else ""
    )


def sources_of(policy: str) -> Iterator[str]:
    for directive in policy.split(";"):
        yield from directive.split()[1:]


@pytest.mark.parametrize("path", HTML)
def test_a_page_allows_nothing_inline_and_no_frame_but_the_card(room: Newsroom, path: str) -> None:
    response = room.http.get(asked(room, path), headers=BROWSER)
    headers = response.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers
    if "html" not in headers["content-type"]:
        assert response.status_code in (200, 404)
        return
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    framed = path.startswith(FRAMED)
    assert not [one for one in sources_of(policy) if "unsafe" in one or (one in ("*", "http:", "https:") and not framed)]
    assert "base-uri 'none'" in policy
    assert headers["referrer-policy"] == "no-referrer"
    if framed:
        assert policy.endswith("frame-ancestors *")
        assert "x-frame-options" not in headers
    else:
        assert "frame-ancestors 'none'" in policy
        assert path.startswith("/verify") or headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "path", ["/nowhere", "/claims/00000000", "/search?stance=wrong", "/embed", "/static/none.css", "/log?x=1"]
)
def test_an_error_has_the_headers_of_a_page(room: Newsroom, path: str) -> None:
    headers = room.http.get(path, headers=BROWSER).headers
    assert {name: headers[name] for name in HEADERS} == dict(HEADERS)
    assert "unsafe" not in POLICY


def documented() -> list[tuple[str, dict[str, Any]]]:
    paths = create_app(settings=Settings(ledger="none.db")).openapi()["paths"]
    return [(path, methods["get"]) for path, methods in paths.items() if "get" in methods]


def test_an_answer_of_the_api_is_not_taken_for_a_page_and_runs_nothing(room: Newsroom) -> None:
    looked_at = 0
    for path, _ in documented():
        ids = re.sub(r"\{(name|id)\}", room.ids["document"] if "documents" in path else room.ids["claim"], path)
        address = ids.format(kind="json", slug="yonhap", version="olo-1", path="0/000.p/1", key="none")
        for accept in (BROWSER, {"Accept": "*/*"}):
            headers = room.http.get(
                address, params={"id": room.ids["claim"]} if "preview" in path else {}, headers=accept
            ).headers
            assert headers["x-content-type-options"] == "nosniff", address
            assert "set-cookie" not in headers
            kind = headers["content-type"]
            if "html" in kind or "svg" in kind:
                assert "default-src 'none'" in headers["content-security-policy"], address
                assert "script-src" not in headers["content-security-policy"], address
            looked_at += 1
    assert looked_at > 50


@pytest.mark.parametrize("name", ["svg", "claimreview", "csv", "dossier", "bundle", "prov-n"])
def test_a_file_that_a_browser_opens_is_locked_up(room: Newsroom, name: str) -> None:
    headers = room.http.get(f"/v1/claims/{room.ids['claim']}/export?format={name}", headers=BROWSER).headers
    assert "sandbox" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_files_of_the_pages_are_what_their_type_says(room: Newsroom) -> None:
    for name, kind in (("onrecord.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml")):
        headers = room.http.get(f"/static/{name}").headers
        assert headers["content-type"] == kind
        assert headers["x-content-type-options"] == "nosniff"
