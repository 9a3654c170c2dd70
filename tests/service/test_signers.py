"""Where keys may be: in files under a passphrase, in variables, in an ssh-agent. What they sign tells nobody which it was."""

from __future__ import annotations

import os
import pty
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.core.didkey import did_key_of
from ledger.core.dsse import RECORD_TYPE, check_signatures, pae, parse_envelope
from ledger.core.records import record_bytes
from ledger.errors import KeyMissingError
from ledger.keys import (
    find_signer,
    load_ledger_keys,
    load_signer,
    new_key,
    new_ledger_keys,
    seal,
    sign_record,
)
from ledger.passphrases import at_hand
from ledger.signing import agent
from ledger.signing.pemfile import check_opens, lock_again
from tests import factory
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.timeout(60)
OPENSSL = shutil.which("openssl")


# Passphrases


def test_a_stolen_file_costs_a_thief_16_mebibytes_for_each_guess(tmp_path: Path) -> None:
    new_key(tmp_path / "anna.pem", "correct horse")
    text = (tmp_path / "anna.pem").read_text()
    assert text.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    if OPENSSL is None:
        pytest.skip("no openssl here")
    parsed = subprocess.run([OPENSSL, "asn1parse", "-in", str(tmp_path / "anna.pem")], capture_output=True, text=True).stdout
    assert ":PBES2" in parsed
    assert ":id-scrypt" in parsed or ":scrypt" in parsed
    assert ":aes-256-cbc" in parsed
    assert ":4000" in parsed  # N, in hex


@pytest.mark.skipif(OPENSSL is None, reason="no openssl here")
def test_others_read_what_we_encrypt_and_we_read_what_they_do(tmp_path: Path) -> None:
    made = new_key(tmp_path / "anna.pem", "correct horse")
    plain = tmp_path / "plain.pem"
    _openssl("pkey", "-in", tmp_path / "anna.pem", "-passin", "pass:correct horse", "-out", plain)
    assert load_signer(plain).did == made.did
    _openssl("pkcs8", "-topk8", "-scrypt", "-in", plain, "-passout", "pass:another", "-out", tmp_path / "theirs.pem")
    assert load_signer(tmp_path / "theirs.pem", "another").did == made.did
    _openssl("pkcs8", "-topk8", "-in", plain, "-passout", "pass:another", "-out", tmp_path / "older.pem")
    assert load_signer(tmp_path / "older.pem", "another").did == made.did


def _openssl(*arguments: object) -> None:
    assert OPENSSL is not None
    subprocess.run([OPENSSL, *map(str, arguments)], check=True, capture_output=True)


def test_a_passphrase_is_changed_and_taken_away_and_the_key_stays_the_same(tmp_path: Path) -> None:
    made = new_ledger_keys(tmp_path, "first")
    for path in sorted(tmp_path.glob("*.pem")):
        lock_again(path, "first", "second")
        assert path.stat().st_mode & 0o777 == 0o600
    assert load_ledger_keys(tmp_path, "second").vkeys("x/y") == made.vkeys("x/y")
    with pytest.raises(KeyMissingError, match="does not open"):
        load_ledger_keys(tmp_path, "first")
    for path in sorted(tmp_path.glob("*.pem")):
        lock_again(path, "second", None)
    assert load_ledger_keys(tmp_path).issuer_did == made.issuer_did
    assert sorted(path.name for path in tmp_path.iterdir()) == ["issuer.pem", "log-ed25519.pem", "log-mldsa44.pem"]


def test_who_has_no_passphrase_is_told_where_it_could_come_from(tmp_path: Path) -> None:
    new_key(tmp_path / "anna.pem", "correct horse")
    with pytest.raises(KeyMissingError, match="has a passphrase") as caught:
        check_opens(tmp_path / "anna.pem", None)
    assert caught.value.hint is not None
    assert "ONRECORD_PASSPHRASE_FILE" in caught.value.hint


def test_a_service_reads_the_passphrase_from_a_file(tmp_path: Path) -> None:
    made = new_key(tmp_path / "anna.pem", "correct horse")
    (tmp_path / "word").write_text("correct horse\nand a remark\n")
    environ = {"ONRECORD_PASSPHRASE_FILE": str(tmp_path / "word")}
    assert find_signer("l.db", given=str(tmp_path / "anna.pem"), environ=environ).did == made.did
    assert find_signer("l.db", given=f"file:{tmp_path / 'anna.pem'}", environ=environ).did == made.did
    assert at_hand({"ONRECORD_PASSPHRASE": "this", **environ}) == "this"
    (tmp_path / "word").write_text("\n")
    with pytest.raises(KeyMissingError, match="empty"):
        at_hand(environ)
    with pytest.raises(KeyMissingError, match="cannot be read"):
        at_hand({"ONRECORD_PASSPHRASE_FILE": str(tmp_path / "nowhere")})


