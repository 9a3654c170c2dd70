"""Records and their bytes: what JSON is a record, what its one spelling is, and how it is named (docs/format.md §3, §6)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from ledger.core.canonical import MAX_RECORD_BYTES, canonical_bytes, digest, parse_canonical
from ledger.core.dsse import RECORD_TYPE, parse_envelope
from ledger.core.evidence import Logged
from ledger.errors import FormatError, RuleError, TooLargeError
from schemas.ids import Sealed
from schemas.records import KINDS, RECORD, Record

MAX_FAULTS = 10
_SEALED = re.compile(r"sha256:[0-9a-f]{64}")
# What pydantic puts into a path for a branch of a union or a key of a mapping: no member of the input.
_BRANCHES = ("[key]", "plain")
# Kinds with members that are fractions, which Python's own printer spells in another way.
_FRACTIONS = frozenset({"source_relation"})
_PRINTER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False)


def parse_record(payload: bytes) -> Record:
    """The record that these canonical bytes are; any other spelling of it is refused."""
    return _read_printed(payload) or _read_strictly(payload)


def _read_printed(payload: bytes) -> Record | None:
    """The record whose bytes these are, if printing it gives them again, which says all at once: they are strict JSON in its
    canonical spelling, with no null and no other name of a member. Of other bytes nothing is said."""
    if len(payload) > MAX_RECORD_BYTES or b"\\u0000" in payload:
        return None
    try:
        record = RECORD.validate_json(payload)
    except ValidationError:
        return None
    members = _json(record)
    printed = canonical_bytes(members) if record.kind in _FRACTIONS else _PRINTER.encode(members).encode()
    return record if printed == payload else None


def _read_strictly(payload: bytes) -> Record:
    value = parse_canonical(payload, max_bytes=MAX_RECORD_BYTES)
    record = read_record(value)
    # A null, or a member under its Python name, would give one record two spellings.
    if _json(record) != value:
        raise FormatError("a record holds no null and no other spelling of a member", pointer=_first_null(value, ""))
    return record


def read_record(value: Any) -> Record:
    """The record that a JSON value describes; FormatError lists what is wrong and points at the first."""
    try:
        return RECORD.validate_python(value)
    except ValidationError as error:
        raise _format_error(error, value) from None


def record_bytes(record: Record) -> bytes:
    """The record's canonical bytes: what is hashed and signed."""
    data = canonical_bytes(_json(record))
    if len(data) > MAX_RECORD_BYTES:
        raise TooLargeError(f"a record of {len(data)} bytes, at most {MAX_RECORD_BYTES} are taken")
    return data


def record_id(record: Record) -> str:
    return digest(record_bytes(record))


def read_entry(index: int, entry: bytes) -> Logged:
    """The record in an entry of the log. Signatures were checked when it came in, and are by `fsck`."""
    opened = parse_envelope(entry, payload_type=RECORD_TYPE)
    return Logged(index, digest(opened.payload), parse_record(opened.payload), opened.keyids)


def sealed_digests(value: Any) -> list[str]:
    """The digest of every sealed value in a record's JSON, each once, in order."""
    return list(dict.fromkeys(_sealed(value)))


def sealed_members(value: Any, at: str = "") -> dict[str, str]:
    """The digest of every sealed value in a record's JSON by the path of its member, as in `quote.exact`."""
    if isinstance(value, dict):
        sealed = _digest_in(value)
        if sealed is not None:
            return {at: sealed}
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: dict[str, str] = {}
    for name, member in members:
        found |= sealed_members(member, f"{at}.{name}" if at else str(name))
    return found


def sealed_in(record: Record) -> list[str]:
    """The same of a record as it was read: without its JSON, which takes ten times as long to write."""
    found: dict[str, None] = {}
    _add_sealed(record, found)
    return list(found)


def _add_sealed(value: Any, found: dict[str, None]) -> None:
    if isinstance(value, Sealed):
        found[value.sealed] = None
    elif isinstance(value, BaseModel):
        for member in value.__dict__.values():
            if member is not None and type(member) is not str:
                _add_sealed(member, found)
    elif isinstance(value, Mapping):
        for member in value.values():
            _add_sealed(member, found)
    elif isinstance(value, tuple):
        for member in value:
            _add_sealed(member, found)


