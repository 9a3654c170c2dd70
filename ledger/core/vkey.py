"""Keys of signed notes, and one signature at a time (C2SP signed-note, tlog-cosignature)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from ledger.core.checkpoint import parse_checkpoint
from ledger.core.encoding import parse_base64, print_base64
from ledger.errors import FormatError, VerificationError

ED25519 = 0x01
ED25519_COSIGNATURE = 0x04
MLDSA44 = 0x06
TIMED = frozenset({ED25519_COSIGNATURE, MLDSA44})
MAX_TIME = 253_402_300_799  # the last second of the year 9999: later ones have no UTC spelling

_PUBLIC_BYTES = {ED25519: 32, ED25519_COSIGNATURE: 32, MLDSA44: 1312}
_PRIVATE_PREFIX = "PRIVATE+KEY+"
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_NO_NAME_HAS = re.compile(r"[\s\x00-\x1f+]")

PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey


def check_key_name(name: str) -> None:
    """A name that a signature line can carry: no space, no `+`, no control character, at most 255 bytes."""
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        raise FormatError("a key name holds half a surrogate pair") from None
    if not 1 <= size <= 255 or _NO_NAME_HAS.search(name):
        raise FormatError(f"{name[:80]!r} is no key name: 1 to 255 bytes without space and '+'")


@dataclass(frozen=True)
class NoteSignature:
    """One line under a note, whoever made it."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class VerifierKey:
    """A public key under a name, for one kind of signature."""

    name: str
    kind: int
    public_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if _PUBLIC_BYTES.get(self.kind) != len(self.public_key):
            raise FormatError(f"a key of type {self.kind:#04x} with {len(self.public_key)} bytes is not known")

    @property
    def key_id(self) -> bytes:
        message = self.name.encode("utf-8") + b"\n" + bytes([self.kind]) + self.public_key
        return hashlib.sha256(message).digest()[:4]


@dataclass(frozen=True)
class Signer:
    """A private key under a name, for one kind of signature."""

    name: str
    kind: int
    private: PrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.private, MLDSA44PrivateKey) != (self.kind == MLDSA44):
            raise FormatError(f"the private key does not make signatures of type {self.kind:#04x}")
        check_key_name(self.name)

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.kind, self.private.public_key().public_bytes_raw())


def parse_vkey(text: str) -> VerifierKey:
    """The verifier key `name+hex8+base64(type || public key)`."""
    name, key_id, material = _parse_key(text, "verifier key")
    key = VerifierKey(name, material[0], material[1:])
    if key.key_id.hex() != key_id:
        raise FormatError(f"the verifier key of {name!r} has id {key.key_id.hex()}, not {key_id}")
    return key


def print_vkey(key: VerifierKey) -> str:
    return f"{key.name}+{key.key_id.hex()}+{print_base64(bytes([key.kind]) + key.public_key)}"


def parse_signer(text: str) -> Signer:
    """The signer key `PRIVATE+KEY+name+hex8+base64(type || 32-byte seed)`. No error shows any of it."""
    if not text.startswith(_PRIVATE_PREFIX):
        raise FormatError("not a signer key: it does not start with PRIVATE+KEY+")
    name, key_id, material = _parse_key(text.removeprefix(_PRIVATE_PREFIX), "signer key")
    if len(material) != 33 or material[0] not in _PUBLIC_BYTES:
        raise FormatError("a signer key of an unknown type, or whose seed has not 32 bytes")
    signer = Signer(name, material[0], private_key_from_seed(material[0], material[1:]))
    if signer.verifier.key_id.hex() != key_id:
        raise FormatError("the signer key's id does not fit its seed")
    return signer


def print_signer(signer: Signer) -> str:
    material = bytes([signer.kind]) + signer.private.private_bytes_raw()
    return f"{_PRIVATE_PREFIX}{signer.name}+{signer.verifier.key_id.hex()}+{print_base64(material)}"


def private_key_from_seed(kind: int, seed: bytes) -> PrivateKey:
    """The private key that 32 bytes of seed stand for."""
    if len(seed) != 32:
        raise FormatError(f"a seed has 32 bytes, not {len(seed)}")
    return MLDSA44PrivateKey.from_seed_bytes(seed) if kind == MLDSA44 else Ed25519PrivateKey.from_private_bytes(seed)


def _parse_key(text: str, what: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)  # base64 may hold a "+" of its own, a name may not
    if len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
        raise FormatError(f"a {what} is name+id+base64, its id 8 hex digits")
    check_key_name(parts[0])
    material = parse_base64(parts[2], what=what)
    if not material:
        raise FormatError(f"a {what} without a key")
    return parts[0], parts[1], material


def sign_text(signer: Signer, text: str, time: int | None = None) -> NoteSignature:
    """A signature under a note's text. The timed kinds want a time (POSIX seconds), the plain kind takes none."""
    if (signer.kind in TIMED) != (time is not None):
        raise FormatError(f"a signature of type {signer.kind:#04x} and a time do not fit together")
    if time is None:
        signature = signer.private.sign(text.encode("utf-8"))
    else:
        _check_time(time)
        signature = time.to_bytes(8, "big") + signer.private.sign(_timed_message(signer.name, signer.kind, text, time))
    return NoteSignature(signer.name, signer.verifier.key_id, signature)


def check_text(key: VerifierKey, text: str, signature: bytes) -> int | None:
    """The signature holds under the key; the time it names, for the timed kinds."""
    try:
        return _verify(key, text, signature)
    except (InvalidSignature, FormatError, ValueError):
        raise VerificationError(f"the signature of {key.name} does not hold", step="note signature") from None


def _verify(key: VerifierKey, text: str, signature: bytes) -> int | None:
    if key.kind == ED25519:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, text.encode("utf-8"))
        return None
    time = int.from_bytes(signature[:8], "big")
    _check_time(time)
    message = _timed_message(key.name, key.kind, text, time)
    if key.kind == MLDSA44:
        MLDSA44PublicKey.from_public_bytes(key.public_key).verify(signature[8:], message)
    else:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature[8:], message)
    return time


def _check_time(time: int) -> None:
    if not 0 <= time <= MAX_TIME:
        raise FormatError("a time past the year 9999")


def _timed_message(name: str, kind: int, text: str, time: int) -> bytes:
    """What a cosigner signs. The 06 kind covers origin, size and root, and no extension line."""
    checkpoint = parse_checkpoint(text)
    if kind == ED25519_COSIGNATURE:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    parts = [
        b"subtree/v1\n\x00",
        _with_length(name),
        time.to_bytes(8, "big"),
        _with_length(checkpoint.origin),
        (0).to_bytes(8, "big"),
        checkpoint.size.to_bytes(8, "big"),
        checkpoint.root,
    ]
    return b"".join(parts)


def _with_length(name: str) -> bytes:
    raw = name.encode("utf-8")
    if len(raw) > 255:
        raise FormatError("a name longer than 255 bytes cannot be cosigned")
    return bytes([len(raw)]) + raw
