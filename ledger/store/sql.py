"""The store on SQL: one transaction for each `with`, and the one place where a database's errors become ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, PoolProxiedConnection, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from ledger import meters
from ledger.errors import BusyError, StoreError
from ledger.points import reached
from ledger.store import asking, tables
from ledger.store.backend import Backend
from ledger.store.copying import fill_kept, kept_in
from ledger.store.everything import stored_opening
from ledger.store.hooks import delete_hook, insert_hook, read_hooks, replace_hook
from ledger.store.migrating import migrate
from ledger.store.protocol import (
    Durability,
    Following,
    Hook,
    Identity,
    NoLedgerError,
    Projection,
    Snapshot,
    StandingStep,
    State,
    StoredCheckpoint,
    StoredCosignature,
    WitnessState,
    Writer,
)
from ledger.store.questions import HEAD, LEAVES_OF, NEWEST, OPENINGS, STATE, TILES
from ledger.store.reading import SqlSnapshot, newest_checkpoint, stored_checkpoint
from ledger.store.scrubbing import last_erasure, mark_scrubbed
from ledger.store.spelling import digest_bytes, digest_text, stored_bytes, stored_count
from ledger.store.standing import clear_standing, take_standing_step
from ledger.store.witnesses import insert_cosignatures, read_witnesses, replace_witness
from ledger.store.writing import Projected, SqlWriter, clear_derived, insert_derived, insert_head

_REBUILD_BATCH = 2_000
Project = Callable[[Snapshot], Iterator[Projected]]


class SqlStore:
    """A ledger's database. Threads may share it; each transaction has a connection of its own."""

    def __init__(self, backend: Backend, target: str) -> None:
        self._backend = backend
        self.target = target
        self._at_hand: list[PoolProxiedConnection] = []

    def create(self, identity: Identity, checkpoint: StoredCheckpoint) -> None:
        def build(connection: Connection) -> None:
            migrate(connection)
            insert_head(connection, self._backend, identity, checkpoint)

        with self._explained():
            self._backend.make(build)

    def upgrade(self) -> None:
        with self._change() as connection:
            self._backend.take_time(connection)
            version = connection.scalar(text("SELECT version_num FROM alembic_version, head"))
            self._refuse_newer(version)
            migrate(connection)

    def copy_to(self, path: Path) -> None:
        with self.reading():
            pass  # a database that is no ledger of this program is refused before anything is copied
        with self._explained():
            self._backend.copy_to(path)

    def restore(self, path: Path, project: Project, check: Callable[[Snapshot], None]) -> None:
        def build(connection: Connection) -> None:
            self._backend.take_time(connection)
            migrate(connection)
            with kept_in(path) as (source, owner):
                fill_kept(source, connection, self._backend, owner)
            snapshot = SqlSnapshot(connection, self._backend, *self._newest(connection, lock=True))
            self._derive(connection, project(snapshot))
            check(snapshot)

        with self._explained():
            self._backend.make(build)

    def state(self) -> State:
        found = self._asked_alone(STATE)
        if not found:
            raise NoLedgerError(f"no ledger in {self._backend.name}", hint="onrecord init makes one")
        seq, size, root, time, erasures, cosigned, times = found[0]
        checkpoint = StoredCheckpoint(seq, stored_count(size), stored_bytes(root), stored_count(time), None)
        return State(checkpoint, erasures, f"{cosigned} {times}" if times else "")

    def leaves_of(self, record_ids: Sequence[str], size: int) -> dict[str, tuple[int, bytes]]:
        found: dict[str, tuple[int, bytes]] = {}
        for record_id, index, leaf in self._asked_alone(LEAVES_OF, size, some=[digest_bytes(one) for one in record_ids]):
            one, name = (stored_count(index), stored_bytes(leaf)), digest_text(stored_bytes(record_id))
            found[name] = min(one, found.get(name, one))
        return found

    def full_tile(self, level: int, index: int) -> bytes | None:
        found = self._asked_alone(TILES, level, some=[index])
        return stored_bytes(found[0][1]) if found else None

    def salts(self, digests: Sequence[str]) -> dict[str, bytes]:
        found = map(stored_opening, self._asked_alone(OPENINGS, some=[digest_bytes(one) for one in digests]))
        return {one.digest: one.salt for one in found}

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        with self._transaction(self._backend.reading) as connection:
            identity, checkpoint = self._newest_seen(connection)
            yield SqlSnapshot(connection, self._backend, identity, checkpoint)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        with self._change() as connection:
            identity, checkpoint = self._newest(connection, lock=True)
            yield SqlWriter(connection, self._backend, identity, checkpoint)

    def advance_standing(self, version: int, step: StandingStep) -> None:
        with self._change() as connection:
            self._newest(connection, lock=False)
            take_standing_step(connection, version, step)

    def hooks(self) -> list[Hook]:
        with self._transaction(self._backend.reading) as connection:
            self._newest(connection, lock=False)
            return read_hooks(connection)

    def add_hook(self, hook: Hook) -> None:
        with self._change() as connection:
            self._newest(connection, lock=False)
            insert_hook(connection, hook)

    def remove_hook(self, id: str) -> bool:
        with self._change() as connection:
            self._newest(connection, lock=False)
            return delete_hook(connection, id)

    def change_hook(self, before: Hook, after: Hook) -> bool:
        with self._change() as connection:
            self._newest(connection, lock=False)
            return replace_hook(connection, before, after)

    def keep_cosignatures(self, checkpoint: StoredCheckpoint, signed: Sequence[StoredCosignature]) -> int:
        with self._change() as connection:
            self._newest(connection, lock=True)  # or an append would let go of the note meanwhile
            return insert_cosignatures(connection, checkpoint, signed)

    def witnesses(self) -> list[WitnessState]:
        with self._transaction(self._backend.reading) as connection:
            self._newest(connection, lock=False)
            return read_witnesses(connection)

    def change_witness(self, before: WitnessState | None, after: WitnessState) -> bool:
        with self._change() as connection:
            self._newest(connection, lock=before is None)
            return replace_witness(connection, before, after)

    def erase_opening(self, digest: str) -> bool:
        with self.writing() as writer:
            erased = writer.erase([digest])
        if not erased:
            return False
        self.scrub()
        return True

    def rebuild(self, projections: Iterator[tuple[int, str, str, Projection]]) -> None:
        with self._change() as connection:
            _, checkpoint = self._newest(connection, lock=True)
            self._backend.take_time(connection)
            clear_derived(connection, self._backend)
            clear_standing(connection)
            reached("derived cleared")
            seen = self._derive(connection, projections)
            if seen != checkpoint.size:
                raise BusyError(f"{seen} entries were projected, the log has {checkpoint.size} by now", hint="try again")
            reached("derived rebuilt")

    def _derive(self, connection: Connection, projections: Iterator[Projected]) -> int:
        """What is derived from each entry is written; from how many."""
        seen = 0
        while batch := list(islice(projections, _REBUILD_BATCH)):
            _check_order(batch, seen)
            insert_derived(connection, self._backend, batch)
            seen += len(batch)
        self._backend.settle_words(connection)
        return seen

    def derived(self) -> Mapping[str, str]:
        with self._transaction(self._backend.reading) as connection:
            ordered = {
                "record": select(tables.record).order_by(*tables.record.primary_key),
                "link": select(tables.link).order_by(*tables.link.primary_key),
                "subject": select(tables.subject).order_by(*tables.subject.primary_key),
                "spelling": select(tables.spelling).order_by(*tables.spelling.primary_key),
                "term_count": select(tables.term_count).order_by(*tables.term_count.primary_key),
                "standing": select(tables.standing).order_by(tables.standing.c["index"]),
                "standing_label": select(tables.standing_label).order_by(*tables.standing_label.primary_key),
            }
            digests = {
                name: _digest_of(connection.execute(question, execution_options={"yield_per": 500}))
                for name, question in ordered.items()
            }
            words = self._backend.all_words(connection)
            return digests | {"search": _digest_of((row.index, row.kind, *row.words, "", *row.languages) for row in words)}

    def scrub(self, patience: float = 1.0) -> None:
        with self._transaction(self._backend.reading) as connection:
            self._newest(connection, lock=False)
            erasures, erased_by = last_erasure(connection)
        with self._explained():
            self._backend.scrub(patience, erased_by)
        # Not more than was counted before: another may have erased meanwhile.
        with self._change() as connection:
            mark_scrubbed(connection, erasures)

    def forget(self) -> None:
        # A prepared question keeps the values with which it was asked first; a connection keeps the last ones, and pages.
        self._backend.engine.clear_compiled_cache()
        self._let_go()
        self._backend.engine.dispose()

    def following(self) -> Following | None:
        with self._transaction(self._backend.reading) as connection:
            return self._backend.following(connection)

    def durability(self) -> list[Durability]:
        with self._transaction(self._backend.reading) as connection:
            return self._backend.durability(connection)

    def close(self) -> None:
        self._let_go()
        self._backend.engine.dispose()

    def _asked_alone(self, hot: asking.Hot, *values: object, some: Sequence[object] = ()) -> list[Any]:
        """One question without a transaction around it, which would cost several times as much."""
        driver = self._backend.driver
        words, before = driver.spell(hot, some, ())
        with self._explained(), self._alone() as connection:
            return asking.asked(connection.driver_connection, driver, words, [*before, *values])

    @contextmanager
    def _alone(self) -> Iterator[PoolProxiedConnection]:
        """A connection for one question. Where that leaves nothing open it stays at hand for the next one: taking it from the
        pool and giving it back takes longer than the question."""
        at_hand = self._at_hand
        try:
            connection = at_hand.pop()
        except IndexError:
            connection = self._backend.engine.raw_connection()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if self._backend.leaves_nothing_open and at_hand is self._at_hand:
            at_hand.append(connection)
        else:
            connection.close()

    def _let_go(self) -> None:
        at_hand, self._at_hand = self._at_hand, []
        for connection in at_hand:
            connection.close()

    @contextmanager
    def _change(self) -> Iterator[Connection]:
        with self._backend.in_line(), self._transaction(self._backend.writing) as connection:
            yield connection

    @contextmanager
    def _transaction(self, options: Mapping[str, Any]) -> Iterator[Connection]:
        """Committed at the end, undone by any error."""
        with self._explained(), self._backend.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except NoConnectionFree as error:
            meters.count("database errors", "no connection free")
            raise BusyError(f"{self._backend.name}: every connection is in use", hint="try again in a moment") from error
        except SQLAlchemyError as error:
            explained = self._backend.explain(error)
            meters.count("database errors", type(explained).__name__)
            raise explained from error

    def _newest_seen(self, connection: Connection) -> tuple[Identity, StoredCheckpoint]:
        """The same as `_newest` without a lock, in one question."""
        found = asking.rows(connection, self._backend.driver, NEWEST)
        if not found:
            return self._newest(connection, lock=False)  # which says what is missing
        origin, test_log, version, *checkpoint = found[0]
        self._refuse_other(version)
        return Identity(origin, bool(test_log)), stored_checkpoint(*checkpoint)

    def _newest(self, connection: Connection, *, lock: bool) -> tuple[Identity, StoredCheckpoint]:
        found = asking.rows(connection, self._backend.driver, self._backend.head_locked if lock else HEAD)
        if not found:
            raise NoLedgerError(f"no ledger in {self._backend.name}", hint="onrecord init makes one")
        origin, test_log, seq, version = found[0]
        self._refuse_other(version)
        return Identity(origin, bool(test_log)), newest_checkpoint(connection, self._backend, seq)

    def _refuse_other(self, version: str) -> None:
        self._refuse_newer(version)
        if version < tables.REVISION:
            found = f"{self._backend.name} has the tables of revision {version}, this program needs {tables.REVISION}"
            raise StoreError(found, hint="onrecord db upgrade")

    def _refuse_newer(self, version: str | None) -> None:
        if version is None:
            raise NoLedgerError(f"no ledger in {self._backend.name}", hint="onrecord init makes one")
        if version > tables.REVISION:
            found = f"{self._backend.name} has the tables of revision {version}, this program knows {tables.REVISION}"
            raise StoreError(found, hint="use a newer onrecord")


def _check_order(batch: list[Projected], start: int) -> None:
    if [index for index, *_ in batch] != list(range(start, start + len(batch))):
        raise StoreError(f"projections from {start} on are not one for each entry, in order")


def _digest_of(rows: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        plain = [value.hex() if isinstance(value, bytes) else value for value in row]
        digest.update(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()
