"""A server on a streaming replica: it answers what the primary answers, as far as it has come, and takes nothing."""

from __future__ import annotations

import base64
import threading
import time
from typing import Any

import pytest
from sqlalchemy import text

from ledger.core.merkle import check_consistency
from ledger.errors import BusyError, ReadOnlyError
from ledger.store import open_store
from ledger.store.sql import SqlStore
from tests.cli.conftest import run_here
from tests.replica.conftest import Place, serving, wait_until

JSON = {"accept": "application/json"}


def paths(place: Place) -> list[str]:
    claim, size = place.troops, place.size(place.at_primary)
    return [
        "/checkpoint",
        f"/tile/0/000.p/{size}",
        f"/tile/entries/000.p/{size}",
        f"/v1/log/consistency?old=3&new={size}",
        f"/v1/claims/{claim}",
        f"/v1/claims/{claim}/chain",
        f"/v1/claims/{claim}/corroboration",
        f"/v1/claims/{claim}/corroboration?as_of=20&without=yonhap",
        f"/v1/claims/{claim}/history",
        f"/v1/records/{claim}",
        f"/v1/records/{claim}/receipt",
        f"/v1/records/{claim}/receipt?format=tlog-proof",
        f"/v1/claims/{claim}/export?format=prov-json",
        f"/v1/claims/{claim}/export?format=csv",
        "/v1/claims?query=troops",
        "/v1/claims?headline=corroborated",
        "/v1/claims/facets",
        "/v1/sources",
        "/v1/sources/yonhap",
        "/v1/corrections",
        "/v1/policy/olo-1",
    ]


def test_it_answers_byte_for_byte_as_the_primary(place: Place) -> None:
    place.add("A bridge was closed")
    place.wait()
    for path in paths(place):
        here, there = (one.get(path, headers=JSON) for one in (place.at_primary, place.at_replica))
        assert (there.status_code, there.content) == (here.status_code, here.content), path
        assert here.headers.get("etag") == there.headers.get("etag"), path
    page = f"/claims/{place.troops}"
    here, there = (
        client.get(page, headers={"accept": "text/html"})
        .text.replace(f":{client.base_url.port}", ":PORT")
        .replace(f"%3A{client.base_url.port}", ":PORT")
        for client in (place.at_primary, place.at_replica)
    )
    assert here == there


def test_questions_that_are_posted_are_questions_there_too(place: Place) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/v1/claims:seen", {"json": {"text": "North Korea is said to have sent troops to fight for Russia"}}),
        ("/v1/records:in_force", {"json": {"subjects": ["source:yonhap"]}}),
        ("/v1/records:check", {"content": place.envelope("A dam has burst")}),
        ("/reconcile", {"data": {"queries": '{"q0": {"query": "Yonhap", "type": "Source"}}'}}),
        ("/v1/verify", {"content": place.at_primary.get(f"/v1/claims/{place.troops}/export").content}),
    ]
    place.wait()
    for path, body in asked:
        here, there = (client.post(path, **body) for client in (place.at_primary, place.at_replica))
        assert (there.status_code, there.content) == (200, here.content), path


def test_its_bundle_is_verified_offline(place: Place, tmp_path: Any) -> None:
    bundle = tmp_path / "claim.json"
    bundle.write_bytes(place.at_replica.get(f"/v1/claims/{place.troops}/export").raise_for_status().content)
    found = run_here("verify", str(bundle), "--trust", place.trust[0], "--trust", place.trust[1])
    assert found.code == 0, found.err
    issuer = place.at_replica.get("/.well-known/onrecord").json()
    assert issuer["log_keys"] == place.trust[:2]
    assert issuer["issuer"] != place.trust[2], "the replica signs with its own key"


@pytest.mark.parametrize("path", ["/v1/records", "/add", "/v1/openings:erase"])
def test_whoever_writes_is_told_where(place: Place, path: str) -> None:
    size = place.size(place.at_primary)
    answer = place.at_replica.post(path, content=place.envelope("A mine was laid"))
    problem = answer.json()
    address = str(place.at_primary.base_url)
    assert (answer.status_code, answer.headers["content-type"]) == (421, "application/problem+json")
    assert (problem["type"], problem["primary"]) == ("urn:onrecord:problem:read-only", address.rstrip("/"))
    assert problem["primary"] in problem["hint"]
    assert place.size(place.at_primary) == size


def test_the_command_line_is_told_where_too(place: Place) -> None:
    words = ("claim", "add", "--text", "en=A mine was laid", "--key", str(place.keys / "alice.pem"))
    found = run_here(*words, "--ledger", str(place.at_replica.base_url))
    assert found.code == 1
    assert f"send what is to be written to {str(place.at_primary.base_url).rstrip('/')}" in found.err
    found = run_here(*words, "--ledger", place.standby.database("ledger"), "--keys", str(place.keys))
    assert found.code == 1
    assert "write at its primary" in found.err


def test_the_wrong_database_is_not_served(place: Place, tmp_path: Any) -> None:
    own = run_here("serve", "--ledger", place.standby.database("ledger"))
    assert (own.code, "--replica-of URL" in own.err) == (2, True), own.err
    option = ("--replica-of", str(place.at_primary.base_url), "--trust", place.trust[0], "--trust", place.trust[1])
    primary = run_here("serve", "--ledger", place.primary.database("ledger"), *option)
    assert (primary.code, "follows no primary" in primary.err) == (2, True), primary.err
    assert run_here("init", "--ledger", str(tmp_path / "l.db")).code == 0
    file = run_here("serve", "--ledger", str(tmp_path / "l.db"), *option)
    assert (file.code, "only a ledger in PostgreSQL has replicas" in file.err) == (2, True), file.err


