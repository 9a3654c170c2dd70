"""What a table says, as a dossier: the same members, the same shapes, the same faults, expanded by the same road.

A table may be longer than a dossier. It is cut between rows into dossiers that each hold together by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.imports.expand import MAX_RECORDS, survey
from ledger.imports.faults import Fault, refuse
from ledger.imports.reading import VERSION, Dossier, read_members
from ledger.imports.yaml import Items, Members, Node, Words

BATCH = 1_000
_ROUNDS = 20
_LINE = re.compile(r"^line ([0-9]+): ", re.MULTILINE)


@dataclass
class Piece:
    """What one row says, with every source, claim and document that it names. The members are those of a dossier."""

    line: int
    sources: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    claims: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    documents: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    relations: list[Mapping[str, Any]] = field(default_factory=list)
    reports: list[Mapping[str, Any]] = field(default_factory=list)
    assessments: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """At most so many records come of it."""
        # A link is a statement and a hop, and an unseen document where the first has none.
        told = sum(len(report.get("claims", ("one",))) * 2 * len(report["chain"]) + 1 for report in self.reports)
        return (
            len(self.sources) + 2 * len(self.claims) + len(self.documents) + len(self.relations) + len(self.assessments) + told
        )


@dataclass(frozen=True)
class Sheet:
    """All rows of a table, what is wrong with it, what is odd about it, and what it comes to. `unit` is what a row stands
    for. Where `places` are given, "line 3" means the third of them. `left_out` is what has no place in a record."""

    pieces: Sequence[Piece]
    unit: str
    faults: Sequence[Fault] = ()
    warnings: Sequence[Fault] = ()
    counted: str | None = None
    places: Sequence[str] = ()
    left_out: Sequence[str] = ()

    def placed(self, message: str) -> str:
        """The message with the names of places for their numbers."""
        return _LINE.sub(lambda found: self._place(int(found.group(1)), found.group()), message) if self.places else message

    def _place(self, number: int, otherwise: str) -> str:
        return f"{self.places[number - 1]}: " if 0 < number <= len(self.places) else otherwise


@dataclass(frozen=True)
class Part:
    """A dossier of some rows of the table, from and to these lines."""

    dossier: Dossier
    rows: int
    first: int
    last: int


class Gathered:
    """Things that several rows tell of, by a key: each row may add to what the others say, and none may say otherwise."""

    def __init__(self, faults: list[Fault]) -> None:
        self._faults = faults
        self._things: dict[str, dict[str, Any]] = {}
        self._lines: dict[tuple[str, str], int] = {}

    def add(self, key: str, shown: str, members: Mapping[str, Any], line: int) -> dict[str, Any]:
        """The thing, to which later rows may still add. Members that are None say nothing."""
        thing = self._things.setdefault(key, {})
        for name, value in members.items():
            if value is None:
                continue
            first = self._lines.setdefault((key, name), line)
            if thing.setdefault(name, value) != value:
                said = f"{name} of {shown[:80]!r} is {_shown(value)} here and {_shown(thing[name])} on line {first}"
                self._faults.append(Fault(line, said))
        return thing

    def complete(self, usual: Mapping[str, Mapping[str, Any]]) -> None:
        """What nobody said of a thing is what is usual for it."""
        for key, members in usual.items():
            for name, value in members.items():
                self._things[key].setdefault(name, value)


def _shown(value: Any) -> str:
    return repr(value[:80]) if isinstance(value, str) else str(value)[:80]


def parts(sheet: Sheet) -> list[Part]:
    """The table in one part if it makes at most 10,000 records, else in parts of at most 1,000, or of one row.

    FormatError lists every bad line of the whole table.
    """
    cut = [_part(pieces) for pieces in _batches(sheet.pieces)]
    faults, ids = list(sheet.faults), set[str]()
    for part in cut:
        wrong, found = survey(part.dossier)
        faults += wrong
        ids.update(found)
    refuse(faults)
    whole = len(cut) > 1 and len(ids) <= MAX_RECORDS
    return [_part(sheet.pieces)] if whole else cut


def without_bad(read: Callable[[Collection[int]], Sheet]) -> tuple[Sheet, list[Fault]]:
    """The sheet that `read` gives without the rows that have faults, and these faults. FormatError for those that are no row's.

    It is read anew each time: what a bad row tells of a source or document must not stay with the good ones.
    """
    skipped: list[Fault] = []
    bad: set[int] = set()
    for _ in range(_ROUNDS):
        sheet = read(bad)
        wrong = [*sheet.faults, *(fault for batch in _batches(sheet.pieces) for fault in survey(_part(batch).dossier)[0])]
        refuse(fault for fault in wrong if fault.line == 0)
        if not wrong:
            break
        skipped += wrong
        bad.update(fault.line for fault in wrong)
    else:
        refuse(wrong)
    return sheet, sorted(set(skipped))


def _batches(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    batch: list[Piece] = []
    weight = 0
    for piece in pieces:
        if batch and weight + piece.weight > BATCH:
            yield batch
            batch, weight = [], 0
        batch.append(piece)
        weight += piece.weight
    if batch:
        yield batch


def _part(pieces: Sequence[Piece]) -> Part:
    root = Members(dossier=_node(VERSION, 1))
    for name in ("sources", "claims", "documents"):
        root[name] = _items(_once(pieces, name))
    for name in ("relations", "reports", "assessments"):
        root[name] = _items([(piece.line, members) for piece in pieces for members in getattr(piece, name)])
    root.line, root.lines = 1, dict.fromkeys(root, 1)
    return Part(read_members(root), len(pieces), pieces[0].line, pieces[-1].line)


def _once(pieces: Sequence[Piece], name: str) -> list[tuple[int, Mapping[str, Any]]]:
    """Each by its id, as the first row that names it says it."""
    found: dict[str, tuple[int, Mapping[str, Any]]] = {}
    for piece in pieces:
        for key, members in getattr(piece, name).items():
            found.setdefault(key, (piece.line, {"id": key, **members}))
    return list(found.values())


def _items(members: Sequence[tuple[int, Mapping[str, Any]]]) -> Items:
    items = Items(_node(one, line) for line, one in members)
    items.line = 1
    return items


def _node(value: Any, line: int) -> Node:
    """The value as a reader of YAML would have found it on this line; members that nobody gave are left out."""
    if isinstance(value, Mapping):
        members = Members((name, _node(item, line)) for name, item in value.items() if item is not None)
        members.line, members.lines = line, dict.fromkeys(members, line)
        return members
    if isinstance(value, list | tuple):
        items = Items(_node(item, line) for item in value)
        items.line = line
        return items
    words = Words(value)
    words.line = line
    return words
