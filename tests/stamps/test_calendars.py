"""OpenTimestamps with a calendar on loopback that answers as the protocol says: promised, completed, never said to be verified
without the header of the block; proofs are read and written as the library `opentimestamps` writes them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.ots import Attested, Proof, check_proof, parse_answer, parse_headers, parse_proof, print_proof, told
from ledger.errors import FormatError, VerificationError
from tests.cli.conftest import _no_environment, fresh, run_here
from tests.evidence.test_stamped import CLAIM
from tests.evidence.test_zipping import entries, packed, relisted
from tests.stamps.authorities import make, served

__all__ = ["_no_environment", "fresh"]  # fixtures

VECTORS = Path(__file__).parents[1] / "vectors" / "opentimestamps"
HELLO = hashlib.sha256(b"hello").digest()
HEIGHT = 840_000
PENDING, BITCOIN = bytes.fromhex("83dfe30d2ef90c8e"), bytes.fromhex("0588960d73d71901")


def double(content: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(content).digest()).digest()


def block_header(root: bytes, time: int = 1_713_571_767) -> bytes:
    """One with as little work as there can be, which it holds."""
    for nonce in range(1_000):
        made = bytes(36) + root + time.to_bytes(4, "little") + bytes.fromhex("ffff7f20") + nonce.to_bytes(4, "little")
        if int.from_bytes(double(made), "little") <= 0x7FFFFF << 8 * 29:
            return made
    raise AssertionError("no work")


@dataclass
class Calendar:
    """What it promised, and the block in which it was kept, once there is one."""

    url: str = ""
    seen: list[bytes] = field(default_factory=list)
    promised: list[bytes] = field(default_factory=list)
    root: bytes = b""
    mined: bool = False
    broken: bool = False

    def promise(self, message: bytes) -> bytes:
        self.seen.append(message)
        self.promised.append(hashlib.sha256(message + b"time").digest())
        uri = b"https://calendar.example"
        payload = bytes([len(uri)]) + uri
        return b"\xf0\x04time\x08\x00" + PENDING + bytes([len(payload)]) + payload

    def block(self, message: bytes) -> bytes | None:
        if message not in self.promised or not self.mined:
            return None
        self.root = double(b"\x07" * 32 + message)
        return b"\xf1\x20" + b"\x07" * 32 + b"\x08\x08\x00" + BITCOIN + b"\x03" + bytes.fromhex("c0a233")


@pytest.fixture
def calendar() -> Iterator[Calendar]:
    made = Calendar()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/digest"
            self._answer(made.promise(self.rfile.read(int(self.headers["content-length"]))))

        def do_GET(self) -> None:
            assert self.path.startswith("/timestamp/")
            self._answer(made.block(bytes.fromhex(self.path.rpartition("/")[2])))

        def _answer(self, body: bytes | None) -> None:
            body = b"\xf0" if made.broken else body
            self.send_response(404 if body is None else 200)
            self.send_header("content-length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def known(calendar: Calendar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clocks").write_text(f"calendar alice {calendar.url}\n")
    monkeypatch.setenv("ONRECORD_AUTHORITIES", str(tmp_path / "clocks"))
    return str(tmp_path / "clocks")


@pytest.mark.parametrize(
    "name, wanted",
    [("pending", "promised by https://calendar1.example"), ("complete", f"Bitcoin block {HEIGHT}, not verified")],
)
def test_proofs_of_the_library_are_read_and_written_again_the_same(name: str, wanted: str) -> None:
    content = (VECTORS / f"{name}.ots").read_bytes()
    assert print_proof(parse_proof(content)) == content
    assert told(check_proof(content, HELLO, {})).startswith(wanted)


def test_a_block_is_verified_by_its_header_alone() -> None:
    content = (VECTORS / "complete.ots").read_bytes()
    root = next(one.message for one in parse_proof(content).attested if one.height == HEIGHT)
    header = block_header(root)
    assert check_proof(content, HELLO, {HEIGHT: header}).time == "2024-04-20T00:09:27Z"
    assert check_proof(content, HELLO, {HEIGHT + 1: header}).time is None
    for wrong, said in (
        (block_header(bytes(32)), "another Merkle root"),
        (header[:-8] + b"\x01" + header[-7:], "no proof of work"),
    ):
        with pytest.raises(VerificationError, match=said):
            check_proof(content, HELLO, {HEIGHT: wrong})
    with pytest.raises(VerificationError, match="over other bytes"):
        check_proof(content, bytes(32), {})


BAD = {
    "nothing": b"",
    "cut off": (VECTORS / "complete.ots").read_bytes()[:-1],
    "more": (VECTORS / "pending.ots").read_bytes() + b"x",
    "over SHA-1": (VECTORS / "pending.ots").read_bytes().replace(b"\x94\x01\x08", b"\x94\x01\x02"),
    "another form": (VECTORS / "pending.ots").read_bytes().replace(b"\x94\x01\x08", b"\x94\x02\x08"),
    "a step by RIPEMD-160": (VECTORS / "pending.ots").read_bytes().replace(b"\x08\xf0\x04time", b"\x03\xf0\x04time"),
    "an address with a line break": (VECTORS / "pending.ots").read_bytes().replace(b"calendar1.example", b"calendar1\nexample"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_proof_is_refused(name: str) -> None:
    with pytest.raises(FormatError):
        parse_proof(BAD[name])
    with pytest.raises(VerificationError, match="there is no proof in it"):
        check_proof(BAD[name], HELLO, {})


steps = st.lists(
    st.one_of(st.just((0x08, b"")), st.tuples(st.sampled_from([0xF0, 0xF1]), st.binary(min_size=1, max_size=40))), max_size=30
)


@given(
    st.binary(min_size=32, max_size=32),
    st.lists(st.tuples(steps, st.binary(min_size=8, max_size=8), st.binary(max_size=300)), min_size=1, max_size=8),
)
def test_every_proof_is_read_as_it_was_written(
    digest: bytes, leaves: list[tuple[list[tuple[int, bytes]], bytes, bytes]]
) -> None:
    attested = []
    for way, tag, payload in leaves:
        message = digest
        for sign, words in way:
            message = hashlib.sha256(message).digest() if sign == 0x08 else message + words if sign == 0xF0 else words + message
        attested.append(Attested(tuple(way), message, tag, payload))
    found = parse_proof(print_proof(Proof(digest, tuple(attested))))
    assert set(found.attested) == set(attested)
    assert print_proof(found) == print_proof(Proof(digest, tuple(attested)))


def test_a_long_way_of_forks_ends() -> None:
    with pytest.raises(FormatError, match="steps one behind the other"):
        parse_answer(b"\xff\x08" * 20_000, HELLO)
    with pytest.raises(FormatError, match="attestations"):
        parse_answer((b"\xff\x00" + b"12345678" + b"\x00") * 200, HELLO)


def test_the_log_is_promised_and_then_kept_in_a_block(fresh: str, calendar: Calendar, known: str, tmp_path: Path) -> None:
    first = run_here("timestamp", "log", "--ledger", fresh)
    assert first.code == 0, first.err
    assert "promised by https://calendar.example, which proves nothing yet" in first.out
    assert len(calendar.seen) == 1
    text = next(Path(f"{fresh}.tokens").glob("*.txt")).read_bytes()
    assert hashlib.sha256(text).digest() not in calendar.seen, "it does not get to see what it stamps"
    assert run_here("timestamp", "log", "--ledger", fresh).code == 0
    assert len(calendar.seen) == 1, "asked once for each checkpoint"
    calendar.mined = True
    done = run_here("timestamp", "log", "--ledger", fresh)
    assert f"Bitcoin block {HEIGHT}, not verified: no header of that block was given" in done.out
    told_ = run_here("timestamp", "list", "--ledger", fresh)
    assert (told_.code, "not verified" in told_.out) == (0, True)
    (tmp_path / "headers").write_text(f"# ours\n{HEIGHT} {block_header(calendar.root).hex()}\n")
    listed = run_here("timestamp", "list", "--block-headers", str(tmp_path / "headers"), "--ledger", fresh)
    assert f"2024-04-20T00:09:27Z by the header that was given of Bitcoin block {HEIGHT}" in listed.out
    (tmp_path / "headers").write_text(f"{HEIGHT} {block_header(bytes(32)).hex()}\n")
    wrong = run_here("timestamp", "list", "--block-headers", str(tmp_path / "headers"), "--ledger", fresh)
    assert (wrong.code, "another Merkle root" in wrong.out) == (6, True)


def test_a_file_is_stamped_completed_and_verified_offline(
    calendar: Calendar, known: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.warc").write_bytes(b"a capture")
    assert run_here("timestamp", "file", "page.warc").code == 0
    assert "which proves nothing yet" in run_here("timestamp", "complete", "page.warc.alice.ots").out
    calendar.mined = True
    ran = run_here("timestamp", "complete", "page.warc.alice.ots", "--json")
    assert (ran.json["tokens"][0]["block"], ran.json["tokens"][0]["new"]) == (HEIGHT, True)
    monkeypatch.delenv("ONRECORD_AUTHORITIES")
    ran = run_here("timestamp", "verify", "page.warc", "--token", "page.warc.alice.ots")
    assert (ran.code, f"Bitcoin block {HEIGHT}, not verified" in ran.out) == (0, True), ran.err
    (tmp_path / "headers").write_text(f"{HEIGHT} {block_header(calendar.root).hex()}\n")
    words = ("--token", "page.warc.alice.ots", "--block-headers", "headers")
    assert "2024-04-20T00:09:27Z by the header" in run_here("timestamp", "verify", "page.warc", *words).out
    (tmp_path / "page.warc").write_bytes(b"another")
    assert run_here("timestamp", "verify", "page.warc", *words).code == 6


def test_a_calendar_that_answers_nonsense_is_told(fresh: str, calendar: Calendar, known: str) -> None:
    calendar.broken = True
    ran = run_here("timestamp", "log", "--ledger", fresh)
    assert ran.code != 0
    assert "warning: alice: the proof is cut off" in ran.err
    assert not list(Path(f"{fresh}.tokens").glob("*.ots"))


def test_proofs_go_into_the_zip_and_are_told_there(fresh: str, calendar: Calendar, known: str, tmp_path: Path) -> None:
    (tmp_path / "seen.txt").write_text("The bridge is closed.")
    seen = run_here("capture", "seen.txt", "--ledger", fresh, "--json").json
    (tmp_path / "claim.yaml").write_text(CLAIM.replace("SEEN", seen["document"]["sha256"]))
    claim = run_here("import", "claim.yaml", "--ledger", fresh, "--json").json["claims"]["bridge"]
    warc = next(Path(f"{fresh}.evidence").glob("warc/*/*.warc.gz"))
    assert run_here("timestamp", "file", str(warc)).code == 0
    calendar.mined = True
    assert run_here("timestamp", "complete", f"{warc}.alice.ots").code == 0
    done = run_here("export", claim, "--with-evidence", "--timestamp", "-o", "claim.zip", "--ledger", fresh)
    assert done.code == 0, done.err
    files = entries(Path("claim.zip"))
    assert {"tokens/checkpoint.alice.ots", f"tokens/{warc.name}.alice.ots"} < files.keys()
    assert "OpenTimestamps proof: <a" in files["index.html"].decode()
    keys = [word for key in run_here("log", "keys", "--ledger", fresh).out.split() for word in ("--trust", key)]
    told_ = " ".join(run_here("verify", "claim.zip", *keys).out.split())
    assert "result: ok" in told_
    assert f"time stamp: Bitcoin block {HEIGHT}, not verified: no header of that block was given, over warc/" in told_
    assert "promised by https://calendar.example, which proves nothing yet, over the bundle's checkpoint" in told_
    (tmp_path / "headers").write_text(f"{HEIGHT} {block_header(calendar.root).hex()}\n")
    verified = " ".join(run_here("verify", "claim.zip", "--block-headers", "headers", *keys).out.split())
    assert "time stamp: 2024-04-20T00:09:27Z by the header that was given" in verified
    forged = relisted(files | {"tokens/checkpoint.alice.ots": files[f"tokens/{warc.name}.alice.ots"]})
    ran = run_here("verify", str(packed(tmp_path, forged)), *keys)
    assert (ran.code, "tokens/checkpoint.alice.ots: the proof is over other bytes" in ran.err) == (6, True)


def test_calendars_and_authorities_stand_in_one_file(fresh: str, calendar: Calendar, tmp_path: Path) -> None:
    one = make(tmp_path, "one")
    with served(one) as address:
        (tmp_path / "clocks").write_text(f"authority one {address}/one {one.root}\ncalendar alice {calendar.url}\n")
        ran = run_here("timestamp", "log", "--authorities", str(tmp_path / "clocks"), "--ledger", fresh, "--json")
    assert ran.code == 0, ran.err
    assert [row.get("authority") or row["calendar"] for row in ran.json["tokens"]] == ["one", "https://calendar.example"]


@pytest.mark.parametrize("text", ["1 00", "x", f"01 {'00' * 80}", f"1 {'00' * 80}\n1 {'00' * 80}"])
def test_headers_that_are_none_are_told(text: str) -> None:
    with pytest.raises(FormatError, match="no block header"):
        parse_headers(text)
