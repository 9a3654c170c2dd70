"""How many claims hold each term: counted as they come and go, so that nobody has to read them to find out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete

from ledger.core.clues import COUNTED, counted_terms
from ledger.store import tables
from ledger.store.backend import WordsRow
from ledger.store.conflicts import insert_or

_HELD = tables.term_count.c


def counts_of(rows: Iterable[WordsRow]) -> Counter[str]:
    """How many claims among these rows hold each counted term."""
    return Counter(term for row in rows if row.kind == COUNTED for term in counted_terms(row.words))


def add_counts(connection: Connection, more: Mapping[str, int]) -> None:
    """So many claims more hold these terms, or fewer; what none holds is not there any more."""
    changed = sorted((term, number) for term, number in more.items() if number)
    if not changed:
        return
    adding = insert_or(connection, tables.term_count)
    adding = adding.on_conflict_do_update(index_elements=["term"], set_={"claims": _HELD.claims + adding.excluded.claims})
    connection.execute(adding, [{"term": term, "claims": number} for term, number in changed])
    fewer = [term for term, number in changed if number < 0]
    for start in range(0, len(fewer), 1_000):
        gone = (_HELD.term.in_(fewer[start : start + 1_000]), _HELD.claims <= 0)
        connection.execute(delete(tables.term_count).where(*gone))
