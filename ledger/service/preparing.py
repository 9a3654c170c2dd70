"""Answers about claims that are worked out before anybody asks: the claim, its chain and its score, to the plain question.

What is answered rests on what is gathered for the claim, on the state that it is read at, and on nothing else. So an answer
holds until an entry reaches the claim (`claims_reached`), or until a date that its records name comes (`turning_points`); all
that changes meanwhile is how it names the state, and that is put in when it is given. Nothing is kept of claims with sealed
values, nor of what is private: that can be erased without a new entry, and is not to lie anywhere else.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import monotonic

from pydantic import BaseModel

import ledger
import schemas
from ledger import logs
from ledger.core.chain import nodes_of
from ledger.core.evidence import Logged
from ledger.core.gist import brief_in, turning_points
from ledger.core.privacy import no_number_ever
from ledger.core.records import sealed_in
from ledger.core.views import Opened
from ledger.operations import NOW
from ledger.service.gathering import gather
from ledger.service.lookups import chain_heard, claim_in, hearing_of, report_heard
from ledger.service.reaching import claims_reached
from ledger.service.reading import Reading, logged_of
from ledger.store.answerfile import AnswerFile, AnswersError, Followed, Row, What
from ledger.store.protocol import Snapshot, State, Store, StoredCheckpoint
from schemas.corroboration import AsOf
from schemas.dates import time_of
from schemas.records import AssessmentRecord, ClaimRecord

_ENTRIES = 500
_TOGETHER = 25
_WANTED = 1_000
_REST = 60.0
FOREVER = 1 << 62


class Prepared:
    """Of one store. Any thread may ask; one thread, of one process, follows the log and fills the file."""

    def __init__(self, file: AnswerFile, store: Store) -> None:
        self._file = file
        self._store = store
        self._wanted: dict[str, None] = {}
        self._resting = 0.0
        """Until then the file is left alone, after it was in trouble."""

    def given(self, state: State, claim: str, what: What) -> bytes | None:
        """The answer in that state, in JSON; None where it was not prepared, which it then soon will be."""
        now = state.checkpoint
        kept = self._file.given(now.root, now.size, _hash_of(claim), what)
        found = _unpacked(kept, claim, what, now) if kept else None
        if found is None and kept != b"" and len(self._wanted) < _WANTED:
            self._wanted[claim] = None
        return found

    def follow(self, go_on: Callable[[], None]) -> None:
        """The file follows the log to its newest state: answers that hold no longer are let go."""
        if monotonic() < self._resting:
            return
        with self._troubles(), self._store.reading() as snapshot:
            if not snapshot.identity.test_log:
                self._follow(snapshot, go_on)

    def fill(self, go_on: Callable[[], None]) -> bool:
        """Some more claims are answered in the file; False where there is nothing left to do."""
        if monotonic() < self._resting:
            return False
        with self._troubles(), self._store.reading() as snapshot:
            followed = self._file.followed()
            if followed is not None and followed.root == snapshot.checkpoint.root:
                return self._fill(snapshot, followed, go_on)
        return False

    def close(self) -> None:
        self._file.close()

    def _follow(self, snapshot: Snapshot, go_on: Callable[[], None]) -> None:
        newest, before = snapshot.checkpoint, self._file.followed()
        if before is None or not _is_earlier(before, snapshot) or newest.size > 2 * before.size:
            # Another log's or another program's, or most of the log is new, so that most claims are reached.
            origin = snapshot.identity.origin
            self._file.begin(Followed(origin, program(), newest.size, newest.root, newest.size))
        elif before.size < newest.size:
            stale: set[int] = set()
            for start in range(before.size, newest.size, _ENTRIES):
                entries = snapshot.entry_range(start, min(start + _ENTRIES, newest.size))
                stale |= claims_reached(snapshot, [logged_of(entry) for entry in entries], go_on)
            new = [] if self._file.is_full else snapshot.of_kinds(["claim"], after=before.size - 1)
            claims = [(entry.index, _hash_of(entry.record_id)) for entry in snapshot.entries(new)]
            self._file.follow(replace(before, size=newest.size, root=newest.root), stale.difference(new), claims)

    def _fill(self, snapshot: Snapshot, followed: Followed, go_on: Callable[[], None]) -> bool:
        swept, due = followed.swept, self._file.due(_TOGETHER)
        if not self._file.is_full:
            due = due or self._asked_for(snapshot)
            if not due and swept:
                due = snapshot.newest_of_kinds(["claim"], swept, _TOGETHER)
                swept = due[-1] if len(due) == _TOGETHER else 0
        if due:
            self._file.keep(followed, list(prepare(snapshot, due, go_on)), swept)
        return bool(due)

    def _asked_for(self, snapshot: Snapshot) -> list[int]:
        """Claims that were asked for and not answered from the file."""
        asked = list(self._wanted)[:_TOGETHER]
        for one in asked:
            del self._wanted[one]
        found = snapshot.find(asked)
        now = snapshot.checkpoint
        kept = {one: self._file.given(now.root, now.size, _hash_of(one), "view") for one in found}
        wanted = [one for one, view in kept.items() if view is None or (view and _unpacked(view, one, "view", now) is None)]
        return [found[one][0] for one in wanted]

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        """With the file: no more than what was prepared is lost by them. A file that is damaged is made anew."""
        try:
            yield
        except AnswersError as error:
            self._resting = monotonic() + _REST
            logs.trouble("answers_not_prepared", error=str(error))
            if error.damaged:
                with suppress(OSError):
                    self._file.remove()


def prepare(snapshot: Snapshot, indexes: Sequence[int], go_on: Callable[[], None]) -> Iterator[Row]:
    """The rows of these claims in the snapshot's state."""
    reading = Reading(snapshot)
    claims = [entry for entry in reading.at(indexes) if isinstance(entry.record, ClaimRecord)]
    size = snapshot.checkpoint.size
    gather(reading, [entry.id for entry in claims], size)  # what they have in common is read at once
    for entry in claims:
        go_on()
        answers = _answers(entry.id, gather(reading, [entry.id], size), snapshot.checkpoint)
        yield Row(entry.index, _hash_of(entry.id), *answers)


