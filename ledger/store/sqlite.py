"""A ledger in one SQLite file: WAL, synchronous=FULL, one writer at a time."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    QueuePool,
    Select,
    Table,
    Text,
    create_engine,
    delete,
    event,
    literal,
    select,
)
from sqlalchemy import column as named_column
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ledger.core.clues import Weights
from ledger.core.search import AnyOf, But, Expression, Term, is_held
from ledger.errors import BusyError, ConflictError, CorruptError, StoreError
from ledger.store.asking import ByMarks, Driver
from ledger.store.backend import WEIGHED, Cells, WordsRow, insert_text
from ledger.store.finding import SqliteFinder
from ledger.store.protocol import Finder, NoLedgerError
from ledger.store.questions import HEAD
from ledger.store.rows import Durability
from ledger.store.spelling import chunks

_search = Table(
    "search", MetaData(), Column("rowid", Integer), Column("words", Text), Column("kind", Text), Column("languages", Text)
)

_PRAGMAS = {
    "synchronous": "FULL",
    "foreign_keys": "ON",
    # INSERT OR REPLACE deletes without a word to the delete triggers otherwise.
    "recursive_triggers": "ON",
    # Openings are erasable: what is deleted is overwritten.
    "secure_delete": "ON",
}
# FULL is 2, EXTRA is 3.
_ENOUGH = {"journal_mode": ("wal", "delete", "truncate", "persist"), "synchronous": ("2", "3")}
_POOL = {"poolclass": QueuePool, "pool_size": 5, "max_overflow": 60}


class SqliteBackend:
    """`wait` is how many seconds a writer waits for its turn."""

    reading: Mapping[str, Any] = {"onrecord_begin": "BEGIN"}
    # A deferred transaction that turns to writing late is refused when another has written meanwhile.
    writing: Mapping[str, Any] = {"onrecord_begin": "BEGIN IMMEDIATE"}

    driver: Driver = ByMarks(sqlite3.Error)
    leaves_nothing_open = True
    head_locked = HEAD  # whoever writes holds the whole file

    def __init__(self, path: Path, wait: float) -> None:
        self.path = path
        self.name = str(path)
        self.wait = wait
        self.engine = _engine(path, wait)
        self._turn = threading.Lock()

    def make(self, build: Callable[[Connection], None]) -> None:
        """Built under another name and then linked to its own, so that nobody ever sees half a ledger."""
        # The journal of a file that is gone would be played into the new one.
        for place in [self.path, Path(f"{self.path}-wal"), Path(f"{self.path}-journal")]:
            if place.exists():
                raise ConflictError(f"{place} exists already", hint="choose another file, or move this one away")
        if not self.path.parent.is_dir():
            raise StoreError(f"{self.path.parent} is no directory")
        with _scratch_file(self.path) as scratch:
            self._build(scratch, build)
            _give_name(scratch, self.path)
        _sync_directory(self.path.parent)

    def _build(self, scratch: Path, build: Callable[[Connection], None]) -> None:
        engine = _engine(scratch, self.wait)
        try:
            with engine.connect().execution_options(**self.writing) as connection, connection.begin():
                build(connection)
        finally:
            engine.dispose()
        # Outside of any transaction; the file remembers it.
        with closing(sqlite3.connect(scratch, isolation_level=None)) as plain:
            plain.execute("PRAGMA journal_mode=WAL")

    @contextmanager
    def in_line(self) -> Iterator[None]:
        """Writers of this process wait for each other here: SQLite's waiting is sleeping and asking again, in no order."""
        if not self._turn.acquire(timeout=self.wait):
            raise BusyError(f"{self.name} has other writers waiting", hint="try again in a moment")
        try:
            yield
        finally:
            self._turn.release()

    def take_time(self, connection: Connection) -> None:
        """SQLite has no limit on a statement's time."""

    def fill(self, connection: Connection, table: Table, rows: Sequence[Cells]) -> None:
        if not rows:
            return
        driver = connection.connection.driver_connection
        assert driver is not None
        try:
            driver.executemany(insert_text(table, "?"), rows)
        except sqlite3.Error as error:
            raise DBAPIError.instance(None, None, error, sqlite3.Error) from error

    def add_words(self, connection: Connection, rows: Sequence[WordsRow]) -> None:
        cells = [(row.index, " ".join(row.words), row.kind, " ".join(row.languages)) for row in rows]
        self.fill(connection, _search, cells)

    def drop_words(self, connection: Connection, indexes: Sequence[int]) -> None:
        for some in chunks(indexes):
            connection.execute(delete(_search).where(_search.c.rowid.in_(some)))

    def forget_words(self, connection: Connection) -> None:
        # Deleting leaves the words and marks beside them; merging the parts of the index into one leaves neither.
        connection.exec_driver_sql("INSERT INTO search(search) VALUES ('optimize')")

    def clear_words(self, connection: Connection) -> None:
        connection.execute(delete(_search))
        # Deleting leaves marks beside the words; an index that is built again holds nothing of the old one.
        connection.exec_driver_sql("INSERT INTO search(search) VALUES ('rebuild')")

    def settle_words(self, connection: Connection) -> None:
        """The index of a file keeps none waiting."""

    def having_words(self, kind: str, wanted: Expression | None, lang: str | None, below: int, limit: int) -> Select[int]:
        parts = [f"kind : {_token(kind)}"]
        if wanted is not None:
            parts.append(f"words : ({_asked(wanted)})")
        if lang is not None:
            parts.append(f"languages : {_token(lang)}")
        matches = named_column("search").op("MATCH")(literal(" AND ".join(parts)))
        rowid = _search.c.rowid
        return select(rowid).where(matches, rowid < below).order_by(rowid.desc()).limit(limit)

    def strongest(
        self, connection: Connection, kind: str, wanted: Expression, weights: Weights, below: int, limit: int
    ) -> list[tuple[int, float]]:
        candidates = self.having_words(kind, wanted, None, below, WEIGHED).with_only_columns(_search.c.rowid, _search.c.words)
        # One word is looked up at once; only what is made of several is worked out.
        single = {one.word: weight for one, weight in weights if isinstance(one, Term) and not one.opens}
        others = [(one, weight) for one, weight in weights if not isinstance(one, Term) or one.opens]
        found = []
        for index, text in connection.execute(candidates):
            words = set(str(text).split())
            held = sum(single[word] for word in words & single.keys())
            found.append((index, held + sum(weight for one, weight in others if is_held(one, words))))
        return sorted(found, key=lambda one: (-one[1], -one[0]))[:limit]

    def words_at(self, connection: Connection, indexes: Sequence[int]) -> list[WordsRow]:
        chosen = (select(_search).where(_search.c.rowid.in_(some)) for some in chunks(indexes))
        return [_words_row(row) for question in chosen for row in connection.execute(question)]

    def all_words(self, connection: Connection) -> Iterator[WordsRow]:
        rows = connection.execute(select(_search).order_by(_search.c.rowid), execution_options={"yield_per": 500})
        return map(_words_row, rows)

    def finder(self, connection: Connection) -> Finder:
        return SqliteFinder(connection)

    def durability(self, connection: Connection) -> list[Durability]:
        found = {name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in ("journal_mode", "synchronous")}
        return [Durability(name, value, value in _ENOUGH[name]) for name, value in found.items()]

    def following(self, connection: Connection) -> None:
        """A file is nobody's copy that grows by itself."""

    def transaction_number(self) -> None:
        return None

    def copy_to(self, path: Path) -> None:
        """Page by page, by SQLite's own means and in one step: the state at its beginning, whoever writes meanwhile."""
        try:
            with (
                closing(self.engine.raw_connection()) as source,
                closing(sqlite3.connect(path, isolation_level=None)) as copy,
            ):
                driver = source.driver_connection
                assert driver is not None
                driver.backup(copy)
                # One file, without a log of changes beside it.
                copy.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            raise DBAPIError.instance(None, None, error, sqlite3.Error) from error

    def scrub(self, patience: float, erased_by: int | None) -> None:
        """The log of changes is folded into the file and cut to nothing."""
        with self.engine.connect().execution_options(onrecord_begin="") as connection:
            # As long as it waits for readers, nobody writes.
            connection.exec_driver_sql(f"PRAGMA busy_timeout={round(patience * 1000)}")
            try:
                busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={round(self.wait * 1000)}")
        if busy:
            raise BusyError(f"{self.name} is being read or written by somebody else", hint="try again in a moment")

    def explain(self, error: SQLAlchemyError) -> StoreError:
        original = getattr(error, "orig", None)
        code = getattr(original, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return BusyError(f"{self.name} is being written by somebody else", hint="try again in a moment")
        if code == sqlite3.SQLITE_FULL:
            return BusyError(f"the disk of {self.name} is full", retry_after=60, hint="make room, then try again")
        if code == sqlite3.SQLITE_CANTOPEN and not self.path.exists():
            return NoLedgerError(f"no ledger at {self.name}", hint="onrecord init makes one")
        if code == sqlite3.SQLITE_NOTADB:
            return StoreError(f"{self.name} is no ledger, nor any SQLite database")
        if code == sqlite3.SQLITE_CORRUPT:
            return CorruptError(f"{self.name} is damaged", hint="restore it from a copy; onrecord log fsck says what is wrong")
        if str(original).startswith("Could not decode to UTF-8"):  # and goes on to quote it, which may be anybody's words
            return CorruptError(f"{self.name} is damaged: there is text that is no UTF-8", hint="onrecord log fsck says more")
        if str(original).startswith("no such table"):
            return NoLedgerError(f"no ledger in {self.name}", hint="onrecord init makes one")
        return StoreError(f"{self.name}: {original or type(error).__name__}")


def _engine(path: Path, wait: float) -> Engine:
    # mode=rw: opening a ledger that is not there must not make an empty file.
    address = f"file:{quote(str(path.absolute()))}?mode=rw"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=wait, isolation_level=None, check_same_thread=False)

    engine = create_engine(
        URL.create("sqlite", database=str(path)), creator=connect, hide_parameters=True, pool_timeout=wait, **_POOL
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _: object) -> None:
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")


