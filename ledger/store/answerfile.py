"""Answers about claims that were worked out beforehand, in an SQLite file beside the ledger.

It is no part of the ledger: whoever deletes it loses time, and nothing else. What it holds was worked out under one root of the
log, and is given out under that root alone; whoever follows the log (`ledger.service.preparing`) says which answers still hold
under the next. A file that cannot be read or written has no answers.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ledger.errors import StoreError

What = Literal["view", "chain", "report"]
_FORMAT = 1
_TABLES = """
CREATE TABLE followed (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    origin TEXT NOT NULL, method TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, swept INTEGER NOT NULL
);
CREATE TABLE answer (
    claim INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, due INTEGER NOT NULL, view BLOB, chain BLOB, report BLOB
);
CREATE INDEX answer_due ON answer (claim) WHERE due;
"""
_QUESTIONS: dict[What, str] = {
    "view": "SELECT view FROM answer, followed WHERE id = ? AND NOT due AND size = ? AND root = ?",
    "chain": "SELECT chain FROM answer, followed WHERE id = ? AND NOT due AND size = ? AND root = ?",
    "report": "SELECT report FROM answer, followed WHERE id = ? AND NOT due AND size = ? AND root = ?",
}
_WAIT = 5.0


@dataclass(frozen=True, slots=True)
class Followed:
    """How far the file follows which log. `method`: by what program its answers are worked out. Claims from index `swept` on
    were looked at, each has a row."""

    origin: str
    method: str
    size: int
    root: bytes
    swept: int


@dataclass(frozen=True, slots=True)
class Row:
    """A claim, by index and hash, and its answers as they lie in the file: empty where it is to have none."""

    claim: int
    id: bytes
    view: bytes = b""
    chain: bytes = b""
    report: bytes = b""


class AnswersError(StoreError):
    """The file cannot be read or written; `damaged`: it never will be."""

    def __init__(self, message: str, *, damaged: bool) -> None:
        super().__init__(message, hint="ONRECORD_PREPARED names another place; what is there may be deleted")
        self.damaged = damaged


class AnswerFile:
    """Threads may share it, and so may processes, if one of them writes. `most` is in bytes."""

    def __init__(self, path: Path, most: int) -> None:
        self.path = path
        self._most = most
        self._lock = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None

    def close(self) -> None:
        with self._lock:
            for one in (self._reader, self._writer):
                if one is not None:
                    one.close()
            self._reader = self._writer = None

    # For those who ask

    def given(self, root: bytes, size: int, id: bytes, what: What) -> bytes | None:
        """This answer about the claim, if there is one that holds under this root."""
        with suppress(sqlite3.Error, OSError), self._lock:
            if self._reader is None:
                self._reader = _opened(self.path, wait=0)  # who asks is told sooner by the route than by waiting
            found = self._reader.execute(_QUESTIONS[what], (id, size, root)).fetchone()
            return found[0] if found else None
        return None

    # For the one who follows the log. AnswersError where the file is in trouble.

    def followed(self) -> Followed | None:
        with self._reading() as file:
            return _followed(file)

    def begin(self, followed: Followed) -> None:
        """Nothing is answered; all is to be looked at."""
        with self._writing() as file:
            file.execute("DELETE FROM answer")
            _follow(file, followed)

    def clear(self) -> None:
        """Nothing is answered, and no log is followed."""
        with self._writing() as file:
            file.execute("DELETE FROM answer")
            file.execute("DELETE FROM followed")

    def follow(self, followed: Followed, stale: Iterable[int], new: Iterable[tuple[int, bytes]]) -> None:
        """The log is this one now, under which all answers hold but those about the stale claims. These are due, and so are
        the new ones (index and hash)."""
        with self._writing() as file:
            file.executemany(
                "UPDATE answer SET due = 1, view = NULL, chain = NULL, report = NULL WHERE claim = ?", ((one,) for one in stale)
            )
            file.executemany("INSERT OR REPLACE INTO answer VALUES (?, ?, 1, NULL, NULL, NULL)", new)
            _follow(file, followed)

    def keep(self, followed: Followed, rows: Sequence[Row], swept: int) -> bool:
        """Whether the rows are kept, and the claims from `swept` on looked at: not if the file has gone on meanwhile."""
        with self._writing() as file:
            if _followed(file) != followed:
                return False
            cells = ((one.claim, one.id, one.view, one.chain, one.report) for one in rows)
            file.executemany("INSERT OR REPLACE INTO answer VALUES (?, ?, 0, ?, ?, ?)", cells)
            _follow(file, replace(followed, swept=swept))
        return True

    def due(self, limit: int) -> list[int]:
        """Claims whose answers are to be worked out, the newest first."""
        question = "SELECT claim FROM answer WHERE due ORDER BY claim DESC LIMIT ?"
        with self._reading() as file:
            return [claim for (claim,) in file.execute(question, (limit,))]

    def answered(self) -> int:
        """How many claims have a row, due or not."""
        with self._reading() as file:
            return int(file.execute("SELECT count(*) FROM answer").fetchone()[0])

    @property
    def is_full(self) -> bool:
        with self._reading() as file:
            pages, free, size = (
                file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
            )
        return bool((pages - free) * size >= self._most)

    def remove(self) -> None:
        """There is no file: what it held was of no use."""
        self.close()
        for end in ("", "-wal", "-shm"):
            Path(f"{self.path}{end}").unlink(missing_ok=True)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._writer is None:
                self._writer = _opened(self.path, wait=_WAIT)
            yield self._writer
        except (sqlite3.OperationalError, OSError) as error:
            raise AnswersError(f"{self.path}: {error}", damaged=False) from None
        except sqlite3.Error as error:
            raise AnswersError(f"{self.path}: {error}", damaged=True) from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as file:
            file.execute("BEGIN IMMEDIATE")
            try:
                yield file
                file.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    file.execute("ROLLBACK")
                raise


def _followed(file: sqlite3.Connection) -> Followed | None:
    found = file.execute("SELECT origin, method, size, root, swept FROM followed").fetchone()
    return Followed(*found) if found else None


def _follow(file: sqlite3.Connection, followed: Followed) -> None:
    values = (followed.origin, followed.method, followed.size, followed.root, followed.swept)
    file.execute("INSERT OR REPLACE INTO followed VALUES (1, ?, ?, ?, ?, ?)", values)


def _opened(path: Path, wait: float) -> sqlite3.Connection:
    """For its owner alone: what a closed ledger answers is for those who may read it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    file = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
    try:
        file.execute("PRAGMA journal_mode=WAL")
        # After a crash it may have lost its last answers; those are worked out again.
        file.execute("PRAGMA synchronous=NORMAL")
        file.execute("PRAGMA secure_delete=ON")
        _prepare(file)
    except BaseException:
        file.close()
        raise
    return file


def _prepare(file: sqlite3.Connection) -> None:
    if _format(file) == _FORMAT:
        return
    file.execute("BEGIN IMMEDIATE")
    if _format(file) == 0:
        for statement in _TABLES.split(";\n"):
            file.execute(statement)
        file.execute(f"PRAGMA user_version={_FORMAT}")
    file.execute("COMMIT")
    if _format(file) != _FORMAT:
        raise sqlite3.DatabaseError("answers in a format of another program")


def _format(file: sqlite3.Connection) -> int:
    return int(file.execute("PRAGMA user_version").fetchone()[0])