def test_a_key_in_a_variable_may_have_a_passphrase(tmp_path: Path) -> None:
    made = new_key(tmp_path / "anna.pem", "correct horse")
    environ = {"DESK_KEY": (tmp_path / "anna.pem").read_text(), "ONRECORD_PASSPHRASE": "correct horse"}
    assert find_signer("l.db", given="env:DESK_KEY", environ=environ).did == made.did
    with pytest.raises(KeyMissingError, match="the environment variable DESK_KEY"):
        find_signer("l.db", given="env:DESK_KEY", environ=environ | {"ONRECORD_PASSPHRASE": "wrong"})


def test_at_a_terminal_a_passphrase_is_asked_for(tmp_path: Path) -> None:
    made = _typed(tmp_path, ["key", "new", "anna.pem"], ["correct horse", "correct horse"])
    assert "did:key:z6Mk" in made
    assert b"ENCRYPTED" in (tmp_path / "anna.pem").read_bytes()
    told = _typed(tmp_path, ["key", "did", "anna.pem"], ["wrong", "correct horse"])
    assert told.count("passphrase of anna.pem:") == 2
    assert load_signer(tmp_path / "anna.pem", "correct horse").did in told
    assert "correct horse" not in made + told
    assert "wrong" not in told
    refused = _typed(tmp_path, ["key", "did", "anna.pem"], ["wrong"] * 3)
    assert "does not open with this passphrase" in refused


