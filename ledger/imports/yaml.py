"""YAML as a person means it: text, lists and mappings, each with its line. No booleans, no dates, no tags.

YAML 1.2 core without its types: `NO` is Norway, `2022` and `2025-04-28` are text, and only a shape that wants a number
makes one. Nothing (`~`, `null`, an empty value) is told from text. A member twice, a tag, a second document, deep
nesting and anchors that grow the file past its limits are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from ledger.core.encoding import parse_utf8
from ledger.core.normal import normal_form
from ledger.errors import FormatError, TooLargeError

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 12
MAX_NODES = 1_000_000
MAX_ANCHORS = 1_000

_NOTHING = frozenset(("", "~", "null", "Null", "NULL"))
# The C scanner is an order of magnitude faster; both give the same events with the same marks.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Words(str):
    """The text of a scalar, in Unicode normal form C, and its line."""

    __slots__ = ("line",)
    line: int


class Nothing:
    """A scalar that says nothing, and its line."""

    __slots__ = ("line",)

    def __init__(self, line: int) -> None:
        self.line = line


class Items(list["Node"]):
    """A list and the line it begins at."""

    __slots__ = ("line",)
    line: int


class Members(dict[str, "Node"]):
    """A mapping, the line it begins at, and the line of each member's name."""

    __slots__ = ("line", "lines")
    line: int
    lines: dict[str, int]


Node = Words | Nothing | Items | Members


def parse_yaml(data: bytes | str) -> Node:
    """The one document in the text. FormatError for anything else, with the line."""
    text = data if isinstance(data, str) else parse_utf8(data, what="YAML")
    if len(text) > MAX_BYTES:
        raise TooLargeError(f"{len(text)} characters of YAML, at most {MAX_BYTES} are taken")
    try:
        return _Composer(yaml.parse(text.removeprefix("\ufeff"), Loader=_LOADER)).document()
    except yaml.YAMLError as error:
        raise FormatError(_reason(error)) from None
    except UnicodeEncodeError:
        raise FormatError("not YAML: text holds half a surrogate pair") from None


class _Composer:
    """Builds nodes from events, so that every limit holds before memory is spent."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._nodes = 0

    def document(self) -> Node:
        next(self._events)  # the stream begins
        begin = next(self._events)
        if isinstance(begin, yaml.StreamEndEvent):
            raise FormatError("line 1: found nothing, wanted a document")
        node = self._node(next(self._events), 0)
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise FormatError(f"line {_line(after)}: found a second document, wanted one")
        return node

    def _node(self, event: Any, depth: int) -> Node:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            return self._again(str(event.anchor), line)
        if event.tag is not None:
            raise FormatError(f"line {line}: found the tag {event.tag[:80]!r}, wanted plain YAML without tags")
        if depth > MAX_DEPTH:
            raise FormatError(f"line {line}: nested deeper than {MAX_DEPTH}")
        before = self._nodes
        self._count(1, line)
        node = self._build(event, depth, line)
        if event.anchor is not None:
            self._name(event.anchor, node, self._nodes - before, line)
        return node

    def _build(self, event: Any, depth: int, line: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(depth, line)
        return self._mapping(depth, line)

    def _list(self, depth: int, line: int) -> Items:
        items = Items()
        items.line = line
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return items

    def _mapping(self, depth: int, line: int) -> Members:
        members = Members()
        members.line, members.lines = line, {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            at = _line(event)
            name = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(name, Words):
                raise FormatError(f"line {at}: found {kind_of(name)} as the name of a member, wanted text")
            if name in members:
                raise FormatError(f"line {at}: member {name[:80]!r} is there twice, first on line {members.lines[name]}")
            members[str(name)] = value
            members.lines[str(name)] = at
        return members

    def _name(self, anchor: str, node: Node, size: int, line: int) -> None:
        if len(self._anchors) >= MAX_ANCHORS:
            raise FormatError(f"line {line}: more than {MAX_ANCHORS} anchors")
        self._anchors[anchor] = (node, size)

    def _again(self, anchor: str, line: int) -> Node:
        """What the anchor names, counted once more in full: a few lines must not grow into millions of nodes."""
        if anchor not in self._anchors:
            raise FormatError(f"line {line}: found the alias {anchor[:80]!r}, wanted an anchor before it")
        node, size = self._anchors[anchor]
        self._count(size, line)
        return node

    def _count(self, nodes: int, line: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise TooLargeError(f"line {line}: more than {MAX_NODES} values")


def kind_of(value: object) -> str:
    """What a person sees there: nothing, text, a list or a mapping."""
    if isinstance(value, Nothing) or value is None:
        return "nothing"
    if isinstance(value, str):
        return repr(value[:80])
    return "a list" if isinstance(value, list | tuple) else "a mapping"


def _scalar(event: Any, line: int) -> Words | Nothing:
    if event.implicit[0] and event.value in _NOTHING:
        return Nothing(line)
    # A block ends in a line break that nobody meant to say.
    text = event.value.rstrip("\n") if event.style in ("|", ">") else event.value
    try:
        words = Words(normal_form(text))
    except FormatError as error:
        raise FormatError(f"line {line}: {error.message}") from None
    words.line = line
    return words


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _reason(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: not YAML: {error.problem}"
    return f"not YAML: {str(error).splitlines()[0][:200] if str(error) else 'unreadable'}"
