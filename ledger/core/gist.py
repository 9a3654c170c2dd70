"""Where a claim stands in one state of the ledger, in brief, and when time alone may move it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ledger.core.evidence import Logged
from ledger.core.force import corrected
from ledger.core.hearing import Hearing, examine
from ledger.core.reporting import independent_of, labels_of, origins_of, reports_of, showable
from ledger.core.summary import summary_of
from schemas.corroboration import AsOf, Headline, Label
from schemas.dates import FUTURE, PAST, bounds
from schemas.lookups import Brief
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    DocumentRecord,
    SourceRelationRecord,
    StatementRecord,
    WithholdRecord,
)


@dataclass(frozen=True, slots=True)
class Gist:
    """What `corroborate` says in its report's members of the same names; `labels` in their order there."""

    headline: Headline
    labels: tuple[Label, ...]
    probability: float
    n_for: float
    n_against: float
    confidence: str
    showable: bool


def gist(claim: str, logged: Sequence[Logged], as_of: AsOf, policy: str) -> Gist | None:
    """Where the claim stands; None if it does not: it was not on record, or was taken back or withheld by then.

    `logged` may hold records past `as_of` and withheld ones.
    """
    known = [entry for entry in logged if entry.index < as_of.size]
    out = {entry.record.target for entry in known if isinstance(entry.record, WithholdRecord)}
    known = [entry for entry in known if entry.id not in out]
    if all(entry.id != claim for entry in known) or claim in corrected(known):
        return None
    hearing = examine(claim, known, as_of=as_of, policy=policy)
    verdict = hearing.verdict
    return Gist(
        headline=verdict.headline,
        labels=tuple(sorted(labels_of(hearing))),
        probability=verdict.probability,
        n_for=verdict.n_for,
        n_against=verdict.n_against,
        confidence=verdict.confidence,
        showable=showable(hearing),
    )


def brief_in(hearing: Hearing) -> Brief:
    """What `brief_of` says of the report on this hearing; for what the brief does not tell nothing is worked out."""
    verdict, labels, shown = hearing.verdict, labels_of(hearing), showable(hearing)
    return Brief(
        headline=verdict.headline,
        labels=sorted(labels),
        summary=summary_of(hearing, labels, len(reports_of(hearing))),
        independent_origins=independent_of(hearing),
        origins=origins_of(hearing),
        showable=shown,
        probability=verdict.probability if shown else None,
        interval=verdict.interval if shown else None,
        words=verdict.words if shown else None,
        confidence=verdict.confidence,
    )


def turning_points(logged: Iterable[Logged]) -> list[int]:
    """The seconds of the ledger's clock at which a score may change though no record came in, in order.

    Ratings and relations come into force and end; a statement without a date was said by now at the latest, so it stops being
    the earlier one when a date that lay ahead is reached. Some of these seconds change nothing.
    """
    edges = {edge for entry in logged for when in _dates(entry) for edge in bounds(when)}
    # At the second itself, or just past it: which of the two depends on what is compared.
    return sorted({moment for edge in edges - {PAST, FUTURE} for moment in (edge, edge + 1)})


def _dates(entry: Logged) -> Iterator[str]:
    """What the record's rules hold against the ledger's clock."""
    found: tuple[str | None, ...] = ()
    match entry.record:
        case AssessmentRecord() | SourceRelationRecord() as record:
            found = (record.valid_from, record.valid_to)
        case DocumentRecord() as record:
            found = (record.published_at, record.captured_at, record.retrieved_at)
        case StatementRecord() as record:
            found = (record.said_at,)
        case AttributionRecord() as record:
            found = (record.known_from,)
    return (when for when in found if when is not None)
