"""Webhooks, told by a real sender and checked by a receiver with the library of Standard Webhooks."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from ledger.errors import ForbiddenError, FormatError, NotFoundError
from ledger.net.guarded import Guard, parse_networks
from ledger.service.hooks import PAUSES, Herald, Hooks
from ledger.service.standing import go_on_forever
from tests.service.written import Written

HERE = Guard(parse_networks(["127.0.0.0/8"]))


@dataclass
class Receiver:
    """Keeps what it was sent, and answers `status`."""

    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body)["data"] for _, body in self.got]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.stop()


class Desk:
    """A ledger whose claim has a rated source that can speak, and its hooks, on a clock of the test's own."""

    def __init__(self, place: Path) -> None:
        self.world = Written(place)
        for slug in ("alpha", "beta", "gamma"):
            self.world.source(slug)
            self.world.rate(slug, "B")
        self.catch_up()

    def catch_up(self) -> None:
        self.world.ledger.catch_up()

    @property
    def hooks(self) -> Hooks:
        return Hooks(self.world.store, lambda: self.world.now, HERE)

    def says(self, speaker: str, claim: str | None = None) -> str:
        name = self.world.says(speaker, basis="witnessed", said_at="2025-05-01", claim=claim or self.world.claim_id)
        self.catch_up()
        return name

    def tell(self, guard: Guard = HERE, **more: Any) -> int:
        return Herald(self.world.store, lambda: self.world.now, guard, go_on_forever, **more).tell()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_moved_score_is_told_once_with_a_signature_that_the_standard_library_accepts(desk: Desk, receiver: Receiver) -> None:
    made = desk.hooks.add(receiver.url)
    assert made.secret is not None
    assert desk.tell() == 0
    desk.says("alpha")
    assert desk.tell() == 1
    assert desk.tell() == 0
    [(headers, body)] = receiver.got
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert headers["webhook-signature"] == Webhook(made.secret).sign(headers["webhook-id"], moment, body.decode())
    checked = json.loads(body)
    assert checked["type"] == "claim.score_moved"
    assert checked["data"]["claim"] == desk.world.claim_id
    assert (checked["data"]["previous"], checked["data"]["headline"]) == ("no_reports", "single_origin")


