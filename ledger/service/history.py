"""How a claim's score moved, and which records moved it: on the world's clock, and on the ledger's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ledger.core.evidence import Logged
from ledger.core.hearing import Hearing
from ledger.core.history import Asked, Published, plan
from ledger.core.privacy import no_number_ever
from ledger.core.telling import history_of
from ledger.operations import Question
from ledger.service.gathering import as_of
from ledger.service.lookups import Matter, matter
from ledger.service.reading import Reading
from ledger.store.protocol import Snapshot
from schemas.history import By, History

_REMEMBERED = 64


class Histories:
    """The histories last told, since one hears a claim again at every point. Of the same state they are the same, whoever asks;
    they hold no opened value, so nothing that is erased lives on in them."""

    def __init__(self) -> None:
        self._told: dict[_Asked, History] = {}

    def of(self, snapshot: Snapshot, name: str, question: Question, by: By) -> History:
        told = self.told(snapshot, name, question, by)
        if told is None:
            told = history(snapshot, name, question, by)
            self.keep(snapshot, name, question, by, told)
        return told

    def told(self, snapshot: Snapshot, name: str, question: Question, by: By) -> History | None:
        """If it was told of late."""
        return self._told.get(_asked(snapshot, name, question, by))

    def keep(self, snapshot: Snapshot, name: str, question: Question, by: By, told: History) -> None:
        self._told = dict([*self._told.items(), (_asked(snapshot, name, question, by), told)][-_REMEMBERED:])

    def forget(self) -> None:
        self._told = {}


_Asked = tuple[int, str, Question, By]


def _asked(snapshot: Snapshot, name: str, question: Question, by: By) -> _Asked:
    # The newest size is part of it: what is withheld later is refused, even of an older state.
    return (snapshot.checkpoint.size, name, replace(question, without=tuple(question.without)), by)


def history(snapshot: Snapshot, name: str, question: Question, by: By) -> History:
    """The history of a claim's score, as far as the question's two clocks let it be seen."""
    reading = Reading(snapshot)
    return history_in(reading, matter(reading, name, question), question, by)


def history_in(reading: Reading, found: Matter, question: Question, by: By, now: Hearing | None = None) -> History:
    """The same, of what was gathered already; `now` is the hearing of this very question, if it was held."""
    claim_id, state, logged = found
    snapshot = reading.snapshot
    asked = Asked(question.until, question.clock, tuple(question.without), question.policy, question.base_rate)
    planned = plan(claim_id, logged, state, asked, now)
    published = [] if by == "world" else published_states(snapshot, planned.entries, planned.most + 1)
    logged_at = {entry.index: entry.logged_at for entry in reading.stored(one.index for one in logged)}
    private = no_number_ever(claim_id, logged)
    return history_of(planned, by, published, logged_at, hides=lambda view: private or not view.showable)


def published_states(snapshot: Snapshot, entries: Sequence[Logged], most: int) -> list[Published]:
    """The newest states that were the first to hold some of these entries, oldest first; at most so many, at three small
    questions to the store for each."""
    left = list(entries)
    found: list[Published] = []
    while left and len(found) < most:
        _, size = snapshot.sizes_around(left[-1].index)
        assert size is not None, "every entry is under a checkpoint"
        before, _ = snapshot.sizes_around(size)
        new = [entry for entry in left if before is None or entry.index >= before]
        found.append(Published(as_of(snapshot, str(size)), new))
        left = left[: len(left) - len(new)]
    return found[::-1]
