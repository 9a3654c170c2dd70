"""Two newsrooms on real sockets: each serves a ledger and witnesses the other's. And what comes of showing two histories."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.witnessing import create_witness
from ledger import wiring
from ledger.config import Settings
from ledger.core.note import open_checkpoint
from ledger.core.quorum import open_with_policy, parse_policy
from ledger.core.trust import Trust, parse_trust
from ledger.core.vkey import print_vkey
from ledger.errors import UnverifiableError, VerificationError
from ledger.keys import find_signer, load_ledger_keys, sign_record
from ledger.publishing.monitor import Monitor
from ledger.publishing.places import Folder
from ledger.service import Ledger
from ledger.witness.keys import load_witness_keys, new_witness_keys
from ledger.witness.opening import known_logs
from ledger.witness.witness import Witness
from tests.api.serving import served
from tests.cli.conftest import run_here
from tests.factory import claim

HTTP = httpx.Client(trust_env=False, timeout=60)


@dataclass
class Newsroom:
    """A ledger in `<place>/l.db`, its keys beside it, and the witness that it runs for others in `<place>/w`."""

    name: str
    place: Path

    @property
    def target(self) -> str:
        return str(self.place / "l.db")

    @property
    def keys(self) -> Path:
        return self.place / "l.db.keys"

    def policy(self) -> Path:
        return self.place / "policy"

    def log_keys(self) -> list[str]:
        return [print_vkey(key) for key in load_ledger_keys(self.keys).vkeys(self.name)]

    def witness_for(self, *others: Newsroom) -> Witness:
        place = self.place / "w"
        if not place.exists():
            new_witness_keys(place, f"{self.name}/witness")

        logs = known_logs([key for other in others for key in other.log_keys()])
        return Witness(place, load_witness_keys(place), logs, lambda: int(time.time()))

    def asks(self, witness: Newsroom, url: str) -> None:
        """Its policy names the other's witness, at that address, as `onrecord witness keys --url` prints it."""
        lines = run_here("witness", "keys", "--state", str(witness.place / "w"), "--url", url).out
        logs = "".join(f"log {key}\n" for key in self.log_keys())
        self.policy().write_text(f"{logs}{lines}quorum {witness.name}/witness\n")

    def trust(self) -> Trust:
        return parse_trust([], parse_policy(self.policy().read_bytes()))

    @contextmanager
    def serving(self) -> Iterator[tuple[str, Ledger]]:
        ledger = wiring.open_ledger(self.target)
        assert isinstance(ledger, Ledger)
        settings = Settings(ledger=self.target, witnesses=self.policy(), witness_interval=0.5)
        try:
            with served(create_app(ledger, settings=settings)) as address:
                yield address, ledger
        finally:
            ledger.close()

    def post(self, address: str, *texts: str) -> int:
        signer = find_signer("postgresql://", self.keys, environ={})
        body = [sign_record(claim(text), signer).model_dump(mode="json", exclude_none=True) for text in texts]
        return HTTP.post(f"{address}/v1/records", json=body).status_code


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[tuple[Newsroom, Newsroom]]:
    """Both, each witnessed by the other."""
    one, other = (Newsroom(f"{name}.example/log", tmp_path / name) for name in ("one", "other"))
    for room in (one, other):
        room.place.mkdir()
        wiring.create_ledger(room.target, origin=room.name)
    with ExitStack() as stack:
        for room, witness in ((one, other), (other, one)):
            room.asks(witness, stack.enter_context(served(create_witness(witness.witness_for(room)))))
        yield one, other


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.05)


def health(address: str) -> dict[str, object]:
    found = HTTP.get(f"{address}/healthz")
    assert found.status_code == 200
    told: dict[str, object] = found.json()
    return told


def is_witnessed(address: str) -> bool:
    told = health(address)["witnesses"]
    assert isinstance(told, dict)
    assert told["state"] != "alarm"
    return bool(told["state"] == "witnessed")


def copy_of(room: Newsroom, place: Path) -> Newsroom:
    """The same ledger with the same keys in another place, as a backup holds it."""
    place.mkdir()
    with closing(sqlite3.connect(room.target)) as source, closing(sqlite3.connect(place / "l.db")) as target:
        source.backup(target)
    shutil.copytree(room.keys, place / "l.db.keys")
    shutil.copy(room.policy(), place / "policy")
    return Newsroom(room.name, place)


