from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.signer import Key  # type: ignore[attr-defined]  # public, but not marked so for mypy

from ledger.core.canonical import MAX_ENTRY_BYTES, MAX_RECORD_BYTES, canonical_bytes
from ledger.core.didkey import did_key_of, parse_did_key
from ledger.core.dsse import (
    RECORD_TYPE,
    check_signatures,
    pae,
    parse_envelope,
    read_foreign_envelope,
    sign_envelope,
)
from ledger.errors import FormatError, TooLargeError, UnauthenticatedError

KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(1, 6)]
PAYLOAD = b'{"kind":"claim"}'
ENVELOPE = sign_envelope(PAYLOAD, RECORD_TYPE, KEYS[:2])


def open_ours(data: bytes) -> Any:
    return parse_envelope(data, payload_type=RECORD_TYPE)


def test_the_signed_bytes_are_those_of_the_specification() -> None:
    wanted = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("http://example.com/HelloWorld", b"hello world") == wanted
    assert pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_an_envelope_is_opened_and_its_signatures_hold(count: int) -> None:
    data = sign_envelope(PAYLOAD, RECORD_TYPE, KEYS[:count])
    opened = open_ours(data)
    assert (opened.payload, opened.payload_type, opened.data) == (PAYLOAD, RECORD_TYPE, data)
    assert list(opened.keyids) == sorted(did_key_of(key) for key in KEYS[:count])
    check_signatures(opened)


def test_signers_in_any_order_give_the_same_bytes() -> None:
    assert sign_envelope(PAYLOAD, RECORD_TYPE, KEYS[1::-1]) == ENVELOPE


@pytest.mark.parametrize("signers", [[], KEYS, [KEYS[0], KEYS[0]]], ids=["none", "five", "one twice"])
def test_one_to_four_different_keys_sign(signers: list[Ed25519PrivateKey]) -> None:
    with pytest.raises(FormatError):
        sign_envelope(PAYLOAD, RECORD_TYPE, signers)


def test_the_largest_record_under_four_signatures_fits_an_entry() -> None:
    assert len(sign_envelope(b"x" * MAX_RECORD_BYTES, RECORD_TYPE, KEYS[:4])) <= MAX_ENTRY_BYTES
    with pytest.raises(TooLargeError):
        sign_envelope(b"x" * 49_152, RECORD_TYPE, KEYS[:1])
    with pytest.raises(TooLargeError):
        open_ours(b" " * (MAX_ENTRY_BYTES + 1))


def test_securesystemslib_verifies_our_envelope() -> None:
    envelope = Envelope.from_dict(json.loads(ENVELOPE))
    keys = []
    for keyid in open_ours(ENVELOPE).keyids:
        public = {"public": parse_did_key(keyid).hex()}
        keys.append(Key.from_dict(keyid, {"keytype": "ed25519", "scheme": "ed25519", "keyval": public}))
    assert len(envelope.verify(keys, 2)) == 2


def changed(change: Callable[[Any], Any]) -> bytes:
    value = json.loads(ENVELOPE)
    value = change(value) or value
    return canonical_bytes(value)


def url_safe(value: Any) -> None:
    value["signatures"][0]["sig"] = base64.urlsafe_b64encode(b"\xff" * 64).decode()


WRONG_SPELLINGS: dict[str, bytes] = {
    "no object": b"[]",
    "another type": changed(lambda v: v.update(payloadType="text/plain")),
    "a type that is no text": changed(lambda v: v.update(payloadType=1)),
    "one member more": changed(lambda v: v.update(more=1)),
    "one member less": changed(lambda v: v.pop("payload") and None),
    "a payload without padding": changed(lambda v: v.update(payload=v["payload"].rstrip("="))),
    "a payload with padding too much": changed(lambda v: v.update(payload=v["payload"] + "=")),
    "a payload with slack bits": changed(lambda v: v.update(payload="QR==")),
    "a payload with a newline": changed(lambda v: v.update(payload="QUFB\nQUFB")),
    "a payload that is no text": changed(lambda v: v.update(payload=None)),
    "URL-safe base64": changed(url_safe),
    "no signature": changed(lambda v: v.update(signatures=[])),
    "signatures that are no list": changed(lambda v: v.update(signatures={})),
    "five signatures": changed(lambda v: v.update(signatures=[v["signatures"][0]] * 5)),
    "a key twice": changed(lambda v: v.update(signatures=[v["signatures"][0]] * 2)),
    "keys out of order": changed(lambda v: v.update(signatures=v["signatures"][::-1])),
    "a signature with one member more": changed(lambda v: v["signatures"][0].update(cert="x")),
    "a signature without keyid": changed(lambda v: v["signatures"][0].pop("keyid") and None),
    "a free keyid": changed(lambda v: v["signatures"][0].update(keyid="me")),
    "a keyid that is no text": changed(lambda v: v["signatures"][0].update(keyid=5)),
    "a short signature": changed(lambda v: v["signatures"][0].update(sig="QUFB")),
    "white space": json.dumps(json.loads(ENVELOPE)).encode(),
    "a newline at the end": ENVELOPE + b"\n",
    "a slash escaped": ENVELOPE.replace(b"application/vnd", b"application\\/vnd"),
    "members out of order": json.dumps(dict(reversed(json.loads(ENVELOPE).items())), separators=(",", ":")).encode(),
    "a member twice": ENVELOPE.replace(b'{"payload"', b'{"payload":"","payload"', 1),
    "cut short": ENVELOPE[:-1],
}


