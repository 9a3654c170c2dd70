"""Answers about claims that are worked out before anybody asks: the claim, its chain and its score, to the plain question.

What is answered rests on what is gathered for the claim, on the state that it is read at, and on nothing else. So an answer
holds until an entry reaches the claim (`claims_reached`), or until a date that its records name comes (`turning_points`); all
that changes meanwhile is how it names the state, and that is put in when it is given. What sealed values say can be erased
without a new entry: answers that tell it are encrypted under what would be erased. Nothing is kept of what is private.
"""

from __future__ import annotations

import gc
import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
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
from ledger.core.prepared import Answer, Locked, pack, unpack
from ledger.core.privacy import no_number_ever
from ledger.core.records import sealed_in
from ledger.errors import BusyError, CorruptError, NotFoundError, StoreError
from ledger.operations import NOW
from ledger.service.gathering import gather
from ledger.service.helpers import Helpers, store_at
from ledger.service.lookups import chain_heard, claim_in, hearing_of, report_heard
from ledger.service.reaching import claims_reached
from ledger.service.reading import Reading, logged_of
from ledger.service.standing import Stopped, go_on_forever
from ledger.service.views import open_values_of
from ledger.store.answerfile import AnswerFile, AnswersError, Followed, Row, What
from ledger.store.protocol import Snapshot, State, Store, StoredCheckpoint
from schemas.corroboration import AsOf
from schemas.dates import time_of
from schemas.records import AssessmentRecord, ClaimRecord

_ENTRIES = 500
_TOGETHER = 25
_PORTION = 100
_WANTED = 1_000
_REST = 60.0


class Prepared:
    """Of one store. Any thread may ask; one thread, of one process, follows the log and fills the file."""

    def __init__(self, file: AnswerFile, store: Store) -> None:
        self._file = file
        self._store = store
        self._program = program()
        self._wanted: dict[str, None] = {}
        self._resting = 0.0
        """Until then the file is left alone, after it was in trouble."""

    def given(self, state: State, claim: str, what: What) -> bytes | Locked | None:
        """The answer in that state, in JSON, or what `unlocked` makes it of; None where it was not prepared, which it then
        soon will be."""
        now = state.checkpoint
        kept = self._file.given((now.size, now.root, self._program), _hash_of(claim), what)
        if kept == b"":
            return None
        found = unpack(kept) if kept else None
        return found if isinstance(found, Locked) else self._told(found, now, claim, what)

    def unlocked(self, found: Locked, state: State, claim: str, what: What) -> bytes | None:
        """The answer, for which the store is asked for the openings that it rests on; None where they are others by now."""
        answer = found.unlock(self._store.salts([*found.opened, *found.shut]))
        return self._told(answer, state.checkpoint, claim, what)

    def _told(self, answer: Answer | None, now: StoredCheckpoint, claim: str, what: What) -> bytes | None:
        if answer is not None and answer.holds(_name(claim, what), now.time):
            return b"".join((answer.before, _state(what, now).encode(), answer.after))
        if len(self._wanted) < _WANTED:
            self._wanted[claim] = None
        return None

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

    def fill_with(self, helpers: Helpers, tell: Callable[[int, int], None]) -> int:
        """All that `fill` would still do, on all processors; how many claims it was. `tell` hears how many are done, and of how
        many, after each portion."""
        with self._store.reading() as snapshot:
            followed = self._file.followed()
            if followed is None or followed.root != snapshot.checkpoint.root:
                return 0
            left = [index for index in reversed(snapshot.of_kinds(["claim"])) if index < followed.swept]
            done = 0
            portions = (
                Portion(self._store.target, followed.root, left[start : start + _PORTION])
                for start in range(0, len(left), _PORTION)
            )
            for portion, rows in helpers.each(prepare_portion, portions):
                if self._file.is_full or not self._file.keep(followed, rows, portion.indexes[-1]):
                    break
                done += len(portion.indexes)
                tell(done, len(left))
            return done

    def forget(self) -> None:
        """For who mends what leads from record to record: all is prepared anew. StoreError if the file cannot be written."""
        self._file.clear()

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
        swept, due = followed.swept, [one for one in self._file.due(_TOGETHER) if one < followed.size]
        if not self._file.is_full:
            due = due or self._asked_for(snapshot)
            if not due and swept:
                due = snapshot.newest_of_kinds(["claim"], swept, _TOGETHER)
                swept = due[-1] if len(due) == _TOGETHER else 0
        if due:
            rows = list(prepare(snapshot, due, go_on))
            self._file.keep(followed, rows, swept, set(due) - {row.claim for row in rows})
        return bool(due)

    def _asked_for(self, snapshot: Snapshot) -> list[int]:
        """Claims that were asked for and not answered from the file, and still are not: most were only asked for before it had
        followed the log."""
        asked = list(self._wanted)[:_TOGETHER]
        for one in asked:
            del self._wanted[one]
        wanted = [one for one in asked if not self._is_settled(one, snapshot.checkpoint)]
        return sorted((indexes[0] for indexes in snapshot.find(wanted).values()), reverse=True)

    def _is_settled(self, claim: str, now: StoredCheckpoint) -> bool:
        """Whether the file has the claim's answers in that state, or says that there are to be none."""
        kept = self._file.given((now.size, now.root, self._program), _hash_of(claim), "view")
        if not kept:
            return kept is not None
        found = unpack(kept)
        if isinstance(found, Locked):
            found = found.unlock(self._store.salts([*found.opened, *found.shut]))
        return found is not None and found.holds(_name(claim, "view"), now.time)

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        """With the file: no more than what was prepared is lost by them. A file that is damaged is made anew."""
        try:
            yield
        except AnswersError as error:
            self._resting = monotonic() + _REST
            logs.trouble("answers_not_prepared", error=str(error))
            with suppress(OSError):
                if error.damaged:
                    self._file.remove()
                else:
                    self._file.close()


