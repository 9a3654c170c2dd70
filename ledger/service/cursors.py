"""Where a list goes on: an opaque cursor that holds the last index shown and the size of the ledger when the list began."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from ledger.core.canonical import MAX_SAFE_INT
from ledger.errors import FormatError

MAX_LIMIT = 200


@dataclass(frozen=True)
class Cursor:
    before: int
    size: int


def check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_LIMIT:
        raise FormatError(f"limit is {limit}, wanted 1 to {MAX_LIMIT}")


def print_cursor(before: int, size: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([before, size], separators=(",", ":")).encode()).decode().rstrip("=")


def parse_cursor(text: str) -> Cursor:
    """The cursor that `print_cursor` would print as this very text."""
    try:
        before, size = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, RecursionError):
        raise FormatError("no cursor of ours", hint="take it from `next` of the list before, as it is") from None
    fits = all(type(one) is int and 0 <= one <= MAX_SAFE_INT for one in (before, size))
    if not fits or print_cursor(before, size) != text:
        raise FormatError("no cursor of ours", hint="take it from `next` of the list before, as it is")
    return Cursor(before, size)
