"""What the operator sees: figures at `/metrics`, a number for each request, log lines. Never a word of what was recorded."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from ledger import logs
from ledger.config import Settings
from ledger.errors import UsageError
from ledger.wiring import create_ledger
from tests.api.newsroom import Newsroom, claim_record, newsroom, said, source
from tests.api.test_workers import WORKERS, clients_of, serving, wait_for, workers_of

TOKEN = "0123456789abcdef-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
Figures = dict[str, list[tuple[dict[str, str], float]]]


@pytest.fixture(scope="module")
def lines() -> Iterator[io.StringIO]:
    """All that is logged while this module's tests run."""
    stream, logger = io.StringIO(), logging.getLogger(logs.LOGGER)
    before = logger.handlers[:], logger.level, logger.propagate
    logs.configure("debug", stream)
    yield stream
    logger.handlers[:], logger.level, logger.propagate = before[0], before[1], before[2]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, lines: io.StringIO) -> Iterator[Newsroom]:
    place = tmp_path_factory.mktemp("watched")
    with newsroom(place, metrics_token=TOKEN, log_requests=True, prepared_most=0) as room:
        room.fill()
        yield room


def figures(http: httpx.Client) -> Figures:
    """Every sample by its name, as Prometheus's own parser reads them."""
    answer = http.get("/metrics", headers=BEARER)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    found: Figures = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def value(found: Figures, name: str, **labels: str) -> float:
    return sum(one for had, one in found.get(name, ()) if labels.items() <= had.items())


def requests(found: Figures, route: str, **labels: str) -> float:
    return value(found, "onrecord_requests_total", route=route, **labels)


