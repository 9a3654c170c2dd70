"""A contributor's own file of openings, encrypted, beside the key: `<name>.openings` (docs/format.md §5.7).

What is erased in every ledger can still be shown to one reader by whoever has this file, and of a protected source it is the
only place where the name is. The first line says how the key is made; the second is everything, under ChaCha20-Poly1305.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import TypeAdapter, ValidationError

from ledger.core.canonical import canonical_bytes
from ledger.errors import FormatError, KeyMissingError, StoreError
from ledger.passphrases import WANTED
from schemas.ids import Digest, Opening

FORM = "onrecord/openings/v1"
MAX_BYTES = 1 << 28
_COST = {"n": 1 << 17, "r": 8, "p": 1}
# What a file may ask of whoever reads it.
_COSTS = {"n": range(1 << 14, (1 << 20) + 1), "r": range(1, 17), "p": range(1, 5)}
_OPENINGS: TypeAdapter[dict[str, Opening]] = TypeAdapter(dict[Digest, Opening])
_PASSPHRASE, _SECRET = "passphrase", "sealing secret"


@dataclass(frozen=True)
class Keepsake:
    """The file of one contributor. Without a passphrase it is encrypted under the sealing secret that lies beside it.

    Once it is under a passphrase it stays so. Every method raises KeyMissingError where the file does not open.
    """

    path: Path
    secret: bytes
    passphrase: str | None = None

    @property
    def is_protected(self) -> bool:
        """Whether a passphrase is at hand; without one the file opens for whoever has the folder of keys."""
        return bool(self.passphrase)

    def read(self) -> dict[str, Opening]:
        """The openings by their digests; none where there is no file yet."""
        return self._read()[0]

    def add(self, openings: Mapping[str, Opening]) -> None:
        """The file has these too, durably."""
        with self._turn():
            held, header, key = self._read()
            if not openings.items() <= held.items():
                self._write({**held, **openings}, header, key)

    def forget(self, digests: list[str]) -> int:
        """The file has none of these; how many it had."""
        with self._turn():
            held, header, key = self._read()
            gone = held.keys() & set(digests)
            if gone:
                self._write({name: one for name, one in held.items() if name not in gone}, header, key)
            return len(gone)

    def lock_again(self, passphrase: str | None) -> None:
        """The file opens with that passphrase from now on; without one, under the sealing secret."""
        with self._turn():
            if self._content() is not None:
                held, _, _ = self._read()
                self._write(held, *replace(self, passphrase=passphrase)._new_key())

    def _read(self) -> tuple[dict[str, Opening], dict[str, Any], bytes]:
        """What is in it, and the header and key to write it with: those of the file, or new ones."""
        content = self._content()
        if content is None:
            return {}, *self._new_key()
        head, _, body = content.partition(b"\n")
        header = _parse_header(head, self.path)
        key = self._key_of(header)
        try:
            sealed = base64.b64decode(body.strip(), validate=True)
            plain = ChaCha20Poly1305(key).decrypt(sealed[:12], sealed[12:], head)
            held = _OPENINGS.validate_json(plain)
        except InvalidTag:
            raise KeyMissingError(f"{self.path} does not open with this {header['key']}") from None
        except (binascii.Error, ValueError, ValidationError):
            raise FormatError(f"{self.path} is damaged", hint="restore it from a copy") from None
        if self.passphrase and header["key"] == _SECRET:
            return held, *self._new_key()
        return held, header, key

    def _new_key(self) -> tuple[dict[str, Any], bytes]:
        header: dict[str, Any] = {"form": FORM, "key": _PASSPHRASE if self.passphrase else _SECRET}
        if self.passphrase:
            header |= {"salt": secrets.token_hex(16), **_COST}
        return header, self._key_of(header)

    def _key_of(self, header: Mapping[str, Any]) -> bytes:
        if header["key"] == _SECRET:
            return hmac.digest(self.secret, FORM.encode(), "sha256")
        if not self.passphrase:
            raise KeyMissingError(f"{self.path} has a passphrase", hint=WANTED)
        kdf = Scrypt(salt=bytes.fromhex(header["salt"]), length=32, n=header["n"], r=header["r"], p=header["p"])
        return kdf.derive(self.passphrase.encode())

    def _content(self) -> bytes | None:
        try:
            with self.path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read: {error.strerror}") from None
        if len(content) > MAX_BYTES:
            raise FormatError(f"{self.path} is larger than {MAX_BYTES} bytes")
        return content

    def _write(self, held: Mapping[str, Opening], header: Mapping[str, Any], key: bytes) -> None:
        """The whole file, or the one before: written under another name, then renamed."""
        head = canonical_bytes(dict(header))
        plain = canonical_bytes({name: one.model_dump() for name, one in held.items()})
        nonce = secrets.token_bytes(12)
        body = base64.b64encode(nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, head))
        scratch = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.new")
        try:
            handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(head + b"\n" + body + b"\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(scratch, self.path)
        except OSError as error:
            scratch.unlink(missing_ok=True)
            raise StoreError(f"{self.path} cannot be written: {error.strerror}") from None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Processes of one contributor take turns: none writes over what another has just added."""
        try:
            handle = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(f"nothing can be written beside {self.path}: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _parse_header(line: bytes, path: Path) -> dict[str, Any]:
    try:
        header: dict[str, Any] = json.loads(line)
        plain = {"form": FORM, "key": _SECRET}
        hard = {"form": FORM, "key": _PASSPHRASE, "salt": header.get("salt"), **{name: header.get(name) for name in _COSTS}}
        sound = header == plain or (
            header == hard
            and len(bytes.fromhex(header["salt"])) == 16
            and all(type(header[name]) is int and header[name] in allowed for name, allowed in _COSTS.items())
            and header["n"] & (header["n"] - 1) == 0
        )
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        sound = False
    if not sound or canonical_bytes(header) != line:
        raise FormatError(f"{path} is no file of openings of the form {FORM}")
    return header
