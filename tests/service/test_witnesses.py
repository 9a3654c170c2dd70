"""The log asks its witnesses: what they sign is kept and shown, and what they object to stops the signing."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response

from api.witnessing import create_witness
from ledger.core.note import open_checkpoint
from ledger.core.proof import check_tlog_proof, parse_tlog_proof
from ledger.core.quorum import open_with_policy, parse_policy
from ledger.core.records import record_id
from ledger.core.trust import parse_trust
from ledger.core.verify import verify
from ledger.core.vkey import print_vkey
from ledger.errors import CorruptError, NotFoundError, UsageError
from ledger.operations import NOW
from ledger.service.ledger import Ledger
from ledger.service.panel import Panel
from ledger.service.witnesses import Rounds, check_panel
from ledger.store.protocol import WitnessState
from ledger.witness.keys import WitnessKeys, new_witness_keys
from ledger.witness.witness import Reply, Witness
from tests.api.serving import served
from tests.factory import ORIGIN, START, Clock, Ready, claim, ledger_keys, ready, ready_test_log


@dataclass
class Court:
    """A ledger, and witnesses that answer on real sockets."""

    here: Ready
    panel: Panel
    urls: list[str]
    witnesses: list[Witness]
    chance: Callable[[], float] = lambda: 0.5
    clock: Clock = field(default_factory=Clock)

    @property
    def rounds(self) -> Rounds:
        own = self.here.keys.vkeys(ORIGIN)
        return Rounds(self.here.store, self.here.ledger._edges, self.panel, own, self.clock, self.chance)

    def ask(self, number: int = 0) -> int:
        return self.rounds.ask(self.urls[number])

    def state(self, number: int = 0) -> WitnessState:
        return next(one for one in self.here.store.witnesses() if one.url == self.urls[number])


def policy_of(urls: list[str], keys: list[WitnessKeys], quorum: str = "all") -> Panel:
    lines = []
    for number, (url, one) in enumerate(zip(urls, keys, strict=True)):
        lines += [f"witness w{number}-{at} {print_vkey(key)} {url}" for at, key in enumerate(one.vkeys)]
        lines.append(f"group w{number} any w{number}-0 w{number}-1")
    lines += [f"group court {quorum} {' '.join(f'w{number}' for number in range(len(urls)))}", "quorum court"]
    text = "\n".join(lines) + "\n"
    return Panel(parse_policy(text.encode()), text, 0.1)


@contextmanager
def court_of(here: Ready, tmp_path: Path, count: int = 1, quorum: str = "all") -> Iterator[Court]:
    keys = [new_witness_keys(tmp_path / f"w{number}", f"witness.example/w{number}") for number in range(count)]
    logs = here.keys.vkeys(ORIGIN)
    witnesses = [Witness(tmp_path / f"w{number}", one, logs, lambda: START + 60) for number, one in enumerate(keys)]
    with ExitStack() as stack:
        urls = [stack.enter_context(served(create_witness(one))) for one in witnesses]
        panel = policy_of(urls, keys, quorum)
        here.ledger.name_witnesses(panel)
        yield Court(here, panel, urls, witnesses)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ready]:
    made = ready(str(tmp_path / "l.db"))
    yield made
    made.ledger.close()


@pytest.fixture
def court(here: Ready, tmp_path: Path) -> Iterator[Court]:
    with court_of(here, tmp_path) as made:
        yield made


def grow(here: Ready, *texts: str) -> None:
    here.add(*map(claim, texts))


def test_the_newest_checkpoint_is_cosigned_kept_and_shown(court: Court) -> None:
    ledger = court.here.ledger
    assert court.ask() == 2
    note = ledger.checkpoint().note.encode()
    found = open_with_policy(note, parse_policy((f"log {print_vkey(court.rounds.own_keys[0])}\n" + court.panel.text).encode()))
    assert (found.checkpoint.size, len(found.cosignatures)) == (2, 2)
    assert court.ask() == 0  # nothing new, so nobody is asked
    grow(court.here, "one", "two")
    assert "witness.example" not in ledger.checkpoint().note
    assert court.ask() == 2
    assert (court.state().size, court.state().trouble, court.state().alarm) == (4, None, None)


def test_a_receipt_is_under_what_was_witnessed_where_that_covers_it(court: Court) -> None:
    ledger, here = court.here.ledger, court.here
    (first,) = here.add(claim("one"))
    assert not first.witnessed
    assert not ledger.receipt(first.record_id).witnessed
    court.ask()
    (second,) = here.add(claim("two"))
    old, new = (ledger.receipt(one.record_id) for one in (first, second))
    assert (old.witnessed, old.checkpoint.size) == (True, 3)
    assert (new.witnessed, new.checkpoint.size) == (False, 4)
    keys = court.rounds.own_keys
    for one in (first, second):
        file = parse_tlog_proof(ledger.tlog_proof(one.record_id).encode())
        entry = here.store
        with entry.reading() as snapshot:
            (stored,) = snapshot.entries([one.index])
        check_tlog_proof(file, stored.envelope, keys)


def test_health_and_the_well_known_say_who_saw_it(court: Court) -> None:
    ledger = court.here.ledger
    health = ledger.health()
    assert health.witnesses is not None
    assert (health.status, health.witnesses.state, health.witnesses.size) == ("ok", "unwitnessed", None)
    court.ask()
    health = ledger.health()
    assert health.witnesses is not None
    assert (health.witnesses.state, health.witnesses.size) == ("witnessed", 2)
    assert health.witnesses.asked[0].url == court.urls[0]
    known = ledger.well_known()
    assert len(known.witnesses) == 2
    assert known.policy == court.panel.text


def test_a_witness_that_signed_further_than_is_known_tells_from_where_to_go_on(court: Court) -> None:
    court.ask()
    state = court.state()
    assert court.here.store.change_witness(state, WitnessState(court.urls[0]))  # as after a restore of that table
    grow(court.here, "one")
    assert court.ask() == 2
    assert court.state().size == 3


def test_of_many_who_ask_at_once_one_does(court: Court) -> None:
    barrier = threading.Barrier(6)

    def ask(_: int) -> int:
        barrier.wait()
        return court.ask()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(ask, range(6)))[-1] == 2
    with court.here.store.reading() as snapshot:
        assert len(snapshot.cosignatures(snapshot.checkpoint.seq)) == 2


def test_a_quorum_wants_as_many_as_the_policy_says(here: Ready, tmp_path: Path) -> None:
    with court_of(here, tmp_path, 3, "2") as court:
        states = []
        for number in range(3):
            court.ask(number)
            health = here.ledger.health().witnesses
            assert health is not None
            states.append(health.state)
    assert states == ["unwitnessed", "witnessed", "witnessed"]


def test_a_witness_that_is_away_is_asked_less_and_less(here: Ready, tmp_path: Path) -> None:
    keys = new_witness_keys(tmp_path / "w", "witness.example/w")
    panel = policy_of(["http://127.0.0.1:9"], [keys])
    here.ledger.name_witnesses(panel)
    court = Court(here, panel, ["http://127.0.0.1:9"], [])
    pauses = []
    for _ in range(14):
        assert court.ask() == 0
        pauses.append(court.state().next_at - court.clock.now)
        assert court.ask() == 0  # not its turn yet
        court.clock.now = court.state().next_at
    assert pauses[-1] > pauses[4]
    assert pauses == sorted(pauses)
    assert (court.state().failures, court.state().alarm) == (14, None)
    assert (court.state().trouble or "").startswith("cannot reach 127.0.0.1")
    here.add(claim())  # and the log goes on


@dataclass
class Odd:
    """A witness that answers whatever it is told to answer."""

    reply: Reply
    shown: bytes = b""
    asked: list[bytes] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        async def add(request: Request) -> Response:
            self.asked.append(await request.body())
            return Response(self.reply.body, self.reply.status, {"content-type": self.reply.media_type})

        async def show(_: Request) -> Response:
            return Response(self.shown, 200 if self.shown else 404)

        app.add_route("/add-checkpoint", add, methods=["POST"])
        app.add_route("/{name}/checkpoint", show)
        return app


@contextmanager
def odd_court(here: Ready, tmp_path: Path, odd: Odd) -> Iterator[Court]:
    keys = new_witness_keys(tmp_path / "odd", "witness.example/odd")
    with served(odd.app()) as url:
        panel = policy_of([url], [keys])
        here.ledger.name_witnesses(panel)
        yield Court(here, panel, [url], [])


@pytest.mark.parametrize(
    "reply",
    [
        Reply(409, b"3\n", "text/x.tlog.size"),
        Reply(409, b"2\n", "text/plain"),
        Reply(409, b"", "text/html"),
        Reply(422, b"no\n"),
    ],
    ids=["larger", "no type", "draft", "fork"],
)
def test_who_remembers_another_history_stops_the_signing_until_it_is_acknowledged(
    here: Ready, tmp_path: Path, reply: Reply
) -> None:
    ledger = here.ledger
    with odd_court(here, tmp_path, Odd(reply)) as court:
        court.ask()
        assert court.state().alarm is not None
        assert court.state().evidence is None
        ledger._look_at_witnesses()
        health = ledger.health()
        assert health.witnesses is not None
        assert (health.status, health.witnesses.state) == ("alarm", "alarm")
        with pytest.raises(CorruptError, match="nothing is signed"):
            here.add(claim())
        assert ledger.checkpoint().size == 2  # and is read as before
        with pytest.raises(NotFoundError):
            ledger.acknowledge("https://other.example")
        ledger.acknowledge(court.urls[0] + "/")
        here.add(claim())
        court.clock.now = court.state().next_at
        court.ask()  # it objects still, and that is known
        ledger._look_at_witnesses()
        here.add(claim("another"))
        assert ledger.health().status == "ok"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b""),
        Reply(200, b"nonsense\n"),
        Reply(200, "— somebody.example AAAAAAAA\n".encode()),
        Reply(409, b"0\n", "text/x.tlog.size"),
        Reply(409, b"x\n", "text/x.tlog.size"),
        Reply(400, b""),
        Reply(403, b""),
        Reply(404, b""),
        Reply(500, b"x" * 200_000),
        Reply(302, b""),
    ],
)
def test_what_is_only_trouble_raises_no_alarm(here: Ready, tmp_path: Path, reply: Reply) -> None:
    with odd_court(here, tmp_path, Odd(reply)) as court:
        assert court.ask() == 0
        assert court.state().alarm is None
        assert court.state().trouble
        here.add(claim())


def test_only_the_logs_own_signatures_are_sent(here: Ready, tmp_path: Path) -> None:
    with court_of(here, tmp_path) as court:
        court.ask()
    odd = Odd(Reply(500, b""))
    with odd_court(here, tmp_path, odd) as court:
        court.ask()
    assert b"witness.example" in here.ledger.checkpoint().note.encode()
    assert len(odd.asked) == 1
    assert b"witness.example" not in odd.asked[0]
    assert len(odd.asked[0]) < 16_384


def test_the_history_that_a_witness_shows_is_proof_where_our_keys_signed_it(here: Ready, tmp_path: Path) -> None:
    grow(here, "lost")
    shown = here.ledger.checkpoint().note.encode()
    restored = ready(str(tmp_path / "old.db"))
    with odd_court(restored, tmp_path, Odd(Reply(409, b"3\n", "text/x.tlog.size"), shown)) as court:
        court.ask()
        assert court.state().evidence == shown.decode()
    opened = open_checkpoint(shown, restored.keys.vkeys(ORIGIN))
    assert opened.checkpoint.size == 3
    restored.ledger.close()
    stranger = ready(str(tmp_path / "other.db"))
    other = ready_test_log(str(tmp_path / "test.db")).checkpoint().note.encode()
    with odd_court(stranger, tmp_path / "second", Odd(Reply(422, b""), other)) as court:
        court.ask()
        assert (court.state().alarm is not None, court.state().evidence) == (True, None)
    stranger.ledger.close()


def test_a_policy_about_another_log_or_nobody_is_refused(here: Ready, tmp_path: Path) -> None:
    keys = new_witness_keys(tmp_path / "w", "witness.example/w")
    own = here.keys.vkeys(ORIGIN)
    good = policy_of(["http://127.0.0.1:9"], [keys])
    check_panel(good, own)
    other = print_vkey(ledger_keys("other").vkeys(ORIGIN)[0])
    for text in (
        f"log {other}\n{good.text}",
        "quorum none\n",
        good.text.replace("http://127.0.0.1:9", "http://witness.example"),
        good.text.replace("http://127.0.0.1:9", "https://[::1"),
        good.text.replace("http://127.0.0.1:9", "ftp://127.0.0.1"),
    ):
        with pytest.raises(UsageError):
            check_panel(Panel(parse_policy(text.encode()), text), own)


def test_a_witness_by_name_cannot_lead_inside(here: Ready, tmp_path: Path) -> None:
    keys = new_witness_keys(tmp_path / "w", "witness.example/w")
    panel = policy_of(["https://witness.example"], [keys])
    own = here.keys.vkeys(ORIGIN)
    rounds = Rounds(here.store, here.ledger._edges, panel, own, Clock(), lambda: 0.5, lambda host, port: ["127.0.0.1"])
    assert rounds.ask("https://witness.example") == 0
    (state,) = here.store.witnesses()
    assert "leads to an address of this machine" in (state.trouble or "")


def test_a_log_that_does_not_grow_is_signed_anew_and_witnessed_again(court: Court, here: Ready) -> None:
    court.ask()
    before = here.ledger.checkpoint()
    here.clock.now += 3_599
    here.ledger.republish(3_600)
    assert here.ledger.checkpoint().note == before.note
    assert here.ledger.health().age == 3_599
    here.clock.now += 1
    here.ledger.republish(3_600)
    after = here.ledger.checkpoint()
    assert (after.size, after.root, after.time > before.time) == (before.size, before.root, True)
    assert court.ask() == 2
    assert here.ledger.health().age == 0
    assert here.ledger.fsck().faults == []
    grow(here, "more")
    assert here.ledger.fsck().faults == []


def test_a_thread_asks_as_long_as_it_is_let(court: Court, here: Ready) -> None:
    here.ledger.ask_witnesses()
    assert "witness.example" in here.ledger.checkpoint().note  # the first round is over by then
    grow(here, "one")
    until = threading.Event()
    for _ in range(200):
        if "witness.example" in here.ledger.checkpoint().note:
            break
        until.wait(0.05)
    else:
        pytest.fail("nobody signed the new checkpoint")
    assert isinstance(here.ledger, Ledger)
    here.ledger.stop_keeping()


def test_a_bundle_holds_what_witnesses_signed(court: Court, here: Ready) -> None:
    said = claim("one")
    here.add(said)
    own = print_vkey(court.rounds.own_keys[0])
    policy = parse_policy(f"log {own}\n{court.panel.text}".encode())
    trust = parse_trust([here.keys.issuer_did], policy)
    results = []
    for _ in range(2):
        results.append(verify(here.ledger.export(record_id(said), "bundle", NOW), trust).result)
        court.ask()
    assert results == ["unverifiable", "ok"]


def test_who_starts_while_another_asks_waits_for_the_answer(court: Court, here: Ready) -> None:
    asking = WitnessState(court.urls[0], next_at=START + 90)
    assert here.store.change_witness(None, asking)
    starting = threading.Thread(target=here.ledger.ask_witnesses)
    starting.start()
    starting.join(1)
    assert starting.is_alive()
    assert here.store.change_witness(asking, replace(asking, alarm="it remembers more", alarm_at=START))
    starting.join(30)
    assert not starting.is_alive()
    with pytest.raises(CorruptError, match="remembers more"):
        here.add(claim())
    here.ledger.stop_keeping()


def test_on_each_back_end_what_is_signed_is_kept_while_the_log_grows(database: str, tmp_path: Path) -> None:
    here = ready(database)
    with court_of(here, tmp_path) as court, ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(lambda: [court.ask() for _ in range(12)]) for _ in range(3)]
        for number in range(24):
            grow(here, f"claim {number}")
        kept = sum(sum(one.result()) for one in asking)
        court.ask()
        assert kept >= 2
        with here.store.reading() as snapshot:
            signed = snapshot.cosigned(100)
            for one in signed:
                assert one.note is not None
                assert len(snapshot.cosignatures(one.seq)) == 2
            assert signed[0] == snapshot.checkpoint
        assert (court.state().alarm, court.state().trouble) == (None, None)
        assert here.ledger.fsck().faults == []
    here.ledger.close()


def test_every_changed_byte_of_a_kept_signature_is_found(court: Court, here: Ready, tmp_path: Path) -> None:
    court.ask()
    grow(here, "one")
    court.ask()
    assert here.ledger.cosignature_faults(court.panel) == []
    assert here.ledger.cosignature_faults(None) == []
    with closing(sqlite3.connect(tmp_path / "l.db", isolation_level=None)) as raw:
        guards = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'cosignature'").fetchall()
        for (guard,) in guards:
            raw.execute(f"DROP TRIGGER {guard}")
        kept = raw.execute("SELECT seq, key_id, time, signature FROM cosignature").fetchall()
        assert len(kept) == 4
        for seq, key, time, line in kept:
            spoilt = [bytes([*line[:at], line[at] ^ 1, *line[at + 1 :]]) for at in range(0, len(line), 1 + len(line) // 60)]
            spoilt += [line + line, b"", line[:-1]]
            for one in spoilt:
                raw.execute("UPDATE cosignature SET signature = ? WHERE seq = ? AND key_id = ?", (one, seq, key))
                assert len(here.ledger.cosignature_faults(court.panel)) == 1
            raw.execute(
                "UPDATE cosignature SET signature = ?, time = ? WHERE seq = ? AND key_id = ?", (line, time + 1, seq, key)
            )
            assert len(here.ledger.cosignature_faults(None)) == 1
            raw.execute("UPDATE cosignature SET time = ? WHERE seq = ? AND key_id = ?", (time, seq, key))
    assert here.ledger.cosignature_faults(court.panel) == []
