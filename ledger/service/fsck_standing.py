"""Where claims stand, as it is kept, held against what comes out when everything is worked out from the entries."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from math import isclose

from ledger.service.helpers import Helpers, store_at
from ledger.service.standing import METHOD, Published, Work, go_on_forever
from ledger.store.protocol import Snapshot, StandingProgress, StandingRow

_BATCH = 100
# SCORING: every number agrees within this, on whatever machine it was computed.
_TOLERANCE = 1e-9

Fault = Callable[[str, str, str], None]


def check_standing(snapshot: Snapshot, target: str, helpers: Helpers, fault: Fault) -> None:
    """`target` is where helpers find the store.

    `fault` is told where, what was found, and what was wanted. What was worked out by another method will be anew."""
    progress = snapshot.standing.progress()
    if progress.policy != METHOD:
        return
    _check_progress(snapshot, progress, fault)
    _check_labels(snapshot, fault)
    rows = {row.index: row for row in snapshot.standing.all_rows()}
    claims = snapshot.of_kinds(["claim"])
    for indexes, wanted in _all_worked_out(snapshot, target, progress.size, claims, helpers):
        _check_rows(snapshot, progress, indexes, wanted, rows, fault)
    for index in sorted(rows.keys() - set(claims)):
        fault(f"standing of claim {index}", "a row of no claim", "none")


def _check_progress(snapshot: Snapshot, progress: StandingProgress, fault: Fault) -> None:
    for size, time in ((progress.size, progress.time), (progress.target, progress.target_time)):
        found = snapshot.checkpoint_at(size)
        if size and (found is None or found.time != time):
            fault("standing", f"complete, or on its way, to size {size} of second {time}", "a size that was published then")
    if not progress.size <= progress.seen <= progress.target:
        fault("standing", f"seen {progress.seen}", f"from {progress.size} to {progress.target}")


def _check_labels(snapshot: Snapshot, fault: Fault) -> None:
    wanted = {(label, row.index) for row in snapshot.standing.all_rows() for label in row.labels}
    found = set(snapshot.standing.labelled())
    for label, index in sorted(found ^ wanted):
        missing = (label, index) in wanted
        fault(f"standing of claim {index}", f"{'not ' if missing else ''}found by {label}", "found by its own labels alone")


def _check_rows(
    snapshot: Snapshot,
    progress: StandingProgress,
    indexes: list[int],
    wanted: _WorkedOut,
    rows: dict[int, StandingRow],
    fault: Fault,
) -> None:
    other = {index for index in indexes if not wanted.agrees(index, rows.get(index))}
    due = snapshot.standing.due_among(sorted(other))
    other -= {index for index in due if index not in rows}  # put off: it is without a row until it can be worked out
    if other and progress.target > progress.size:
        # What is done of a round that is under way is ahead of the rest.
        ahead = _worked_out(snapshot, progress.target, sorted(other))
        other = {index for index in other if index in due or not ahead.agrees(index, rows.get(index))}
    for index, trouble in wanted.troubles.items():
        fault(f"standing of claim {index}", f"it cannot be worked out: {trouble}", "a score")
    for index in sorted(other - wanted.troubles.keys()):
        fault(f"standing of claim {index}", _told(rows.get(index)), _told(wanted.rows.get(index)))


@dataclass(frozen=True)
class _WorkedOut:
    """What comes out in one state. `cut_short` are claims of which not every earlier state was looked at."""

    rows: dict[int, StandingRow]
    cut_short: set[str]
    troubles: dict[int, str]

    def agrees(self, index: int, kept: StandingRow | None) -> bool:
        wanted = self.rows.get(index)
        if kept is None or wanted is None:
            return kept is wanted
        if wanted.claim in self.cut_short and (kept.changed_at <= wanted.changed_at or kept.previous is None):
            # Who kept it up all along has seen further back, and who began later less far.
            kept = replace(kept, changed_at=wanted.changed_at, previous=wanted.previous)
        mine, theirs = asdict(kept), asdict(wanted)
        return all(_agree(mine[name], theirs[name]) for name in mine)


@dataclass(frozen=True)
class Question:
    """Where claims, named by their indexes, stand in the state of that size."""

    target: str
    size: int
    indexes: list[int]


def work_out(question: Question) -> _WorkedOut:
    """What comes out, read from the store by who is asked. Its log may have grown on since: what is below a size stays."""
    with store_at(question.target).reading() as snapshot:
        found = _worked_out(snapshot, question.size, question.indexes)
    gc.collect()  # what a score is worked out with holds rings
    return found


def _all_worked_out(
    snapshot: Snapshot, target: str, size: int, claims: list[int], helpers: Helpers
) -> Iterator[tuple[list[int], _WorkedOut]]:
    """The claims in portions, each with what comes out of it."""
    if len(claims) <= _BATCH or not helpers.helpers:
        yield from ((indexes, _worked_out(snapshot, size, indexes)) for indexes in _batches(claims))
        return
    questions = (Question(target, size, indexes) for indexes in _batches(claims))
    yield from ((question.indexes, found) for question, found in helpers.each(work_out, questions))


def _worked_out(snapshot: Snapshot, size: int, indexes: list[int]) -> _WorkedOut:
    work = Work(snapshot, Published(snapshot, 0, 0, size), go_on_forever)
    found = _WorkedOut({}, work.cut_short, {})
    for index, claim in work.claims([index for index in indexes if index < size]):
        try:
            row = work.row(index, claim, None)
        except Exception as error:  # noqa: BLE001  it is told, and the other claims are checked
            snapshot.standing.progress()  # a store in trouble raises its own error here
            found.troubles[index] = type(error).__name__
            continue
        if row is not None:
            found.rows[index] = row
    return found


def _agree(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=0, abs_tol=_TOLERANCE)
    return one == other


def _told(row: StandingRow | None) -> str:
    if row is None:
        return "no row"
    labels = f" ({', '.join(row.labels)})" if row.labels else ""
    numbers = f"{row.probability}, {row.n_for} for, {row.n_against} against, {row.confidence}"
    since = f"since size {row.changed_at}, before that {row.previous or 'nothing'}"
    return f"{row.headline}{labels} at size {row.size}, {since}; {numbers}"


def _batches(indexes: Iterable[int]) -> Iterator[list[int]]:
    source = iter(indexes)
    while batch := list(islice(source, _BATCH)):
        yield batch
