"""Where a list goes on: an opaque cursor that holds the last index shown and the size of the ledger when the list began."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.core.canonical import MAX_SAFE_INT
from ledger.errors import FormatError

MAX_LIMIT = 200


@dataclass(frozen=True)
class Cursor:
    """`tier`: of a list in the order of how well its answers fit, how well the last one did."""

    before: int
    size: int
    tier: str | None = None


def check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_LIMIT:
        raise FormatError(f"limit is {limit}, wanted 1 to {MAX_LIMIT}")


def print_cursor(before: int, size: int, tier: str | None = None) -> str:
    parts = [before, size] if tier is None else [before, size, tier]
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def parse_cursor(text: str, tiers: Sequence[str] = ()) -> Cursor:
    """The cursor that `print_cursor` would print as this very text, with one of these tiers, if there are any."""
    try:
        before, size, *rest = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, RecursionError):
        raise FormatError("no cursor of ours", hint="take it from `next` of the list before, as it is") from None
    if len(rest) > 1 or bool(rest) != bool(tiers) or (rest and (type(rest[0]) is not str or rest[0] not in tiers)):
        raise FormatError("no cursor of this list", hint="take it from `next` of the list before, and ask for the same")
    tier = rest[0] if rest else None
    fits = all(type(one) is int and 0 <= one <= MAX_SAFE_INT for one in (before, size))
    if not fits or print_cursor(before, size, tier) != text:
        raise FormatError("no cursor of ours", hint="take it from `next` of the list before, as it is")
    return Cursor(before, size, tier)
