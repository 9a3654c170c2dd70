"""A ledger in PostgreSQL >= 15, through psycopg 3."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Select,
    Table,
    Text,
    cast,
    create_engine,
    delete,
    event,
    func,
    literal,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError

from ledger.core.clues import Weights
from ledger.core.search import AnyOf, But, Expression, Term
from ledger.errors import BusyError, ConflictError, CorruptError, ReadOnlyError, StoreError, UsageError
from ledger.store.asking import ByLists, Driver
from ledger.store.backend import WEIGHED, Cells, WordsRow, insert_text
from ledger.store.finding import PostgresqlFinder
from ledger.store.protocol import Finder, NoLedgerError
from ledger.store.questions import HEAD_LOCKED
from ledger.store.rows import Durability, Following
from ledger.store.spelling import chunks

# Two `init` of one database at the same moment: the number is ours, and says no more than that.
_INIT_LOCK = 0x6F6E_7265_636F
_STATEMENT_MS = 30_000
# Every question has its index. The planner holds looking into a text for as cheap as comparing two numbers, and would read a
# table of thousands of them whole; so a small ledger is asked in the same way as a large one. No question runs long enough to
# be worth compiling.
_PLANNING = "-c enable_seqscan=off -c jit=off"

_BUSY = {
    # On a standby also: what is replayed has removed rows that this question was about to read.
    "40001": "another transaction came first",
    "40P01": "two transactions waited for each other",
    "53300": "it has no connection left",
    "55P03": "another writer holds the log",
    "57014": "the question took too long",
    "57P01": "it is shutting down",
    "57P02": "it has crashed, and is starting again",
    "57P03": "it is starting up",
}
_ASKING_AGAIN = 0.02
_WORTH_A_COPY = 20
"""Fewer rows are inserted: a statement that is known already needs no word in advance."""
_DISK_FULL = "53100"
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
_NO_DATABASE = "3D000"
_NO_TABLE = "42P01"
_DAMAGED = ("XX001", "XX002")
_READ_ONLY = "25006"

# What was received is replayed as far as it goes, or the last change that was says how old the state is. `CASE`: asking a
# database that is no standby whether its replay is paused is an error.
_FOLLOWING = """
SELECT pg_is_in_recovery(),
    EXISTS (SELECT 1 FROM pg_stat_wal_receiver WHERE pid IS NOT NULL),
    CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END,
    pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn(),
    extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8,
    floor(extract(epoch FROM pg_last_xact_replay_timestamp()))::bigint
