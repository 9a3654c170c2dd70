"""Where claims stand, worked out behind the log: which claims new entries reach, and what has become of these.

One round leads from a published size to the newest. First the new entries are looked through, a portion at a time, and the
claims that they reach are listed as due, with those that time has changed. Then the due ones are worked out, a portion at a
time. What is read and computed holds nobody up; each portion is then written in a short transaction of its own. A round that
was interrupted goes on where it was, and of several processes at one database the first to write a portion wins. A claim that
cannot be worked out holds nobody up either: it loses its row, stays due, and is tried again later.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import monotonic

from ledger import logs
from ledger.core.doubt import may_move
from ledger.core.evidence import Logged
from ledger.core.gist import Gist, gist, turning_points
from ledger.errors import BusyError
from ledger.operations import Question
from ledger.service.gathering import gather, gather_all
from ledger.service.reaching import claims_reached
from ledger.service.reading import Reading, logged_of
from ledger.store.protocol import Snapshot, StandingProgress, StandingRow, StandingStep, Store
from schemas.corroboration import AsOf
from schemas.dates import time_of
from schemas.records import ClaimRecord, WithholdRecord

POLICY = Question().policy
"""The policy of lists: that of a question which names none."""
METHOD = f"{POLICY}/2"
"""How rows are worked out, told along with how far they are: rows of another method are all worked out anew. It is counted on
when a row comes to say something else under the same policy."""
_ENTRIES = 500
_CLAIMS = 500
_TOGETHER = 25
_WRITTEN = 1_000
_SECONDS = 0.5
"""How long a portion of due claims may take before what there is of it is written."""
_STATES = 200
_HEARD = 40_000
"""Earlier states that a claim is heard in again, to find when its headline changed: so many, and fewer where there are more
records to hear each time."""
_TRIED_AGAIN = 60.0
_LONGEST_PUT_OFF = 3_600.0


class Stopped(Exception):
    """The work was told to stop. What is written stays; the rest is there to be gone on with."""


def go_on_forever() -> None:
    """Nobody stops the work."""


class PutOff:
    """Claims that could not be worked out: each is to be tried again in a minute, and after twice as long each time."""

    def __init__(self) -> None:
        self._waits: dict[int, float] = {}
        self._until: dict[int, float] = {}

    def add(self, index: int) -> None:
        wait = min(2 * self._waits.get(index, _TRIED_AGAIN / 2), _LONGEST_PUT_OFF)
        self._waits[index], self._until[index] = wait, monotonic() + wait

    def remove(self, index: int) -> None:
        self._waits.pop(index, None)
        self._until.pop(index, None)

    def still(self) -> set[int]:
        """Those whose time has not come."""
        now = monotonic()
        return {index for index, until in self._until.items() if until > now}


@dataclass
class CatchUp:
    """One side that works on the standing of a store. `go_on` is called often, and raises `Stopped`, from then on every time,
    to end the work."""

    store: Store
    go_on: Callable[[], None] = go_on_forever
    claims: int = field(default=0, init=False)
    """How many claims were worked out."""
    put_off: PutOff = field(default_factory=PutOff, init=False)

    def run(self) -> int:
        """The size to which the standing is complete now, but for what is put off: that of the log, unless it has grown."""
        size = None
        while size is None:
            self.go_on()
            with suppress(BusyError):  # somebody else was quicker, and it is theirs to be gone on from
                size = self.step()
        return size

    def step(self) -> int | None:
        """One portion of the work done; where nothing was left to do, the size to which the standing is complete."""
        with self.store.reading() as snapshot:
            progress = snapshot.standing.progress()
            step = self._next(snapshot, progress)
        if step is None:
            return progress.size
        for part in _short(progress, step):
            self.store.advance_standing(progress.version, part)
            progress = replace(part.progress, version=progress.version + 1)
            self.claims += len(part.rows) + len(part.gone)
            self.go_on()
        return None

    def _next(self, snapshot: Snapshot, progress: StandingProgress) -> StandingStep | None:
        newest = snapshot.checkpoint
        if snapshot.identity.test_log:
            return None
        if progress.policy != METHOD or progress.target > newest.size:
            nothing = replace(progress, policy=METHOD, size=0, time=0, target=0, target_time=0, seen=0)
            return StandingStep(nothing, anew=True)
        if progress.size == progress.target and progress.time == progress.target_time:
            if (newest.size, newest.time) == (progress.size, progress.time):
                late = self._due(snapshot)
                return self._work_out(snapshot, progress, late) if late else None
            return StandingStep(replace(progress, target=newest.size, target_time=newest.time), lapsed=newest.time)
        if progress.seen < progress.target:
            return self._look_through(snapshot, progress)
        if due := self._due(snapshot):
            return self._work_out(snapshot, progress, due)
        return StandingStep(replace(progress, size=progress.target, time=progress.target_time))

    def _look_through(self, snapshot: Snapshot, progress: StandingProgress) -> StandingStep:
        """The next entries are seen, and what they reach is due."""
        if progress.target > 2 * progress.size:
            # Most of the log is new, so most claims are reached, and many of them again and again.
            found = snapshot.of_kinds(["claim"], after=progress.seen - 1, limit=_WRITTEN)
            due = [index for index in found if index < progress.target]
            seen = due[-1] + 1 if len(due) == _WRITTEN else progress.target
            if progress.seen == progress.size:
                due = [*(index for index in snapshot.of_kinds(["claim"]) if index < progress.size), *due]
            return StandingStep(replace(progress, seen=seen), due=due)
        end = min(progress.seen + _ENTRIES, progress.target)
        entries = [logged_of(entry) for entry in snapshot.entry_range(progress.seen, end)]
        reached = claims_reached(snapshot, entries, self.go_on)
        return StandingStep(replace(progress, seen=end), due=sorted(index for index in reached if index < progress.target))

    def _due(self, snapshot: Snapshot) -> list[int]:
        waiting = self.put_off.still()
        found = snapshot.standing.due(_CLAIMS + len(waiting))
        return [index for index in found if index not in waiting][:_CLAIMS]

    def _work_out(self, snapshot: Snapshot, progress: StandingProgress, due: Sequence[int]) -> StandingStep:
        """As many of the due claims as there is time for; if told to stop, those that are done by then."""
        portion = Portion(snapshot, progress, self.go_on)
        try:
            for some in (due[start : start + _TOGETHER] for start in range(0, len(due), _TOGETHER)):
                portion.read_together(some)
                for index in some:
                    portion.work_out(index)
                    if portion.is_long:
                        return portion.step(self.put_off)
        except Stopped:
            if portion.is_empty:
                raise
        return portion.step(self.put_off)


def _short(progress: StandingProgress, step: StandingStep) -> Iterable[StandingStep]:
    """The step in parts that hold no writer up; only the last says that the whole is done."""
    while len(step.due) > _WRITTEN:
        yield StandingStep(progress, due=step.due[:_WRITTEN])
        step = replace(step, due=step.due[_WRITTEN:])
    yield step


class Portion:
    """Due claims worked out one by one, until what there is of them is written."""

    def __init__(self, snapshot: Snapshot, progress: StandingProgress, go_on: Callable[[], None]) -> None:
        self._snapshot, self._progress, self._go_on = snapshot, progress, go_on
        self._work = Work(snapshot, Published(snapshot, progress.size, progress.time, progress.target), go_on)
        self._before: dict[int, StandingRow] = {}
        self._ids: dict[int, str] = {}
        self._until = monotonic() + _SECONDS
        self._rows: list[StandingRow] = []
        self._gone: list[int] = []
        self._failed: list[int] = []

    @property
    def is_long(self) -> bool:
        return monotonic() > self._until

    @property
    def is_empty(self) -> bool:
        return not (self._rows or self._gone or self._failed)

    def read_together(self, indexes: Sequence[int]) -> None:
        """What these claims have in common is read at once; what goes wrong with one of them will again when its turn comes."""
        self._before = self._snapshot.standing.rows(indexes)
        self._ids = {}
        with self._of_one_claim(lambda error: None):
            self._ids = dict(self._work.claims(indexes))

    def work_out(self, index: int) -> None:
        self._go_on()
        with self._of_one_claim(lambda error: self._put_off(index, error)):
            row = self._row(index)
            if row is not None:
                self._rows.append(row)
            else:
                self._gone.append(index)

    @contextmanager
    def _of_one_claim(self, failed: Callable[[Exception], None]) -> Iterator[None]:
        """Whatever goes wrong, the other claims are to be worked out; unless it is the store that is in trouble."""
        try:
            yield
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001
            self._snapshot.standing.progress()  # a store in trouble raises its own error here
            failed(error)

    def _put_off(self, index: int, error: Exception) -> None:
        logs.trouble("claim_put_off", index=index, claim=self._ids.get(index), error=type(error).__name__)
        self._failed.append(index)

    def _row(self, index: int) -> StandingRow | None:
        if index not in self._ids:
            self._ids |= self._work.claims([index])
        before = self._before.get(index)
        # Without a row, a claim that was put off in an earlier round: states before this round can have moved it too.
        work = self._from_the_beginning if before is None and index < self._progress.size else self._work
        return work.row(index, self._ids[index], before)

    @cached_property
    def _from_the_beginning(self) -> Work:
        published = Published(self._snapshot, 0, 0, self._progress.target)
        return Work(self._snapshot, published, self._go_on)

    def step(self, put_off: PutOff) -> StandingStep:
        """What is to be written. What failed stays due, without a row: that could say what holds no longer."""
        for row in self._rows:
            put_off.remove(row.index)
        for index in self._gone:
            put_off.remove(index)
        for index in self._failed:
            put_off.add(index)
        return StandingStep(self._progress, rows=self._rows, gone=self._gone, put_off=self._failed)


class Published:
    """The published states after one of size `size` and time `time`, up to the one of size `target`."""

    def __init__(self, snapshot: Snapshot, size: int, time: int, target: int) -> None:
        states = [state for state in snapshot.published(size) if state[0] <= target]
        self.target = target
        self._start, self._time = size, time
        self._sizes = [size for size, _ in states]
        self._times = [time for _, time in states]

    def turns(self, logged: Sequence[Logged], moments: Sequence[int]) -> list[int]:
        """Sizes of the states in which a score that rests on these records may differ from the state before, in order."""
        indexes = [entry.index for entry in logged if entry.index >= self._start and may_move(entry.record)]
        places = {bisect_right(self._sizes, index) for index in indexes}
        places |= {bisect_left(self._times, moment) for moment in moments if moment > self._time}
        return [self._sizes[place] for place in sorted(places) if place < len(self._sizes)]

    def time(self, size: int) -> int:
        return self._times[bisect_left(self._sizes, size)]


class Work:
    """Claims brought from the state that the published ones follow to the last of these."""

    def __init__(self, snapshot: Snapshot, published: Published, go_on: Callable[[], None]) -> None:
        self.reading = Reading(snapshot)
        self.published = published
        self.target = published.target
        self.go_on = go_on
        self.cut_short: set[str] = set()
        """Claims of which not every earlier state was asked: their headline can be older than it seems."""

    def claims(self, indexes: Sequence[int]) -> list[tuple[int, str]]:
        """Those of these that are claims, with their ids."""
        entries = [entry for entry in self.reading.at(indexes) if isinstance(entry.record, ClaimRecord)]
        gather(self.reading, [entry.id for entry in entries], self.target)  # what they have in common is read at once
        return [(entry.index, entry.id) for entry in entries]

    def row(self, index: int, claim: str, before: StandingRow | None) -> StandingRow | None:
        """The claim's row in the last state, `before` being the one that it had; None where it does not stand."""
        logged = gather_all(self.reading, [claim], self.target)
        moments = turning_points(logged)
        turns = [size for size in self.published.turns(logged, moments) if size > index]
        if not turns:
            return before
        now = self._gist(claim, logged, turns[-1])
        if now is None:
            return None
        changed_at, previous = self._changed(claim, logged, turns, now, before)
        time = self.published.time(turns[-1])
        return StandingRow(
            index=index,
            claim=claim,
            size=turns[-1],
            policy=POLICY,
            headline=now.headline,
            labels=now.labels,
            probability=now.probability,
            n_for=now.n_for,
            n_against=now.n_against,
            confidence=now.confidence,
            showable=now.showable,
            changed_at=changed_at,
            previous=previous,
            lapses_at=next((moment for moment in moments if moment > time), None),
        )

    def _changed(
        self, claim: str, logged: Sequence[Logged], turns: Sequence[int], now: Gist, before: StandingRow | None
    ) -> tuple[int, str | None]:
        """Since when the headline is what it is, and what it was before that: looked for from the newest state backwards, and
        not without end.

        What a state before a withholding said may rest on what is withheld, so nothing is told of it: the headline then counts
        as one that began with the withholding, after none.
        """
        told_from = self._told_from(logged)
        turns = [size for size in turns if size >= told_from]
        since = turns[-1]
        looked_at = turns[-max(1, min(_STATES, _HEARD // len(logged))) :]
        for earlier in reversed(looked_at[:-1]):
            self.go_on()
            found = self._gist(claim, logged, earlier)
            if found is None or found.headline != now.headline:
                return since, found.headline if found else None
            since = earlier
        if len(looked_at) < len(turns):
            self.cut_short.add(claim)
            return since, None
        if since <= told_from or before is None:
            return since, None
        if before.headline != now.headline:
            return since, before.headline
        # A withholding further back can belong to the claim's matter by a link that came later than it.
        return (before.changed_at, before.previous) if before.changed_at > told_from else (told_from, None)

    def _told_from(self, logged: Sequence[Logged]) -> int:
        """The first published size with the last withholding among these: from then on no state rests on what is withheld."""
        withholdings = [entry.index for entry in logged if isinstance(entry.record, WithholdRecord)]
        if not withholdings:
            return 0
        _, size = self.reading.snapshot.sizes_around(withholdings[-1])
        assert size is not None, "every entry is under a checkpoint"
        return size

    def _gist(self, claim: str, logged: Sequence[Logged], size: int) -> Gist | None:
        # The root says which tree it is; no score rests on it.
        state = AsOf(size=size, root="", time=time_of(self.published.time(size)))
        return gist(claim, logged, state, POLICY)