@pytest.mark.parametrize("data", WRONG_SPELLINGS.values(), ids=WRONG_SPELLINGS.keys())
def test_every_other_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        open_ours(data)


def test_the_fault_is_pointed_at() -> None:
    with pytest.raises(FormatError) as caught:
        open_ours(WRONG_SPELLINGS["a free keyid"])
    assert caught.value.pointer == "/signatures/0/keyid"


def test_every_signature_must_hold_and_the_one_that_does_not_is_named() -> None:
    keyids = open_ours(ENVELOPE).keyids
    for number, keyid in enumerate(keyids):
        value = json.loads(ENVELOPE)
        value["signatures"][number]["sig"] = base64.b64encode(KEYS[4].sign(b"another text")).decode()
        with pytest.raises(UnauthenticatedError, match=keyid):
            check_signatures(open_ours(canonical_bytes(value)))


def test_another_payload_or_type_under_the_same_signatures_is_refused() -> None:
    value = json.loads(ENVELOPE)
    value["payload"] = base64.b64encode(b"{}").decode()
    with pytest.raises(UnauthenticatedError):
        check_signatures(open_ours(canonical_bytes(value)))
    value = json.loads(ENVELOPE)
    value["payloadType"] = "text/plain"
    with pytest.raises(UnauthenticatedError):
        check_signatures(parse_envelope(canonical_bytes(value), payload_type="text/plain"))


@pytest.mark.parametrize("at", range(len(ENVELOPE)))
def test_no_flipped_bit_goes_unnoticed(at: int) -> None:
    for bit in (0, 2, 5):
        data = ENVELOPE[:at] + bytes([ENVELOPE[at] ^ 1 << bit]) + ENVELOPE[at + 1 :]
        with pytest.raises((FormatError, UnauthenticatedError)):
            check_signatures(open_ours(data))


@given(st.binary(max_size=60) | st.sampled_from(list(WRONG_SPELLINGS.values())))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_an_envelope_or_a_format_error(data: bytes) -> None:
    for read in (open_ours, lambda raw: read_foreign_envelope(raw, max_bytes=MAX_ENTRY_BYTES)):
        try:
            read(data)
        except FormatError:
            continue


@pytest.mark.parametrize("sig", ["_-8=", "_-8", "/+8=", "/+8"])
def test_foreign_envelopes_are_read_with_tolerance(sig: str) -> None:
    value = {"payload": "aGk", "payloadType": "x", "signatures": [{"sig": sig, "cert": "y"}], "more": 1}
    foreign = read_foreign_envelope(json.dumps(value).encode(), max_bytes=1000)
    assert (foreign.payload, foreign.payload_type, foreign.signatures) == (b"hi", "x", (("", b"\xff\xef"),))


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"payload": "aGk=", "payloadType": "x", "signatures": []},
        {"payload": "aGk=", "payloadType": "x", "signatures": [1]},
        {"payload": "aGk=", "payloadType": "x", "signatures": [{}]},
        {"payload": "aGk=", "payloadType": "x", "signatures": [{"sig": "aGk=", "keyid": 1}]},
        {"payload": "a", "payloadType": "x", "signatures": [{"sig": "aGk="}]},
        {"payload": "é", "payloadType": "x", "signatures": [{"sig": "aGk="}]},
        {"payloadType": "x", "signatures": [{"sig": "aGk="}]},
    ],
)
def test_what_is_no_envelope_at_all_is_a_format_error(value: Any) -> None:
    with pytest.raises(FormatError):
        read_foreign_envelope(json.dumps(value).encode(), max_bytes=1000)
