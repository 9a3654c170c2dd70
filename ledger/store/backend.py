"""What differs between databases: how to reach one, how to begin, how to look up words, what its errors mean.

Everything else is said once, in reading.py, writing.py and sql.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table
from sqlalchemy.exc import SQLAlchemyError

from ledger.core.clues import Weights
from ledger.core.search import All, AnyOf, But, Expression, Term
from ledger.errors import StoreError
from ledger.store.asking import Driver, Hot
from ledger.store.protocol import Finder
from ledger.store.rows import Durability, Following
from ledger.store.words import words_of

# Of so many that fit, the newest, it is worked out how much they hold.
WEIGHED = 1_000


Cells = tuple[object, ...]
"""A row's values in the order of its table's columns, as the driver takes them."""


@cache
def insert_text(table: Table, mark: str) -> str:
    """The statement that inserts a row; `mark` stands for a value."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    return f'INSERT INTO "{table.name}" ({columns}) VALUES ({", ".join([mark] * len(table.columns))})'  # noqa: S608


@dataclass(frozen=True, slots=True)
class WordsRow:
    """What may be found by words: the record at `index`. Words and languages are sorted and distinct."""

    index: int
    kind: str
    words: Sequence[str]
    languages: Sequence[str]


def expression_of(terms: Sequence[str] | Expression) -> Expression | None:
    """What an index is asked for, its words spelt as it took them; None where nothing is asked of it."""
    if isinstance(terms, Term):
        words = words_of([terms.word])
        return Term(words[0], terms.opens) if len(words) == 1 else All(tuple(map(Term, words)))
    if isinstance(terms, All | AnyOf):
        parts = tuple(part for part in map(expression_of, terms.parts) if part is not None)
        return type(terms)(parts) if parts else None
    if isinstance(terms, But):
        wanted, unwanted = expression_of(terms.wanted), expression_of(terms.unwanted)
        return wanted if wanted is None or unwanted is None else But(wanted, unwanted)
    return All(tuple(map(Term, words))) if (words := words_of(terms)) else None


class Backend(Protocol):
    """A database of one kind at one place. `name` is safe to show: it holds no password."""

    name: str
    engine: Engine
    driver: Driver
    leaves_nothing_open: bool
    """Whether a question that was asked of the driver is over once it is answered, without a transaction to be ended."""
    head_locked: Hot
    """The question for the head by whoever will write: no other writer moves it meanwhile."""
    reading: Mapping[str, Any]
    """Execution options of a connection that sees one state, the newest at its first question."""
    writing: Mapping[str, Any]
    """Execution options of a connection that will take the writer's place in line."""

    def make(self, build: Callable[[Connection], None]) -> None:
        """A new ledger, whole or not at all, by what `build` does. ConflictError if there is something already."""

    def in_line(self) -> AbstractContextManager[None]:
        """Held around every writing transaction: the line within this process, where the database's own is unfair."""

    def take_time(self, connection: Connection) -> None:
        """Long statements are meant, within this transaction."""

    def fill(self, connection: Connection, table: Table, rows: Sequence[Cells]) -> None:
        """New rows, each with a value for every column in the table's order; one statement, however many they are."""

    def add_words(self, connection: Connection, rows: Sequence[WordsRow]) -> None: ...

    def drop_words(self, connection: Connection, indexes: Sequence[int]) -> None: ...

    def forget_words(self, connection: Connection) -> None:
        """What was dropped leaves no trace in the index either."""

    def clear_words(self, connection: Connection) -> None: ...

    def settle_words(self, connection: Connection) -> None:
        """After many were added at once: searches find them as quickly as if they had come one after the other."""

    def having_words(self, kind: str, wanted: Expression | None, lang: str | None, below: int, limit: int) -> Select[int]:
        """Indexes below `below`, newest first. One of `wanted` and `lang` is given."""

    def words_at(self, connection: Connection, indexes: Sequence[int]) -> list[WordsRow]:
        """By what these records are found, in no order."""

    def strongest(
        self, connection: Connection, kind: str, wanted: Expression, weights: Weights, below: int, limit: int
    ) -> list[tuple[int, float]]:
        """Of the newest records below `below` that fit, those that hold most by weight, each with what it holds."""

    def all_words(self, connection: Connection) -> Iterator[WordsRow]:
        """Every row, in index order, streamed."""

    def finder(self, connection: Connection) -> Finder:
        """Tells of rows, handed in from the first to the last, whether the index leads to them."""

    def transaction_number(self) -> ColumnElement[int] | None:
        """The number of the transaction at hand, to be written beside an erasure; None where none is needed."""

    def scrub(self, patience: float, erased_by: int | None) -> None:
        """What was erased does not linger in free space, as far as the database can help it; BusyError if it cannot now.

        `erased_by` is the number of the last transaction that erased. Nobody is made to wait for longer than `patience`.
        """

    def copy_to(self, path: Path) -> None:
        """One state of all that is kept, in a SQLite file that was not there before; who writes meanwhile is not held up."""

    def durability(self, connection: Connection) -> list[Durability]:
        """The settings that say whether what is committed outlives a power cut."""

    def following(self, connection: Connection) -> Following | None:
        """How the database follows another, if it does."""

    def explain(self, error: SQLAlchemyError) -> StoreError:
        """Our word for the database's."""
