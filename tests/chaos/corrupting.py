"""One byte of what a ledger has stored is another: does `onrecord log fsck` say so?

A cell of a table is chosen at random, and a byte of it; numbers are taken as the eight bytes that they are. What changes a
float by less than SCORING lets two machines differ is no change.
"""

from __future__ import annotations

import random
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from ledger.errors import OnRecordError
from ledger.keys import seal, sign_record
from ledger.service.ledger import Ledger
from ledger.store import open_store
from tests import factory
from tests.factory import Ready

NOT_LOOKED_AT = {
    "hook": "whom the operator tells; nothing of the log",
    "witness": "how the operator's witnesses stand; nothing of the log",
    "cosignature": "a signature by keys that the ledger does not hold; whoever reads it has them",
    "scrubbing": "counters of work to be done",
    "standing_due": "work to be done: a claim more is worked out once more",
    "search_data": "SQLite's index of words: pages of its own, as those of other indexes",
    "search_idx": "the same",
    "search_docsize": "the same",
    "search_config": "the same",
}
NOR_AT: dict[tuple[object, ...], str] = {
    ("standing_progress", "id"): "there is one row, and nobody asks for its number",
    ("standing_progress", "version"): "whoever writes counts it up; any number is as good",
    ("standing_progress", "policy"): "of another method all is worked out anew",
    ("erased", "erased_at"): "a time that nothing else remembers",
    ("checkpoint", "published_at", 0): "the same, where its note was let go of: of the empty tree",
}
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Change:
    """A cell that holds something else than it did, and what found that: the first fault, or the refusal to open it."""

    table: str
    column: str
    before: object
    after: object
    found: str | None = None

    def __str__(self) -> str:
        return f"{self.table}.{self.column}: {self.before!r:.200} -> {self.after!r:.200}"


class Corruptions:
    """Changes to copies of two ledgers in this folder: one with records of every kind, one with a full tile."""

    def __init__(self, folder: Path) -> None:
        self._rich, self._tiled = _Target(folder / "rich.db", rich), _Target(folder / "tiled.db", tiled)

    @property
    def tables(self) -> list[str]:
        return sorted(self._rich.columns)

    def unchanged(self) -> list[str | None]:
        """What is found in the two as they are."""
        return [found_in(self._rich.path), found_in(self._tiled.path)]

    def after(self, command: str) -> str | None:
        """What is found after this, in SQL, of the one with records of every kind."""
        return self._rich.after(command)

    def change(self, choose: random.Random) -> Change:
        """One more, found or not; afterwards all is as it was."""
        table = choose.choice(self.tables)
        return (self._tiled if table == "tile" else self._rich).change(table, choose)


class _Target:
    """The ledger that `build` makes at a path."""

    def __init__(self, path: Path, build: Callable[[str], None]) -> None:
        self.path = path
        build(str(path))
        with closing(sqlite3.connect(path)) as connection:
            named = "SELECT name FROM sqlite_master WHERE type = ?"
            for (name,) in connection.execute(named, ["trigger"]).fetchall():
                connection.execute(f'DROP TRIGGER "{name}"')
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            tables = {name for (name,) in connection.execute(named, ["table"])} - NOT_LOOKED_AT.keys() - {"search"}
            self.columns = {table: _columns(connection, table) for table in tables}
        self._whole = path.read_bytes()

    def change(self, table: str, choose: random.Random) -> Change:
        # A new file each time: whoever refused to read on may hold the last one open for a while.
        with tempfile.TemporaryDirectory(dir=self.path.parent) as place:
            path = Path(place) / "l.db"
            path.write_bytes(self._whole)
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA ignore_check_constraints = ON")
                change = self._change(connection, table, choose)
                connection.commit()
            return replace(change, found=found_in(path))

    def after(self, command: str) -> str | None:
        with tempfile.TemporaryDirectory(dir=self.path.parent) as place:
            path = Path(place) / "l.db"
            path.write_bytes(self._whole)
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA ignore_check_constraints = ON")
                connection.execute(command)
                connection.commit()
            return found_in(path)

    def _change(self, connection: sqlite3.Connection, table: str, choose: random.Random) -> Change:
        columns = self.columns[table]
        rows = connection.execute(f"SELECT * FROM {table}").fetchall()
        if not rows:
            raise ValueError(f"the ledger has nothing in {table}")
        while True:
            row, place = choose.choice(rows), choose.randrange(len(columns))
            after = one_byte_changed(row[place], choose)
            if after is None or (table, columns[place]) in NOR_AT or (table, columns[place], row[0]) in NOR_AT:
                continue
            this = " AND ".join(f'"{column}" IS ?' for column in columns)
            value = "CAST(? AS TEXT)" if isinstance(row[place], str) else "?"
            command = f'UPDATE OR IGNORE {table} SET "{columns[place]}" = {value} WHERE {this}'
            if connection.execute(command, (after, *row)).rowcount == 1:
                return Change(table, columns[place], row[place], after)


