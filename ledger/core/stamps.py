"""RFC 3161 time stamps: an authority's signed word that it saw a SHA-256 at a moment.

What of a log is stamped is the text of a checkpoint (origin, size, root; C2SP tlog-checkpoint without its signatures): it does
not change when a witness signs. What of a file is stamped are its bytes. A token is kept as the whole TimeStampResp that came
back, as `openssl ts -verify -in` reads it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID

from ledger.core.note import parse_note
from ledger.errors import FormatError, UnverifiableError, VerificationError
from schemas.dates import time_of

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

MAX_TOKEN_BYTES = 65_536
MAX_AUTHORITIES = 20
_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
# A sequence of version 1 and the imprint: the algorithm's identifier, and the digest that follows.
_REQUEST = bytes.fromhex("3043 020101 3031 300d 0609 608648016503040201 0500 0420")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_STEP = "timestamp"
_FOREIGN = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
)
"""What the libraries raise at bytes that are no token or certificate."""


@dataclass(frozen=True)
class Authority:
    """Whose word counts: a name of our own for it, where it is asked, and the certificates that it is known by."""

    name: str
    url: str
    certificates: tuple[x509.Certificate, ...]

    @property
    def roots(self) -> list[x509.Certificate]:
        return [one for one in self.certificates if one.issuer == one.subject]

    @property
    def others(self) -> list[x509.Certificate]:
        return [one for one in self.certificates if one.issuer != one.subject]


@dataclass(frozen=True)
class Stamp:
    """What an authority says: it saw this digest at that time."""

    authority: str
    time: str
    serial: str
    policy: str


def parse_authorities(text: str) -> list[tuple[str, str, str]]:
    """Name, address and file of certificates of each line `authority NAME URL FILE`; `#` begins a remark."""
    found = []
    calendars = False
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].split()
        if not words or words[0] == "calendar":  # ledger/core/ots.py reads those
            calendars = calendars or bool(words)
            continue
        if len(words) != 4 or words[0] != "authority" or not _NAME.fullmatch(words[1]):
            raise FormatError(f"line {number} is no authority, wanted: authority NAME URL FILE", hint="NAME is like freetsa")
        found.append((words[1], words[2], words[3]))
    if len({name for name, _, _ in found}) != len(found) or len(found) > MAX_AUTHORITIES or not (found or calendars):
        raise FormatError(f"wanted 1 to {MAX_AUTHORITIES} authorities, each name once")
    return found


def authority(name: str, url: str, pem: bytes) -> Authority:
    """FormatError where the certificates cannot be read, or none of them is a root."""
    try:
        certificates = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise FormatError(f"the certificates of {name} are no PEM") from None
    made = Authority(name, url, certificates)
    if not made.roots:
        raise FormatError(f"no certificate of {name} is a root, which has signed itself")
    return made


def checkpoint_text(note: bytes) -> bytes:
    """What is stamped of a checkpoint: its text, which every signature under it signs."""
    return parse_note(note).text.encode("utf-8")


def print_request(digest: bytes, nonce: int) -> bytes:
    """The TimeStampReq for a SHA-256 (RFC 3161 §2.4.1): the certificate is to come back with the token. The nonce has 57 to 63
    bits, so that it has one length."""
    assert len(digest) == 32
    assert 1 << 56 <= nonce < 1 << 63
    return _REQUEST + digest + b"\x02\x08" + nonce.to_bytes(8, "big") + b"\x01\x01\xff"


def check_token(token: bytes, digest: bytes, authorities: Sequence[Authority], *, nonce: int | None = None) -> Stamp:
    """What the token says of a SHA-256. VerificationError, with what is wrong, where one of the authorities does not say so.

    1. the token is a TimeStampResp that was granted, and nothing besides
    2. it is over this digest, SHA-256; its nonce is the one that was sent, if one was
    3. the certificate that signed it is for time stamping alone, and was valid at the token's time
    4. one of the authorities has that certificate signed, and it has signed the token
    """
    try:
        return _checked(_read(token), digest, authorities, nonce)
    except _FOREIGN:  # the library reads what a token holds when it is asked for, and not before
        raise VerificationError("there is no time-stamp token in it", step=_STEP) from None


def _checked(response: TimeStampResponse, digest: bytes, authorities: Sequence[Authority], nonce: int | None) -> Stamp:
    imprint = response.tst_info.message_imprint
    if imprint.hash_algorithm != _SHA256:
        raise VerificationError("the token is over no SHA-256", step=_STEP)
    if imprint.message != digest:
        raise VerificationError("the token is over other bytes", step=_STEP)
    if nonce is not None and response.tst_info.nonce != nonce:
        raise VerificationError("the token answers another question: its nonce is not ours", step=_STEP)
    leaf = _leaf(response, [one for known in authorities for one in known.others])
    _check_purpose(leaf)
    _check_validity(leaf, response)
    for known in authorities:
        if _signed_by(response, digest, known, leaf):
            seconds = int(response.tst_info.gen_time.timestamp())
            policy = response.tst_info.policy.dotted_string
            return Stamp(known.name, time_of(seconds), str(response.tst_info.serial_number), policy)
    raise VerificationError(f"the token is by no known authority: {leaf.subject.rfc4514_string()[:200]}", step=_STEP)


def _client() -> Any:
    """The library that reads tokens; it is loaded where one is to be read."""
    try:
        import rfc3161_client
    except ImportError:
        raise UnverifiableError(
            "time stamps need a library that is not installed", step=_STEP, hint="pip install 'onrecord[timestamp]'"
        ) from None
    return rfc3161_client


def _read(token: bytes) -> TimeStampResponse:
    if len(token) > MAX_TOKEN_BYTES:
        raise VerificationError(f"a token of {len(token)} bytes, at most {MAX_TOKEN_BYTES} are read", step=_STEP)
    try:
        found: TimeStampResponse = _client().decode_timestamp_response(token)
        whole = found.as_bytes() == token
        granted = found.status == 0
        found.tst_info.message_imprint  # noqa: B018  a refusal has none, and says so here
    except (ValueError, TypeError):
        raise VerificationError("there is no time-stamp token in it", step=_STEP) from None
    if not whole:
        raise VerificationError("there is more than a time-stamp token in it", step=_STEP)
    if not granted:
        raise VerificationError("the authority granted no token", step=_STEP)
    return found


def _leaf(response: TimeStampResponse, known: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate whose key signed it, of those in the token and those that are known."""
    try:
        (signer,) = response.signed_data.signer_infos
        inside = [x509.load_der_x509_certificate(one) for one in response.signed_data.certificates]
    except ValueError:
        raise VerificationError("the token names no one signer", step=_STEP) from None
    for one in [*inside, *known]:
        if one.issuer == signer.issuer and one.serial_number == signer.serial_number:
            return one
    raise VerificationError("the token is by no known authority: its certificate is not there", step=_STEP)


def _check_purpose(leaf: x509.Certificate) -> None:
    """RFC 3161 §2.3: the extension is critical, and names this one purpose."""
    try:
        found = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        raise VerificationError("the certificate is not for time stamping", step=_STEP) from None
    if not found.critical or list(found.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise VerificationError("the certificate is not for time stamping alone", step=_STEP)


def _check_validity(leaf: x509.Certificate, response: TimeStampResponse) -> None:
    then = response.tst_info.gen_time
    if then > leaf.not_valid_after_utc:
        raise VerificationError(
            f"the certificate had expired: it was good until {leaf.not_valid_after_utc:%Y-%m-%d}", step=_STEP
        )
    if then < leaf.not_valid_before_utc:
        raise VerificationError("the certificate was not good yet at the token's time", step=_STEP)


def _signed_by(response: TimeStampResponse, digest: bytes, known: Authority, leaf: x509.Certificate) -> bool:
    client = _client()
    verifier = client.VerifierBuilder(tsa_certificate=leaf, roots=known.roots, intermediates=known.others).build()
    try:
        return bool(verifier.verify(response, digest))
    except (client.VerificationError, *_FOREIGN):
        return False


def digest_of(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
