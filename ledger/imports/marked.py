"""Texts of which a dossier says how they are kept: sealed under this very seal, or in plain where import would seal them.

`{sealed: sha256:...}` is a value that nobody here can open; with `salt` and `value` it is one that can be. `{plain: text}`
stays in plain. Text alone is sealed or not by the usual rule (docs/dossier.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import ValidatorFunctionWrapHandler, WrapValidator

from ledger.core.sealing import sealed_hash
from ledger.imports.yaml import Members, Words
from schemas.ids import Opening, PlainLongText, PlainName, PlainText, PlainUrl

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SALT = re.compile(r"[0-9a-f]{32}")
UNREADABLE = "[sealed]"


class Marked(str):
    """The text, and how it is kept: `digest` of its seal with the `opening` if there is one, or no digest for in plain."""

    __slots__ = ("digest", "opening")
    digest: str | None
    opening: Opening | None


@dataclass
class Kept:
    """What the marks in one record come to: its members as signed and as read, its openings, and what stays in plain."""

    signed: Any = None
    read: Any = None
    openings: dict[str, Opening] = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)


def unmark(members: Mapping[str, Any]) -> Kept:
    """The members without marks; without any mark both readings are the same."""
    kept = Kept()
    kept.signed = _signed(members, kept)
    kept.read = _read(members) if kept.openings else kept.signed
    return kept


def _signed(value: Any, kept: Kept) -> Any:
    if isinstance(value, Marked):
        if value.digest is None:
            kept.plain.add(str(value))
            return str(value)
        if value.opening is not None:
            kept.openings[value.digest] = value.opening
        return {"sealed": value.digest}
    if isinstance(value, dict):
        return {name: _signed(member, kept) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_signed(item, kept) for item in value]
    return value


def _read(value: Any) -> Any:
    if isinstance(value, Marked):
        return {"sealed": value.digest} if value.digest is not None and value.opening is None else str(value)
    if isinstance(value, dict):
        return {name: _read(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_read(item) for item in value]
    return value


def _marked(value: Any, plain: ValidatorFunctionWrapHandler) -> Any:
    if not isinstance(value, Members):
        return plain(value)
    members = {name: str(member) for name, member in value.items() if isinstance(member, Words)}
    if set(value) == {"plain"} == set(members):
        return _mark(str(plain(members["plain"])), None, None)
    if set(value) == {"sealed"} == set(members) and _DIGEST.fullmatch(members["sealed"]):
        return _mark(UNREADABLE, members["sealed"], None)
    if set(value) == {"sealed", "salt", "value"} == set(members) and _SALT.fullmatch(members["salt"]):
        text = str(plain(members["value"]))
        if sealed_hash(bytes.fromhex(members["salt"]), text) != members["sealed"]:
            raise ValueError("found a salt and a value that do not open this seal")
        return _mark(text, members["sealed"], Opening(salt=members["salt"], value=text))
    raise ValueError("found a mapping, wanted text, {plain: text}, {sealed: sha256:...}, or {sealed, salt, value}")


def _mark(text: str, digest: str | None, opening: Opening | None) -> Marked:
    mark = Marked(text)
    mark.digest, mark.opening = digest, opening
    return mark


NameWords = Annotated[PlainName, WrapValidator(_marked)]
TextWords = Annotated[PlainText, WrapValidator(_marked)]
LongWords = Annotated[PlainLongText, WrapValidator(_marked)]
UrlWords = Annotated[PlainUrl, WrapValidator(_marked)]