def open_values(value: Any, openings: Mapping[str, str]) -> Any:
    """The same JSON with each sealed value replaced by what it says, where `openings` (digest -> text) has it."""
    if isinstance(value, dict):
        sealed = _digest_in(value)
        if sealed is not None:
            return openings.get(sealed, value)
        return {name: open_values(member, openings) for name, member in value.items()}
    if isinstance(value, list):
        return [open_values(item, openings) for item in value]
    return value


def check_opened(record: Record, said: Mapping[str, str]) -> None:
    """What sealed values say (digest -> text) could stand in their places: an address is one, a name is as short."""
    if said:
        try:
            read_record(open_values(_json(record), said))
        except FormatError as error:
            raise RuleError(f"opened, {error.message}", pointer="/openings") from None


def record_json(record: Record) -> dict[str, Any]:
    """The record's members as JSON; absent ones are absent."""
    return _json(record)


def _json(record: Record) -> dict[str, Any]:
    return record.model_dump(mode="json", by_alias=True, exclude_none=True)


def _digest_in(value: dict[str, Any]) -> str | None:
    sealed = value.get("sealed")
    return sealed if len(value) == 1 and isinstance(sealed, str) and _SEALED.fullmatch(sealed) else None


def _sealed(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        found = _digest_in(value)
        if found is not None:
            yield found
            return
        for member in value.values():
            yield from _sealed(member)
    elif isinstance(value, list):
        for item in value:
            yield from _sealed(item)


def _first_null(value: Any, at: str) -> str | None:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        place = f"{at}/{_escape(name)}"
        found = place if member is None else _first_null(member, place)
        if found is not None:
            return found
    return None


# What pydantic found, in our words


def _format_error(error: ValidationError, value: Any) -> FormatError:
    faults: dict[str, str] = {}
    for fault in error.errors(include_url=False):
        faults.setdefault(_pointer(fault["type"], fault["loc"], value), _words(fault))
    lines = [f"{pointer or 'record'}: {words}" for pointer, words in faults.items()]
    if len(lines) > MAX_FAULTS:
        lines[MAX_FAULTS:] = [f"and {len(lines) - MAX_FAULTS} more"]
    return FormatError("\n".join(lines), pointer=next(iter(faults)))


def _pointer(kind: str, loc: tuple[int | str, ...], value: Any) -> str:
    """The RFC 6901 pointer of the member at fault, found by walking the input along pydantic's path."""
    if not loc:
        return "/kind" if kind in ("union_tag_invalid", "union_tag_not_found") else ""
    here, pointer = value, ""
    path = loc[1:]  # the first is the kind, which chose the shape
    for place, step in enumerate(path):
        last = place == len(path) - 1
        if isinstance(here, dict):
            if step in _BRANCHES or (step == "sealed" and not last):
                continue
            if step in here or (last and kind == "missing"):
                pointer, here = f"{pointer}/{_escape(step)}", here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            pointer, here = f"{pointer}/{step}", here[step]
    return pointer


def _words(fault: Any) -> str:
    found, context = _found(fault["input"]), fault.get("ctx", {})
    match fault["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is no member of this kind of record"
        case "union_tag_invalid" | "union_tag_not_found":
            kind = fault["input"].get("kind")
            return f"found {_found(kind)}, wanted one of {', '.join(KINDS)}"
        case "model_attributes_type" | "model_type" | "dict_type":
            return f"found {found}, wanted an object"
        case "tuple_type":
            return f"found {found}, wanted a list"
        case "value_error":
            return str(context["error"])
        case "string_pattern_mismatch":
            return f"found {found}, wanted text like {context['pattern']}"
        case "literal_error":
            return f"found {found}, wanted {context['expected']}"
        case _:
            message = fault["msg"]
            return f"found {found}: {message[:1].lower()}{message[1:]}"


def _found(value: Any) -> str:
    """What was found, short enough for a line; texts are cut so that an error is no copy of the record."""
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "...")
    if isinstance(value, dict):
        return f"an object of {len(value)} members"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return "nothing" if value is None else repr(value)


def _escape(step: int | str) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")
