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
from time import monotonic
from typing import Literal

from ledger.errors import StoreError

What = Literal["view", "chain", "report"]
_FORMAT = 1
_OURS = 0x4F6E5265
"""SQLite's application id of these files ("OnRe"); no file without it is ever written over or deleted."""
_OURS_AT = 68
"""Where it stands in a file, in 4 bytes (https://www.sqlite.org/fileformat2.html, the database header)."""
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
_HOLDS = "FROM answer, followed WHERE id = ? AND NOT due AND size = ? AND root = ? AND method = ?"
_QUESTIONS: dict[What, str] = {
    "view": f"SELECT view {_HOLDS}",
    "chain": f"SELECT chain {_HOLDS}",
    "report": f"SELECT report {_HOLDS}",
}
_WAIT = 5.0
_LOOKING = 1.0
"""Seconds after which it is looked for another file in this one's place, where an answer was missed."""


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
        self._reader: _Open | None = None
        self._writer: _Open | None = None
        self._looked = 0.0

    def close(self) -> None:
        """For the one who follows the log; whoever asks or follows next opens it again."""
        with self._lock:
            _close(self._reader)
            self._reader = None
        _close(self._writer)
        self._writer = None

    # For those who ask

    def given(self, followed: tuple[int, bytes, str], id: bytes, what: What) -> bytes | None:
        """This answer about the claim, if there is one that holds in the log of that size and root, by that program."""
        with suppress(sqlite3.Error, OSError, AnswersError), self._lock:
            if self._reader is None:
                self._reader = _opened(self.path, wait=0)  # who asks is told sooner by the route than by waiting
            found = self._reader.file.execute(_QUESTIONS[what], (id, *followed)).fetchone()
            if found:
                return found[0] if isinstance(found[0], bytes) else None
            if monotonic() > self._looked + _LOOKING:
                self._looked = monotonic()
                if not self._reader.is_at(self.path):
                    _close(self._reader)
                    self._reader = None
        return None

    # For the one who follows the log. AnswersError where the file is in trouble.

    def followed(self) -> Followed | None:
        if self._writer is not None and not self._writer.is_at(self.path):
            _close(self._writer)  # it was deleted, or another one was put in its place
            self._writer = None
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

    def keep(self, followed: Followed, rows: Sequence[Row], swept: int, none: Iterable[int] = ()) -> bool:
        """Whether the rows are kept, and the claims from `swept` on looked at: not if the file has gone on meanwhile. `none`
        are no claims after all."""
        with self._writing() as file:
            now = _followed(file)
            if now is None or replace(now, swept=0) != replace(followed, swept=0):
                return False
            cells = ((one.claim, one.id, one.view, one.chain, one.report) for one in rows)
            file.executemany("INSERT OR REPLACE INTO answer VALUES (?, ?, 0, ?, ?, ?)", cells)
            file.executemany("DELETE FROM answer WHERE claim = ?", ((one,) for one in none))
            # Somebody else may fill it too, and be further.
            _follow(file, replace(now, swept=min(now.swept, swept)))
        return True

    def due(self, limit: int) -> list[int]:
        """Claims whose answers are to be worked out, the newest first."""
        question = "SELECT claim FROM answer WHERE due ORDER BY claim DESC LIMIT ?"
        with self._reading() as file:
            return [claim for (claim,) in file.execute(question, (limit,))]

    @property
    def is_full(self) -> bool:
        with self._reading() as file:
            pages, free, size = (
                file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
            )
        return bool((pages - free) * size >= self._most)

    def remove(self) -> None:
        """There is no file, if it was one of ours: what it held was of no use."""
        self.close()
        if _is_ours(self.path):
            for end in ("", "-wal", "-shm"):
                Path(f"{self.path}{end}").unlink(missing_ok=True)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._writer is None:
                self._writer = _opened(self.path, wait=_WAIT)
            yield self._writer.file
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


@dataclass(frozen=True)
class _Open:
    """A connection, and which file it is to: another may stand in its place by now."""

    file: sqlite3.Connection
    place: tuple[int, int]

    def is_at(self, path: Path) -> bool:
        return _place(path) == self.place


def _place(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _close(one: _Open | None) -> None:
    if one is not None:
        one.file.close()


def _opened(path: Path, wait: float) -> _Open:
    """For its owner alone: what a closed ledger answers is for those who may read it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    place = _place(path)
    file = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
    try:
        _prepare(file, path)
        path.chmod(0o600)
        file.execute("PRAGMA journal_mode=WAL")
        # After a crash it may have lost its last answers; those are worked out again.
        file.execute("PRAGMA synchronous=NORMAL")
        file.execute("PRAGMA secure_delete=ON")
        file.execute("PRAGMA journal_size_limit=16777216")
    except BaseException:
        file.close()
        raise
    assert place is not None, "it was just opened"
    return _Open(file, place)


def _prepare(file: sqlite3.Connection, path: Path) -> None:
    """The tables are there. AnswersError where the file is somebody else's, sqlite3.DatabaseError where it is of no use."""
    if _number(file, "application_id") == 0:
        file.execute("BEGIN IMMEDIATE")
        if file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            for statement in _TABLES.split(";\n"):
                file.execute(statement)
            file.execute(f"PRAGMA user_version={_FORMAT}")
            file.execute(f"PRAGMA application_id={_OURS}")
        file.execute("COMMIT")
    if _number(file, "application_id") != _OURS:
        raise AnswersError(f"{path} is no file of prepared answers", damaged=False)
    try:
        _followed(file)
    except sqlite3.OperationalError as error:
        raise sqlite3.DatabaseError(str(error)) from None
    if _number(file, "user_version") != _FORMAT:
        raise sqlite3.DatabaseError("answers in a format of another program")


def _number(file: sqlite3.Connection, name: str) -> int:
    return int(file.execute(f"PRAGMA {name}").fetchone()[0])


def _is_ours(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        file.seek(_OURS_AT)
        return file.read(4) == _OURS.to_bytes(4, "big")
    return False