def _answers(claim: str, logged: list[Logged], now: StoredCheckpoint) -> tuple[bytes, ...]:
    if not _is_open(claim, logged):
        return ()
    matter = claim, AsOf(size=now.size, root=now.root.hex(), time=time_of(now.time)), logged
    hearing = hearing_of(matter, NOW)
    opened = Opened({})  # nothing that is told here is sealed
    view = claim_in(matter, hearing, nodes_of(hearing), brief_in(hearing), opened)
    if view.replaced_by is not None:
        return ()
    until = next((moment for moment in turning_points(logged) if moment > now.time), None)
    chain, report = chain_heard(matter, hearing, NOW, opened.words), report_heard(matter, hearing, NOW)
    answers = {"view": view, "chain": chain, "report": report}
    return tuple(_packed(claim, what, answer, now, until) for what, answer in answers.items())


def _is_open(claim: str, logged: Sequence[Logged]) -> bool:
    """Whether the claim is shown, and all that its answers say of what it rests on, for good: neither sealed nor private. Why
    somebody rated a source so, which is often sealed, is in none of them."""
    if all(entry.id != claim for entry in logged) or no_number_ever(claim, logged):
        return False
    return not any(sealed_in(entry.record) for entry in logged if not isinstance(entry.record, AssessmentRecord))


# How answers lie in the file: which it is and how long it holds, then what comes before and after the state that it names.


def _packed(claim: str, what: str, answer: BaseModel, now: StoredCheckpoint, until: int | None) -> bytes:
    text, state = answer.model_dump_json(by_alias=True), _state(what, now)
    before, *after = text.split(state)
    assert len(after) == 1, "an answer names its state once"
    return zlib.compress("\n".join((_head(claim, what), f"{now.time} {until or ''}", before, *after)).encode(), 1)


def _unpacked(kept: bytes, claim: str, what: What, now: StoredCheckpoint) -> bytes | None:
    """None where it is not this answer, or its time is over."""
    try:
        head, times, before, after = zlib.decompress(kept).split(b"\n")
        since, _, until = times.partition(b" ")
        if head != _head(claim, what).encode() or not int(since) <= now.time < (int(until) if until else FOREVER):
            return None
    except (zlib.error, ValueError):  # the file was damaged
        return None
    return b"".join((before, _state(what, now).encode(), after))


def _head(claim: str, what: str) -> str:
    return f"{what} {claim}"


def _state(what: str, now: StoredCheckpoint) -> str:
    """The member of an answer that names the state."""
    if what == "view":
        return f',"size":{now.size}}}'
    return '"as_of":' + AsOf(size=now.size, root=now.root.hex(), time=time_of(now.time)).model_dump_json()


def _hash_of(claim: str) -> bytes:
    return bytes.fromhex(claim.removeprefix("sha256:"))


# Whose answers they are


def _is_earlier(followed: Followed, snapshot: Snapshot) -> bool:
    """Whether the file follows this very log, by this program."""
    if (followed.origin, followed.method) != (snapshot.identity.origin, program()):
        return False
    then = snapshot.checkpoint_at(followed.size) if followed.size <= snapshot.checkpoint.size else None
    return then is not None and then.root == followed.root


@cache
def program() -> str:
    """Tells programs apart that may answer otherwise: a hash of the code that answers."""
    found = hashlib.sha256()
    for package in (ledger, schemas):
        place = Path(str(package.__file__)).parent
        for file in sorted(place.rglob("*.py")):
            found.update(f"{file.relative_to(place)}\n".encode() + file.read_bytes())
    return found.hexdigest()
