"""Files that hold one private key in PEM (PKCS#8, with or without a passphrase), 0600 in a folder that is 0700."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from ledger import passphrases
from ledger.errors import ConflictError, KeyMissingError, StoreError
from ledger.signing.pkcs8 import encrypted_pem

_MOST = 65_536

AnyKey = Ed25519PrivateKey | MLDSA44PrivateKey


def check_opens(path: Path, passphrase: str | None) -> None:
    """KeyMissingError where the key in that file wants another passphrase."""
    load(read(path), str(path), passphrase)


def lock_again(path: Path, old: str | None, new: str | None) -> None:
    """The key in that file, under another passphrase or under none: the whole of the new file, or the old one as it was."""
    key = load(read(path), str(path), old)
    if not isinstance(key, AnyKey):
        raise KeyMissingError(f"the key at {path} is of another kind, wanted Ed25519 or ML-DSA-44")
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        write(scratch, pem_of(key, new), durable=True)
        put(scratch, path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise StoreError(f"{path} cannot be written: {error.strerror}") from None


def make_place(place: Path) -> None:
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.chmod(0o700)  # mkdir's mode is cut by the umask, and an old folder may be open to others
    except OSError as error:
        raise StoreError(f"no folder for keys at {place}: {error.strerror}") from None


def write(path: Path, content: bytes, *, durable: bool = False) -> None:
    try:
        # O_EXCL: never over a key that is there, and never through a link that somebody left.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConflictError(f"{path} is there already", hint="name another file; a key is never written over") from None
    except OSError as error:
        raise StoreError(f"no key can be written to {path}: {error.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, 0o600)
        file.write(content)
        if durable:
            file.flush()
            os.fsync(handle)


def put(scratch: Path, path: Path) -> None:
    """The file is in that place for good, whatever lay there before."""
    os.replace(scratch, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST)
    except FileNotFoundError:
        raise KeyMissingError(f"no key at {path}", hint="make one with `onrecord key new`, or name one with --key") from None
    except OSError as error:
        raise KeyMissingError(f"the key at {path} cannot be read: {error.strerror}") from None


def pem_of(key: AnyKey, passphrase: str | None) -> bytes:
    if passphrase:
        return encrypted_pem(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), passphrase)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def ed25519_in(pem: bytes, where: str, passphrase: str | None) -> Ed25519PrivateKey:
    key = load(pem, where, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyMissingError(f"the key at {where} is of another kind, wanted Ed25519")
    return key


def mldsa44_in(pem: bytes, where: str, passphrase: str | None) -> MLDSA44PrivateKey:
    key = load(pem, where, passphrase)
    if not isinstance(key, MLDSA44PrivateKey):
        raise KeyMissingError(f"the key at {where} is of another kind, wanted ML-DSA-44")
    return key


def load(pem: bytes, where: str, passphrase: str | None) -> object:
    encrypted = b"ENCRYPTED" in pem
    if encrypted and not passphrase:
        raise KeyMissingError(f"the key at {where} has a passphrase", locked=where, hint=passphrases.WANTED)
    try:
        return load_pem_private_key(pem, passphrase.encode() if encrypted and passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's own words may show parts of the key, so they are not passed on.
        if encrypted:
            raise KeyMissingError(
                f"the key at {where} does not open with this passphrase", locked=where, hint=passphrases.ONE_FOR_ALL
            ) from None
        raise KeyMissingError(f"the key at {where} is no private key in PEM (PKCS#8)") from None
