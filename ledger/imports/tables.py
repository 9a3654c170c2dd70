"""Tables of text: columns by name, rows with their lines. Separated by commas, semicolons or tabs; quoted as in RFC 4180."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.core.encoding import parse_utf8
from ledger.core.normal import normal_form
from ledger.errors import FormatError
from ledger.imports.faults import Fault, did_you_mean

SEPARATORS = (",", ";", "\t")
MAX_CELL = 100_000
MAX_COLUMNS = 1_000


@dataclass(frozen=True)
class Columns:
    """What a format reads: `names`, of which `required` must be there; `aliases` are other headings for them.

    A column that is neither read nor `ignored` is a fault, since a heading with a slip would lose what stands below it;
    but not in an `open` format, whose files have many more columns than are read.
    """

    names: Sequence[str]
    required: Sequence[str]
    aliases: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    open: bool = False

    def name_of(self, heading: str) -> str:
        plain = heading.strip().casefold()
        return self.aliases.get(plain, plain)


@dataclass(frozen=True)
class Row:
    """The cells of a row that are not blank, by the name of their column, and the line on which the row begins."""

    line: int
    cells: Mapping[str, str]

    def get(self, name: str) -> str | None:
        return self.cells.get(name)


@dataclass(frozen=True)
class Table:
    rows: Sequence[Row]
    faults: Sequence[Fault]


def read_table(text: str | bytes, columns: Columns) -> Table:
    """The rows and what is wrong with others. FormatError where it is no table with these columns at all."""
    plain = text if isinstance(text, str) else parse_utf8(text, what="the table")
    plain = plain.removeprefix("\ufeff")
    separator = _separator(plain, columns)
    lines = _lines(plain, separator)
    _, headings = next(lines)
    names = [columns.name_of(heading) for heading in headings]
    faults = list(_heading_faults(headings, names, columns))
    rows: list[Row] = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            faults.append(Fault(line, f"found {len(cells)} cells, wanted {len(names)}, one for each column"))
            continue
        given = {name: _text(cell) for name, cell in zip(names, cells, strict=True) if name in columns.names and cell.strip()}
        rows.append(Row(line, given))
    return Table(rows, faults)


def _separator(text: str, columns: Columns) -> str:
    """The one that finds the wanted columns in the headings."""
    found: list[str] = []
    for separator in SEPARATORS:
        headings = next(_lines(text, separator), (1, []))[1]
        names = {columns.name_of(heading) for heading in headings}
        if names.issuperset(columns.required):
            return separator
        found = max(found, headings, key=len)
    shown = ", ".join(repr(heading.strip()[:40]) for heading in found[:20]) or "nothing"
    raise FormatError(
        f"line 1: found {shown}, wanted at least the columns {', '.join(columns.required)}",
        hint="columns are separated by commas, semicolons or tabs, and named in the first line",
    )


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each row's cells and the line on which it begins: a quoted cell may hold line ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FormatError(f"line {line}: no row of a table: {error}") from None
        if len(cells) > MAX_COLUMNS:
            raise FormatError(f"line {line}: more than {MAX_COLUMNS} cells")
        if any(len(cell) > MAX_CELL for cell in cells):
            raise FormatError(f"line {line}: a cell of more than {MAX_CELL} characters")
        yield line, cells


def _heading_faults(headings: Sequence[str], names: Sequence[str], columns: Columns) -> Iterator[Fault]:
    for place, (heading, name) in enumerate(zip(headings, names, strict=True)):
        if name in names[:place] and (name in columns.names):
            yield Fault(1, f"column {name!r} is there twice")
        if not columns.open and name not in columns.names and name not in columns.ignored:
            wanted = did_you_mean(name, columns.names) or f"; wanted {', '.join(columns.names)}"
            yield Fault(1, f"unknown column {heading.strip()[:80]!r}{wanted}")


def _text(cell: str) -> str:
    """As YAML's words: in normal form C, and with one kind of line end."""
    return normal_form(cell.strip().replace("\r\n", "\n").replace("\r", "\n"))


def unread_defaults(defaults: Mapping[str, str], columns: Columns) -> Iterator[Fault]:
    """A fault for each default of a column that the format does not have."""
    for name in defaults:
        if name not in columns.names:
            wanted = did_you_mean(name, columns.names) or f"; wanted {', '.join(columns.names)}"
            yield Fault(0, f"default of the unknown column {name[:80]!r}{wanted}")
