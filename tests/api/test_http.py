"""What every answer has in common, over a real socket."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.newsroom import Newsroom, newsroom

READS = [
    "/v1/claims",
    "/v1/sources",
    "/v1/sources/yonhap",
    "/v1/policy/olo-1",
    "/v1/log/checkpoint",
    "/v1/log/consistency?old=2",
    "/checkpoint",
    "/tile/entries/000.p/2",
    "/.well-known/onrecord",
    "/healthz",
    "/openapi.json",
]


def test_the_bare_address_says_where_to_go(room: Newsroom) -> None:
    found = room.http.get("/").json()
    assert found["onrecord"] == room.http.get("/.well-known/onrecord").json()["origin"]
    assert {room.http.get(path).status_code for path in found["links"].values()} == {200}


def test_a_parameter_that_is_none_is_answered_with_those_that_are(room: Newsroom) -> None:
    refused = room.http.get("/v1/claims", params={"q": "troops"})
    assert refused.status_code == 422
    assert "'q': no such parameter here; wanted query, " in refused.json()["detail"]


@pytest.mark.parametrize("path", READS)
def test_reads_have_a_strong_etag_and_answer_304_to_those_who_have_it(
    room: Newsroom, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # /healthz says how old the checkpoint is, which is another answer a second later.
    now = room.ledger._now()
    monkeypatch.setattr(room.ledger, "_now", lambda: now)
    response = room.http.get(path)
    assert response.status_code == 200
    etag = response.headers["etag"]
    assert re.fullmatch('"[0-9a-f]{32}"', etag)
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        again = room.http.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert room.http.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", READS)
def test_whoever_may_get_may_head(room: Newsroom, path: str) -> None:
    got, head = room.http.get(path), room.http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "cache-control"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", [*READS, "/v1/claims/00000000", "/nowhere"])
def test_reading_is_open_to_pages_of_every_origin(room: Newsroom, path: str) -> None:
    response = room.http.get(path, headers={"Origin": "https://newspaper.example"})
    assert response.headers["access-control-allow-origin"] == "*"
    assert "Link" in response.headers["access-control-expose-headers"]
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_browser_may_ask_first(room: Newsroom) -> None:
    asked = {"Origin": "https://newspaper.example", "Access-Control-Request-Method": "GET"}
    response = room.http.options("/v1/claims", headers=asked)
    assert response.status_code == 204
    assert response.headers["access-control-allow-methods"] == "GET, HEAD"
    assert "If-None-Match" in response.headers["access-control-allow-headers"]
    assert room.http.options("/v1/verify", headers=asked).headers["access-control-allow-methods"] == "POST"


def test_writing_is_not_offered_to_pages_of_other_origins(room: Newsroom) -> None:
    response = room.http.post("/v1/records", content=b"{}", headers={"Origin": "https://newspaper.example"})
    assert response.status_code == 422
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "method,path,status",
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/claims/", 404),
        ("GET", "/v1/records/a/b", 404),
        ("POST", "/v1/claims", 405),
        ("DELETE", "/v1/records/5f0e5f0e", 405),
        ("GET", "/add", 405),
        ("PUT", "/checkpoint", 405),
        ("OPTIONS", "/healthz", 405),
    ],
)
def test_paths_and_methods_that_are_none_get_a_problem(room: Newsroom, method: str, path: str, status: int) -> None:
    response = room.http.request(method, path)
    assert response.status_code == status
    assert_problem(response)


def test_a_405_names_what_is_allowed(room: Newsroom) -> None:
    assert room.http.put("/checkpoint").headers["allow"] == "GET, HEAD"
    assert room.http.get("/add").headers["allow"] == "POST"


@pytest.mark.parametrize(
    "path,name",
    [
        ("/v1/claims?untill=2024", "untill"),
        ("/v1/claims?limit=0", "limit"),
        ("/v1/claims?limit=201", "limit"),
        ("/v1/claims?limit=1_0", "limit"),
        ("/v1/claims?query=", "query"),
        ("/v1/claims?query=%00", "query"),
        ("/v1/claims?query=" + "x" * 301, "query"),
        ("/v1/claims?since=2024-13", "since"),
        ("/v1/claims?stance=wrong", "stance"),
        ("/v1/claims?cursor=%20", "cursor"),
        ("/v1/claims/5f0e5f0e/corroboration?until=yesterday", "until"),
        ("/v1/claims/5f0e5f0e/corroboration?as_of=-1", "as_of"),
        ("/v1/claims/5f0e5f0e/corroboration?as_of=2024-99-99", "as_of"),
        ("/v1/claims/5f0e5f0e/corroboration?base_rate=1", "base_rate"),
        ("/v1/claims/5f0e5f0e/corroboration?base_rate=nan", "base_rate"),
        ("/v1/claims/5f0e5f0e/corroboration?clock=wall", "clock"),
        ("/v1/claims/5f0e5f0e/corroboration?without=yonhap", "without.0"),
        ("/v1/claims/" + "0" * 81, "id"),
        ("/v1/claims/%01", "id"),
        ("/v1/records/5f0e5f0e/receipt?format=xml", "format"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(room: Newsroom, path: str, name: str) -> None:
    response = room.http.get(path)
    assert response.status_code == 422
    problem = assert_problem(response)
    assert [fault["name"] for fault in problem["errors"]] == [name]
    assert repr(name) in problem["detail"]


def test_several_wrong_parameters_are_named_at_once(room: Newsroom) -> None:
    problem = assert_problem(room.http.get("/v1/claims?limit=x&since=y&z=1"))
    assert {fault["name"] for fault in problem["errors"]} == {"limit", "since", "z"}


# The body's limit


def test_a_body_that_says_it_is_too_large_is_refused_unread(room: Newsroom) -> None:
    head = b"POST /v1/records HTTP/1.1\r\nHost: x\r\nContent-Length: 33554433\r\nExpect: 100-continue\r\n\r\n"
    status, _ = exchange(room.http, head)
    # A server that wanted the body would have said 100 first.
    assert status == 413


def test_a_chunked_body_is_refused_where_it_passes_the_limit(room: Newsroom) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(66):
            yield b" " * 1024

    response = room.http.post("/add", content=chunks())
    assert response.status_code == 413
    assert assert_problem(response)["type"] == "urn:onrecord:problem:too-large"


def test_a_body_of_the_largest_size_is_read(room: Newsroom) -> None:
    response = room.http.post("/add", content=b" " * 65_535)
    assert response.status_code == 422


@pytest.mark.parametrize("host", [b"", b"[::1", b"a b", b"evil.example/../x", b"\xff\xfe"])
def test_the_host_header_is_used_for_nothing(room: Newsroom, host: bytes) -> None:
    status, body = exchange(room.http, b"GET /v1/claims?limit=1 HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
    assert status in (200, 400)
    assert b"evil.example" not in body


# The read token


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with newsroom(tmp_path_factory.mktemp("closed"), token="s3cret-token") as room:
        yield room


@pytest.mark.parametrize("path", [path for path in READS if path not in ("/healthz", "/openapi.json", "/v1/sources/yonhap")])
@pytest.mark.parametrize("given", [None, "Bearer wrong", "Bearer", "Basic s3cret", "Bearer t\u00f6k\u00e9n"])
def test_where_a_token_is_set_reading_needs_it(closed: Newsroom, path: str, given: str | None) -> None:
    with httpx.Client(base_url=closed.http.base_url) as http:
        headers = {} if given is None else {"Authorization": given.encode()}
        response = http.get(path, headers=headers)
    assert response.status_code == 401
    assert assert_problem(response)["type"] == "urn:onrecord:problem:unauthenticated"
    assert "Bearer" in response.headers["www-authenticate"]


def test_the_token_opens_reading_and_health_is_always_open(closed: Newsroom) -> None:
    assert closed.http.get("/v1/claims").status_code == 200
    assert httpx.get(f"{closed.http.base_url}/healthz").status_code == 200
    assert httpx.post(f"{closed.http.base_url}/v1/verify", content=b"{}").status_code == 401


def assert_problem(response: httpx.Response) -> dict[str, object]:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    problem: dict[str, object] = response.json()
    assert problem["status"] == response.status_code
    assert str(problem["type"]).startswith("urn:onrecord:problem:")
    return problem


def exchange(http: httpx.Client, sent: bytes) -> tuple[int, bytes]:
    """Bytes as they are on the wire, and the first status that comes back."""
    parts = urlsplit(str(http.base_url))
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(sent)
        received = b""
        while part := connection.recv(65_536):
            received += part
            if b"\r\n\r\n" in received and b"Connection: close" not in sent:
                break
    return int(received.split(b" ", 2)[1]), received
