"""Whose word is taken for where this server is: the operator's and its own, never the caller's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.addresses import believed
from tests.api.newsroom import newsroom

PATHS = (
    "/claims/{claim}",
    "/claims/{claim}/pack",
    "/embed/claims/{claim}",
    "/v1/claims/{claim}",
    "/v1/claims/{claim}/feed.atom",
    "/v1/claims/{claim}/feed.json",
    "/feed.atom",
    "/oembed?url=http://evil.example/claims/{claim}",
    "/v1alpha1/claims:search?query=north",
    "/reconcile",
    "/reconcile/preview?id={claim}",
    "/sources/yonhap",
    "/documents/{document}",
    "/",
    "/search?query=north",
    "/.well-known/onrecord",
)


def scope(server: tuple[str, int | None] | None, scheme: str = "http", root: str = "") -> dict[str, Any]:
    return {"scheme": scheme, "server": server, "root_path": root}


@pytest.mark.parametrize(
    "host, server, address",
    [
        ("localhost:8000", ("127.0.0.1", 8000), "http://localhost:8000"),
        ("LOCALHOST:9000", ("10.0.0.5", 8000), "http://LOCALHOST:9000"),
        ("127.0.0.1:8000", ("127.0.0.1", 8000), "http://127.0.0.1:8000"),
        ("[::1]:8000", ("::1", 8000), "http://[::1]:8000"),
        ("192.168.1.20:8000", ("192.168.1.20", 8000), "http://192.168.1.20:8000"),
        ("192.168.1.20:8000", ("::ffff:192.168.1.20", 8000), "http://192.168.1.20:8000"),
        ("192.168.1.20", ("192.168.1.20", 80), "http://192.168.1.20"),
        ("[2001:DB8::1]:8000", ("2001:db8::1", 8000), "http://[2001:DB8::1]:8000"),
        ("192.168.1.20:8001", ("192.168.1.20", 8000), ""),
        ("192.168.1.21:8000", ("192.168.1.20", 8000), ""),
        ("ledger.example", ("127.0.0.1", 8000), ""),
        ("localhost.evil.example:8000", ("127.0.0.1", 8000), ""),
        ("127.0.0.1.evil.example", ("127.0.0.1", 8000), ""),
        ("evil.example@localhost", ("127.0.0.1", 8000), ""),
        ("2130706433:8000", ("127.0.0.1", 8000), ""),
        ("", ("127.0.0.1", 8000), ""),
        ("x", ("/run/onrecord.sock", None), ""),
        ("x", None, ""),
    ],
)
def test_only_what_the_server_knows_by_itself_is_believed(host: str, server: Any, address: str) -> None:
    assert believed(host, scope(server)) == address


def test_the_scheme_and_the_root_stay() -> None:
    assert believed("10.0.0.5", scope(("10.0.0.5", 443), "https", "/facts")) == "https://10.0.0.5/facts"


def test_a_callers_host_is_in_no_answer_and_pages_still_work(tmp_path: Path) -> None:
    with newsroom(tmp_path) as room:
        room.fill()
        for path in PATHS:
            asked = path.format(**room.ids)
            answer = room.http.get(asked, headers={"Host": "poison.example:8443", "Accept": "text/html, */*;q=0.1"})
            assert "poison" not in answer.text + str(answer.headers), asked
            whole = asked.startswith(("/oembed", "/v1alpha1")) or asked == "/reconcile"
            assert answer.status_code == (421 if whole else 200), asked


def test_on_the_address_it_listens_on_links_are_whole(tmp_path: Path) -> None:
    with newsroom(tmp_path) as room:
        room.fill()
        address = str(room.http.base_url).rstrip("/")
        page = room.http.get(f"/claims/{room.ids['claim']}", headers={"Accept": "text/html"}).text
        assert f'content="{address}/claims/{room.ids["claim"]}"' in page
        hidden = room.http.get(f"/claims/{room.ids['claim']}", headers={"Accept": "text/html", "Host": "lan-box"}).text
        assert "ONRECORD_PUBLIC_URL" in hidden
        assert "<textarea" not in hidden
        assert "og:url" not in hidden
