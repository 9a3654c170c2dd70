"""DSSE v1 envelopes: ours have one spelling, foreign ones are read with tolerance."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature

from ledger.core.canonical import MAX_ENTRY_BYTES, canonical_bytes, parse_json
from ledger.core.didkey import SigningKey, did_key_of, parse_did_key, public_key_of
from ledger.core.encoding import parse_base64, parse_base64_bytes, print_base64
from ledger.errors import FormatError, TooLargeError, UnauthenticatedError

RECORD_TYPE = "application/vnd.onrecord.record+json; version=1"
MAX_SIGNATURES = 4
_MAX_FOREIGN_SIGNATURES = 100
_SIGNATURE = re.compile(rb'\{"keyid":"(did:key:z[1-9A-HJ-NP-Za-km-z]{47})","sig":"([A-Za-z0-9+/]{86}==)"\}(?:,(?=\{)|\]\}\Z)')

Signatures = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class OpenedEnvelope:
    """An envelope whose spelling is right. Its signatures (did:key, 64 bytes) are not checked yet."""

    payload: bytes
    payload_type: str
    signatures: Signatures
    data: bytes

    @property
    def keyids(self) -> tuple[str, ...]:
        return tuple(keyid for keyid, _ in self.signatures)


@dataclass(frozen=True)
class ForeignEnvelope:
    """An envelope made elsewhere. A keyid is no more than a hint, and may be empty."""

    payload: bytes
    payload_type: str
    signatures: Signatures


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed: DSSE's pre-authentication encoding."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_envelope(
    payload: bytes, payload_type: str, signers: Sequence[SigningKey], *, max_bytes: int = MAX_ENTRY_BYTES
) -> bytes:
    """The envelope's one spelling, signed by each of one to four keys."""
    message = pae(payload_type, payload)
    signatures = tuple(sorted((did_key_of(key), key.sign(message)) for key in signers))
    _check_signers(signatures)
    data = _print_envelope(payload, payload_type, signatures)
    if len(data) > max_bytes:
        raise TooLargeError(f"an envelope of {len(data)} bytes, at most {max_bytes} are taken")
    return data


def parse_envelope(data: bytes, *, payload_type: str, max_bytes: int = MAX_ENTRY_BYTES) -> OpenedEnvelope:
    """The envelope of this type; any spelling that `sign_envelope` would not print is refused."""
    if len(data) <= max_bytes and (plain := _read_printed(data, payload_type)) is not None:
        return plain
    value = _members(parse_json(data, max_bytes=max_bytes, max_depth=4), {"payload", "payloadType", "signatures"}, "")
    if value["payloadType"] != payload_type:
        raise FormatError(f"payloadType is not {payload_type!r}", pointer="/payloadType")
    payload = _base64_member(value, "payload", "")
    signatures = _parse_signatures(value["signatures"])
    # One comparison covers order of members, white space and escapes.
    if _print_envelope(payload, payload_type, signatures) != data:
        raise FormatError("the envelope is not in canonical JSON", hint="print it as RFC 8785 (JCS) says")
    return OpenedEnvelope(payload, payload_type, signatures, data)


def _read_printed(data: bytes, payload_type: str) -> OpenedEnvelope | None:
    """The envelope, read along the places where `sign_envelope` prints its parts. Of any other nothing is said."""
    opening, middle = b'{"payload":"', b'","payloadType":"%b","signatures":[' % payload_type.encode("utf-8")
    end = data.find(middle, len(opening))
    if not data.startswith(opening) or end < 0:
        return None
    place = end + len(middle)
    signatures: list[tuple[str, bytes]] = []
    try:
        payload = parse_base64_bytes(data[len(opening) : end])
        while place < len(data) and len(signatures) < MAX_SIGNATURES:
            found = _SIGNATURE.match(data, place)
            if found is None:
                return None
            keyid = found[1].decode("ascii")
            parse_did_key(keyid)
            signatures.append((keyid, parse_base64_bytes(found[2])))
            place = found.end()
        read = tuple(signatures)
        _check_signers(read)
    except FormatError:
        return None
    return OpenedEnvelope(payload, payload_type, read, data) if place == len(data) else None