def _typed(place: Path, arguments: list[str], lines: list[str]) -> str:
    """All that somebody sees who types these lines when asked."""
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover
        os.chdir(place)
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "TERM": "dumb", "COLUMNS": "200"}
        os.execve(sys.executable, [sys.executable, "-m", "ledger.cli", *arguments], environ)
    seen, waiting = b"", list(lines)
    asked = 0
    while True:
        try:
            part = os.read(terminal, 4_096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
        questions = seen.count(b": ")
        if waiting and seen.rstrip(b" ").endswith(b":") and questions > asked:
            asked = questions
            os.write(terminal, waiting.pop(0).encode() + b"\n")
    os.waitpid(child, 0)
    os.close(terminal)
    return seen.decode()


# The agent


@pytest.fixture(scope="module")
def real_agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An ssh-agent with two Ed25519 keys and one of another kind."""
    if shutil.which("ssh-agent") is None:
        if os.environ.get("ONRECORD_REQUIRE_BACKENDS") == "1":
            pytest.fail("no ssh-agent here")
        pytest.skip("no ssh-agent here")
    place = tmp_path_factory.mktemp("a")  # short: the path of a socket has a limit
    environ = {"SSH_AUTH_SOCK": str(place / "s"), "PATH": os.environ["PATH"], "HOME": str(place)}
    process = subprocess.Popen(["ssh-agent", "-D", "-a", environ["SSH_AUTH_SOCK"]], stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if Path(environ["SSH_AUTH_SOCK"]).exists():
                break
            threading.Event().wait(0.05)
        for name, kind in (("anna", "ed25519"), ("bert", "ed25519"), ("old", "ecdsa")):
            file = str(place / name)
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", file], check=True, env=environ)
            subprocess.run(["ssh-add", "-q", file], check=True, env=environ)
        yield environ
    finally:
        process.terminate()
        process.wait(10)


def test_an_agent_lists_its_ed25519_keys_by_comment_fingerprint_and_did(real_agent: dict[str, str]) -> None:
    keys = {key.comment: key for key in agent.list_keys(real_agent)}
    assert keys.keys() == {"anna", "bert"}
    listed = subprocess.run(["ssh-add", "-l"], env=real_agent, capture_output=True, text=True).stdout
    anna = keys["anna"]
    assert anna.fingerprint in listed
    assert {agent.find_key(name, real_agent) for name in ("anna", anna.did, anna.fingerprint)} == {anna}


def test_an_agents_signature_is_the_plain_one_over_our_bytes(real_agent: dict[str, str]) -> None:
    signer = find_signer("l.db", given="agent:anna", environ=real_agent)
    assert (signer.subject, signer.file) == ("anna", None)
    claim = factory.claim()
    sent = sign_record(claim, signer)
    [signature] = sent.envelope.signatures
    assert signature.keyid == signer.did == did_key_of(signer.private_key)
    opened = parse_envelope(sent.envelope.model_dump_json().encode(), payload_type=RECORD_TYPE)
    check_signatures(opened)
    raw = opened.signatures[0][1]
    assert len(raw) == 64
    signer.private_key.public_key().verify(raw, pae(RECORD_TYPE, record_bytes(claim)))


def test_what_an_agents_key_seals_is_sealed_the_same_each_time(real_agent: dict[str, str]) -> None:
    first, again = (find_signer("l.db", given="agent:bert", environ=real_agent) for _ in range(2))
    assert seal(first, "title", "words") == seal(again, "title", "words")
    assert seal(first, "title", "words") != seal(find_signer("l.db", given="agent:anna", environ=real_agent), "title", "words")


def test_a_ledger_takes_what_an_agent_signed(real_agent: dict[str, str], tmp_path: Path) -> None:
    room = factory.ready(str(tmp_path / "l.db"))
    signer = find_signer("l.db", given="agent:anna", environ=real_agent)
    room.add(factory.key(signer, subject="anna"))
    room.add(factory.claim(), by=signer)
    assert room.ledger.record(factory.id_of(factory.claim())).signers == [signer.did]
    room.ledger.close()


@pytest.mark.parametrize(
    "which, said",
    [("", "has 2 Ed25519 keys"), ("carl", "no Ed25519 key called 'carl'"), ("old", "no Ed25519 key called 'old'")],
)
def test_a_key_that_is_not_there_is_told_with_those_that_are(real_agent: dict[str, str], which: str, said: str) -> None:
    with pytest.raises(KeyMissingError, match=said) as caught:
        agent.find_key(which, real_agent)
    assert "(anna); " in str(caught.value.hint)


def test_a_locked_agent_signs_nothing(real_agent: dict[str, str]) -> None:
    key = agent.find_key("anna", real_agent)
    # Removed meanwhile: the agent fails, and says no more.
    subprocess.run(["ssh-add", "-q", "-D"], env=real_agent, check=True, capture_output=True)
    with pytest.raises(KeyMissingError, match="does not sign"):
        key.sign(b"anything")


def test_where_there_is_no_agent_that_is_what_is_said(tmp_path: Path) -> None:
    with pytest.raises(KeyMissingError, match="SSH_AUTH_SOCK is not set"):
        agent.list_keys({})
    with pytest.raises(KeyMissingError, match="no ssh-agent answers"):
        agent.list_keys({"SSH_AUTH_SOCK": str(tmp_path / "nobody")})


def _frame(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


def _listed(raw: bytes, comment: bytes = b"x") -> bytes:
    blob = _frame(b"ssh-ed25519") + _frame(raw)
    return _frame(b"\x0c" + (1).to_bytes(4, "big") + _frame(blob) + _frame(comment))


def _signed(kind: bytes) -> bytes:
    return _frame(b"\x0e" + _frame(_frame(kind) + _frame(bytes(64))))


GOOD = factory.signer("anna").private_key.public_key().public_bytes_raw()
BAD_ANSWERS: dict[str, tuple[list[bytes], str]] = {
    "hangs up": ([b""], "hung up"),
    "is cut short": ([_frame(b"\x0c" + (9).to_bytes(4, "big"))], "cut short"),
    "is far too long": ([(1 << 30).to_bytes(4, "big")], "answers with"),
    "is empty": ([_frame(b"")], "answers with"),
    "is a failure": ([_frame(b"\x05")], "does not list"),
    "signs something else": (
        [_listed(GOOD), _signed(b"ssh-ed25519")],
        "no signature",
    ),
    "signs as another kind": (
        [_listed(GOOD), _signed(b"ssh-rsa")],
        "no signature",
    ),
    "has a weak key": ([_listed(bytes(32))], "no Ed25519 key"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_an_agent_that_answers_badly_is_not_believed(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    answers, said = BAD_ANSWERS[name]
    path = str(tmp_path_factory.mktemp("b") / "s")
    with _answering(path, answers), pytest.raises(KeyMissingError, match=said):
        find_signer("l.db", given="agent:", environ={"SSH_AUTH_SOCK": path})


class _answering:
    """An agent that gives these answers, one for each connection."""

    def __init__(self, path: str, answers: list[bytes]) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, args=(answers,))

    def _serve(self, answers: list[bytes]) -> None:
        for answer in answers:
            line, _ = self._listener.accept()
            with line:
                line.recv(65_536)
                line.sendall(answer)

    def __enter__(self) -> Callable[[], None]:
        self._thread.start()
        return self._listener.close

    def __exit__(self, *_: object) -> None:
        self._thread.join(10)
        self._listener.close()