def test_without_trusted_keys_it_asks_the_primary_and_signs_nothing_without_a_key(place: Place, tmp_path: Any) -> None:
    option = ("--replica-of", str(place.at_primary.base_url), "--keys", str(tmp_path / "none"))
    with serving("--ledger", place.standby.database("ledger"), *option) as client:
        assert client.get("/.well-known/onrecord").json()["log_keys"] == place.trust[:2]
        refused = client.get(f"/v1/claims/{place.troops}/export")
        assert (refused.status_code, refused.json()["primary"]) == (421, str(place.at_primary.base_url).rstrip("/"))


def test_paused_it_is_complete_to_an_older_size_that_the_newer_one_begins_with(place: Place) -> None:
    place.wait()
    old = place.size(place.at_replica)
    place.standby.ask("SELECT pg_wal_replay_pause()")
    try:
        for number in range(3):
            place.add(f"Village {number} was evacuated")
        health = place.health(place.at_replica)
        assert (health["size"], health["replica"]["state"]) == (old, "paused")
        wait_until(lambda: place.health(place.at_replica)["replica"]["lag_seconds"] > 0, "it says that it lags")
        assert place.size(place.at_primary) == old + 3
        before, after = (client.get("/v1/log/checkpoint").json() for client in (place.at_replica, place.at_primary))
        proof = place.at_primary.get(f"/v1/log/consistency?old={old}").json()
        roots = [base64.b64decode(one["root"]) for one in (before, after)]
        check_consistency(old, after["size"], roots[0], roots[1], [base64.b64decode(one) for one in proof["proof"]])
        report = place.at_replica.get(f"/v1/claims/{place.troops}/corroboration")
        assert report.json()["as_of"]["size"] == old
    finally:
        place.standby.ask("SELECT pg_wal_replay_resume()")
    place.wait()
    assert place.health(place.at_replica)["replica"]["state"] == "following"


def test_while_the_primary_grows_every_answer_is_one_state(place: Place) -> None:
    done = threading.Event()

    def grow() -> None:
        for number in range(30):
            place.add(f"House {number} was hit")
        done.set()

    writer = threading.Thread(target=grow)
    writer.start()
    sizes = []
    try:
        while not done.is_set():
            claims = place.at_replica.get("/v1/claims?query=House&limit=50").raise_for_status().json()
            note = place.at_replica.get("/v1/log/checkpoint").raise_for_status().json()
            last = place.at_replica.get(f"/tile/entries/000.p/{note['size']}")
            assert last.status_code == 200, "every entry below a checkpoint that is shown is there"
            sizes += [claims["size"], note["size"]]
    finally:
        writer.join()
    assert sizes == sorted(sizes)
    place.wait()
    assert len(place.at_replica.get("/v1/claims?query=House&limit=50").json()["claims"]) == 30


def test_what_is_read_while_replay_takes_it_away_is_busy(place: Place) -> None:
    """ACCESS EXCLUSIVE is replayed: whoever reads there is cancelled, asking or between two questions."""
    place.standby.tell("ALTER SYSTEM SET max_standby_streaming_delay = '50ms'")
    place.standby.ask("SELECT pg_reload_conf()")
    store = open_store(place.standby.database("ledger"))
    assert isinstance(store, SqlStore)
    try:
        for read in (_asking, _between_two_questions):
            with pytest.raises(BusyError):
                read(place, store)
        with store.reading() as snapshot:
            assert snapshot.checkpoint.size
        with pytest.raises(ReadOnlyError), store.writing():
            pass
    finally:
        store.close()
        place.standby.tell("ALTER SYSTEM RESET max_standby_streaming_delay")
        place.standby.ask("SELECT pg_reload_conf()")


def _asking(place: Place, store: SqlStore) -> None:
    with store.reading() as snapshot:
        _lock(place)
        snapshot._connection.execute(text("SELECT pg_sleep(10)"))  # type: ignore[attr-defined]


def _between_two_questions(place: Place, store: SqlStore) -> None:
    with store.reading() as snapshot:
        _lock(place)
        time.sleep(0.5)
        snapshot.find_prefix("00000000", 1)


def _lock(place: Place) -> None:
    import psycopg

    with psycopg.connect(place.primary.database("ledger")) as connection:
        connection.execute("LOCK TABLE head IN ACCESS EXCLUSIVE MODE")


def test_cut_off_it_reads_on_and_promoted_it_writes_only_after_a_restart(place: Place) -> None:
    place.wait()
    size = place.size(place.at_replica)
    report = place.at_replica.get(f"/v1/claims/{place.troops}/corroboration").content
    place.primary.stop()
    wait_until(lambda: bool(place.health(place.at_replica)["replica"]["state"] == "cut_off"), "it says that it is cut off")
    assert place.size(place.at_replica) == size
    assert place.at_replica.get(f"/v1/claims/{place.troops}/corroboration").content == report
    gone = place.at_primary.get("/healthz")
    assert (gone.status_code, gone.headers["retry-after"]) == (503, "1")

    place.standby.ask("SELECT pg_promote()")
    wait_until(lambda: bool(place.health(place.at_replica)["replica"]["state"] == "promoted"), "it says that it is promoted")
    envelope = place.envelope("A port was opened")
    assert place.at_replica.post("/add", content=envelope).status_code == 421
    with serving("--ledger", place.standby.database("ledger"), "--keys", str(place.keys)) as restarted:
        assert restarted.post("/add", content=envelope).text == str(size)
        assert restarted.get("/healthz").json()["replica"] is None
