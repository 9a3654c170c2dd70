"""Tokens of authorities made with openssl: what holds, and what is refused by its name."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from ledger.core.stamps import Authority, authority, check_token, parse_authorities, print_request
from ledger.errors import FormatError, VerificationError
from tests.stamps.authorities import Made, make

NONCE = (1 << 62) + 12_345
SAID = b"a checkpoint, or whatever it was"
DIGEST = hashlib.sha256(SAID).digest()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authorities")


@pytest.fixture(scope="module")
def one(place: Path) -> Made:
    return make(place, "one")


@pytest.fixture(scope="module")
def token(one: Made) -> bytes:
    return one.reply(print_request(DIGEST, NONCE))


def known(*made: Made) -> list[Authority]:
    return [authority(one.name, "https://tsa.example", one.root.read_bytes()) for one in made]


def refused(token: bytes, made: Made, *, digest: bytes = DIGEST) -> str:
    with pytest.raises(VerificationError) as caught:
        check_token(token, digest, known(made))
    return caught.value.message


def test_openssl_reads_our_question(tmp_path: Path) -> None:
    (tmp_path / "asked.tsq").write_bytes(print_request(DIGEST, NONCE))
    told = subprocess.run(
        ["openssl", "ts", "-query", "-in", "asked.tsq", "-text"], cwd=tmp_path, capture_output=True, check=True
    )
    words = told.stdout.decode()
    assert "Hash Algorithm: sha256" in words
    assert "Certificate required: yes" in words
    assert f"0x{NONCE:X}" in words


def test_a_token_says_who_saw_it_and_when(one: Made, token: bytes) -> None:
    said = check_token(token, DIGEST, known(one), nonce=NONCE)
    assert (said.authority, said.policy) == ("one", "1.2.3.4.1")
    assert said.time.endswith("Z")


def test_openssl_takes_the_same_token(one: Made, token: bytes, tmp_path: Path) -> None:
    (tmp_path / "said").write_bytes(SAID)
    (tmp_path / "said.tsr").write_bytes(token)
    words = ["openssl", "ts", "-verify", "-data", "said", "-in", "said.tsr", "-CAfile", str(one.root)]
    assert b"Verification: OK" in subprocess.run(words, cwd=tmp_path, capture_output=True, check=True).stdout


def test_of_two_authorities_the_one_that_signed_is_named(one: Made, place: Path, token: bytes) -> None:
    two = make(place, "two")
    assert check_token(token, DIGEST, known(two, one)).authority == "one"
    other = two.reply(print_request(DIGEST, NONCE))
    assert check_token(other, DIGEST, known(one, two)).authority == "two"


def test_a_token_over_other_bytes_is_refused(one: Made, token: bytes) -> None:
    assert refused(token, one, digest=hashlib.sha256(b"other").digest()) == "the token is over other bytes"


def test_a_token_of_an_unknown_authority_is_refused(place: Path, token: bytes) -> None:
    stranger = make(place, "stranger")
    assert refused(token, stranger) == "the token is by no known authority: CN=one stamps"


def test_an_authority_of_the_same_name_is_another_one(place: Path, token: bytes, tmp_path: Path) -> None:
    assert "no known authority" in refused(token, make(tmp_path, "one"))


def test_a_token_by_an_expired_certificate_is_refused(place: Path) -> None:
    late = make(place, "late", expired=True)
    assert refused(late.reply(print_request(DIGEST, NONCE)), late).startswith(
        "the certificate had expired: it was good until 20"
    )


def test_a_token_by_a_certificate_for_something_else_is_refused(place: Path) -> None:
    """openssl signs with none, so the token comes without its certificate, and the authority shows one for servers."""
    server = make(place, "server", shown_for=ExtendedKeyUsageOID.SERVER_AUTH)
    asked = print_request(DIGEST, NONCE)
    token = server.reply(b"\x30\x40" + asked[2:-3])
    shown = server.root.read_bytes() + (server.folder / "shown.pem").read_bytes()
    with pytest.raises(VerificationError, match="the certificate is not for time stamping alone"):
        check_token(token, DIGEST, [authority("server", "https://x", shown)])
    right = server.root.read_bytes() + (server.folder / "own.pem").read_bytes()
    assert check_token(token, DIGEST, [authority("server", "https://x", right)]).authority == "server"


def test_an_answer_to_another_question_is_refused(one: Made, token: bytes) -> None:
    with pytest.raises(VerificationError, match="its nonce is not ours"):
        check_token(token, DIGEST, known(one), nonce=NONCE + 1)


def test_no_changed_byte_is_taken(one: Made, token: bytes) -> None:
    said = check_token(token, DIGEST, known(one))
    for place in range(0, len(token), 3):
        changed = token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]
        try:
            other = check_token(changed, DIGEST, known(one))
        except VerificationError:
            continue
        # What nobody signs may read otherwise; what it says may not.
        assert other == said, place


@pytest.mark.parametrize("token", [b"", b"junk", b"0" * 70_000], ids=["nothing", "junk", "too long"])
def test_what_is_no_token_is_refused(one: Made, token: bytes) -> None:
    assert "token" in refused(token, one)


def test_a_token_with_something_behind_it_is_refused(one: Made, token: bytes) -> None:
    assert "token" in refused(token + b"\0", one)


def test_authorities_are_read_from_lines() -> None:
    text = "# ours\nauthority one https://one.example/tsr one.pem\n\nauthority two http://two.example two.pem # second\n"
    assert parse_authorities(text) == [("one", "https://one.example/tsr", "one.pem"), ("two", "http://two.example", "two.pem")]


@pytest.mark.parametrize(
    "text", ["", "authority one https://x", "authority ONE https://x x.pem", "authority a https://x x\n" * 2]
)
def test_other_lines_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_authorities(text)


def test_certificates_need_a_root(one: Made) -> None:
    with pytest.raises(FormatError, match="root"):
        authority("one", "https://x", (one.folder / "own.pem").read_bytes())
    with pytest.raises(FormatError, match="PEM"):
        authority("one", "https://x", b"nothing of the kind")
