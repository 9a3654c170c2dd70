"""What records that are not stored yet would do to the scores: asked before an append, answered without one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.core.evidence import Logged
from ledger.core.privacy import no_number_ever
from ledger.core.subjects import references_of, subject_of
from ledger.core.views import brief_of, claim_texts
from ledger.errors import NotFoundError
from ledger.operations import Question
from ledger.service.gathering import as_of, gather
from ledger.service.lookups import report_of
from ledger.service.reading import Reading
from ledger.service.touching import claims_touched, related_claims
from ledger.service.views import open_values_of
from ledger.store.protocol import Snapshot
from schemas.corroboration import AsOf, Report
from schemas.lookups import ScoreChange

MAX_CHANGES = 50


class Foreseen(Reading):
    """The snapshot as it would be with some more entries on top."""

    def __init__(self, snapshot: Snapshot, new: Sequence[Logged]) -> None:
        super().__init__(snapshot)
        self._new = {entry.index: entry for entry in new}
        self._new_links: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._new_subjects: dict[str, list[int]] = defaultdict(list)
        self._new_places: dict[str, list[int]] = defaultdict(list)
        for entry in new:
            self._new_places[entry.id].append(entry.index)
            for role, target in references_of(entry.record):
                self._new_links[target].append((role, entry.index))
            if (subject := subject_of(entry.record)) is not None:
                self._new_subjects[subject].append(entry.index)

    def at(self, indexes: Iterable[int]) -> list[Logged]:
        wanted = set(indexes)
        new = [self._new[index] for index in sorted(wanted & self._new.keys())]
        return [*super().at(wanted - self._new.keys()), *new]

    def places(self, ids: Iterable[str]) -> dict[str, list[int]]:
        wanted = set(ids)
        found = super().places(wanted)
        for one in sorted(wanted & self._new_places.keys()):
            found[one] = [*found.get(one, ()), *self._new_places[one]]
        return found

    def first(self, ids: Iterable[str]) -> list[int]:
        wanted, there = set(ids), super().first
        new = [self._new_places[one][0] for one in sorted(wanted & self._new_places.keys()) if not there([one])]
        return [*there(wanted), *new]

    def referring(self, targets: Iterable[str], roles: tuple[str, ...]) -> set[int]:
        wanted = set(targets)
        new = {index for one in wanted for role, index in self._new_links.get(one, ()) if role in roles}
        return super().referring(wanted, roles) | new

    def of_subjects(self, subjects: Iterable[str]) -> dict[str, list[int]]:
        wanted = set(subjects)
        found = super().of_subjects(wanted)
        for one in sorted(wanted & self._new_subjects.keys()):
            found[one] = [*found.get(one, ()), *self._new_subjects[one]]
        return found


def changes(before: Snapshot, new: Sequence[Logged]) -> list[ScoreChange]:
    """How these records (with the indexes that they would get) would move scores: of the first 50 claims that they touch."""
    old, foreseen = Reading(before), Foreseen(before, new)
    now = as_of(before, None)
    size = max([now.size, *(entry.index + 1 for entry in new)])
    then = AsOf(size=size, root=now.root, time=now.time)
    direct = claims_touched(foreseen, new)
    touched = list(dict.fromkeys([*direct, *sorted(related_claims(foreseen, direct))]))[:MAX_CHANGES]
    gather(foreseen, touched, size)
    claims = foreseen.records(touched)
    texts = claim_texts(claims, open_values_of(foreseen, (entry.record for entry in claims)))
    found = []
    for claim_id in touched:
        earlier, later = _scored(old, claim_id, now), _scored(foreseen, claim_id, then)
        if claim_id in direct or _told(earlier) != _told(later):
            found.append(_change(claim_id, texts.get(claim_id, {}), earlier, later))
    return [change for change in found if change.before is not None or change.after is not None]


@dataclass(frozen=True)
class _Scored:
    report: Report
    private: bool

    @property
    def log_odds(self) -> float | None:
        return None if self.private else self.report.log_odds


def _told(scored: _Scored | None) -> object:
    return scored and (scored.report.log_odds, scored.report.headline, scored.report.labels)


def _scored(reading: Reading, claim_id: str, state: AsOf) -> _Scored | None:
    """None for a claim that is not on record, or not any more: taken back or withheld."""
    logged = gather(reading, [claim_id], state.size)
    try:
        return _Scored(report_of(claim_id, state, logged, Question()), no_number_ever(claim_id, logged))
    except NotFoundError:
        return None


def _change(claim_id: str, text: dict[str, str], earlier: _Scored | None, later: _Scored | None) -> ScoreChange:
    return ScoreChange(
        claim=claim_id,
        text=text,
        before=brief_of(earlier.report) if earlier else None,
        after=brief_of(later.report) if later else None,
        log_odds_before=earlier.log_odds if earlier else None,
        log_odds_after=later.log_odds if later else None,
    )
