"""Where the vector files are, and how to read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.core.vkey import VerifierKey, parse_vkey

VECTORS = Path(__file__).parents[1] / "vectors"
OWN = VECTORS / "tlog-own"
TESSERA = VECTORS / "tessera-log"

LOG_ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(0x20)))
LOG_MLDSA = MLDSA44PrivateKey.from_seed_bytes(bytes(range(0x20, 0x40)))
WITNESS_ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(0x40, 0x60)))
WITNESS_MLDSA = MLDSA44PrivateKey.from_seed_bytes(bytes(range(0x60, 0x80)))


def own_key(name: str) -> VerifierKey:
    return parse_vkey((OWN / f"{name}.pub").read_text().strip())


def merkle_cases(kind: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((VECTORS / "merkle" / f"{kind}.json").read_text())
    return cases
