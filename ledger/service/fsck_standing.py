"""Where claims stand, as it is kept, held against what comes out when everything is worked out from the entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import islice
from math import isclose

from ledger.service.standing import METHOD, Published, Work, go_on_forever
from ledger.store.protocol import Snapshot, StandingProgress, StandingRow

_BATCH = 200
# SCORING: every number agrees within this, on whatever machine it was computed.
_TOLERANCE = 1e-9

Fault = Callable[[str, str, str], None]


def check_standing(snapshot: Snapshot, fault: Fault) -> None:
    """`fault` is told where, what was found, and what was wanted. What was worked out by another method will be anew."""
    progress = snapshot.standing.progress()
    if progress.policy != METHOD:
        return
    _check_progress(snapshot, progress, fault)
    _check_labels(snapshot, fault)
    rows = {row.index: row for row in snapshot.standing.all_rows()}
    claims = snapshot.of_kinds(["claim"])
    for indexes in _batches(claims):
        _check_rows(snapshot, progress, indexes, rows, fault)
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
    snapshot: Snapshot, progress: StandingProgress, indexes: list[int], rows: dict[int, StandingRow], fault: Fault
) -> None:
    wanted = _worked_out(snapshot, progress.size, indexes)
    other = {index for index in indexes if not _same(rows.get(index), wanted.get(index))}
    if other and progress.target > progress.size:
        # What is done of a round that is under way is ahead of the rest.
        ahead = _worked_out(snapshot, progress.target, sorted(other))
        due = snapshot.standing.due_among(sorted(other))
        other = {index for index in other if index in due or not _same(rows.get(index), ahead.get(index))}
    for index in sorted(other):
        fault(f"standing of claim {index}", _told(rows.get(index)), _told(wanted.get(index)))


def _worked_out(snapshot: Snapshot, size: int, indexes: list[int]) -> dict[int, StandingRow]:
    work = Work(snapshot, Published(snapshot, 0, 0, size), go_on_forever)
    found = (work.row(index, claim, None) for index, claim in work.claims([index for index in indexes if index < size]))
    return {row.index: row for row in found if row is not None}


def _same(one: StandingRow | None, other: StandingRow | None) -> bool:
    if one is None or other is None:
        return one is other
    mine, theirs = asdict(one), asdict(other)
    return all(_agree(mine[name], theirs[name]) for name in mine)


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


def _batches(indexes: list[int]) -> Iterator[list[int]]:
    source = iter(indexes)
    while batch := list(islice(source, _BATCH)):
        yield batch
