"""Where claims stand, in SQL: read beside a snapshot of the log, and written step by step behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from ledger.errors import BusyError, CorruptError
from ledger.store import tables
from ledger.store.conflicts import insert_or
from ledger.store.protocol import StandingFilter, StandingProgress, StandingRow, StandingStep
from ledger.store.spelling import chunks, digest_bytes, digest_text, keys_of, keys_text, stored_count, stored_word

_ROW = tables.standing.c
_LABEL = tables.standing_label.c
_DUE = tables.standing_due.c
_PROGRESS = tables.standing_progress.c
_NOTHING = StandingProgress(version=0, policy="", size=0, time=0, target=0, target_time=0, seen=0)
# Rows that are in memory at once while a long answer is read.
_STREAM = {"yield_per": 500}


class SqlStandings:
    """As it was when the transaction began."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def progress(self) -> StandingProgress:
        row = self._connection.execute(select(tables.standing_progress)).first()
        if row is None:
            raise CorruptError("it is not said how far the standing of claims is complete", hint="onrecord log reindex")
        version, size, time = stored_count(row.version), stored_count(row.size), stored_count(row.time)
        target, target_time, seen = stored_count(row.target), stored_count(row.target_time), stored_count(row.seen)
        return StandingProgress(version, stored_word(row.policy), size, time, target, target_time, seen)

    def rows(self, indexes: Sequence[int]) -> dict[int, StandingRow]:
        found = self._among(indexes, lambda some: select(tables.standing).where(_ROW["index"].in_(some)))
        return {row.index: row for row in map(_stored_row, found)}

    def due_among(self, indexes: Sequence[int]) -> set[int]:
        found = self._among(indexes, lambda some: select(_DUE["index"]).where(_DUE["index"].in_(some)))
        return {index for (index,) in found}

    def due(self, limit: int) -> list[int]:
        return list(self._connection.scalars(select(_DUE["index"]).order_by(_DUE["index"]).limit(limit)))

    def matching(self, wanted: StandingFilter, before: int, limit: int) -> list[int]:
        question = select(_ROW["index"]).where(_ROW["index"] < before)
        if wanted.headline is not None:
            question = question.where(_ROW.headline == wanted.headline)
        if wanted.changed_since is not None:
            question = question.where(_ROW.changed_at > wanted.changed_since)
        if wanted.label is not None:
            labels = tables.standing_label
            question = question.join(labels, _LABEL["index"] == _ROW["index"]).where(_LABEL.label == wanted.label)
        return list(self._connection.scalars(question.order_by(_ROW["index"].desc()).limit(limit)))

    def changed_before(self, newest: int) -> int:
        question = select(_ROW.changed_at).order_by(_ROW.changed_at.desc()).offset(newest).limit(1)
        return stored_count(self._connection.scalar(question) or 0)

    def moved_since(self, size: int, after: int, limit: int) -> list[int]:
        question = select(_ROW["index"]).where(_ROW.size > size, _ROW["index"] > after)
        return list(self._connection.scalars(question.order_by(_ROW["index"]).limit(limit)))

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        headlines = select(_ROW.headline, func.count()).group_by(_ROW.headline)
        labels = select(_LABEL.label, func.count()).group_by(_LABEL.label)
        return self._numbers(headlines), self._numbers(labels)

    def all_rows(self) -> Iterator[StandingRow]:
        question = select(tables.standing).order_by(_ROW["index"])
        return map(_stored_row, self._connection.execute(question, execution_options=_STREAM))

    def labelled(self) -> Iterator[tuple[str, int]]:
        question = select(_LABEL.label, _LABEL["index"]).order_by(_LABEL.label, _LABEL["index"])
        return ((label, index) for label, index in self._connection.execute(question, execution_options=_STREAM))

    def _numbers(self, question: Select[Any]) -> dict[str, int]:
        return {row[0]: row[1] for row in self._connection.execute(question)}

    def _among(self, indexes: Iterable[int], question: Callable[[list[int]], Select[Any]]) -> list[Any]:
        return [row for some in chunks(indexes) for row in self._connection.execute(question(some))]


def take_standing_step(connection: Connection, version: int, step: StandingStep) -> None:
    """Compare-and-set first: whoever comes second waits here, finds another version, and has written nothing."""
    after = asdict(replace(step.progress, version=version + 1))
    moved = connection.execute(update(tables.standing_progress).where(_PROGRESS.version == version).values(**after))
    if moved.rowcount != 1:
        raise BusyError("somebody else has worked on the standing of claims", hint="try again")
    if step.anew:
        _clear(connection)
    _add_due(connection, step)
    _write_rows(connection, step)


def clear_standing(connection: Connection) -> None:
    """Nothing is worked out, and whoever was about to write some of it finds another version."""
    nothing = asdict(_NOTHING) | {"version": _PROGRESS.version + 1}
    connection.execute(update(tables.standing_progress).values(**nothing))
    _clear(connection)


def _clear(connection: Connection) -> None:
    for table in (tables.standing, tables.standing_label, tables.standing_due):
        connection.execute(delete(table))


def _add_due(connection: Connection, step: StandingStep) -> None:
    adding = insert_or(connection, tables.standing_due).on_conflict_do_nothing()
    if step.lapsed is not None:
        lapsed = select(_ROW["index"]).where(_ROW.lapses_at <= step.lapsed)
        connection.execute(adding.from_select(["index"], lapsed))
    if step.due:
        connection.execute(adding, [{"index": index} for index in step.due])


def _write_rows(connection: Connection, step: StandingStep) -> None:
    for some in chunks([*(row.index for row in step.rows), *step.gone]):
        for table in (tables.standing, tables.standing_label, tables.standing_due):
            connection.execute(delete(table).where(table.c["index"].in_(some)))
    for some in chunks(step.put_off):
        for table in (tables.standing, tables.standing_label):
            connection.execute(delete(table).where(table.c["index"].in_(some)))
    if step.rows:
        connection.execute(insert(tables.standing), list(map(_row, step.rows)))
    if labels := [{"label": label, "index": row.index} for row in step.rows for label in row.labels]:
        connection.execute(insert(tables.standing_label), labels)


def _row(row: StandingRow) -> dict[str, object]:
    return asdict(row) | {"claim": digest_bytes(row.claim), "labels": keys_text(row.labels)}


def _stored_row(row: Any) -> StandingRow:
    """SQLite takes anything anywhere."""
    return StandingRow(
        index=stored_count(row.index),
        claim=digest_text(row.claim),
        size=stored_count(row.size),
        policy=stored_word(row.policy),
        headline=stored_word(row.headline),
        labels=keys_of(stored_word(row.labels)),
        probability=_number(row.probability),
        n_for=_number(row.n_for),
        n_against=_number(row.n_against),
        confidence=stored_word(row.confidence),
        showable=bool(row.showable),
        changed_at=stored_count(row.changed_at),
        previous=None if row.previous is None else stored_word(row.previous),
        lapses_at=None if row.lapses_at is None else stored_count(row.lapses_at),
    )


def _number(value: object) -> float:
    if not isinstance(value, float | int):
        raise CorruptError(f"a stored value is {type(value).__name__} where a number belongs")
    return float(value)
