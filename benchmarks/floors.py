"""What nobody gets below: the signatures, hashes and canonical bytes that every record needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from benchmarks.figures import Figure
from benchmarks.grounds import Grounds
from benchmarks.measure import Case, figure
from benchmarks.parts import Part, Plan, Tell

# About as long as a statement usually is.
STATEMENT: dict[str, Any] = {
    "kind": "statement",
    "claim": "sha256:" + "c1" * 32,
    "speaker": "dprk",
    "act": "confirms",
    "polarity": "+",
    "certainty": "certain",
    "basis": "own_act",
    "interest": "against",
    "interest_reason": "it admits what it had denied, at a cost to its own standing",
    "said_at": "2025-04-28",
    "document": "sha256:" + "d0" * 32,
    "quote": {
        "exact": "병력을 파견하였다",
        "lang": "ko",
        "prefix": "Late in April, after months of denials, the commission said: ",
        "translations": [{"by": "outlet", "lang": "en", "method": "human", "text": "dispatched units of its forces"}],
    },
}


def run(plan: Plan, grounds: Grounds, tell: Tell) -> Iterator[Figure]:
    for case in [*_bytes(), *_signatures()]:
        tell(case.name)
        yield figure("floors", case, plan.rounds)


def _bytes() -> list[Case]:
    canonical = rfc8785.dumps(STATEMENT)
    return [
        Case(
            f"JCS of {len(canonical)} bytes",
            lambda: rfc8785.dumps(STATEMENT),
            "json.dumps, keys sorted",
            lambda: json.dumps(STATEMENT, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(),
            calls=2_000,
        ),
        Case(
            "JCS, then SHA-256: a record's id",
            lambda: hashlib.sha256(rfc8785.dumps(STATEMENT)).digest(),
            "SHA-256 alone",
            lambda: hashlib.sha256(canonical).digest(),
            calls=2_000,
        ),
    ]


def _signatures() -> list[Case]:
    message = rfc8785.dumps(STATEMENT)
    classic, quantum = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
    signed_classic, signed_quantum = classic.sign(message), quantum.sign(message)
    check_classic, check_quantum = classic.public_key(), quantum.public_key()
    return [
        Case(
            "Ed25519 verify",
            lambda: check_classic.verify(signed_classic, message),
            "Ed25519 sign",
            lambda: classic.sign(message),
            calls=500,
        ),
        Case(
            "ML-DSA-44 sign",
            lambda: quantum.sign(message),
            "Ed25519 sign",
            lambda: classic.sign(message),
            calls=100,
        ),
        Case(
            "ML-DSA-44 verify",
            lambda: check_quantum.verify(signed_quantum, message),
            "Ed25519 verify",
            lambda: check_classic.verify(signed_classic, message),
            calls=100,
        ),
    ]


PART = Part("floors", "signatures, hashes and canonical bytes", lambda plan: plan.rounds + 1.0, run)
