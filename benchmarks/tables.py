"""`python -m benchmarks.tables LEDGER`: what each table of a ledger takes on disk, its indexes too, for one record.

LEDGER is a file or a database URL. Nothing is written. What it comes to at other sizes is in proportion, which is right for all
that grows by the record; docs/scale.md says what does not.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich import box
from rich.console import Console
from rich.table import Table

from ledger.store.tables import metadata

KEPT = ("entry", "tile", "checkpoint", "checkpoint_note", "cosignature", "opening", "erased")
ONE_ROW = ("head", "scrubbing", "standing_progress", "hook")
AT = (10**6, 10**8, 10**10)
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")

_OF_POSTGRESQL = """
SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
"""
# Pages by the table that they belong to, and whether that is the table itself. Full text has tables of its own inside.
_OF_SQLITE = """
SELECT CASE WHEN t.tbl_name LIKE 'search%' THEN 'search' ELSE t.tbl_name END, t.type = 'table', sum(s.pgsize)
FROM dbstat s JOIN sqlite_schema t ON t.name = s.name WHERE s.aggregate = 1 GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Taken:
    """Bytes of a table's own rows and of its indexes. Where a table is an index itself, as in SQLite, all are rows."""

    rows: int
    indexes: int

    @property
    def all(self) -> int:
        return self.rows + self.indexes


def measured(ledger: str) -> tuple[int, int, Mapping[str, Taken]]:
    """Entries, the bytes of their envelopes, and what each table takes."""
    if "://" in ledger:
        with psycopg.connect(ledger) as connection:
            taken = {name: Taken(rows, indexes) for name, rows, indexes in connection.execute(_OF_POSTGRESQL)}
            found = connection.execute("SELECT count(*), sum(length(envelope))::bigint FROM entry").fetchone()
    else:
        database = sqlite3.connect(f"file:{Path(ledger).resolve()}?mode=ro", uri=True)
        pages: dict[str, list[int]] = {}
        for name, is_rows, size in database.execute(_OF_SQLITE):
            pages.setdefault(name, [0, 0])[0 if is_rows else 1] += size
        taken = {name: Taken(rows, indexes) for name, (rows, indexes) in pages.items()}
        found = database.execute("SELECT count(*), sum(length(envelope)) FROM entry").fetchone()
        database.close()
    assert found is not None, "a count is one row"
    known = {*metadata.tables, "search"} - {*ONE_ROW}
    return found[0], found[1], {name: one for name, one in taken.items() if name in known}


def print_size(number: float) -> str:
    unit = 0
    while number >= 1_000 and unit < len(_UNITS) - 1:
        number, unit = number / 1_000, unit + 1
    return f"{number:.3g} {_UNITS[unit]}" if number < 999.5 else f"{number:,.0f} {_UNITS[unit]}"


def table_of(entries: int, envelopes: int, taken: Mapping[str, Taken], at: Sequence[int] = AT) -> Table:
    columns = ("table", "kept", "rows", "indexes", "both", *(f"at {size:,}" for size in at))
    table = Table(*columns, box=box.MARKDOWN, title=f"{entries:,} records, envelopes {envelopes / entries:,.0f} bytes each")
    for column in table.columns[2:]:
        column.justify = "right"

    def line(name: str, kept: str, rows: int, indexes: int) -> None:
        both = rows + indexes
        each = (f"{part / entries:,.0f}" for part in (rows, indexes, both))
        table.add_row(name, kept, *each, *(print_size(both / entries * size) for size in at))

    for name, one in sorted(taken.items(), key=lambda item: -item[1].all):
        if one.all / entries >= 0.5:
            line(name, "kept" if name in KEPT else "", one.rows, one.indexes)
    for name, some in (("kept", [taken[one] for one in KEPT if one in taken]), ("all", [*taken.values()])):
        line(f"**{name}**", "", sum(one.rows for one in some), sum(one.indexes for one in some))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("ledger")
    Console(width=128).print(table_of(*measured(parser.parse_args().ledger)))


if __name__ == "__main__":
    main()