def check_signatures(opened: OpenedEnvelope) -> None:
    """Every signature of the envelope holds under the key that its keyid names."""
    message = pae(opened.payload_type, opened.payload)
    for keyid, signature in opened.signatures:
        try:
            public_key_of(keyid).verify(signature, message)
        except InvalidSignature:
            raise UnauthenticatedError(f"the signature of {keyid} does not hold") from None


def read_foreign_envelope(data: bytes, *, max_bytes: int) -> ForeignEnvelope:
    """An envelope made elsewhere: standard or URL-safe base64, free keyids, unknown members ignored."""
    value = parse_json(data, max_bytes=max_bytes)
    if not isinstance(value, dict) or not isinstance(value.get("payloadType"), str):
        raise FormatError("not a DSSE envelope: no payloadType", pointer="/payloadType")
    entries = value.get("signatures")
    if not isinstance(entries, list) or not 1 <= len(entries) <= _MAX_FOREIGN_SIGNATURES:
        raise FormatError("not a DSSE envelope: no signatures", pointer="/signatures")
    signatures = tuple(_foreign_signature(entry, f"/signatures/{number}") for number, entry in enumerate(entries))
    return ForeignEnvelope(_any_base64(value.get("payload"), "/payload"), value["payloadType"], signatures)


def _print_envelope(payload: bytes, payload_type: str, signatures: Signatures) -> bytes:
    return canonical_bytes(
        {
            "payload": print_base64(payload),
            "payloadType": payload_type,
            "signatures": [{"keyid": keyid, "sig": print_base64(signature)} for keyid, signature in signatures],
        }
    )


def _parse_signatures(entries: Any) -> Signatures:
    if not isinstance(entries, list):
        raise FormatError("signatures is not a list", pointer="/signatures")
    _check_count(len(entries))
    signatures = tuple(_parse_signature(entry, f"/signatures/{number}") for number, entry in enumerate(entries))
    _check_signers(signatures)
    return signatures


def _parse_signature(entry: Any, at: str) -> tuple[str, bytes]:
    members = _members(entry, {"keyid", "sig"}, at)
    keyid = members["keyid"]
    if not isinstance(keyid, str):
        raise FormatError("keyid is not text", pointer=f"{at}/keyid")
    try:
        parse_did_key(keyid)
    except FormatError as error:
        raise FormatError(error.message, pointer=f"{at}/keyid") from None
    signature = _base64_member(members, "sig", at)
    if len(signature) != 64:
        raise FormatError(f"an Ed25519 signature has 64 bytes, not {len(signature)}", pointer=f"{at}/sig")
    return keyid, signature


def _check_signers(signatures: Signatures) -> None:
    _check_count(len(signatures))
    keyids = [keyid for keyid, _ in signatures]
    if any(left >= right for left, right in pairwise(keyids)):
        raise FormatError("signatures are not sorted by keyid, each key once", pointer="/signatures")


def _check_count(count: int) -> None:
    if not 1 <= count <= MAX_SIGNATURES:
        raise FormatError(f"{count} signatures, wanted 1 to {MAX_SIGNATURES}", pointer="/signatures")


def _members(value: Any, names: set[str], at: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != names:
        raise FormatError(f"wanted an object with {', '.join(sorted(names))} and nothing else", pointer=at)
    return value


def _base64_member(members: dict[str, Any], name: str, at: str) -> bytes:
    text = members[name]
    if not isinstance(text, str):
        raise FormatError(f"{name} is not text", pointer=f"{at}/{name}")
    try:
        return parse_base64(text, what=name)
    except FormatError as error:
        raise FormatError(error.message, pointer=f"{at}/{name}") from None


def _foreign_signature(entry: Any, at: str) -> tuple[str, bytes]:
    if not isinstance(entry, dict) or not isinstance(entry.get("keyid", ""), str):
        raise FormatError("not a DSSE signature", pointer=at)
    return entry.get("keyid", ""), _any_base64(entry.get("sig"), f"{at}/sig")


def _any_base64(text: Any, at: str) -> bytes:
    """Standard or URL-safe base64, with its padding or without."""
    if not isinstance(text, str):
        raise FormatError("not base64 text", pointer=at)
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("not base64 text", pointer=at) from None
