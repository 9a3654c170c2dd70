"""The questions that most lookups ask and the changes that each append makes, put to the driver itself: SQLAlchemy takes
several times as long to make one of these as a database takes to answer it.

They are written once, in the words of SQLite. What differs is how values are filled in: PostgreSQL takes a list as one value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, slots=True)
class Hot:
    """`{some}` is one of many values, of PostgreSQL's type `kind`, `{roles}` one of several words, and each `?` one value."""

    text: str
    kind: str = ""


class Driver(Protocol):
    """What is left to say about a database where it is asked directly."""

    error: type[Exception]

    def spell(self, hot: Hot, some: Sequence[Any], roles: Sequence[str]) -> tuple[str, list[Any]]:
        """The words of the question, and the values that stand before the single ones."""


class ByMarks:
    """SQLite: each value has a mark of its own. Their number is rounded up, so that few different texts are prepared."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def spell(self, hot: Hot, some: Sequence[Any], roles: Sequence[str]) -> tuple[str, list[Any]]:
        values = list(some)
        if values:
            values += values[-1:] * ((1 << (len(values) - 1).bit_length()) - len(values))
        marks = {"some": f"IN ({','.join('?' * len(values))})", "roles": f"IN ({','.join('?' * len(roles))})"}
        return hot.text.format(**marks), [*values, *roles]


class ByLists:
    """PostgreSQL: the text is always the same, so the driver has it prepared after a few times."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def spell(self, hot: Hot, some: Sequence[Any], roles: Sequence[str]) -> tuple[str, list[Any]]:
        words = hot.text.format(some=f"= ANY(%s::{hot.kind}[])", roles="= ANY(%s::text[])").replace("?", "%s")
        return words, [list(one) for one in (some, roles) if one]


def rows(
    connection: Connection, driver: Driver, hot: Hot, *others: Any, some: Sequence[Any] = (), roles: Sequence[str] = ()
) -> list[Any]:
    """The rows, as plain tuples. Errors are SQLAlchemy's, as if it had asked."""
    words, values = driver.spell(hot, some, roles)
    own: Any = connection.connection.driver_connection
    return asked(own, driver, words, [*values, *others])


def changed(connection: Connection, driver: Driver, hot: Hot, *values: Any) -> int:
    """How many rows a change made that is put to the driver itself."""
    words, _ = driver.spell(hot, (), ())
    own: Any = connection.connection.driver_connection
    try:
        made: int = own.execute(words, values).rowcount
    except driver.error as error:
        raise DBAPIError.instance(None, None, error, driver.error) from error
    return made


def asked(own: Any, driver: Driver, words: str, values: Sequence[Any] = ()) -> list[Any]:
    """The same of a driver's connection. Every direct question goes through here, where a test can listen."""
    try:
        found: list[Any] = own.execute(words, values).fetchall()
    except driver.error as error:
        raise DBAPIError.instance(None, None, error, driver.error) from error
    return found
