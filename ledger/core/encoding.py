"""Base64 and decimal numbers, each in its one spelling."""

from __future__ import annotations

import base64
import binascii
import re

from ledger.errors import FormatError

DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}")


def print_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def parse_base64(text: str, *, what: str = "base64") -> bytes:
    """The bytes of standard, padded base64; every other spelling of the same bytes is refused."""
    try:
        return parse_base64_bytes(text.encode("ascii"), what=what)
    except UnicodeEncodeError:
        raise FormatError(f"{what} is not standard base64") from None


def parse_base64_bytes(text: bytes, *, what: str = "base64") -> bytes:
    """The same of ASCII as it was read."""
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        raise FormatError(f"{what} is not standard base64") from None
    # The decoder lets non-zero slack bits pass; printing again does not.
    if binascii.b2a_base64(raw, newline=False) != text:
        raise FormatError(f"{what} is not in its one base64 spelling")
    return raw


def parse_hash(text: str, *, what: str) -> bytes:
    """The 32 bytes of a base64 SHA-256 hash."""
    raw = parse_base64(text, what=what)
    if len(raw) != 32:
        raise FormatError(f"{what} has {len(raw)} bytes, wanted 32")
    return raw


def parse_decimal(text: str, *, what: str) -> int:
    """A number below 10^18: int() alone also takes "1_000", " 5 ", "+7", "007" and "٣"."""
    if not DECIMAL.fullmatch(text):
        raise FormatError(f"{what} {text[:40]!r} is not a plain decimal number")
    return int(text)


def parse_utf8(data: bytes, *, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"{what} is not UTF-8 at byte {error.start}") from None
