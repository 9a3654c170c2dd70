"""W3C Data Integrity proofs of the suite eddsa-jcs-2022: Ed25519 over the canonical JSON of a document and of its proof."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.base58 import parse_base58, print_base58
from ledger.core.canonical import canonical_bytes
from ledger.core.didkey import did_key_of, public_key_of
from ledger.errors import FormatError, UnauthenticatedError

CRYPTOSUITE = "eddsa-jcs-2022"
PROOF_TYPE = "DataIntegrityProof"
Json = Mapping[str, Any]


def sign_document(document: Json, key: Ed25519PrivateKey, *, created: str) -> dict[str, Any]:
    """The document with a proof that the key's owner asserts it; `created` is an XSD time."""
    proof = {
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": verification_method(did_key_of(key)),
        "proofPurpose": "assertionMethod",
    }
    return add_proof(document, proof, key)


def add_proof(document: Json, proof: Json, key: Ed25519PrivateKey) -> dict[str, Any]:
    """The document with this proof, signed. As the suite wants it, the proof repeats the document's context."""
    options = {**proof, **_context_of(document)}
    return {**document, "proof": {**options, "proofValue": "z" + print_base58(key.sign(signed_bytes(document, options)))}}


def signed_bytes(document: Json, proof: Json) -> bytes:
    """What is signed: the hash of the proof without its value, and the hash of the document without its proof."""
    return _hash(proof, without="proofValue") + _hash(document, without="proof")


def check_proof(signed: Json, did_key: str) -> None:
    """The document carries one proof of this suite, made under this key for an assertion, and it holds."""
    proof = signed.get("proof")
    if not isinstance(proof, Mapping):
        raise FormatError("one proof is wanted", pointer="/proof")
    wanted = {
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "proofPurpose": "assertionMethod",
        "verificationMethod": verification_method(did_key),
    }
    for member, value in wanted.items():
        if proof.get(member) != value:
            raise FormatError(f"the proof's {member} is not {value!r}", pointer=f"/proof/{member}")
    # The suite would take a proof over the first contexts alone. Ours are always over all: what is added has no meaning then.
    if "@context" in proof and proof["@context"] != signed.get("@context"):
        raise FormatError("the proof is over another context than the document's", pointer="/proof/@context")
    try:
        public_key_of(did_key).verify(_proof_value(proof), signed_bytes(signed, proof))
    except InvalidSignature:
        raise UnauthenticatedError(f"the proof of {did_key} does not hold") from None


def verification_method(did_key: str) -> str:
    """The did:key's own URL for its only key."""
    return f"{did_key}#{did_key.removeprefix('did:key:')}"


def _context_of(document: Json) -> dict[str, Any]:
    return {"@context": document["@context"]} if "@context" in document else {}


def _hash(value: Json, *, without: str) -> bytes:
    return hashlib.sha256(canonical_bytes({name: member for name, member in value.items() if name != without})).digest()


def _proof_value(proof: Json) -> bytes:
    text = proof.get("proofValue")
    if not isinstance(text, str) or not text.startswith("z"):
        raise FormatError("proofValue is not base58 in Multibase (z...)", pointer="/proof/proofValue")
    raw = parse_base58(text[1:], what="proofValue")
    if len(raw) != 64:
        raise FormatError(f"proofValue has {len(raw)} bytes, wanted 64", pointer="/proof/proofValue")
    return raw
