"""Private keys under a passphrase: PKCS#8 EncryptedPrivateKeyInfo (RFC 5958), PBES2 with scrypt (RFC 7914) and AES-256-CBC.

It is what `openssl pkcs8 -scrypt` writes and reads. Written here, since the library's own encryption of this form derives the
key with 2,048 rounds of PBKDF2, which a stolen file withstands for minutes only; reading is the library's.
"""

from __future__ import annotations

import base64
import secrets
import textwrap

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7

_N, _R, _P = 1 << 14, 8, 5
"""16 MiB, some 0.2 s: with more memory the openssl command would refuse to read it."""
_SEQUENCE, _OCTETS, _INTEGER = 0x30, 0x04, 0x02
# The object identifiers in DER: PBES2, scrypt, AES-256-CBC.
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES256_CBC = bytes.fromhex("060960864801650304012a")


def encrypted_pem(private_key_info: bytes, passphrase: str) -> bytes:
    """The PEM of a DER PrivateKeyInfo under a passphrase, salted anew each time."""
    salt, iv = secrets.token_bytes(16), secrets.token_bytes(16)
    key = Scrypt(salt=salt, length=32, n=_N, r=_R, p=_P).derive(passphrase.encode())
    padder = PKCS7(128).padder()
    encryptor = Cipher(AES256(key), CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(private_key_info) + padder.finalize()) + encryptor.finalize()
    costs = b"".join(_der(_INTEGER, _integer(cost)) for cost in (_N, _R, _P))
    derivation = _der(_SEQUENCE, _SCRYPT + _der(_SEQUENCE, _der(_OCTETS, salt) + costs))
    cipher = _der(_SEQUENCE, _AES256_CBC + _der(_OCTETS, iv))
    algorithm = _der(_SEQUENCE, _PBES2 + _der(_SEQUENCE, derivation + cipher))
    body = base64.b64encode(_der(_SEQUENCE, algorithm + _der(_OCTETS, sealed))).decode()
    lines = ["-----BEGIN ENCRYPTED PRIVATE KEY-----", *textwrap.wrap(body, 64), "-----END ENCRYPTED PRIVATE KEY-----", ""]
    return "\n".join(lines).encode()


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def _integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")
