"""How an answer that was prepared lies in its file: the text around the state that it names, for how long, and under what key.

An answer that tells what sealed values say is encrypted with ChaCha20-Poly1305 under a key made of the salts of all their
openings (RFC 5869, HKDF-SHA256). Where one of these is erased, nobody can read the answer any more, wherever a copy of it lies.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_OPEN, _LOCKED = b"\0", b"\1"
_COUNTS, _DIGEST, _NONCE, _TAG = 5, 32, 12, 16
_FOREVER = 1 << 62


@dataclass(frozen=True)
class Answer:
    """`name` says which answer it is. It holds in states of the log's time `since` to before `until` (POSIX seconds)."""

    name: str
    since: int
    until: int | None
    before: bytes
    after: bytes

    def holds(self, name: str, time: int) -> bool:
        return self.name == name and self.since <= time < (self.until or _FOREVER)


@dataclass(frozen=True)
class Locked:
    """An answer, and the digests of the sealed values that it rests on: `opened` had an opening, `shut` had none."""

    opened: tuple[str, ...]
    shut: tuple[str, ...]
    nonce: bytes
    content: bytes

    def unlock(self, salts: Mapping[str, bytes]) -> Answer | None:
        """None where not just the same openings are there now."""
        if salts.keys() != set(self.opened):
            return None
        try:
            return _answer(ChaCha20Poly1305(_key(salts)).decrypt(self.nonce, self.content, None))
        except (InvalidTag, ValueError):
            return None


def pack(answer: Answer, salts: Mapping[str, bytes], shut: Sequence[str], nonce: bytes) -> bytes:
    """`salts` are those of the openings that the answer rests on, by digest, and `shut` sealed values without one. The nonce is
    12 random bytes."""
    told = f"{answer.name}\n{answer.since} {answer.until or ''}\n".encode()
    content = zlib.compress(told + answer.before + b"\n" + answer.after, 1)
    if not salts and not shut:
        return _OPEN + content
    counts = len(salts).to_bytes(2, "big") + len(shut).to_bytes(2, "big")
    digests = b"".join(bytes.fromhex(one[7:]) for one in (*sorted(salts), *sorted(shut)))
    return _LOCKED + counts + digests + nonce + ChaCha20Poly1305(_key(salts)).encrypt(nonce, content, None)


def unpack(kept: bytes) -> Answer | Locked | None:
    """None where the bytes are no answer, or were damaged."""
    if kept[:1] == _OPEN:
        return _answer(kept[1:])
    if kept[:1] != _LOCKED or len(kept) < _COUNTS:
        return None
    opened, shut = int.from_bytes(kept[1:3], "big"), int.from_bytes(kept[3:5], "big")
    end = _COUNTS + _DIGEST * (opened + shut)
    if len(kept) < end + _NONCE + _TAG:
        return None
    digests = [f"sha256:{kept[place : place + _DIGEST].hex()}" for place in range(_COUNTS, end, _DIGEST)]
    return Locked(tuple(digests[:opened]), tuple(digests[opened:]), kept[end : end + _NONCE], kept[end + _NONCE :])


def _answer(content: bytes) -> Answer | None:
    try:
        name, times, before, after = zlib.decompress(content).split(b"\n")
        since, _, until = times.partition(b" ")
        return Answer(name.decode(), int(since), int(until) if until else None, before, after)
    except (zlib.error, ValueError):
        return None


def _key(salts: Mapping[str, bytes]) -> bytes:
    material = b"".join(salts[one] for one in sorted(salts))
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"onrecord prepared answer").derive(material or b"\0")
