"""Values and their canonical bytes (RFC 8785), strict JSON, digests.

Strict JSON has one reading: no member twice, no number that a double cannot hold, no text that UTF-8 or a
database cannot hold, no nesting that a recursive reader cannot follow.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import rfc8785

from ledger.core.encoding import parse_utf8
from ledger.errors import FormatError, TooLargeError

MAX_RECORD_BYTES = 48_128
MAX_ENTRY_BYTES = 65_535
MAX_SAFE_INT = 2**53 - 1

MAX_VALUES = 1_000_000
MAX_MEMBERS = 10_000

# A string that never ends is one token too, so that the scan stays linear on hostile bytes.
_STRING_OR_MARK = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
_PLAIN_FRACTION = re.compile(r"-?[0-9]+\.[0-9]+")
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def canonical_bytes(value: Any) -> bytes:
    """The one spelling of a JSON value: RFC 8785."""
    try:
        data = _spelt(value)
    except RecursionError:
        raise FormatError("nested too deep to print") from None
    except (ValueError, TypeError) as error:
        raise FormatError(f"no canonical JSON: {_reason(error)}") from None
    if b"\\u0000" in data:
        _refuse_faults(value)
    return data


def _spelt(value: Any) -> bytes:
    """By Python's own printer, which is many times as quick, as far as that spells it alike."""
    try:
        return _printed(value if _is_plain(value) else _respelt(value))
    except _OtherSpelling:
        return bytes(rfc8785.dumps(value))


class _OtherSpelling(Exception):
    """Python's printer spells something in this value otherwise than RFC 8785."""


def _respelt(value: Any) -> Any:
    """The same value, made of what Python's printer spells as RFC 8785 does: 1.0 becomes 1."""
    kind = type(value)
    if kind is float:
        return _respelt_number(value)
    if kind is dict and all(type(name) is str and name.isascii() for name in value):
        return {name: _respelt(member) for name, member in value.items()}
    if kind is list or kind is tuple:
        return [_respelt(member) for member in value]
    if not _is_plain(value):
        raise _OtherSpelling
    return value


def _respelt_number(value: float) -> float:
    if value.is_integer() and abs(value) <= MAX_SAFE_INT:
        return int(value)
    # Both print the shortest digits that give the number again, and differ in when an exponent is written.
    if value.is_integer() or not _PLAIN_FRACTION.fullmatch(repr(value)):
        raise _OtherSpelling
    return value


def _is_plain(value: Any) -> bool:
    """Whether Python's own printer has the same spelling for this as it is: no fractions, whole numbers
    that a double holds, names of members that sort by their characters as by UTF-16."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-MAX_SAFE_INT <= value <= MAX_SAFE_INT)
    if kind is dict:
        return all(type(name) is str and name.isascii() and _is_plain(member) for name, member in value.items())
    return (kind is list or kind is tuple) and all(map(_is_plain, value))


def _printed(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parse_json(data: bytes, *, max_bytes: int, max_depth: int = 32, max_values: int = MAX_VALUES) -> Any:
    """The value of strict JSON; `pointer` of the error says where it is at fault, if it is JSON at all.

    Few bytes can hold many values, and each costs whoever reads it far more than its bytes: so they are counted first.
    """
    if len(data) > max_bytes:
        raise TooLargeError(f"{len(data)} bytes, at most {max_bytes} are taken")
    text = parse_utf8(data, what="JSON")
    if text.startswith("\ufeff"):
        raise FormatError("JSON starts with a byte order mark")
    _refuse_bulk(text, max_depth, max_values)
    reader = _Reader()
    value = reader.read(text)
    # NUL and lone surrogates can only come out of \u escapes: raw ones are no JSON, or no UTF-8.
    if reader.faulty or "\\u" in text:
        _refuse_faults(value)
    return value


def parse_canonical(data: bytes, *, max_bytes: int, max_depth: int = 32) -> Any:
    """The value of strict JSON that is already in its canonical bytes."""
    value = parse_json(data, max_bytes=max_bytes, max_depth=max_depth)
    if canonical_bytes(value) != data:
        raise FormatError("not canonical JSON", hint="print it as RFC 8785 (JCS) says")
    return value


def digest(data: bytes) -> str:
    """`sha256:` and 64 hex digits: how bytes are named."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


