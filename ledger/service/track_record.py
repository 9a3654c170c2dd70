"""The track record of a source: what it said, and how that stands now, added up over the newest claims that it spoke on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.core.force import corrected
from ledger.core.track_record import MAX_CLAIMS, Part, part_of
from ledger.errors import NotFoundError
from ledger.operations import Question
from ledger.service.gathering import gather
from ledger.service.reading import Reading
from schemas.corroboration import AsOf
from schemas.credibility import Counted, TrackRecord
from schemas.records import AttributionRecord, StatementRecord

NAMED = 20
"""How many records a count names."""
_BATCH = 500
_MOST_WORKS = 2_000


@dataclass
class _Spoken:
    """The newest claims that a source spoke on, with its statements on them; `complete` if there are no others."""

    claims: dict[str, None] = field(default_factory=dict)
    statements: dict[str, None] = field(default_factory=dict)
    withheld: set[str] = field(default_factory=set)
    complete: bool = True


def track_record(reading: Reading, slug: str, state: AsOf, question: Question) -> tuple[TrackRecord, Mapping[str, Part]]:
    """The counts, and its part in the claims that they are complete to, the newest first.

    It grows with the source's own claims alone.
    """
    spoken = _spoken(reading, slug, state.size)
    # Everything is read at once; what is gathered claim by claim has been read then.
    gathered = gather(reading, list(spoken.claims), state.size) if spoken.claims else []
    hidden = reading.withheld([entry.id for entry in gathered]).keys()
    parts: dict[str, Part] = {}
    for claim in spoken.claims:
        logged = gather(reading, [claim], state.size)
        if any(entry.id in hidden for entry in logged):
            spoken.withheld.add(claim)
            continue
        try:
            part = part_of(slug, claim, logged, as_of=state, until=question.until, clock=question.clock)
        except NotFoundError:
            continue  # the claim was taken back, and with it what anybody said of it
        if part.said or part.shown:
            parts[part.claim] = part
    corrections = corrected(gathered)
    taken_back = [name for name in spoken.statements if name in corrections]
    return _record(list(parts.values()), taken_back, spoken), parts


def _spoken(reading: Reading, slug: str, size: int) -> _Spoken:
    found = _Spoken()
    indexes = sorted((one for one in reading.referring([slug], ("speaker", "joint_with")) if one < size), reverse=True)
    for start in range(0, len(indexes), _BATCH):
        entries = reading.at(indexes[start : start + _BATCH])
        withheld = reading.withheld([entry.id for entry in entries])
        found.withheld |= withheld.keys()
        for entry in reversed(entries):
            if not isinstance(entry.record, StatementRecord) or entry.id in withheld:
                continue
            if entry.record.claim not in found.claims and len(found.claims) == MAX_CLAIMS:
                found.complete = False
                return found
            found.claims[entry.record.claim] = None
            found.statements[entry.id] = None
    _add_shown(reading, slug, size, found)
    return found


def _add_shown(reading: Reading, slug: str, size: int, found: _Spoken) -> None:
    """The claims on which others show documents of the source: a hop leads to the document itself."""
    works = sorted((one for one in reading.referring([slug], ("authors", "publisher")) if one < size), reverse=True)
    if len(works) > _MOST_WORKS:
        works, found.complete = works[:_MOST_WORKS], False
    documents = [entry.id for entry in reading.at(works)]
    hops = reading.at(one for one in reading.referring(documents, ("to",)) if one < size)
    showing = [entry.record.from_ for entry in hops if isinstance(entry.record, AttributionRecord)]
    for entry in reversed(reading.records(showing)):
        if isinstance(entry.record, StatementRecord) and entry.record.claim not in found.claims:
            if len(found.claims) == MAX_CLAIMS:
                found.complete = False
                return
            found.claims[entry.record.claim] = None


def _record(parts: Sequence[Part], taken_back: Sequence[str], spoken: _Spoken) -> TrackRecord:
    judged = [part for part in parts if part.outcome is not None]
    named: dict[Counted, list[str]] = {
        "as_origin": _of(part.origins for part in parts),
        "as_relay": _of(part.relays for part in parts),
        "credits": _of(part.credits for part in parts),
        "credited": _of(part.credited for part in parts),
        "shown": _of(part.shown for part in parts),
        "withdrawn": _of(part.withdrawn for part in parts),
        "set_aside": _of(part.set_aside for part in parts),
        "corrected": list(taken_back),
        "only_origin": [part.claim for part in parts if part.alone],
        "changed_position": [part.claim for part in parts if part.changed],
        "supported_corroborated": _claims(judged, "+", "corroborated"),
        "denied_contradicted": _claims(judged, "-", "contradicted"),
        "denied_corroborated": _claims(judged, "-", "corroborated"),
        "supported_contradicted": _claims(judged, "+", "contradicted"),
        "undecided": [part.claim for part in judged if part.outcome not in ("corroborated", "contradicted")],
    }
    return TrackRecord(
        claims=len(parts),
        complete=spoken.complete,
        statements=len(named["as_origin"]) + len(named["as_relay"]),
        judged=len(judged),
        withheld=len(spoken.withheld),
        named={name: ids[:NAMED] for name, ids in named.items()},
        **_counts(named),
    )


def _counts(named: Mapping[Counted, Sequence[str]]) -> dict[str, int]:
    return {name: len(ids) for name, ids in named.items()}


def _of(lists: Iterable[Iterable[str]]) -> list[str]:
    """All of them, each once."""
    return list(dict.fromkeys(one for some in lists for one in some))


def _claims(judged: Iterable[Part], side: str, outcome: str) -> list[str]:
    """A claim on which the source took both sides in turn stands under both."""
    return [part.claim for part in judged if side in part.sides and part.outcome == outcome]
