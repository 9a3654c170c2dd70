"""Sealed values: a hash in the log, its opening (salt and value) beside it."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from ledger.errors import FormatError, VerificationError

SALT_BYTES = 16
_SEAL = b"onrecord/sealed/v1\x00"
_SALT = b"onrecord/salt/v1\x00"


def sealed_hash(salt: bytes, value: str) -> str:
    """What stands in the record in the value's place."""
    if len(salt) != SALT_BYTES:
        raise FormatError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return "sha256:" + hashlib.sha256(_SEAL + salt + _utf8(value)).hexdigest()


def derive_salt(secret: bytes, field: str, value: str) -> bytes:
    """The salt of this value in this field: the same each time, so that importing twice gives the same record.

    Without the secret it looks random, so the hash of a short or well-known value cannot be guessed.
    """
    if len(secret) < 16:
        raise FormatError("a sealing secret has at least 16 bytes")
    name = field.encode("utf-8")
    # The length keeps ("ab", "c") and ("a", "bc") apart.
    message = _SALT + len(name).to_bytes(4, "big") + name + _utf8(value)
    return hmac.digest(secret, message, "sha256")[:SALT_BYTES]


def check_opening(sealed: str, salt: bytes, value: str) -> None:
    """The opening is the one that was sealed."""
    try:
        found = sealed_hash(salt, value)
    except FormatError as error:
        raise VerificationError(error.message, step="opening") from None
    # As bytes: compare_digest refuses text outside ASCII.
    if not hmac.compare_digest(found.encode(), sealed.encode("utf-8", "replace")):
        raise VerificationError("the opening does not match the sealed value", step="opening")


def _utf8(value: str) -> bytes:
    """NFC in, bytes out: a value with two spellings would have two hashes."""
    if not unicodedata.is_normalized("NFC", value):
        raise FormatError("a sealed value is NFC text")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise FormatError("a sealed value holds half a surrogate pair") from None