def _begin(connection: Connection) -> None:
    # The driver leaves transactions to us (isolation_level=None), so each begins with the word that its options say.
    if words := connection.get_execution_options().get("onrecord_begin", "BEGIN"):
        connection.exec_driver_sql(words)


def _words_row(row: Any) -> WordsRow:
    # A stranger may have put anything there, and it is to be found out.
    return WordsRow(row.rowid, row.kind, str(row.words).split(), str(row.languages).split())


def _token(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _asked(wanted: Expression) -> str:
    if isinstance(wanted, Term):
        return _token(wanted.word) + ("*" if wanted.opens else "")
    if isinstance(wanted, But):
        return f"({_asked(wanted.wanted)}) NOT ({_asked(wanted.unwanted)})"
    joined = (" OR " if isinstance(wanted, AnyOf) else " AND ").join(map(_asked, wanted.parts))
    return f"({joined})"


@contextmanager
def _scratch_file(target: Path) -> Iterator[Path]:
    """An empty file beside the target that only its owner may read (openings are private); gone afterwards."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent)
    except OSError as error:
        raise StoreError(f"cannot write in {target.parent}: {error.strerror}") from None
    os.close(handle)
    try:
        yield Path(name)
    except OSError as error:
        raise StoreError(f"cannot make {target}: {error.strerror}") from None
    finally:
        for leftover in (name, f"{name}-journal", f"{name}-wal", f"{name}-shm"):
            Path(leftover).unlink(missing_ok=True)


def _give_name(scratch: Path, target: Path) -> None:
    """The scratch file is the target; whoever came second gets ConflictError."""
    try:
        try:
            os.link(scratch, target)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
            os.replace(scratch, target)
    except FileExistsError:
        raise ConflictError(f"{target} exists already", hint="choose another file, or move this one away") from None


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
