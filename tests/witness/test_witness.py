"""A witness over HTTP: each status that tlog-witness knows, what is kept, and that nothing is forgotten."""

from __future__ import annotations

import hashlib
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from api.witnessing import create_witness
from ledger.core.note import OpenedCheckpoint, add_signatures, open_checkpoint, parse_note, parse_signature_lines
from ledger.core.vkey import VerifierKey
from ledger.core.witnessing import MAX_REQUEST_BYTES
from ledger.errors import ConflictError, CorruptError, KeyMissingError
from ledger.keys import load_ledger_keys
from ledger.witness.keys import load_witness_keys, new_witness_keys
from ledger.witness.witness import MOST_KEPT, Witness, name_of
from tests.api.serving import served
from tests.conftest import REPOSITORY
from tests.factory import START, ledger_keys
from tests.witness.trees import Grove

GROVE = Grove()
HASH = hashlib.sha256(GROVE.origin.encode()).hexdigest()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    new_witness_keys(tmp_path / "w", "witness.example/w1")
    return tmp_path / "w"


def witness_at(place: Path, *groves: Grove) -> Witness:
    logs = [key for grove in groves or (GROVE,) for key in grove.vkeys]
    return Witness(place, load_witness_keys(place), logs, lambda: START + 60)


@pytest.fixture
def http(place: Path) -> Iterator[httpx.Client]:
    with served(create_witness(witness_at(place))) as address, httpx.Client(base_url=address, trust_env=False) as client:
        yield client


def ask(http: httpx.Client, body: bytes) -> httpx.Response:
    return http.post("/add-checkpoint", content=body)


def opened(note: bytes, witnesses: tuple[VerifierKey, ...]) -> OpenedCheckpoint:
    return open_checkpoint(note, GROVE.vkeys, witnesses=witnesses)


def test_200_holds_cosignature_lines_and_nothing_else(http: httpx.Client, place: Path) -> None:
    note = GROVE.note(3)
    answer = ask(http, b"old 0\n\n" + note)
    assert answer.status_code == 200
    lines = parse_signature_lines(answer.text)
    keys = load_witness_keys(place).vkeys
    assert [(one.name, one.key_id) for one in lines] == [(key.name, key.key_id) for key in keys]
    found = opened(add_signatures(note, lines), keys)
    assert [(one.key, one.time) for one in found.cosignatures] == [(key, START + 60) for key in keys]


def test_a_log_is_followed_from_size_to_size(http: httpx.Client) -> None:
    sizes = [0, 1, 1, 5, 8, 8, 300]
    for old, size in zip([0, *sizes[:-1]], sizes, strict=True):
        assert ask(http, GROVE.asked(old, size)).status_code == 200, (old, size)


@pytest.mark.parametrize("body", [b"", b"old 4\n\n" + GROVE.note(3), b"old 00\n\n" + GROVE.note(3), b"\xff" * 40])
def test_400_for_what_is_no_request(http: httpx.Client, body: bytes) -> None:
    assert ask(http, body).status_code == 400


@pytest.mark.parametrize("long", [MAX_REQUEST_BYTES + 1, 5 << 20])
def test_400_for_more_than_a_witness_reads(http: httpx.Client, long: int) -> None:
    assert ask(http, (b"old 0\n\n" + GROVE.note(3)).ljust(long, b"x")).status_code == 400


def test_403_for_a_checkpoint_that_the_log_did_not_sign(http: httpx.Client) -> None:
    assert ask(http, Grove(keys=ledger_keys("stranger")).asked(0, 3)).status_code == 403
    assert ask(http, b"old 0\n\n" + GROVE.note(3).replace(b"\n3\n", b"\n4\n")).status_code == 403


def test_404_for_a_log_that_is_not_known(http: httpx.Client) -> None:
    assert ask(http, Grove("log.example/other").asked(0, 3)).status_code == 404


@pytest.mark.parametrize("old", [0, 2, 4, 7])
def test_409_says_the_size_in_its_own_type(http: httpx.Client, old: int) -> None:
    ask(http, GROVE.asked(0, 3))
    answer = ask(http, GROVE.asked(old, 9))
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (409, "text/x.tlog.size", b"3\n")


