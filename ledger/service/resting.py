"""Which statements rest on some others, towards the readers: read level by level, of what stands and may be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ledger.core.evidence import Logged
from ledger.core.force import in_force
from ledger.service.documents import backs
from ledger.service.reading import Reading
from ledger.service.withholding import telling
from schemas.records import AttributionRecord, StatementRecord

MOST = 2_000
"""So many statements are followed, the newest first; a source may have spoken a hundred thousand times."""
_MOST_HOPS = 100
_READERS = ("to", "reported_by", "document")
"""Members by which a statement, or a hop of one, rests on a statement or a document."""


@dataclass
class Resting:
    """Statements by id, and from each the next one towards the roots. `complete` if there are no others."""

    statements: dict[str, Logged] = field(default_factory=dict)
    nearer: dict[str, str | None] = field(default_factory=dict)
    complete: bool = True

    def of_claims(self) -> dict[str, list[Logged]]:
        """The statements by the claim that each is about, the claims of the newest statements first."""
        found: dict[str, list[Logged]] = {}
        for entry in sorted(self.statements.values(), key=lambda one: -one.index):
            assert isinstance(entry.record, StatementRecord)
            found.setdefault(entry.record.claim, []).append(entry)
        return found


def said_or_shown(reading: Reading, slug: str, most: int) -> tuple[list[Logged], bool]:
    """The newest statements and works of a source, and whether there are no others."""
    indexes = sorted(reading.referring([slug], ("speaker", "publisher", "authors")), reverse=True)
    entries = standing_of(reading, reading.at(indexes[:most]))
    return [entry for entry in entries if _is_by(entry, slug)], len(indexes) <= most


def _is_by(entry: Logged, slug: str) -> bool:
    """A statement of its own, or a work."""
    return not isinstance(entry.record, StatementRecord) or entry.record.speaker == slug


def resting_on(reading: Reading, roots: Sequence[Logged], *, most: int, complete: bool = True) -> Resting:
    """The statements among the roots, and those that have it from these through any number of hops, until there are `most`.

    Nothing is followed through what was taken back from the record or is withheld.
    """
    found = Resting(complete=complete)
    found.nearer = {entry.id: None for entry in roots}
    found.statements = {entry.id: entry for entry in telling(reading, roots)}
    new = set(found.nearer)
    for _ in range(_MOST_HOPS):
        if not new or len(found.statements) >= most:
            break
        steps = _steps(reading, new, most)
        said = telling(reading, standing_of(reading, reading.records(steps.keys() - found.nearer.keys())))
        said = said[-(most - len(found.statements)) :]
        found.statements |= {entry.id: entry for entry in said}
        found.nearer |= {entry.id: steps[entry.id] for entry in said}
        new = {entry.id for entry in said}
    else:
        found.complete = not new
    found.complete = found.complete and len(found.statements) < most
    return found


def _steps(reading: Reading, names: set[str], most: int) -> dict[str, str]:
    """Each statement that has it from one of these, in log order, with the one that it has it from."""
    hanging = sorted(reading.referring(names, _READERS), reverse=True)[: 2 * most]
    steps: dict[str, str] = {}
    for entry in standing_of(reading, reading.at(hanging)):
        record = entry.record
        if isinstance(record, StatementRecord):
            above = record.document if record.document in names else record.reported_by
            steps.setdefault(entry.id, above or "")
        elif isinstance(record, AttributionRecord) and record.mode != "not_from":
            steps.setdefault(record.from_, record.to)
    return steps


def standing_of(reading: Reading, entries: Iterable[Logged]) -> list[Logged]:
    """Those of the records that nobody took back or withheld, in log order."""
    own = list(entries)
    if not own:
        return []
    stand = in_force([*own, *backs(reading, own)])
    places = {entry.index for entry in own}
    withheld = reading.withheld([entry.id for entry in own])
    return [entry for entry in stand if entry.index in places and entry.id not in withheld]
