"""Ed25519 public keys as `did:key` (Multikey): `did:key:z6Mk...`, one spelling for each key."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.core.base58 import parse_base58, print_base58
from ledger.errors import FormatError

# A ledger has few signers and many signatures. Strangers' keys push each other out.
_REMEMBERED = 1_024
_MULTICODEC = b"\xed\x01"
_DID_KEY = re.compile(r"did:key:z(6Mk[1-9A-HJ-NP-Za-km-z]{44})")

_PRIME = 2**255 - 19
# y coordinates of the points of order 1, 2, 4 and 8: under such a "key" anybody can make signatures that hold.
_SMALL_ORDER = frozenset(
    {
        0,
        1,
        _PRIME - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)


def print_did_key(public_key: bytes) -> str:
    """The did:key of 32 bytes of Ed25519 public key."""
    _refuse_weak(public_key)
    return "did:key:z" + print_base58(_MULTICODEC + public_key)


@lru_cache(maxsize=_REMEMBERED)
def parse_did_key(text: str) -> bytes:
    """The 32 bytes of Ed25519 public key that a did:key names."""
    match = _DID_KEY.fullmatch(text)
    if match is None:
        raise FormatError(f"{text[:80]!r} is not the did:key of an Ed25519 key (did:key:z6Mk...)")
    raw = parse_base58(match.group(1), what="a did:key")
    if len(raw) != len(_MULTICODEC) + 32 or not raw.startswith(_MULTICODEC):
        raise FormatError(f"{text!r} is not the did:key of an Ed25519 key")
    public_key = raw.removeprefix(_MULTICODEC)
    _refuse_weak(public_key)
    return public_key


@lru_cache(maxsize=_REMEMBERED)
def public_key_of(did_key: str) -> Ed25519PublicKey:
    """The key that checks signatures made under this did:key."""
    return Ed25519PublicKey.from_public_bytes(parse_did_key(did_key))


class SigningKey(Protocol):
    """What signs with Ed25519, be it a private key that is here or one that only an agent has."""

    def sign(self, data: bytes, /) -> bytes:
        """The 64 bytes of RFC 8032 over these very bytes."""

    def public_key(self) -> Ed25519PublicKey: ...


def did_key_of(key: SigningKey | Ed25519PublicKey) -> str:
    """The did:key of a key, or of the public half of a private one."""
    public = key if isinstance(key, Ed25519PublicKey) else key.public_key()
    return print_did_key(public.public_bytes_raw())


def _refuse_weak(public_key: bytes) -> None:
    if len(public_key) != 32:
        raise FormatError(f"an Ed25519 public key has 32 bytes, not {len(public_key)}")
    y = int.from_bytes(public_key, "little") & (2**255 - 1)
    if y >= _PRIME or y in _SMALL_ORDER:
        raise FormatError("an Ed25519 public key under which anybody could sign, or with a second spelling")