@pytest.mark.timeout(400)
def test_two_newsrooms_witness_each_other_for_some_hundred_appends(rooms: tuple[Newsroom, Newsroom], tmp_path: Path) -> None:
    with ExitStack() as stack:
        addresses = [stack.enter_context(room.serving())[0] for room in rooms]
        for number in range(100):
            for room, address in zip(rooms, addresses, strict=True):
                assert room.post(address, f"claim {number} of {room.name}") == 200
        for room, address in zip(rooms, addresses, strict=True):
            until(lambda: is_witnessed(address))  # noqa: B023  it is called within this turn
            note = HTTP.get(f"{address}/checkpoint").content
            opened = open_with_policy(note, parse_policy(room.policy().read_bytes()))
            assert opened.checkpoint.size == 102
            monitor = Monitor(address, Folder(tmp_path / f"seen-{room.name[:3]}"), room.trust())
            try:
                seen = monitor.look(int(time.time()))
            finally:
                monitor.close()
            assert (seen.size, seen.faults, seen.hidden) == (102, [], 0)
            assert seen.age is not None
    for room in rooms:
        assert run_here("log", "fsck", "--ledger", room.target).code == 0
        assert run_here("log", "witnesses", "--ledger", room.target).code == 0


def test_who_shows_two_histories_is_caught_by_the_witness_and_by_the_monitor(
    rooms: tuple[Newsroom, Newsroom], tmp_path: Path
) -> None:
    liar, honest = rooms
    twin = copy_of(liar, tmp_path / "twin")
    state = Folder(tmp_path / "seen")
    with liar.serving() as (address, _):
        assert liar.post(address, "what the public is shown") == 200
        until(lambda: is_witnessed(address))
        monitor = Monitor(address, state, liar.trust())
        assert monitor.look(int(time.time())).faults == []
        monitor.close()
    with twin.serving() as (address, ledger):  # what somebody else is shown, under the same keys
        assert health(address)["status"] == "alarm"  # the witness remembers more, and that was asked first
        assert twin.post(address, "what others are shown") == 500
        # An operator who means it acknowledges, and gets no signature all the same.
        (asked,) = ledger.witnesses()
        ledger.acknowledge(asked.url)
        assert twin.post(address, "what others are shown") == 200
        ledger.stop_keeping()
        changed = ledger.witnesses()[0]
        assert ledger._store.change_witness(changed, replace(changed, next_at=0))
        ledger.ask_witnesses()
        told = ledger.health()
        assert told.witnesses is not None
        assert told.witnesses.state == "unwitnessed"
        # Whoever asks for witnesses sees at once that there are none, whoever does not sees it by what was seen before.
        monitor = Monitor(address, Folder(tmp_path / "fresh"), liar.trust())
        with pytest.raises(UnverifiableError):
            monitor.look(int(time.time()))
        monitor.close()
        monitor = Monitor(address, state, parse_trust(liar.log_keys()))
        with pytest.raises(VerificationError):
            monitor.look(int(time.time()))
        monitor.close()
    (shown,) = honest.witness_for(liar).evidence(liar.name)
    assert shown.name.startswith("roots-3-3-")
    keys = load_ledger_keys(liar.keys).vkeys(liar.name)
    for before, now in (
        (shown.with_suffix(".before"), shown),
        (next((tmp_path / "seen").rglob("*.before")), next((tmp_path / "seen").rglob("*.now"))),
    ):
        one, other = (open_checkpoint(path.read_bytes(), keys).checkpoint for path in (before, now))
        assert (one.size, one.root != other.root) == (other.size, True)


def test_a_ledger_from_an_old_backup_signs_nothing(rooms: tuple[Newsroom, Newsroom], tmp_path: Path) -> None:
    room, _ = rooms
    backup = copy_of(room, tmp_path / "backup")  # with its keys and what they say they signed, so that only others know
    with room.serving() as (address, _):
        for number in range(20):
            assert room.post(address, f"claim {number}") == 200
        until(lambda: is_witnessed(address))
    with backup.serving() as (address, ledger):
        assert health(address)["status"] == "alarm"
        assert backup.post(address, "what would begin a second history") == 500
        assert ledger.checkpoint().size == 2
        assert HTTP.get(f"{address}/checkpoint").status_code == 200
    shown = run_here("log", "witnesses", "--ledger", backup.target)
    assert shown.code == 6
    assert "it signed a tree of 22 entries, ours has 2" in " ".join(shown.out.split())
    assert "(proven by a checkpoint" in shown.out
    looked = run_here("doctor", "--ledger", backup.target)
    assert (looked.code, "remembers another history" in " ".join(looked.out.split())) == (1, True)
    proof = run_here("log", "witnesses", "--ledger", backup.target, "--evidence").out
    assert open_checkpoint(proof.encode(), load_ledger_keys(room.keys).vkeys(room.name)).checkpoint.size == 22
    # It is remembered: no other command on that ledger signs either.
    assert run_here("source", "add", "kcna", "--type", "news_agency", "--name", "en=KCNA", "--ledger", backup.target).code == 1
    url = next(line.split()[1] for line in shown.out.splitlines() if line.startswith("witness"))
    assert run_here("log", "acknowledge", url, "--ledger", backup.target).code == 0
    assert run_here("log", "witnesses", "--ledger", backup.target).code == 0
