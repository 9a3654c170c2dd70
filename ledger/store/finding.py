"""The index that search uses, held against the rows that were put into it: each back end has an index of its own kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from sqlalchemy import Connection, text

from ledger.core.search import All, Expression, Term

Row = tuple[int, str, Sequence[str], Sequence[str]]
_ASKED_TERMS = 3
# As the index of SQLite takes them, which leaves every other letter as it is.
_FOLDED = str.maketrans(ascii_uppercase, ascii_lowercase)

# The index itself, read from its beginning to its end: what stands in it under which row. The table that shows it lives in
# this connection alone, and nothing is written for it.
_SHOWN = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_index USING fts5vocab(main, search, instance)"
_INDEXED = "SELECT doc, col, group_concat(term, ' ') FROM temp.search_index GROUP BY doc, col ORDER BY doc"

# LIMIT: each row is looked for by itself, through the index on words. The sum is no index, so that no other is taken.
_FOUND = """
SELECT asked.number
FROM unnest(CAST(:numbers AS bigint[]), CAST(:kinds AS text[]), CAST(:words AS text[])) AS asked (number, kind, words)
CROSS JOIN LATERAL (
    SELECT 1 FROM search
    WHERE search.words @@ CAST(asked.words AS tsquery) AND search.kind = asked.kind AND search."index" + 0 = asked.number
    LIMIT 1
) AS found
"""


class SqliteFinder:
    """Keeps to the order of rows, as the index is read along with them."""

    def __init__(self, connection: Connection) -> None:
        connection.exec_driver_sql(_SHOWN)
        self._parts = iter(connection.execute(text(_INDEXED), execution_options={"yield_per": 500}))
        self._next: Any = next(self._parts, None)

    def unfound(self, rows: Sequence[Row]) -> list[int]:
        return [row[0] for row in rows if self._indexed(row[0]) != _as_indexed(row)]

    def _indexed(self, index: int) -> dict[str, frozenset[str]]:
        """What the index has for this row, by column; what it has for rows before it is passed over."""
        found = {}
        for doc, column, terms in self._upto(index):
            if doc == index:
                found[column] = frozenset(terms.split(" "))
        return found

    def _upto(self, index: int) -> Iterator[tuple[int, str, str]]:
        while self._next is not None and self._next[0] <= index:
            yield self._next
            self._next = next(self._parts, None)


def _as_indexed(row: Row) -> dict[str, frozenset[str]]:
    _, kind, words, languages = row
    columns = {"kind": str(kind).split(), "words": words, "languages": languages}
    return {name: _folded(held) for name, held in columns.items() if held}


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(" ".join(words).translate(_FOLDED).split(" "))


class PostgresqlFinder:
    """Asks for each row by those of its words that tell texts apart best: the longest."""

    def __init__(self, connection: Connection, spelt: Callable[[Expression], str]) -> None:
        self._connection = connection
        self._spelt = spelt

    def unfound(self, rows: Sequence[Row]) -> list[int]:
        worded = [row for row in rows if row[2]]
        if not worded:
            return []
        numbers = [index for index, *_ in worded]
        asked = {
            "numbers": numbers,
            "kinds": [kind for _, kind, *_ in worded],
            "words": [self._spelt(All(tuple(map(Term, sorted(words, key=len)[-_ASKED_TERMS:])))) for _, _, words, _ in worded],
        }
        found = set(self._connection.scalars(text(_FOUND), asked))
        return [index for index in numbers if index not in found]