def test_a_receiver_checks_a_message_with_its_own_clock(desk: Desk, receiver: Receiver) -> None:
    hooks = Hooks(desk.world.store, lambda: int(time.time()), HERE)
    made = hooks.add(receiver.url)
    hooks.ping(made.id)
    [(headers, body)] = receiver.got
    assert made.secret is not None
    assert Webhook(made.secret).verify(body, headers)["type"] == "ping"
    for changed in (body.replace(b"ping", b"pong"), body + b" "):
        with pytest.raises(WebhookVerificationError):
            Webhook(made.secret).verify(changed, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(body, headers | {"webhook-id": "msg_other"})


def test_every_claim_that_moved_is_told_and_none_that_did_not(desk: Desk, receiver: Receiver) -> None:
    others = [desk.world.claim(f"something else happened, the {number}th time") for number in range(120)]
    desk.catch_up()
    desk.hooks.add(receiver.url)
    moved = others[::2]
    for claim in moved:
        desk.world.says("alpha", basis="witnessed", said_at="2025-05-01", claim=claim)
    desk.world.document("gamma")
    desk.catch_up()
    assert desk.tell() == len(moved)
    assert [one["claim"] for one in receiver.messages] == moved


def test_a_record_that_moves_nothing_is_not_told(desk: Desk, receiver: Receiver) -> None:
    desk.says("alpha")
    desk.hooks.add(receiver.url)
    desk.says("alpha")  # the same origin once more
    desk.world.source("delta")
    desk.catch_up()
    assert desk.tell() == 0


def test_no_number_where_none_is_to_be_shown(desk: Desk, receiver: Receiver) -> None:
    desk.world.source("unrated")
    desk.catch_up()
    desk.hooks.add(receiver.url)
    desk.says("unrated")
    desk.tell()
    assert all(one["probability"] is None for one in receiver.messages if not one["showable"])
    desk.says("alpha")
    desk.says("beta")
    desk.tell()
    assert receiver.messages[-1]["showable"]
    assert receiver.messages[-1]["probability"] > 0.5


def test_a_receiver_that_fails_gets_the_same_message_again_later_and_then_the_rest(desk: Desk, receiver: Receiver) -> None:
    other = desk.world.claim("something else happened")
    desk.catch_up()
    desk.hooks.add(receiver.url)
    receiver.status = 500
    desk.says("alpha")
    desk.says("beta", other)
    assert desk.tell() == 0
    [found] = desk.hooks.all()
    assert (found.state, found.failures, found.trouble) == ("failing", 1, "answered 500")
    assert desk.tell() == 0
    assert len(receiver.got) == 1, "not before its time"
    receiver.status = 200
    desk.world.now += PAUSES[0]
    assert desk.tell() == 2
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert ids[0] == ids[1] != ids[2]
    assert [one["claim"] for one in receiver.messages[1:]] == [desk.world.claim_id, other]
    assert desk.hooks.all()[0].state == "waiting"


def test_a_receiver_that_is_away_for_days_is_stopped_and_misses_nothing_once_resumed(desk: Desk, receiver: Receiver) -> None:
    made = desk.hooks.add(receiver.url)
    receiver.status = 410
    desk.says("alpha")
    for pause in (0, *PAUSES):
        desk.world.now += pause
        desk.tell()
    assert desk.hooks.all()[0].state == "stopped"
    assert len(receiver.got) == 1 + len(PAUSES)
    assert sum(PAUSES) > 3 * 86_400 - 1
    desk.world.now += 10**6
    desk.tell()
    assert len(receiver.got) == 1 + len(PAUSES)
    receiver.status = 200
    desk.hooks.resume(made.id)
    assert desk.tell() == 1


def test_a_receiver_that_fails_holds_no_other_up(desk: Desk, receiver: Receiver) -> None:
    broken = Receiver(status=503)
    desk.hooks.add(broken.url)
    desk.hooks.add(receiver.url)
    desk.says("alpha")
    assert desk.tell() == 1
    assert (len(broken.got), len(receiver.got)) == (1, 1)
    broken.stop()


def test_a_redirect_is_a_failure(desk: Desk, receiver: Receiver) -> None:
    desk.hooks.add(receiver.url)
    receiver.status = 302
    desk.says("alpha")
    assert desk.tell() == 0
    assert desk.hooks.all()[0].trouble == "answered 302"


def test_a_hook_for_one_claim_hears_of_no_other(desk: Desk, receiver: Receiver) -> None:
    other = desk.world.claim("something else happened")
    desk.catch_up()
    desk.hooks.add(receiver.url, other)
    desk.says("alpha")
    assert desk.tell() == 0
    desk.says("alpha", other)
    desk.says("beta")
    assert desk.tell() == 1
    assert receiver.messages[0]["claim"] == other


def test_what_was_so_before_a_withholding_is_not_told(desk: Desk, receiver: Receiver) -> None:
    secret = desk.says("alpha")
    desk.says("beta")
    desk.hooks.add(receiver.url)
    desk.world.withhold(secret)
    desk.catch_up()
    desk.tell()
    assert [one["previous"] for one in receiver.messages] == [None]
    desk.world.withhold(desk.world.claim_id)
    desk.catch_up()
    assert desk.tell() == 1
    assert {"headline", "text", "probability", "previous"}.isdisjoint(receiver.messages[-1])


def test_a_claim_that_was_taken_back_is_told_once_without_what_it_said(desk: Desk, receiver: Receiver) -> None:
    other, better = desk.world.claim("zebrafish swam"), desk.world.claim("fish swam")
    desk.catch_up()
    desk.hooks.add(receiver.url)
    desk.hooks.add(receiver.url, better)
    desk.world.correct(other, replaced_by=better)
    desk.world.withhold(desk.world.claim_id)
    desk.world.withhold(desk.world.claim("nobody was told of this one"))
    desk.catch_up()
    while desk.tell():
        pass
    told = {one["claim"]: one for one in receiver.messages if "state" in one}
    assert {claim: one["state"] for claim, one in told.items()} == {other: "corrected", desk.world.claim_id: "withheld"}
    assert (told[other]["replaced_by"], told[desk.world.claim_id]["replaced_by"]) == (better, None)
    assert [json.loads(body)["type"] for _, body in receiver.got].count("claim.taken_back") == 2
    assert b"zebrafish" not in b"".join(body for _, body in receiver.got)


def test_an_address_that_turns_private_is_not_reached(desk: Desk, receiver: Receiver) -> None:
    Hooks(desk.world.store, lambda: desk.world.now, Guard()).add("https://hook.example/x")
    desk.says("alpha")
    assert desk.tell(Guard(), resolve=lambda *_: ["127.0.0.1"]) == 0
    assert "this machine or its neighbours" in str(desk.hooks.all()[0].trouble)
    assert receiver.got == []


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "http://hook.example/", "https://u:p@hook.example/", "x"]
)
def test_what_is_no_safe_address_is_refused_at_once(desk: Desk, url: str) -> None:
    hooks = Hooks(desk.world.store, lambda: 0, Guard())
    with pytest.raises((FormatError, ForbiddenError)):
        hooks.add(url)
    assert hooks.all() == []


def test_of_two_processes_one_tells(desk: Desk, receiver: Receiver) -> None:
    desk.hooks.add(receiver.url)
    claims = [desk.world.claim(f"something else happened, the {number}th time") for number in range(30)]
    for claim in claims:
        desk.world.says("alpha", basis="witnessed", said_at="2025-05-01", claim=claim)
    desk.catch_up()
    told: list[int] = []
    threads = [threading.Thread(target=lambda: told.append(desk.tell())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.append(desk.tell())
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert len(ids) == len(set(ids)) == sum(told) == 30


def test_a_reindex_tells_nobody_anything(desk: Desk, receiver: Receiver) -> None:
    desk.says("alpha")
    desk.hooks.add(receiver.url)
    desk.world.ledger.reindex()
    assert desk.tell() == 0
    desk.says("beta")
    assert desk.tell() == 1


def test_a_ping_changes_nothing(desk: Desk, receiver: Receiver) -> None:
    made = desk.hooks.add(receiver.url)
    before = desk.hooks.all()
    assert desk.hooks.ping(made.id) == 204
    assert json.loads(receiver.got[0][1])["type"] == "ping"
    assert desk.hooks.all() == before


def test_what_is_not_there_is_said_so(desk: Desk) -> None:
    for call in (desk.hooks.remove, desk.hooks.resume, desk.hooks.ping):
        with pytest.raises(NotFoundError, match="no webhook"):
            call("hook_nobody")


def test_the_secret_is_shown_once(desk: Desk, receiver: Receiver) -> None:
    assert desk.hooks.add(receiver.url).secret
    assert desk.hooks.all()[0].secret is None
    assert "whsec_" not in repr(desk.world.store.hooks())
