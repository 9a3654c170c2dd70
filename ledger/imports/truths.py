"""Tables of claims and of known truths: tab-separated, gzipped or not, columns found by their names in the header.

Blanks around a cell are no part of it. A row without a value says nothing and is passed over; one that lacks a source, an
object or an attribute is an error.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ledger.core.credibility.agreeing import Hierarchy
from ledger.core.credibility.judging import Truth
from ledger.core.credibility.table import ClaimTable, tabulate
from ledger.errors import FormatError, TooLargeError

_GZIP = b"\x1f\x8b"
_LONGEST_LINE = 1_000_000
# Tables are packed to a third or a twentieth; what is packed to less was made to fill whoever unpacks it.
_SURELY = 2 << 20
_MOST_TIMES = 30
_ROOT = "-1"


def read_claims(path: Path, *, without: Container[str] = ()) -> ClaimTable:
    """The claims of a file with columns source, object, attribute, value. Rows are numbered as they are read, not kept."""
    return tabulate(read_claim_rows(path), without=without)


def read_claim_rows(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """Source, object, attribute and value of each row."""
    for _, (source, object_, attribute, value) in _rows(path, ("source", "object", "attribute", "value")):
        yield source, object_, attribute, value


def read_truths(path: Path) -> list[Truth]:
    """The truths of a file with columns object, attribute, value and, where it has one, path (comma-separated, leaf first)."""
    return [
        Truth(row[0], row[1], row[2], tuple(name for part in row[3].split(",") if (name := part.strip())))
        for _, row in _rows(path, ("object", "attribute", "value"), "path")
    ]


def read_hierarchy(path: Path) -> Hierarchy:
    """The tree of a file with columns id, name, parent; a root's parent is -1."""
    places: dict[str, int] = {}
    names: list[str] = []
    parents: list[str] = []
    lines: list[int] = []
    for line, (node, name, parent) in _rows(path, ("id", "name", "parent")):
        if node in places:
            raise FormatError(f"{path.name}, line {line}: id {node!r} is there twice")
        places[node] = len(names)
        names.append(name)
        parents.append(parent)
        lines.append(line)
    for line, parent in zip(lines, parents, strict=True):
        if parent != _ROOT and parent not in places:
            raise FormatError(
                f"{path.name}, line {line}: parent {parent!r} is no id of this file", hint="a root's parent is -1"
            )
    return Hierarchy(names, [places.get(parent, -1) if parent != _ROOT else -1 for parent in parents])


def _rows(path: Path, wanted: Sequence[str], *optional: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and the wanted cells of each row, in the order asked for; an optional column that is not there is empty."""
    with _lines(path) as lines:
        width, places = _header(path, next(lines, (1, ""))[1], wanted, optional)
        for number, line in lines:
            if not line.strip():
                continue
            cells = line.split("\t")
            if len(cells) != width:
                raise FormatError(f"{path.name}, line {number}: found {len(cells)} columns, wanted {width} as in the header")
            row = ["" if place is None else cells[place].strip() for place in places]
            missing = [name for name, cell in zip(wanted, row, strict=False) if not cell]
            if missing == ["value"]:
                continue
            if missing:
                raise FormatError(f"{path.name}, line {number}: {missing[0]} is empty")
            yield number, row


def _header(path: Path, line: str, wanted: Sequence[str], optional: Sequence[str]) -> tuple[int, list[int | None]]:
    names = [name.strip() for name in line.removeprefix("\ufeff").split("\t")]
    for name in wanted:
        if names.count(name) != 1:
            found = "no column" if name not in names else "two columns"
            raise FormatError(
                f"{path.name}, line 1: {found} {name!r}",
                hint=f"a tab-separated header with the columns {' '.join(wanted)}, in any order; others are left alone",
            )
    return len(names), [names.index(name) if name in names else None for name in (*wanted, *optional)]


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[tuple[int, str]]]:
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        if not packed:
            yield _decoded(path, raw, None)
            return
        most = max(_SURELY, _MOST_TIMES * os.fstat(raw.fileno()).st_size)
        with gzip.open(raw) as unpacked:
            yield _decoded(path, unpacked, most)


def _decoded(path: Path, stream: IO[bytes] | gzip.GzipFile, most: int | None) -> Iterator[tuple[int, str]]:
    number = read = 0
    try:
        while line := stream.readline(_LONGEST_LINE):
            number, read = number + 1, read + len(line)
            if most is not None and read > most:
                raise TooLargeError(f"{path.name}, line {number}: unpacked it is more than {_MOST_TIMES} times as large")
            if len(line) == _LONGEST_LINE:
                raise FormatError(f"{path.name}, line {number}: longer than {_LONGEST_LINE - 1} bytes")
            yield number, line.rstrip(b"\r\n").decode()
    except UnicodeDecodeError:
        raise FormatError(f"{path.name}, line {number}: not UTF-8") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FormatError(f"{path.name}, line {number + 1}: the gzip file is damaged: {error}") from None
