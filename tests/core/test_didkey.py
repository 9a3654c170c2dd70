from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.didkey import did_key_of, parse_did_key, print_did_key, public_key_of
from ledger.errors import FormatError

# The key of the did:key specification's Ed25519 example.
KNOWN = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
KNOWN_HEX = "2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6"

BAD = [
    "", "did:key:", KNOWN[:-1], KNOWN + "1", KNOWN + "\n", " " + KNOWN, KNOWN.replace("z6Mk", "Z6Mk"),
    KNOWN.replace("z6Mk", "z16Mk"), KNOWN.replace("did:key:", ""), KNOWN.replace("did:", "DID:"), KNOWN + "#" + KNOWN[8:],
    KNOWN.replace("z6Mkha", "z6Mk0a"), KNOWN.replace("z6Mkha", "z6MkIa"), KNOWN.replace("z6Mk", "z6LS"),
    "did:key:z6Mk" + "z" * 44, "did:key:z6Mk" + "1" * 44, "did:key:z6Mk" + "٣" * 44,
]  # fmt: skip

PRIME = 2**255 - 19
WEAK = [
    bytes(32),
    (1).to_bytes(32, "little"),
    (1 | 1 << 255).to_bytes(32, "little"),
    (PRIME - 1).to_bytes(32, "little"),
    PRIME.to_bytes(32, "little"),
    (PRIME + 1).to_bytes(32, "little"),
    b"\xff" * 32,
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
]


def test_the_specifications_key_is_read_and_printed() -> None:
    assert parse_did_key(KNOWN).hex() == KNOWN_HEX
    assert print_did_key(bytes.fromhex(KNOWN_HEX)) == KNOWN


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=80, deadline=None)
def test_keys_go_there_and_back(seed: bytes) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    name = did_key_of(private)
    assert name.startswith("did:key:z6Mk")
    assert parse_did_key(name) == private.public_key().public_bytes_raw()
    assert did_key_of(public_key_of(name)) == name
    public_key_of(name).verify(private.sign(b"text"), b"text")


@pytest.mark.parametrize("text", BAD)
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_did_key(text)


@pytest.mark.parametrize("public_key", WEAK, ids=lambda key: key.hex()[:8])
def test_a_key_under_which_anybody_could_sign_is_refused(public_key: bytes) -> None:
    with pytest.raises(FormatError):
        print_did_key(public_key)


def test_signing_without_a_private_key_is_why() -> None:
    # Under the identity point R = S * B holds for every message: S = 0, R = the identity.
    anybody = (1).to_bytes(32, "little") + bytes(32)
    weak = Ed25519PublicKey.from_public_bytes((1).to_bytes(32, "little"))
    weak.verify(anybody, b"whatever you like")
    with pytest.raises(InvalidSignature):
        public_key_of(KNOWN).verify(anybody, b"whatever you like")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(FormatError):
        print_did_key(b"\x07" * size)


@given(st.text(max_size=60) | st.from_regex(r"\Adid:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}\Z"))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_key_in_its_one_spelling_or_a_format_error(text: str) -> None:
    try:
        public_key = parse_did_key(text)
    except FormatError:
        return
    assert print_did_key(public_key) == text