"""

# Whether a transaction, a prepared one or a replica sees what the transaction of that number erased. Ages are counted back
# from now, so numbers that have come round compare; one that lies ahead is from before a restore. What vacuums sees nothing.
_STILL_SEEN = """
SELECT EXISTS (
    SELECT 1 FROM (
        SELECT unnest(ARRAY[backend_xmin, backend_xid]) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND (datname = current_database() OR datname IS NULL)
        AND query NOT LIKE 'autovacuum: VACUUM%'
        UNION ALL SELECT transaction FROM pg_prepared_xacts WHERE database = current_database()
        UNION ALL SELECT xmin FROM pg_replication_slots
    ) AS held (number)
    WHERE age(number) >= age(CAST(CAST(CAST(:erased_by AS bigint) % 4294967296 AS text) AS xid))
) AND CAST(:erased_by AS bigint) < CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)
"""

_EMPTY_PENDING = """
SELECT gin_clean_pending_list(oid) FROM pg_class WHERE oid = 'search_words'::regclass AND pg_has_role(relowner, 'USAGE')
"""

_search = Table(
    "search",
    MetaData(),
    Column("index", BigInteger, primary_key=True),
    Column("kind", Text),
    Column("languages", ARRAY(Text)),
    Column("words", TSVECTOR),
)


class PostgresqlBackend:
    """`wait` is how many seconds a writer waits for its turn, and anybody for a connection."""

    reading: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    # READ COMMITTED: whoever has waited for the head row sees what the one before has written.
    writing: Mapping[str, Any] = {"isolation_level": "READ COMMITTED"}

    driver: Driver = ByLists(psycopg.Error)
    leaves_nothing_open = False
    head_locked = HEAD_LOCKED

    def __init__(self, url: URL, wait: float) -> None:
        self.name = url.render_as_string(hide_password=True)
        self.engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args=_connect_args(url, wait),
            hide_parameters=True,
            pool_size=5,
            max_overflow=60,
            pool_timeout=wait,
            # A server that was restarted costs one question more, not one failed request per connection.
            pool_pre_ping=True,
        )
        event.listen(self.engine, "checkin", _begin_plainly)

    def make(self, build: Callable[[Connection], None]) -> None:
        with self.engine.connect().execution_options(**self.writing) as connection, connection.begin():
            connection.execute(select(func.pg_advisory_xact_lock(_INIT_LOCK)))
            if connection.scalar(text("SELECT to_regclass('head')")) is not None:
                raise ConflictError(f"there is a ledger in {self.name} already", hint="choose another database")
            build(connection)

    def in_line(self) -> AbstractContextManager[None]:
        """PostgreSQL keeps its own line, for the head row."""
        return nullcontext()

    def take_time(self, connection: Connection) -> None:
        connection.execute(text("SET LOCAL statement_timeout = 0"))

    def fill(self, connection: Connection, table: Table, rows: Sequence[Cells]) -> None:
        if len(rows) < _WORTH_A_COPY:
            if rows:
                connection.exec_driver_sql(insert_text(table, "%s"), list(rows))
            return
        statement = 'COPY "{}" ({}) FROM STDIN'.format(table.name, ", ".join(f'"{column.name}"' for column in table.columns))
        driver = connection.connection.driver_connection
        assert driver is not None
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:
            raise DBAPIError.instance(statement, None, error, psycopg.Error, hide_parameters=True) from error

    def add_words(self, connection: Connection, rows: Sequence[WordsRow]) -> None:
        # Words in quotes are taken as they are: no dictionary, no stemming, the same in every language.
        cells = [(row.index, row.kind, list(row.languages), " ".join(map(_lexeme, row.words))) for row in rows]
        self.fill(connection, _search, cells)

    def drop_words(self, connection: Connection, indexes: Sequence[int]) -> None:
        for some in chunks(indexes):
            connection.execute(delete(_search).where(_search.c["index"].in_(some)))

    def forget_words(self, connection: Connection) -> None:
        """Vacuuming is what does it (`scrub`), and that is not done inside a transaction."""

    def clear_words(self, connection: Connection) -> None:
        connection.execute(delete(_search))

    def settle_words(self, connection: Connection) -> None:
        # New words wait in a list that every search walks through, until somebody vacuums. Only its owner may empty it.
        connection.execute(text(_EMPTY_PENDING))

    def having_words(self, kind: str, wanted: Expression | None, lang: str | None, below: int, limit: int) -> Select[int]:
        index = _search.c["index"]
        query = select(index).where(_search.c.kind == kind, index < below)
        if wanted is not None:
            query = query.where(_search.c.words.op("@@")(cast(literal(_asked(wanted)), TSQUERY)))
        if lang is not None:
            query = query.where(_search.c.languages.contains([lang]))
        if wanted is None:
            return query.order_by(index.desc()).limit(limit)
        # Sorted by a sum, which is no index: the planner would walk the primary key and test row by row, as if what is asked
        # stood everywhere. With the words' own index it reads what holds them, and sorts that.
        return query.order_by((index + 0).desc()).limit(limit)

    def strongest(
        self, connection: Connection, kind: str, wanted: Expression, weights: Weights, below: int, limit: int
    ) -> list[tuple[int, float]]:
        if not weights:
            return []
        given: dict[str, Any] = {"kind": kind, "below": below, "wanted": _asked(wanted), "weighed": WEIGHED, "limit": limit}
        given |= {f"asked{place}": _asked(one) for place, (one, _) in enumerate(weights)}
        given |= {f"weight{place}": weight for place, (_, weight) in enumerate(weights)}
        # Nothing but the names of parameters is put into the text.
        held = " + ".join(
            f"CASE WHEN words @@ CAST(:asked{place} AS tsquery) THEN CAST(:weight{place} AS float8) ELSE 0 END"
            for place in range(len(weights))
        )
        question = (
            f'SELECT "index", {held} AS held FROM (SELECT "index", words FROM search WHERE kind = :kind AND "index" < :below '  # noqa: S608
            'AND words @@ CAST(:wanted AS tsquery) ORDER BY "index" + 0 DESC LIMIT :weighed) AS newest '
            'ORDER BY held DESC, "index" DESC LIMIT :limit'
        )
        return [(index, held) for index, held in connection.execute(text(question), given)]

    def words_at(self, connection: Connection, indexes: Sequence[int]) -> list[WordsRow]:
        chosen = (self._words().where(_search.c["index"].in_(some)) for some in chunks(indexes))
        return [_words_row(row) for question in chosen for row in connection.execute(question)]

    def all_words(self, connection: Connection) -> Iterator[WordsRow]:
        question = self._words().order_by(_search.c["index"])
        return map(_words_row, connection.execute(question, execution_options={"yield_per": 500}))

    def _words(self) -> Select[Any]:
        words = func.tsvector_to_array(_search.c.words, type_=ARRAY(Text))
        return select(_search.c["index"], _search.c.kind, words, _search.c.languages)

    def finder(self, connection: Connection) -> Finder:
        return PostgresqlFinder(connection, _asked)

    def transaction_number(self) -> ColumnElement[int]:
        return cast(cast(func.pg_current_xact_id(), Text), BigInteger)

    def scrub(self, patience: float, erased_by: int | None) -> None:
        """Vacuumed: the rows' space is free for others. Archived write-ahead logs are their keeper's to expire.

        Vacuuming waits for nobody. It leaves, without a word, what somebody still sees: so that is asked before.
        """
        end = monotonic() + patience
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while (seen := _is_seen(connection, erased_by)) and monotonic() < end:
                sleep(_ASKING_AGAIN)
            connection.execute(text("VACUUM opening, search, spelling, term_count"))
        if seen:
            raise BusyError(f"{self.name}: somebody still reads a state from before", hint="try again in a moment")

    def copy_to(self, path: Path) -> None:
        """Row by row, from one transaction that sees one state."""
        from ledger.store.copying import fill_kept
        from ledger.store.migrating import migrate
        from ledger.store.sqlite import SqliteBackend

        copy = SqliteBackend(path, 5.0)

        def build(into: Connection) -> None:
            with self.engine.connect().execution_options(**self.reading) as source, source.begin():
                self.take_time(source)
                migrate(into)
                fill_kept(source, into, copy)

        try:
            copy.make(build)
        finally:
            copy.engine.dispose()

    def durability(self, connection: Connection) -> list[Durability]:
        found = {name: str(connection.scalar(select(func.current_setting(name)))) for name in _DURABLE}
        return [Durability(name, value, value != "off") for name, value in found.items()]

    def following(self, connection: Connection) -> Following | None:
        is_standby, connected, paused, is_replayed, age, replayed_at = connection.execute(text(_FOLLOWING)).one()
        if not is_standby:
            return None
        return Following(connected, paused, 0.0 if connected and is_replayed else age, replayed_at)

    def explain(self, error: SQLAlchemyError) -> StoreError:
        original = getattr(error, "orig", None)
        state = getattr(original, "sqlstate", None)
        if state in _BUSY:
            return BusyError(f"{self.name} is busy: {_BUSY[state]}", hint="try again in a moment")
        if state == _READ_ONLY:
            # Without the database's name: whoever writes over HTTP is told this.
            hint = "write at its primary; `onrecord serve --replica-of URL` serves a standby to readers"
            return ReadOnlyError("the ledger's database is a standby, which can only be read", hint=hint)
        if state == _DISK_FULL:
            return BusyError(f"the disk of {self.name} is full", retry_after=60, hint="make room, then try again")
        if state == _NO_TABLE:
            return NoLedgerError(f"no ledger in {self.name}", hint="onrecord init makes one")
        if state in _DAMAGED:
            return CorruptError(f"{self.name} is damaged", hint="restore it from a copy; onrecord log fsck says what is wrong")
        if state == _NO_DATABASE or "does not exist" in str(original):
            return StoreError(f"no database {self.name}", hint="createdb makes one, then onrecord init a ledger in it")
        if state is None and isinstance(error, OperationalError):
            return BusyError(f"{self.name} does not answer", hint="is the server running?")
        message = getattr(getattr(original, "diag", None), "message_primary", None) or type(original or error).__name__
        return StoreError(f"{self.name}: {message}")


def _begin_plainly(connection: Any, _: Any) -> None:
    """SQLAlchemy leaves behind that the next transaction says READ WRITE; a standby refuses that even to who only reads."""
    if connection is not None:
        connection.read_only = None


def _is_seen(connection: Connection, erased_by: int | None) -> bool:
    return erased_by is not None and bool(connection.scalar(text(_STILL_SEEN), {"erased_by": erased_by}))


def parse_url(target: str) -> URL:
    try:
        return make_url(target)
    except (ArgumentError, ValueError):
        # Not the address itself: it may hold a password.
        raise UsageError("the address of the database cannot be read", hint="postgresql://user@host/name") from None


def _connect_args(url: URL, wait: float) -> dict[str, Any]:
    limits = f"-c lock_timeout={max(1, round(wait * 1000))} -c statement_timeout={_STATEMENT_MS} {_PLANNING}"
    # What the address itself says comes later and wins.
    given = url.query.get("options", "")
    return {"connect_timeout": 10, "options": " ".join([limits, *([given] if isinstance(given, str) else given)]).strip()}


def _words_row(row: Any) -> WordsRow:
    index, kind, held, languages = row
    return WordsRow(index, kind, sorted(held), languages)


def _asked(wanted: Expression) -> str:
    if isinstance(wanted, Term):
        return _lexeme(wanted.word) + (":*" if wanted.opens else "")
    if isinstance(wanted, But):
        return f"({_asked(wanted.wanted)}) & !({_asked(wanted.unwanted)})"
    joined = (" | " if isinstance(wanted, AnyOf) else " & ").join(map(_asked, wanted.parts))
    return f"({joined})"


def _lexeme(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
