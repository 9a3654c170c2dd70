"""How ids, keys and subjects lie on disk."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from ledger.errors import CorruptError

Item = TypeVar("Item")

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_DIGEST_PREFIX = re.compile(r"[0-9a-f]{1,64}")
# Names per question: SQLite takes 32,766 parameters in all.
_CHUNK = 5_000
# An index of PostgreSQL takes 2,704 bytes; a scheme's URI in a subject may be longer than that.
_LONGEST_SUBJECT = 1_000


def digest_bytes(digest: str) -> bytes:
    """`sha256:...` as its 32 bytes."""
    assert _DIGEST.fullmatch(digest), digest
    return bytes.fromhex(digest[7:])


def digest_text(raw: bytes) -> str:
    return "sha256:" + stored_bytes(raw).hex()


def stored_bytes(value: object) -> bytes:
    """What a database gave for a column of bytes. SQLite takes anything anywhere."""
    if not isinstance(value, bytes):
        raise CorruptError(f"a stored value is {type(value).__name__} where bytes belong")
    return value


def stored_count(value: object) -> int:
    if not isinstance(value, int):
        raise CorruptError(f"a stored value is {type(value).__name__} where a number belongs")
    return value


def stored_word(value: object) -> str:
    if not isinstance(value, str):
        raise CorruptError(f"a stored value is {type(value).__name__} where text belongs")
    return value


def target_bytes(target: str) -> bytes:
    """A digest as its 32 bytes, a slug as its ASCII. No slug is 32 bytes that SHA-256 gives for anything known."""
    return digest_bytes(target) if _DIGEST.fullmatch(target) else target.encode()


def prefix_range(hex_prefix: str) -> tuple[bytes, bytes] | None:
    """The first and last digest that begin so; None if none can."""
    if not _DIGEST_PREFIX.fullmatch(hex_prefix):
        return None
    return bytes.fromhex(hex_prefix.ljust(64, "0")), bytes.fromhex(hex_prefix.ljust(64, "f"))


def keys_text(keys: Sequence[str]) -> str:
    return " ".join(keys)


def keys_of(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def subject_text(subject: str) -> str:
    """The subject as it is indexed: one that is overlong keeps its beginning, and a digest stands for the whole."""
    encoded = subject.encode()
    if len(encoded) <= _LONGEST_SUBJECT:
        return subject
    return f"{subject[:200]}\u2026{hashlib.sha256(encoded).hexdigest()}"


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The distinct items, in portions that fit into one question."""
    remaining = iter(dict.fromkeys(items))
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
