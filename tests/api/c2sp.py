"""A reader of C2SP tlog-tiles logs, written from the specifications alone: it shares no code with the ledger.

c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-tiles, RFC 9162 section 2.1.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256


@dataclass(frozen=True)
class Head:
    origin: str
    size: int
    root: bytes


class Log:
    """A log at an address, trusted by one Ed25519 verifier key."""

    def __init__(self, http: httpx.Client, vkey: str) -> None:
        self._http = http
        self._name, self._key_id, self._key = _parse_vkey(vkey)

    def head(self) -> Head:
        """The checkpoint, if our key signed it."""
        note = self._get("/checkpoint").decode()
        text, _, signatures = note.rpartition("\n\n")
        text += "\n"
        signed = [self._holds(line, text) for line in signatures.splitlines()]
        assert any(signed), "nobody we know signed the checkpoint"
        origin, size, root, *extensions = text.splitlines()
        assert (origin, extensions) == (self._name, [])
        assert str(int(size)) == size
        return Head(origin, int(size), base64.b64decode(root, validate=True))

    def entries(self, size: int) -> list[bytes]:
        """Every entry of the tree of that size, from its bundles."""
        found: list[bytes] = []
        for number in range(-(-size // WIDTH)):
            bundle = self._get("/tile/entries/" + _path(number, min(WIDTH, size - number * WIDTH)))
            found += _unpack(bundle)
        assert len(found) == size
        return found

    def check_tiles(self, leaves: list[bytes]) -> int:
        """Every tile of the tree holds what its entries make of it; returns how many there are."""
        hashes, level, count = leaves, 0, 0
        while hashes:
            for number in range(-(-len(hashes) // WIDTH)):
                here = hashes[number * WIDTH : (number + 1) * WIDTH]
                assert self._get(f"/tile/{level}/{_path(number, len(here))}") == b"".join(here)
                count += 1
            full = len(hashes) // WIDTH
            hashes = [tree_root(hashes[number * WIDTH : (number + 1) * WIDTH]) for number in range(full)]
            level += 1
        return count

    def _get(self, path: str) -> bytes:
        response = self._http.get(path)
        assert response.status_code == 200, f"{path}: {response.status_code} {response.text[:200]}"
        return response.content

    def _holds(self, line: str, text: str) -> bool:
        dash, name, signature = line.split(" ")
        raw = base64.b64decode(signature, validate=True)
        if (dash, name, raw[:4]) != ("\u2014", self._name, self._key_id):
            return False
        self._key.verify(raw[4:], text.encode())
        return True


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node(tree_root(leaves[:split]), tree_root(leaves[split:]))


def included(leaf_hash: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2."""
    if index >= size:
        return False
    first, last, here = index, size - 1, leaf_hash
    for part in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            here = node(part, here)
            while first & 1 == 0 and first != 0:
                first, last = first >> 1, last >> 1
        else:
            here = node(here, part)
        first, last = first >> 1, last >> 1
    return last == 0 and here == root


def consistent(old: int, new: int, proof: list[bytes], old_root: bytes, new_root: bytes) -> bool:
    """RFC 9162 §2.1.4.2, for 0 < old < new."""
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    older = newer = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            older, newer = node(part, older), node(part, newer)
            while first & 1 == 0 and first != 0:
                first, last = first >> 1, last >> 1
        else:
            newer = node(newer, part)
        first, last = first >> 1, last >> 1
    return last == 0 and (older, newer) == (old_root, new_root)


def _parse_vkey(vkey: str) -> tuple[str, bytes, Ed25519PublicKey]:
    name, key_id, key = vkey.split("+", 2)
    raw = base64.b64decode(key, validate=True)
    assert raw[0] == 1, "no Ed25519 key"
    assert hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() == key_id
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(raw[1:])


def _path(number: int, width: int) -> str:
    digits = f"{number:0{-(-len(str(number)) // 3) * 3}d}"
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    path = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return path if width == WIDTH else f"{path}.p/{width}"


def _unpack(bundle: bytes) -> list[bytes]:
    entries = []
    while bundle:
        end = 2 + int.from_bytes(bundle[:2], "big")
        assert len(bundle) >= end
        entries.append(bundle[2:end])
        bundle = bundle[end:]
    return entries
