"""Base64 and decimal numbers, each in its one spelling."""

from __future__ import annotations

import base64
import re

from ledger.errors import FormatError

DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}")


def print_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def parse_base64(text: str, *, what: str = "base64") -> bytes:
    """The bytes of standard, padded base64; every other spelling of the same bytes is refused."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise FormatError(f"{what} is not standard base64") from None
    # The decoder lets non-zero slack bits and surplus padding pass; printing again does not.
    if print_base64(raw) != text:
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