def test_422_for_two_roots_of_one_size_and_both_are_kept(http: httpx.Client, place: Path) -> None:
    assert ask(http, GROVE.asked(0, 5)).status_code == 200
    other = GROVE.note(5, "b")
    assert ask(http, b"old 5\n\n" + other).status_code == 422
    (shown,) = witness_at(place).evidence(GROVE.origin)
    assert shown.name.startswith("roots-5-5-")
    before, now = (opened(one.read_bytes(), ()).checkpoint for one in (shown.with_suffix(".before"), shown))
    assert (before.root, now.root) == (GROVE.root(5), GROVE.root(5, "b"))
    # The answer is the same for ever, and what was signed stays.
    assert ask(http, b"old 5\n\n" + other).status_code == 422
    assert ask(http, GROVE.asked(5, 6)).status_code == 200


def test_two_roots_of_one_size_are_kept_even_where_the_size_was_not_known(http: httpx.Client, place: Path) -> None:
    assert ask(http, GROVE.asked(0, 5)).status_code == 200
    assert ask(http, GROVE.asked(0, 5, "b")).status_code == 409
    (shown,) = witness_at(place).evidence(GROVE.origin)
    assert shown.name.startswith("roots-5-5-")


def test_422_for_a_history_that_goes_another_way(http: httpx.Client, place: Path) -> None:
    assert ask(http, GROVE.asked(0, 5)).status_code == 200
    asked = GROVE.asked(5, 9, "b", shared=4)
    assert ask(http, asked).status_code == 422
    (shown,) = witness_at(place).evidence(GROVE.origin)
    assert shown.name.startswith("proof-5-9-")
    assert shown.with_suffix(".asked").read_bytes() == asked
    assert ask(http, GROVE.asked(5, 9)).status_code == 200


def test_what_nobody_signed_is_no_evidence(http: httpx.Client, place: Path) -> None:
    ask(http, GROVE.asked(0, 5))
    for note in (Grove(keys=ledger_keys("stranger")).note(5, "b"), GROVE.note(5, "b").replace(b"\n5\n", b"\n6\n")):
        assert ask(http, b"old 5\n\n" + note).status_code == 403
    assert witness_at(place).evidence(GROVE.origin) == []


def test_evidence_does_not_fill_the_disk(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.witness.witness.MOST_KEPT", 3)
    assert MOST_KEPT > 3
    witness = witness_at(place)
    witness.add(GROVE.asked(0, 5))
    for size in range(6, 20):
        assert witness.add(b"old 5\n\n" + GROVE.note(size)).status == 422
    assert len(witness.evidence(GROVE.origin)) == 3
    witness.add(b"old 5\n\n" + GROVE.note(5, "b"))
    assert len(witness.evidence(GROVE.origin)) == 4  # failed proofs, which anybody can send, leave room for the real thing


def test_the_newest_is_read_by_the_hash_of_its_origin(http: httpx.Client, place: Path) -> None:
    assert http.get(f"/{HASH}/checkpoint").status_code == 404
    ask(http, GROVE.asked(0, 5))
    answer = http.get(f"/{HASH}/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    found = opened(answer.content, load_witness_keys(place).vkeys)
    assert (found.checkpoint.size, len(found.log_keys), len(found.cosignatures)) == (5, 2, 2)
    ask(http, GROVE.asked(5, 8))
    assert opened(http.get(f"/{HASH}/checkpoint").content, ()).checkpoint.size == 8
    for path in ("0" * 64, HASH.upper(), "..", "%2e%2e", "logs"):
        assert http.get(f"/{path}/checkpoint").status_code == 404
    assert http.head(f"/{HASH}/checkpoint").status_code == 200
    assert http.get("/add-checkpoint").status_code == 405
    assert http.get("/healthz").text == "ok\n1 logs\n"


def test_signatures_of_strangers_are_not_kept(http: httpx.Client) -> None:
    line = parse_note(Grove("spam.example").note(1)).signatures[0]
    assert ask(http, b"old 0\n\n" + add_signatures(GROVE.note(2), [line])).status_code == 200
    assert b"spam.example" not in http.get(f"/{HASH}/checkpoint").content


def test_of_histories_that_come_at_once_one_is_signed(place: Path) -> None:
    """Two processes' worth of witnesses on one folder, and threads in each."""
    witnesses = [witness_at(place), witness_at(place)]
    witnesses[0].add(GROVE.asked(0, 4))
    asked = [GROVE.asked(4, 5, name, shared=4) for name in "bcdefghijklm"]
    barrier = threading.Barrier(len(asked))

    def add(number: int) -> int:
        barrier.wait()
        return witnesses[number % 2].add(asked[number]).status

    with ThreadPoolExecutor(len(asked)) as pool:
        statuses = sorted(pool.map(add, range(len(asked))))
    assert statuses == [200] + [409] * (len(asked) - 1)


def test_logs_do_not_hinder_each_other(place: Path) -> None:
    groves = [Grove(f"log.example/{number}") for number in range(8)]
    witness = witness_at(place, *groves)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda grove: [witness.add(grove.asked(n, n + 1)).status for n in range(10)], groves))
    assert statuses == [[200] * 10] * 8


