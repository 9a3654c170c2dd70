"""What a person may write short in a dossier, and what it stands for."""

from __future__ import annotations

import re

from pydantic import BeforeValidator

from ledger.imports.yaml import Items, Members, Words, kind_of

_WHOLE = re.compile(r"0|[1-9][0-9]{0,15}")
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.[0-9]{1,6})?")
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
SCHEMES = ("admiralty-reliability", "admiralty-credibility", "verdict", "authenticity")


def percentage(value: object) -> int | float:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise ValueError(f"found {kind_of(value)}, wanted a number from 0 to 100")
    return float(value) if "." in value else int(value)


def figures(value: object) -> object:
    """The bounds of a quantity become whole numbers where they are written as such."""
    if not isinstance(value, Members):
        return value
    bounds = ("low", "best", "high")
    return {
        name: int(item) if name in bounds and isinstance(item, Words) and _WHOLE.fullmatch(item) else item
        for name, item in value.items()
    }


def prefixed(value: object) -> object:
    """What `sha256sum` prints is taken too."""
    return "sha256:" + value if isinstance(value, str) and _HEX_DIGEST.fullmatch(value) else value


def one_or_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def worded(member: str) -> BeforeValidator:
    """Plain text stands for a mapping with this one member."""

    def widen(value: object) -> object:
        return {member: value, "@line": getattr(value, "line", 0)} if isinstance(value, str) else value

    return BeforeValidator(widen)


def triple(value: object) -> object:
    """`[dprk-cmc, part_of, dprk]` is a subject, a relation and an object."""
    if not isinstance(value, Items):
        return value
    if len(value) != 3:
        raise ValueError(f"found {len(value)} parts, wanted three: subject, relation, object")
    return {"subject": value[0], "relation": value[1], "object": value[2], "@line": value.line}


def known_scheme(value: str) -> str:
    if value not in SCHEMES and not value.startswith(("http://", "https://")):
        raise ValueError(f"found {value[:80]!r}, wanted {', '.join(SCHEMES)}, or the address of another scheme")
    return value
