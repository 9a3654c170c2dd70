"""The W3C's own vectors of eddsa-jcs-2022, byte for byte, and what is no proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.base58 import parse_base58, print_base58
from ledger.core.canonical import canonical_bytes
from ledger.core.dataintegrity import add_proof, check_proof, sign_document, signed_bytes
from ledger.core.didkey import did_key_of
from ledger.errors import FormatError, OnRecordError, UnauthenticatedError

PLACE = Path(__file__).resolve().parents[1] / "vectors" / "vc-di-eddsa"
SUITE = PLACE / "eddsa-jcs-2022"
PAIR = json.loads((PLACE / "keyPair.json").read_text())
KEY = Ed25519PrivateKey.from_private_bytes(parse_base58(PAIR["privateKeyMultibase"][1:], what="a key")[2:])
DID = "did:key:" + PAIR["publicKeyMultibase"]


def read(name: str) -> Any:
    return json.loads((SUITE / name).read_text())


def text(name: str) -> str:
    return (SUITE / name).read_text().strip()


def test_the_vectors_key_is_read_and_printed() -> None:
    assert did_key_of(KEY) == DID


def test_the_vectors_document_and_proof_have_the_canonical_bytes_and_hashes_of_the_w3c() -> None:
    unsigned, config = json.loads((PLACE / "unsigned.json").read_text()), read("proofConfigJCS.json")
    assert canonical_bytes(unsigned).decode() == text("canonDocJCS.txt")
    assert canonical_bytes(config).decode() == text("proofCanonJCS.txt")
    assert signed_bytes(unsigned, config).hex() == text("combinedHashJCS.txt")
    assert signed_bytes(unsigned, config).hex() == text("proofHashJCS.txt") + text("docHashJCS.txt")


def test_the_vectors_credential_is_signed_byte_for_byte() -> None:
    unsigned, config = json.loads((PLACE / "unsigned.json").read_text()), read("proofConfigJCS.json")
    del config["@context"]
    signed = add_proof(unsigned, config, KEY)
    assert signed["proof"]["proofValue"] == text("sigBTC58JCS.txt")
    assert parse_base58(signed["proof"]["proofValue"][1:], what="a proof").hex() == text("sigHexJCS.txt")
    assert canonical_bytes(signed) == canonical_bytes(read("signedJCS.json"))


def test_the_vectors_proof_holds() -> None:
    check_proof(read("signedJCS.json"), DID)


@pytest.mark.parametrize("member", ["name", "description", "issuer", "validFrom", "id"])
def test_a_changed_document_has_no_proof(member: str) -> None:
    with pytest.raises(UnauthenticatedError):
        check_proof(read("signedJCS.json") | {member: "changed"}, DID)


def test_an_added_context_has_no_proof() -> None:
    signed = read("signedJCS.json")
    signed["@context"].append("https://stranger.example/ns")
    with pytest.raises(FormatError, match="another context"):
        check_proof(signed, DID)


PROOF_FAULTS: dict[str, Any] = {
    "type": "Ed25519Signature2020",
    "cryptosuite": "eddsa-rdfc-2022",
    "proofPurpose": "authentication",
    "verificationMethod": DID,
    "created": "2024-02-24T23:36:38Z",
    "proofValue": "u" + text("sigBTC58JCS.txt")[1:],
    "@context": None,
}


@pytest.mark.parametrize("member", PROOF_FAULTS)
def test_a_proof_with_another_member_is_refused(member: str) -> None:
    signed = read("signedJCS.json")
    signed["proof"][member] = PROOF_FAULTS[member]
    with pytest.raises(OnRecordError):
        check_proof(signed, DID)


@pytest.mark.parametrize("proof", [None, [], [{}], {}, "z", 1])
def test_what_is_no_proof_is_refused(proof: Any) -> None:
    with pytest.raises(FormatError):
        check_proof(read("signedJCS.json") | {"proof": proof}, DID)


@pytest.mark.parametrize("value", [None, 7, "", "z", "z0", "z" + "1" * 64, "z" + "2" * 300, "zé"])
def test_a_proof_value_that_is_no_signature_is_refused(value: Any) -> None:
    signed = read("signedJCS.json")
    signed["proof"]["proofValue"] = value
    with pytest.raises(OnRecordError):
        check_proof(signed, DID)


def test_another_key_did_not_sign_it() -> None:
    signed = sign_document({"name": "x"}, Ed25519PrivateKey.from_private_bytes(bytes(32)), created="2025-04-28T06:00:00Z")
    signed["proof"]["verificationMethod"] = f"{DID}#{PAIR['publicKeyMultibase']}"
    with pytest.raises(UnauthenticatedError):
        check_proof(signed, DID)


@given(st.binary(max_size=70))
def test_base58_is_read_as_it_was_printed(raw: bytes) -> None:
    assert parse_base58(print_base58(raw), what="it") == raw