class _Fault:
    """Stands where a refused part was read, until its place is known."""

    def __init__(self, message: str, member: str | None = None) -> None:
        self.message = message
        self.member = member


class _Reader:
    """Reads JSON and leaves a fault in the place of each part that strict JSON refuses."""

    def __init__(self) -> None:
        self.faulty = False

    def read(self, text: str) -> Any:
        try:
            return json.loads(
                text,
                object_pairs_hook=self._members,
                parse_int=self._int,
                parse_float=self._float,
                parse_constant=self._constant,
            )
        except json.JSONDecodeError as error:
            raise FormatError(f"not JSON: {error.msg} at character {error.pos}") from None

    def _fault(self, message: str, member: str | None = None) -> _Fault:
        self.faulty = True
        return _Fault(message, member)

    def _members(self, pairs: list[tuple[str, Any]]) -> Any:
        if len(pairs) > MAX_MEMBERS:
            return self._fault(f"an object of more than {MAX_MEMBERS} members")
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                return self._fault("a member is there twice", name)
            seen.add(name)
        raise AssertionError("fewer members than pairs, but none twice")

    def _int(self, digits: str) -> Any:
        # Length first: int() of very many digits is refused by Python, and slow before that.
        if len(digits) > 17 or abs(int(digits)) > MAX_SAFE_INT:
            return self._fault("a whole number past 2^53 - 1")
        return int(digits)

    def _float(self, digits: str) -> Any:
        number = float(digits)
        return number if math.isfinite(number) else self._fault("a number too large for a double")

    def _constant(self, name: str) -> Any:
        return self._fault(f"{name} is no JSON number")


def _refuse_bulk(text: str, max_depth: int, max_values: int) -> None:
    """At most so deep, and at most so many values: one for each comma and each bracket that opens."""
    opening = text.count("[") + text.count("{")
    if opening <= max_depth and opening + text.count(",") <= max_values:
        return
    depth = values = 0
    for match in _STRING_OR_MARK.finditer(text):
        token = match.group()
        if token in "[{,":
            values += 1
            if values > max_values:
                raise TooLargeError(f"more than {max_values} values")
        if token in "[{":
            depth += 1
            if depth > max_depth:
                raise FormatError(f"nested deeper than {max_depth}")
        elif token in "]}":
            depth -= 1


def _refuse_faults(value: Any) -> None:
    for path, message in _faults(value, ()):
        pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
        raise FormatError(message, pointer=pointer)


def _faults(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, _Fault):
        tail = () if value.member is None else (_printable(value.member),)
        yield path + tail, value.message
    elif isinstance(value, str):
        if _UNFIT.search(value):
            yield path, "text holds U+0000 or half a surrogate pair"
    elif isinstance(value, dict):
        for name, member in value.items():
            if _UNFIT.search(name):
                yield (*path, _printable(name)), "a member's name holds U+0000 or half a surrogate pair"
            yield from _faults(member, (*path, _printable(name)))
    elif isinstance(value, list | tuple):
        for number, element in enumerate(value):
            yield from _faults(element, (*path, str(number)))


def _printable(name: str) -> str:
    """A member's name that can be shown and sent, whatever it holds."""
    return _UNFIT.sub("\ufffd", name)[:100]


def _reason(error: Exception) -> str:
    if isinstance(error, rfc8785.IntegerDomainError):
        return "a whole number past 2^53 - 1"
    if isinstance(error, rfc8785.FloatDomainError):
        return "a number that is not finite"
    if isinstance(error, UnicodeEncodeError):
        return "text holds half a surrogate pair"
    return str(error)[:200]
