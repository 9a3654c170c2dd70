"""JSON-LD of schema.org as it is found: a JSON file, or the script blocks of a page. What is in it that speaks of claims.

Names are read as schema.org's, without a context being fetched or applied. A page is scanned for its script blocks alone, in
time that grows with its length: the standard library's parser takes minutes for 100 kB of tags that never end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.core.canonical import parse_json
from ledger.core.encoding import parse_utf8
from ledger.errors import FormatError, TooLargeError

MAX_BYTES = 32 << 20
MAX_DEPTH = 24
MAX_BLOCKS = 1_000
MAX_FOUND = 100_000
WANTED = ("ClaimReview", "Claim")
_CONTAINERS = frozenset(("DataFeed", "DataFeedItem", "ItemList", "ListItem", "CollectionPage"))

_NEAR_THE_TOP = 2
"""Further down, what is neither review nor claim is part of something else."""

_TAG = re.compile(r"<(?:(!--)|([A-Za-z][A-Za-z0-9:-]{0,63}))")
_ATTRIBUTES = re.compile(r"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+>""")
_LD = re.compile(r"""(?:^|\s)type\s*=\s*["']?\s*application/ld\+json\s*(?:;[^"'>]*)?["'\s>]""", re.IGNORECASE)
_RAW = frozenset(("script", "style", "textarea", "title", "iframe", "noframes", "xmp"))
"""Elements in which a tag is text, up to their own end."""


@dataclass(frozen=True)
class Found:
    """An object of a wanted type and where it stands; `kind` is its type."""

    kind: str
    place: str
    members: Mapping[str, Any]


@dataclass
class Linked:
    """What was found, in the order of the file; objects by their `@id`; what was passed over, in words."""

    found: list[Found] = field(default_factory=list)
    by_id: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def read(data: str | bytes) -> Linked:
    """Every ClaimReview, and every Claim outside of one. FormatError where that is no JSON, no page, or speaks of none."""
    text = data if isinstance(data, str) else parse_utf8(data, what="the file")
    if len(text) > MAX_BYTES:
        raise TooLargeError(f"{len(text)} characters, at most {MAX_BYTES} are taken")
    text = text.removeprefix("\ufeff")
    linked = Linked()
    others: dict[str, int] = {}
    for place, value in _page(text, linked) if text.lstrip().startswith("<") else [("", _json(text, "the file"))]:
        _check_context(value, place)
        for found in _walk(value, place, others):
            linked.found.append(found)
            if len(linked.found) > MAX_FOUND:
                raise TooLargeError(f"more than {MAX_FOUND} claims and reviews")
        _name_all(value, linked.by_id)
    if others:
        shown = ", ".join(f"{count} {name[:80]}" for name, count in sorted(others.items())[:20])
        linked.left_out.append(f"left out, being neither ClaimReview nor Claim: {shown}")
    if not linked.found:
        what = f"found {', '.join(sorted(others)[:10])}" if others else "found nothing of schema.org's types"
        raise FormatError(f"{what}, wanted a ClaimReview", hint="a JSON-LD file, or a page with JSON-LD in it")
    return linked


def type_of(members: Mapping[str, Any]) -> str:
    """The object's type without schema.org's address; of several, the one that is wanted, else the first."""
    given = members.get("@type")
    names = [re.split(r"[/#:]", name)[-1] for name in (given if isinstance(given, list) else [given]) if isinstance(name, str)]
    return next((name for name in names if name in WANTED), names[0] if names else "")


def _json(text: str, what: str) -> Any:
    try:
        return parse_json(text.encode("utf-8", "replace"), max_bytes=4 * MAX_BYTES, max_depth=MAX_DEPTH)
    except FormatError as error:
        error.message = f"{what}: {error.message}"
        raise


def _page(text: str, linked: Linked) -> Iterator[tuple[str, Any]]:
    """The value of each script block of JSON-LD. A block that is no JSON is passed over, unless it speaks of a ClaimReview."""
    count = 0
    for line, block in _scripts(text):
        count += 1
        if count > MAX_BLOCKS:
            raise TooLargeError(f"more than {MAX_BLOCKS} blocks of JSON-LD in one page")
        place = f"block {count} on line {line}"
        try:
            yield f"{place} ", _json(block, place)
        except FormatError as error:
            if "ClaimReview" in block:
                raise
            linked.left_out.append(f"left out: {error.message}")
    if not count:
        raise FormatError("found a page without JSON-LD, wanted a ClaimReview", hint='<script type="application/ld+json">')


def _scripts(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of each script of JSON-LD. What never ends, as a comment or a quoted value, runs to the end of the page."""
    here, line, counted = 0, 1, 0
    while (tag := _TAG.search(text, here)) is not None:
        if tag.group(1):
            end = text.find("-->", tag.end())
            if end < 0:
                return
            here = end + 3
            continue
        attributes = _ATTRIBUTES.match(text, tag.end())
        if attributes is None:
            return
        here = attributes.end()
        name = tag.group(2).lower()
        if name in _RAW:
            closing = re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE).search(text, here)
            if closing is None:
                return
            if name == "script" and _LD.search(attributes.group()):
                line, counted = line + text.count("\n", counted, here), here
                yield line, text[here : closing.start()].strip()
            here = closing.end()


def _check_context(value: Any, place: str) -> None:
    """Another vocabulary may use these very words for something else."""
    context = value.get("@context") if isinstance(value, dict) else None
    if context is not None and "schema.org" not in json.dumps(context):
        raise FormatError(f"{place.strip()}/@context: found {json.dumps(context)[:80]}, wanted https://schema.org")


def _walk(value: Any, place: str, others: dict[str, int]) -> Iterator[Found]:
    """Depth is bounded by `parse_json`."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _walk(item, f"{place}/{number}", others)
    elif isinstance(value, dict):
        kind = type_of(value)
        if kind in WANTED and not _is_reference(value):
            yield Found(kind, place.strip() or "/", value)
            return
        inner = [found for name, item in value.items() for found in _walk(item, f"{place}/{name}", others)]
        yield from inner
        if kind and kind not in _CONTAINERS and not inner and place.count("/") <= _NEAR_THE_TOP:
            others[kind] = others.get(kind, 0) + 1


def _is_reference(members: Mapping[str, Any]) -> bool:
    return "@id" in members and members.keys() <= {"@id", "@type"}


def _name_all(value: Any, by_id: dict[str, Mapping[str, Any]]) -> None:
    if isinstance(value, dict):
        if isinstance(value.get("@id"), str) and not _is_reference(value):
            by_id.setdefault(value["@id"], value)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _name_all(item, by_id)