_KILLED = """
import os, signal, sys
from pathlib import Path
from ledger.store.headfile import HeadFile
from tests.witness.test_witness import GROVE, witness_at

def replaced(self, content, really=HeadFile.replace):
    really(self, content)
    os.kill(os.getpid(), signal.SIGKILL)

witness = witness_at(Path(sys.argv[1]))
HeadFile.replace = replaced
witness.add(sys.stdin.buffer.read())
"""


def test_a_witness_that_dies_before_it_replies_has_not_forgotten(place: Path, tmp_path: Path) -> None:
    assert witness_at(place).add(GROVE.asked(0, 4)).status == 200
    asked = GROVE.asked(4, 6)
    died = subprocess.run([sys.executable, "-c", _KILLED, str(place)], input=asked, cwd=REPOSITORY, check=False)
    assert died.returncode == -signal.SIGKILL
    after = witness_at(place)
    held = after.held(GROVE.origin)
    assert held is not None
    assert held.checkpoint.size == 6
    # As from one that did not die: it tells the size, then signs the same checkpoint again, and no other of that size.
    again, other = after.add(asked), after.add(GROVE.asked(4, 6, "b", shared=4))
    assert [(one.status, one.body) for one in (again, other)] == [(409, b"6\n")] * 2
    assert after.add(GROVE.asked(6, 6)).status == 200
    assert after.add(b"old 6\n\n" + GROVE.note(6, "b")).status == 422


def test_what_is_damaged_on_disk_is_not_taken_for_nothing(place: Path) -> None:
    witness = witness_at(place)
    witness.add(GROVE.asked(0, 4))
    file = place / "logs" / name_of(GROVE.origin) / "checkpoint"
    sound = file.read_bytes()
    text = sound.index(b"\n\n")
    for at in [*range(text), *range(text, len(sound), 97)]:
        file.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        try:
            held = witness.held(GROVE.origin)
        except CorruptError:
            continue
        # A signature line whose key nobody knows is passed over: another one holds.
        assert at > text
        assert held is not None
        assert (held.checkpoint.size, held.checkpoint.root) == (4, GROVE.root(4))
    file.write_bytes(sound.replace(b"\n4\n", b"\n3\n"))
    with served(create_witness(witness)) as address:
        answer = httpx.post(f"{address}/add-checkpoint", content=GROVE.asked(4, 6), trust_env=False)
    assert (answer.status_code, "damaged" in answer.text) == (500, False)
    file.write_bytes(sound)
    assert witness.add(GROVE.asked(4, 6)).status == 200


def test_a_full_disk_is_no_signature(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    witness = witness_at(place)

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("ledger.store.headfile._write", full)
        with pytest.raises(Exception, match="cannot be written"):
            witness.add(GROVE.asked(0, 4))
    assert witness.held(GROVE.origin) is None
    assert witness.add(GROVE.asked(0, 4)).status == 200


def test_keys_are_made_once_and_are_their_owners_only(tmp_path: Path) -> None:
    place = tmp_path / "w"
    made = new_witness_keys(place, "witness.example/w1", "pass phrase")
    assert load_witness_keys(place, "pass phrase").vkeys == made.vkeys
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in place.iterdir()} == {0o600}
    with pytest.raises(KeyMissingError):
        load_witness_keys(place)
    with pytest.raises(ConflictError):
        new_witness_keys(place, "witness.example/w2")
    with pytest.raises(KeyMissingError):
        load_witness_keys(tmp_path / "nothing")
    with pytest.raises(KeyMissingError):
        load_ledger_keys(place)
