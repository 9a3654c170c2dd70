"""The log over HTTP, read by a client that was written from the specifications alone (tests/api/c2sp.py)."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import httpx
import pytest

from api.app import create_app
from ledger.service import Ledger
from ledger.wiring import create_ledger, open_ledger
from tests.api import c2sp
from tests.api.serving import served

SIZE = 600
FOREVER = "max-age=31536000, immutable"


def entry(number: int) -> bytes:
    """Any bytes will do on a test log: one, some, very many."""
    return {0: b"\x00", 1: b"\x00\xff", 2: b"x" * 65_535}.get(number, b"entry %d" % number)


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A test log of 600 entries that eight clients wrote at once. Some sizes on the way are published for certain."""
    place = str(tmp_path_factory.mktemp("log") / "log.db")
    create_ledger(place, origin="test.example/log", test_log=True)
    ledger = open_ledger(place)
    assert isinstance(ledger, Ledger)
    with served(create_app(ledger)) as url, httpx.Client(base_url=url, timeout=30) as client:
        with ThreadPoolExecutor(8) as pool:
            answers = [
                answer
                for start, end in pairwise((0, 1, 255, 256, 257, 513, SIZE))
                for answer in pool.map(lambda number: client.post("/add", content=entry(number)), range(start, end))
            ]
        assert {answer.status_code for answer in answers} == {200}
        assert sorted(int(answer.text) for answer in answers) == list(range(SIZE))
        yield client
    ledger.close()


@pytest.fixture(scope="module")
def log(http: httpx.Client) -> c2sp.Log:
    return c2sp.Log(http, http.get("/.well-known/onrecord").json()["log_keys"][0])


def test_a_stranger_recomputes_the_root_from_the_entries(log: c2sp.Log) -> None:
    head = log.head()
    assert head.size == SIZE
    entries = log.entries(head.size)
    assert sorted(entries) == sorted(entry(number) for number in range(SIZE))
    leaves = [c2sp.leaf(one) for one in entries]
    assert c2sp.tree_root(leaves) == head.root
    assert log.check_tiles(leaves) == 4  # three of leaves, one of their roots


@pytest.mark.parametrize("old,new", [(1, 600), (255, 256), (256, 600), (257, 513), (600, 600)])
def test_a_stranger_checks_that_the_log_only_grew(http: httpx.Client, log: c2sp.Log, old: int, new: int) -> None:
    leaves = [c2sp.leaf(one) for one in log.entries(SIZE)]
    proof = http.get("/v1/log/consistency", params={"old": old, "new": new}).raise_for_status().json()
    hashes = [base64.b64decode(part) for part in proof["proof"]]
    old_root, new_root = (c2sp.tree_root(leaves[:size]) for size in (old, new))
    assert [base64.b64decode(proof[side]["root"]) for side in ("old", "new")] == [old_root, new_root]
    if old == new:
        assert hashes == []
    else:
        assert c2sp.consistent(old, new, hashes, old_root, new_root)


def test_a_checkpoint_is_text_that_nobody_may_keep(http: httpx.Client) -> None:
    response = http.get("/checkpoint")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.text == http.get("/v1/log/checkpoint").json()["note"]


@pytest.mark.parametrize(
    "path,length,cache",
    [
        ("tile/0/000", 8192, FOREVER),
        ("tile/0/001", 8192, FOREVER),
        ("tile/0/002.p/88", 2816, "max-age=60"),
        ("tile/0/002.p/5", 160, "max-age=60"),
        ("tile/1/000.p/2", 64, "max-age=60"),
        ("tile/entries/000", None, FOREVER),
        ("tile/entries/002.p/88", None, "max-age=60"),
    ],
)
def test_full_tiles_may_be_kept_for_ever_and_partial_ones_for_a_minute(
    http: httpx.Client, path: str, length: int | None, cache: str
) -> None:
    response = http.get(f"/{path}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["cache-control"] == cache
    assert length is None or len(response.content) == length
    head = http.head(f"/{path}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == response.headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/tile/0/003",  # past the end
        "/tile/0/002",  # not full yet
        "/tile/0/002.p/89",
        "/tile/0/002.p/256",
        "/tile/0/002.p/0",
        "/tile/0/002.p/088",
        "/tile/0/2",
        "/tile/0/x000/000",
        "/tile/00/000",
        "/tile/64/000",
        "/tile/-1/000",
        "/tile/0/",
        "/tile/",
        "/tile/entries/003",
        "/tile/entries/0",
        "/tile/0/%30%30%30",
        "/tile/0%2F000",
        "/tile//0/000",
        "/tile/0/000/",
        "/tile/./0/000",
        "/tile/0/../0/000",
        "/tile/%2e%2e/checkpoint",
        "/tile/entries/%2e%2e/0/000",
        "/tile/0/000%00",
        "/tile/0/%D9%A0%D9%A0%D9%A0",
        "/tile/0/" + "x123/" * 40 + "000",
    ],
)
def test_every_other_address_of_a_tile_holds_nothing(http: httpx.Client, path: str) -> None:
    # The client would tidy the path up before it sends it; the target is sent as it is.
    response = http.get("/", extensions={"target": path.encode()})
    assert response.status_code in (400, 404)
    if response.status_code == 404:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["cache-control"] == "no-store"


def test_entries_are_compressed_only_for_those_who_ask(http: httpx.Client) -> None:
    plain = http.get("/tile/entries/001", headers={"Accept-Encoding": "identity"})
    refused = http.get("/tile/entries/001", headers={"Accept-Encoding": "br, gzip;q=0"})
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    with http.stream("GET", "/tile/entries/001", headers={"Accept-Encoding": "br;q=1.0, gzip;q=0.8"}) as response:
        assert response.headers["content-encoding"] == "gzip"
        assert response.headers["etag"] != plain.headers["etag"]
        assert gzip.decompress(b"".join(response.iter_raw())) == plain.content
    assert {one.headers["vary"] for one in (plain, refused)} == {"Accept-Encoding"}


def test_an_entry_past_the_limit_is_refused(http: httpx.Client) -> None:
    response = http.post("/add", content=b"x" * 65_536)
    assert response.status_code == 413
    assert response.json()["type"] == "urn:onrecord:problem:too-large"


@pytest.mark.parametrize("path", ["/v1/claims", "/v1/sources", "/v1/records/5f0e5f0e", "/v1/policy/olo-1"])
def test_a_test_log_has_no_records(http: httpx.Client, path: str) -> None:
    response = http.get(path)
    assert response.status_code == 404
    assert "test log" in response.json()["detail"]
    assert http.post("/v1/records", content=b"{}").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "old=-1", "old=x", "old=%2B1", "old=1_0", "old=01", "old=700", "old=5&new=4", "old=1&new=700"]
)
def test_consistency_between_sizes_that_are_none_is_refused(http: httpx.Client, query: str) -> None:
    response = http.get(f"/v1/log/consistency?{query}")
    assert response.status_code in (404, 422)
    assert response.headers["content-type"] == "application/problem+json"
