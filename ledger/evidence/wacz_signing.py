"""Who signed a WACZ file (WACZ Auth 0.1.0): a key of its own, or a domain by its certificate, with a time stamp over it.

Nothing is trusted because it is in the archive: whose certificates count, and whose time stamps, is named by whoever reads it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.verification import PolicyBuilder, Store
from cryptography.x509.verification import VerificationError as UntracedError

from ledger.core.stamps import Authority, Stamp, check_token
from ledger.errors import FormatError, VerificationError

MAX_CERTIFICATES = 20
_STEP = "signature"
_UNREADABLE = (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm, x509.ExtensionNotFound, x509.DuplicateExtension)


@dataclass(frozen=True)
class Trust:
    """Certificates of those who may say whose a domain's key is, and authorities whose time stamps count; of neither none."""

    issuers: tuple[x509.Certificate, ...] = ()
    authorities: Sequence[Authority] = ()


@dataclass(frozen=True)
class Signer:
    """Who signed, and in words how far that was checked: whether by a certificate that was traced to a named issuer, and when
    at the latest, by a named authority."""

    name: str
    note: str
    traced: bool = False
    stamp: Stamp | None = None


def issuers_of(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a file. FormatError for what holds none."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise FormatError("the certificates to trust are no PEM") from None


def check_signed(signed: object, digest: str, trust: Trust) -> Signer:
    """Who signed that digest. VerificationError for the first that does not hold:

    1. what was signed is this digest, and the signature over it is by the key or certificate that is in it
    2. the certificate is one of the domain that is named
    3. the time stamp is over the signature, by an authority that is named, where any are
    4. the certificate is traced to an issuer that is named, where any are, at the time of the time stamp; else at the time that
       the signer says
    """
    if not isinstance(signed, dict) or signed.get("hash") != digest:
        raise VerificationError("what was signed is another list of files", step=_STEP)
    chain = _chain(signed)
    key = chain[0].public_key() if chain else _own_key(signed)
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise VerificationError("the signature's key is of a kind that archives are not signed with", step=_STEP)
    if not any(_holds(key, one, digest.encode()) for one in _spellings(signed.get("signature"))):
        raise VerificationError("the signature of the archive does not hold", step=_STEP)
    if not chain:
        name = f"key {hashlib.sha256(_decoded(signed, 'publicKey')).hexdigest()[:16]}"
        return Signer(name, "a key without a name: whose it is, is not known")
    domain = _domain(signed, chain[0])
    stamp = _stamp(signed, trust.authorities)
    traced = _trace(signed, domain, chain, trust.issuers, stamp)
    return Signer(domain, f"by its certificate, {traced}; {_told_stamp(signed, stamp)}", bool(trust.issuers), stamp)


def _chain(signed: Mapping[str, Any]) -> list[x509.Certificate]:
    """The domain's certificate and those that are to lead from it to an issuer; none where a key signed alone."""
    if signed.get("domainCert") is None:
        return []
    try:
        found = x509.load_pem_x509_certificates(str(signed["domainCert"]).encode())
        found[0].public_key()
    except _UNREADABLE as error:
        raise _unreadable(error) from None
    if len(found) > MAX_CERTIFICATES:
        raise VerificationError(f"a chain of {len(found)} certificates, at most {MAX_CERTIFICATES} are read", step=_STEP)
    return found


def _own_key(signed: Mapping[str, Any]) -> object:
    try:
        return load_der_public_key(_decoded(signed, "publicKey"))
    except _UNREADABLE as error:
        raise _unreadable(error) from None


def _domain(signed: Mapping[str, Any], certificate: x509.Certificate) -> str:
    domain = str(signed.get("domain"))
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except _UNREADABLE as error:
        raise _unreadable(error) from None
    if domain not in names.get_values_for_type(x509.DNSName):
        raise VerificationError(f"the certificate is not one of {domain[:100]}", step=_STEP)
    return domain


def _stamp(signed: Mapping[str, Any], authorities: Sequence[Authority]) -> Stamp | None:
    """What is stamped is the signature as it is written, in base64."""
    if signed.get("timeSignature") is None or not authorities:
        return None
    over = hashlib.sha256(str(signed.get("signature")).encode()).digest()
    try:
        return check_token(_decoded(signed, "timeSignature"), over, authorities)
    except VerificationError as error:
        raise VerificationError(f"the time stamp of the archive: {error.message}", step=_STEP) from None


def _told_stamp(signed: Mapping[str, Any], stamp: Stamp | None) -> str:
    if stamp is not None:
        return f"signed by {stamp.time}, as {stamp.authority} stamped it"
    return "it has no time stamp" if signed.get("timeSignature") is None else "its time stamp was not checked (--authorities)"


def _trace(
    signed: Mapping[str, Any],
    domain: str,
    chain: Sequence[x509.Certificate],
    issuers: Sequence[x509.Certificate],
    stamp: Stamp | None,
) -> str:
    """In words how far its certificate was followed. VerificationError where issuers are named and none stands behind it."""
    if not issuers:
        return "not traced to an issuer (--trust-certificates)"
    then, whose = (_time(stamp.time), "then") if stamp else (_time(signed.get("created")), "at the time that it states itself")
    if then is None:
        raise VerificationError("the archive does not say when it was signed, so its certificate cannot be traced", step=_STEP)
    try:
        verifier = PolicyBuilder().store(Store(list(issuers))).time(then).build_server_verifier(x509.DNSName(domain))
        found = verifier.verify(chain[0], list(chain[1:]))
    except (UntracedError, *_UNREADABLE) as error:
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise VerificationError(
            f"the certificate of {domain[:100]} is traced to no issuer that is named: {why}", step=_STEP
        ) from None
    return f"traced to {found[-1].subject.rfc4514_string()[:200]}, good {whose}"


def _time(value: object) -> datetime | None:
    """UTC, as the library wants it, without saying so."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (found.astimezone(UTC) if found.tzinfo else found).replace(tzinfo=None, microsecond=0)


def _decoded(signed: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(str(signed.get(name)), validate=True)
    except (ValueError, binascii.Error) as error:
        raise _unreadable(error) from None


def _spellings(signature: object) -> list[bytes]:
    """The signature as DER, and as the two numbers that browsers write one behind the other."""
    try:
        given = base64.b64decode(str(signature), validate=True)
    except (ValueError, binascii.Error):
        return []
    half = len(given) // 2
    pair = encode_dss_signature(int.from_bytes(given[:half]), int.from_bytes(given[half:]))
    return [given, pair] if given and len(given) % 2 == 0 else [given]


def _holds(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _unreadable(error: Exception) -> VerificationError:
    return VerificationError(f"the signature's key cannot be read: {type(error).__name__}", step=_STEP)