def prepare(snapshot: Snapshot, indexes: Sequence[int], go_on: Callable[[], None]) -> Iterator[Row]:
    """The rows of these claims in the snapshot's state."""
    reading = Reading(snapshot)
    claims = [entry for entry in reading.at(indexes) if isinstance(entry.record, ClaimRecord)]
    size = snapshot.checkpoint.size
    with suppress(CorruptError):  # whatever is wrong with one of them is seen when its turn comes
        gather(reading, [entry.id for entry in claims], size)  # what they have in common is read at once
    for entry in claims:
        go_on()
        yield Row(entry.index, _hash_of(entry.id), *_answers_or_none(reading, entry))


@dataclass(frozen=True)
class Portion:
    """Claims by index, of the store where helpers find it, in the state of that root."""

    target: str
    root: bytes
    indexes: list[int]


def prepare_portion(portion: Portion) -> list[Row]:
    """The rows, read from the store by who is asked. StoreError where the log has grown on: they would be of another state."""
    with store_at(portion.target).reading() as snapshot:
        if snapshot.checkpoint.root != portion.root:
            raise BusyError("records came in meanwhile", hint="run it again: what is prepared stays, as far as it holds")
        rows = list(prepare(snapshot, portion.indexes, go_on_forever))
    gc.collect()  # what a score is worked out with holds rings
    return rows


def _answers_or_none(reading: Reading, claim: Logged) -> tuple[bytes, ...]:
    """None where the claim was taken back, or cannot be worked out: the route says why."""
    try:
        return _answers(reading, claim.id)
    except NotFoundError:
        return ()
    except Stopped:
        raise
    except Exception as error:
        if isinstance(error, StoreError) and not isinstance(error, CorruptError):
            raise
        logs.trouble("claim_not_prepared", index=claim.index, error=type(error).__name__)
        return ()


def _answers(reading: Reading, claim: str) -> tuple[bytes, ...]:
    now = reading.snapshot.checkpoint
    logged = gather(reading, [claim], now.size)
    if all(entry.id != claim for entry in logged) or no_number_ever(claim, logged):
        return ()
    matter = claim, AsOf(size=now.size, root=now.root.hex(), time=time_of(now.time)), logged
    hearing = hearing_of(matter, NOW)
    # Why somebody rated a source so, which is often sealed, is in none of the answers.
    telling = [entry.record for entry in logged if not isinstance(entry.record, AssessmentRecord)]
    opened = open_values_of(reading, telling)
    view = claim_in(matter, hearing, nodes_of(hearing), brief_in(hearing), opened)
    if view.replaced_by is not None:
        return ()
    chain, report = chain_heard(matter, hearing, NOW, opened.words), report_heard(matter, hearing, NOW)
    sealed = {digest for record in telling for digest in sealed_in(record)}
    salts = {digest: salt for digest, salt in opened.salts.items() if digest in sealed}
    until = next((moment for moment in turning_points(logged) if moment > now.time), None)
    answers: dict[What, BaseModel] = {"view": view, "chain": chain, "report": report}

    def packed(what: What, answer: BaseModel) -> bytes:
        text, state = answer.model_dump_json(by_alias=True), _state(what, now)
        before, *after = text.split(state)
        if len(after) != 1:
            raise ValueError("an answer that names its state not just once")
        whole = Answer(_name(claim, what), now.time, until, before.encode(), after[0].encode())
        return pack(whole, salts, sorted(sealed - salts.keys()), secrets.token_bytes(12))

    return tuple(packed(what, answer) for what, answer in answers.items())


def _name(claim: str, what: What) -> str:
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
