"""Whether a site wishes to be read by a program of our name (RFC 9309)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

MAX_ROBOTS_BYTES = 500 << 10
_MOST_RULES = 5_000


def permits(robots: bytes, url: str, name: str) -> bool:
    """By the longest rule of the groups that are for us, or of those for everybody; what no rule forbids is permitted."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if path == "/robots.txt":
        return True
    best, allowed = -1, True
    for says_allow, pattern in _rules(robots[:MAX_ROBOTS_BYTES].decode("utf-8", "replace"), name.lower())[:_MOST_RULES]:
        if len(pattern) > best - says_allow and _fits(pattern, path):
            # RFC 9309 §2.2.2: of two rules of one length, the one that allows.
            if len(pattern) > best or says_allow:
                allowed = says_allow
            best = max(best, len(pattern))
    return allowed


def _rules(text: str, name: str) -> list[tuple[bool, str]]:
    own: list[tuple[bool, str]] = []
    everybodys: list[tuple[bool, str]] = []
    named = False
    into: list[list[tuple[bool, str]]] = []
    naming = False
    for key, value in _lines(text.splitlines()):
        if key == "user-agent":
            if not naming:
                into = []
            naming = True
            if value == "*":
                into.append(everybodys)
            elif value.lower() == name:
                named = True
                into.append(own)
        elif key in ("allow", "disallow"):
            naming = False
            if value:
                for rules in into:
                    rules.append((key == "allow", value))
    return own if named else everybodys


def _lines(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _fits(pattern: str, path: str) -> bool:
    """`*` stands for anything, a `$` at the end for the end. In steps, so that no pattern takes long."""
    to_end = pattern.endswith("$")
    first, *rest = re.split(r"\*+", pattern.removesuffix("$"))
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in rest[:-1] if to_end and rest else rest:
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    if not to_end:
        return True
    return at == len(path) if not rest else path.endswith(rest[-1]) and len(path) - len(rest[-1]) >= at