def found_in(target: Path | str) -> str | None:
    """What fsck says, or whoever opens it."""
    ledger = Ledger(open_store(str(target)), factory.ledger_keys(), factory.Clock())
    try:
        faults = ledger.fsck(helpers=0).faults
    except OnRecordError as error:
        return f"{type(error).__name__}: {error.message}"
    finally:
        ledger.close()
    return f"{faults[0].where}: {faults[0].found}" if faults else None


def one_byte_changed(value: object, choose: random.Random) -> object:
    """The same with one byte changed; None for what has no byte, or where it would change nothing."""
    if isinstance(value, float):
        (after,) = struct.unpack("<d", _changed(struct.pack("<d", value), choose))
        return after if after == after and abs(after - value) > _TOLERANCE else None
    if isinstance(value, int):
        return int.from_bytes(_changed(value.to_bytes(8, "little", signed=True), choose), "little", signed=True)
    if isinstance(value, str):
        return _changed(value.encode(), choose) if value else None
    return _changed(value, choose) if isinstance(value, bytes) and value else None


def _changed(data: bytes, choose: random.Random) -> bytes:
    place = choose.randrange(len(data))
    return data[:place] + bytes([data[place] ^ choose.randrange(1, 256)]) + data[place + 1 :]


def _columns(connection: sqlite3.Connection, table: str) -> Sequence[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


# The ledgers


def rich(target: str) -> None:
    """Records of every kind, sealed and erased words, several checkpoints."""
    ready = factory.ready(target)
    anna = ready.enroll("anna", "editor")
    one, other = factory.claim(), factory.claim("More than 10,000 were sent")
    page, statement = factory.document(), factory.statement(one)
    ready.add(factory.source(), factory.source("yonhap"), factory.relation("kcna", "owned_by", "yonhap"))
    ready.clock.now += 61
    ready.add(one, other, factory.claim_text(one), factory.claim_relation(other, "entails", one), page, statement)
    cited = factory.statement(one, "yonhap", document=page)
    ready.add(cited, factory.attribution(cited, statement), factory.assessment("kcna"), factory.assessment("yonhap"))
    ready.add(factory.assessment("yonhap", "C", rationale="it was wrong before"), by=anna)
    ready.clock.now += 61
    _add_sealed(ready, "kept")
    ready.erase(_add_sealed(ready, "erased"))
    withheld = _add_sealed(ready, "withheld")
    ready.add(factory.withhold(withheld), factory.correction(other))
    ready.add(factory.statement(one, "yonhap", polarity="-", act="denies"), factory.assessment("kcna"), by=anna)
    ready.add(factory.statement(one, said_at="2025-04-29", polarity="-", act="denies"))
    ready.ledger.add([sign_record(one, anna)])
    ready.ledger.catch_up()
    ready.ledger.close()


def _add_sealed(ready: Ready, word: str) -> factory.Record:
    sealed, opening = seal(ready.admin, "text", f"what is {word} here")
    claim = factory.claim({"en": {"sealed": sealed.sealed}})
    ready.add(claim, openings={sealed.sealed: opening})
    return claim


def tiled(target: str) -> None:
    """A test log with a full tile and some entries more."""
    log = factory.ready_test_log(target)
    for start in range(0, 300, 50):
        waiting = [log.hand_in_entry(b"entry %d" % number) for number in range(start, start + 50)]
        for one in waiting:
            one.result()
    log.close()