def told(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_nobody_sees_figures_unless_the_operator_set_a_token(room: Newsroom) -> None:
    assert room.http.get("/metrics").status_code == 404
    assert room.http.get("/metrics", headers=BEARER).status_code == 404


@pytest.mark.parametrize("given", [None, "", TOKEN, f"Bearer {TOKEN}x", "Bearer", f"Basic {TOKEN}", "Bearer \xff"])
def test_figures_are_for_who_has_the_token(watched: Newsroom, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given.encode("latin-1")}
    answer = watched.http.get("/metrics", headers=headers)  # type: ignore[arg-type]  # bytes are headers too
    assert (answer.status_code, "onrecord_" in answer.text) == (401, False)


def test_a_token_that_is_soon_guessed_is_refused() -> None:
    with pytest.raises(UsageError):
        create_app(settings=Settings(ledger="l.db", metrics_token="short"))  # type: ignore[arg-type]  # pydantic makes a secret of it


def test_figures_say_how_the_ledger_stands(watched: Newsroom) -> None:
    size = watched.ledger.checkpoint().size
    found = figures(watched.http)
    assert value(found, "onrecord_up") == 1
    assert value(found, "onrecord_tree_size") == size
    assert 0 <= value(found, "onrecord_checkpoint_age_seconds") < 3600
    assert value(found, "onrecord_signing_stopped") == 0
    assert "onrecord_standing_lag_entries" in found
    assert "onrecord_witnessed" not in found  # nobody is asked


def test_appends_are_counted_with_their_steps(watched: Newsroom) -> None:
    before = figures(watched.http)
    record = claim_record("A claim to be counted")
    assert watched.post(record).status_code == 200
    assert watched.post(record).status_code == 200  # which is known now
    after = figures(watched.http)

    def more(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert more("onrecord_records_total", kind="new") == 1
    assert more("onrecord_records_total", kind="known") == 1
    assert more("onrecord_append_step_seconds_count") == 2
    assert more("onrecord_append_wait_seconds_count") == 2
    assert value(after, "onrecord_append_waiting") == 0
    for part, times in (("signed", 1), ("entries written", 1), ("committed", 2)):
        assert more("onrecord_append_part_seconds_count", part=part) == times, part
    assert 0 < more("onrecord_append_part_seconds_sum") <= more("onrecord_append_step_seconds_sum")


def test_refusals_are_counted_by_their_kind(watched: Newsroom) -> None:
    before = figures(watched.http)
    assert watched.http.post("/v1/records", content=b"{nonsense").status_code == 422
    of_no_claim = said("sha256:" + "00" * 32, "dprk", said_at="2025-04-28")
    assert watched.post(of_no_claim).status_code in (404, 422)
    assert watched.http.get("/v1/claims/ffffffffffff").status_code == 404
    after = figures(watched.http)
    kinds = {labels["kind"] for labels, _ in after["onrecord_problems_total"]}
    assert {"format", "not-found"} <= kinds
    posted = {"name": "onrecord_problems_total", "method": "POST"}
    assert value(after, **posted) - value(before, **posted) == 2  # type: ignore[arg-type]  # names of labels


def test_reads_are_counted_by_route_and_never_by_what_was_asked_for(watched: Newsroom) -> None:
    before = figures(watched.http)
    claim_id = watched.ids["claim"]
    for path in (
        f"/v1/claims/{claim_id}",
        f"/v1/claims/{claim_id}",
        f"/v1/records/{claim_id}/receipt",
        "/tile/0/000.p/5",
        f"/claims/{claim_id.removeprefix('sha256:')}",
        f"/nothing/{claim_id}",
        "/healthz",
    ):
        watched.http.get(path)
    watched.http.request("BREW", "/healthz")
    watched.http.head(f"/v1/claims/{claim_id}")
    after = figures(watched.http)

    def more(route: str, **labels: str) -> float:
        return requests(after, route, **labels) - requests(before, route, **labels)

    assert more("/v1/claims/{id}") == 3
    assert more("/v1/claims/{id}", how="remembered") == 2
    assert more("/v1/claims/{id}", method="HEAD") == 1
    assert more("/v1/records/{id}/receipt", how="at once") == 1
    assert more("/tile/{path}") == 1
    assert more("/healthz", status="200") == 1
    assert more("none", status="404") == 1
    routes = {labels["route"] for labels, _ in after["onrecord_requests_total"]}
    assert not any(re.search("[0-9a-f]{8}", route) for route in routes), routes
    assert {labels["method"] for labels, _ in after["onrecord_requests_total"]} <= {"GET", "HEAD", "POST", "OPTIONS", "other"}


def test_each_answer_has_a_number_that_its_log_lines_bear(watched: Newsroom, lines: io.StringIO) -> None:
    path = f"/v1/claims/{watched.ids['claim']}"
    answers = [watched.http.get(path), watched.http.get(path), watched.http.get("/nowhere"), watched.http.options("/")]
    numbers = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(numbers)) == len(numbers)
    found = {one["request"]: one for one in told(lines) if one["event"] == "request"}
    first, again, nowhere, _ = (found[number] for number in numbers)
    assert (first["route"], first["status"], first["method"]) == ("/v1/claims/{id}", 200, "GET")
    assert again["how"] == "remembered"
    assert (nowhere["route"], nowhere["status"]) == ("none", 404)
    assert set(first) == {
        "time", "level", "event", "request", "method", "route", "status", "how", "milliseconds", "bytes",
    }  # fmt: skip
    # Nobody may choose it, or a stranger could write into the log.
    chosen = watched.http.get("/healthz", headers={"X-Request-Id": "mine"})
    assert re.fullmatch("[0-9a-f]{16}", chosen.headers["x-request-id"])


def test_without_the_setting_there_is_a_number_and_no_line(room: Newsroom, lines: io.StringIO) -> None:
    number = room.http.get("/healthz").headers["x-request-id"]
    assert number not in lines.getvalue()


PRIVATE = "Zebulon Quackenbush of 17 Larkspur Lane"
HOSTILE = '<script>alert(\'xyzzy\')</script>\u202e\nlevel=error "event":"forged" xyzzy'
WORDS = ("xyzzy", "Quackenbush", "Larkspur", "203.0.113.99", "198.51.100.7", "Frobozz", "script", "forged", "secret-token")


def test_neither_figures_nor_log_hold_a_word_of_what_was_recorded_or_asked(watched: Newsroom, lines: io.StringIO) -> None:
    headers = {
        "User-Agent": "Frobozz/1.0 (xyzzy)",
        "Referer": "https://xyzzy.example/?Quackenbush",
        "X-Forwarded-For": "203.0.113.99",
        "Forwarded": "for=198.51.100.7",
        "Authorization": "Bearer secret-token",
        "Cookie": "name=Quackenbush",
    }
    clean = HOSTILE.replace("\n", " ").replace("\u202e", "")
    hostile_claim = claim_record(f"{clean} {PRIVATE}")
    assert watched.post(hostile_claim).status_code == 200
    assert watched.post(source("xyzzy-outlet", "outlet", names={"en": clean})).status_code == 200
    http = watched.http
    for answer in (
        http.post("/v1/records", content=json.dumps({"xyzzy": PRIVATE}).encode(), headers=headers),
        http.post("/v1/records", content=HOSTILE.encode(), headers=headers),
        http.post("/add", content=HOSTILE.encode(), headers=headers),
        http.post("/v1/verify", content=HOSTILE.encode(), headers=headers),
        http.post("/v1/claims:seen", json={"text": PRIVATE}, headers=headers),
        http.post("/reconcile", data={"queries": json.dumps({"q0": {"query": PRIVATE}})}, headers=headers),
        http.get("/v1/claims", params={"query": HOSTILE, "lang": "xyzzy"}, headers=headers),
        http.get("/v1/claims", params={"query": PRIVATE}, headers=headers),
        http.get("/search", params={"query": PRIVATE}, headers=headers),
        http.get("/v1/claims", params={"xyzzy": PRIVATE}, headers=headers),
        http.get("/v1/sources/xyzzy-outlet", headers=headers),
        http.get("/v1/sources/quackenbush-xyzzy", headers=headers),
        http.get("/Quackenbush/xyzzy", headers=headers),
        http.get("/tile/0/xyzzy", headers=headers),
        http.request("XYZZY", "/Quackenbush", headers=headers),
        http.get("/v1/claims/xyzzy", params={"until": "Quackenbush"}, headers=headers),
    ):
        assert answer.status_code < 500
    text = http.get("/metrics", headers=BEARER).text
    logged = lines.getvalue()
    assert len(logged) > 5_000
    for word in WORDS:
        assert word.lower() not in text.lower(), word
        assert word.lower() not in logged.lower(), word
    for line in told(lines):  # each is one object: nothing broke out of its line
        assert {"time", "level", "event"} <= line.keys()


@pytest.mark.timeout(120)
def test_whichever_worker_is_asked_tells_of_all_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, keys = str(tmp_path / "l.db"), tmp_path / "keys"
    create_ledger(target, keys=keys)
    monkeypatch.setenv("ONRECORD_METRICS_TOKEN", TOKEN)
    with serving(target, keys) as (process, address):
        workers = wait_for(lambda: found if len(found := workers_of(process)) == WORKERS else None)
        with ExitStack() as stack:
            one, other = clients_of(stack, address, workers, WORKERS)
            for client, times in ((one, 3), (other, 4)):
                for _ in range(times):
                    client.get("/v1/sources").raise_for_status()
            for client in (one, other):  # an answer is counted once it has gone out
                wait_for(lambda client=client: requests(figures(client), "/v1/sources") == 7)  # type: ignore[misc]
                assert value(figures(client), "onrecord_tree_size") == 2
