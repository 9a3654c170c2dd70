"""Answers about sources: who they are, how they hang together, how they are rated, and what their record is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from ledger.core.evidence import Logged
from ledger.core.force import Signers, Standing, corrected, in_force, standing
from ledger.core.policies import OLO_1
from ledger.core.ratings import Ratings
from ledger.core.relations import Registry
from ledger.core.search import query_terms
from ledger.errors import NotFoundError
from ledger.service.cursors import check_limit, parse_cursor, print_cursor
from ledger.service.gathering import gather_about, refuse_withheld
from ledger.service.reading import Reading
from ledger.service.views import Opened, assessment_view, relation_view
from ledger.store.protocol import Snapshot
from schemas.lookups import SourceList, SourceSummary, SourceView, TrackRecord
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
)

_CANDIDATES = 2_000
_NEAR = 5


def source(snapshot: Snapshot, slug: str) -> SourceView:
    """A source with its relations both ways, its ratings by name, and its track record in counts."""
    reading = Reading(snapshot)
    size = snapshot.checkpoint.size
    own = reading.at(index for indexes in reading.of_subjects([f"source:{slug}"]).values() for index in indexes)
    if not own:
        raise NotFoundError(f"no source {slug[:80]!r} is on record", suggestions=near_slugs(snapshot, slug))
    related = reading.at(reading.referring([slug], ("subject", "object", "target")))
    logged = gather_about(reading, [entry.id for entry in [*own, *related]], size, sources=True)
    stands = standing(logged)
    chain = stands.chains.get(f"source:{slug}")
    if not chain:
        refuse_withheld(reading, own[-1].id)
        raise NotFoundError(f"the source {slug!r} was taken back", hint=f"onrecord show {own[-1].id[7:19]}")
    record = chain[0].record
    assert isinstance(record, SourceRecord)
    shown = in_force(logged)
    opened = Opened(reading, (entry.record for entry in shown))
    said = _statements_of(reading, [slug])
    return SourceView(
        id=slug,
        record_id=chain[0].id,
        index=chain[0].index,
        names=opened.texts(record.names),
        type=record.type,
        country=record.country,
        record=opened.json(record),
        relations=[relation_view(entry) for entry in shown if _relates(entry, slug)],
        assessments=[assessment_view(entry, Signers(logged), opened) for entry in shown if _rates(entry, slug)],
        letter=_letters(stands, [slug], snapshot.checkpoint.time)[slug],
        track_record=_track_record(reading, said),
        claims=list(dict.fromkeys(entry.record.claim for entry in reversed(said) if isinstance(entry.record, StatementRecord))),
        size=size,
    )


def sources(snapshot: Snapshot, query: str | None = None, cursor: str | None = None, limit: int = 50) -> SourceList:
    """Sources whose slug, names or domains hold all words of the query, newest first."""
    check_limit(limit)
    before = parse_cursor(cursor).before if cursor else None
    reading = Reading(snapshot)
    terms = query_terms(query) if query else []
    found: list[Logged] = []
    while len(found) <= limit:
        indexes = snapshot.search("source", terms, lang=None, before=before, limit=limit + 1)
        if not indexes or (query and not terms):
            break
        found += _newest_of_each(reading, indexes)
        before = min(indexes)
    page = found[:limit]
    after = print_cursor(page[-1].index, snapshot.checkpoint.size) if len(found) > limit else None
    return SourceList(sources=_summaries(reading, page), size=snapshot.checkpoint.size, next=after)


def near_slugs(snapshot: Snapshot, name: str) -> list[str]:
    """Slugs on record that look like this name, best first."""
    beginning = snapshot.subjects_beginning(f"source:{name[:2].lower()}", _CANDIDATES)
    everything = snapshot.subjects_beginning("source:", _CANDIDATES)
    slugs = list(dict.fromkeys(subject.removeprefix("source:") for subject in [*beginning, *everything]))
    close = process.extract(name.lower(), slugs, scorer=fuzz.WRatio, limit=_NEAR, score_cutoff=70)
    reading = Reading(snapshot)
    named = _slugs_named(reading, name)
    return _standing_slugs(reading, list(dict.fromkeys([*named, *(slug for slug, _, _ in close)])))[:_NEAR]


def _slugs_named(reading: Reading, name: str) -> list[str]:
    """Sources one of whose names, in a record that is in force, holds these words."""
    terms = query_terms(name)
    indexes = reading.snapshot.search("source", terms, lang=None, before=None, limit=_NEAR) if terms else []
    return [entry.record.id for entry in _newest_of_each(reading, indexes) if isinstance(entry.record, SourceRecord)]


def _standing_slugs(reading: Reading, slugs: Sequence[str]) -> list[str]:
    """Those of which a record is in force: what is withheld or was taken back is not suggested."""
    places = reading.of_subjects(f"source:{slug}" for slug in slugs)
    entries = _newest_of_each(reading, [index for indexes in places.values() for index in indexes])
    standing = {entry.record.id for entry in entries if isinstance(entry.record, SourceRecord)}
    return [slug for slug in slugs if slug in standing]


def _newest_of_each(reading: Reading, indexes: Sequence[int]) -> list[Logged]:
    """Of these source records, those that are in force: later revisions and corrections hide the others."""
    entries = sorted(reading.at(indexes), key=lambda entry: -entry.index)
    subjects = [f"source:{entry.record.id}" for entry in entries if isinstance(entry.record, SourceRecord)]
    places = reading.of_subjects(subjects)
    rivals = reading.at(index for them in places.values() for index in them)
    size = reading.snapshot.checkpoint.size
    stand = {entry.id for entry in in_force(gather_about(reading, [entry.id for entry in rivals], size))}
    return [entry for entry in entries if entry.id in stand]


def _summaries(reading: Reading, page: Sequence[Logged]) -> list[SourceSummary]:
    size, time = reading.snapshot.checkpoint.size, reading.snapshot.checkpoint.time
    logged = gather_about(reading, [entry.id for entry in page], size, sources=True) if page else []
    records = [entry.record for entry in page if isinstance(entry.record, SourceRecord)]
    letters = _letters(standing(logged), [record.id for record in records], time)
    opened = Opened(reading, records)
    return [
        SourceSummary(
            id=record.id,
            names=opened.texts(record.names),
            type=record.type,
            country=record.country,
            letter=letters[record.id],
        )
        for record in records
    ]


def _letters(stands: Standing, slugs: Iterable[str], moment: int) -> dict[str, str | None]:
    """Each source's letter as the score would use it now; None where nobody has rated it."""
    registry = Registry(stands, moment, frozenset(), OLO_1)
    ratings = Ratings(stands, registry, moment, OLO_1)
    found = {slug: ratings.of(slug) for slug in slugs}
    return {slug: rating.letter if rating.rated or rating.assessments else None for slug, rating in found.items()}


def _relates(entry: Logged, slug: str) -> bool:
    record = entry.record
    return isinstance(record, SourceRelationRecord) and slug in (record.subject, record.object)


def _rates(entry: Logged, slug: str) -> bool:
    return isinstance(entry.record, AssessmentRecord) and entry.record.target == slug


def _statements_of(reading: Reading, slugs: Sequence[str]) -> list[Logged]:
    entries = reading.at(reading.referring(slugs, ("speaker",)))
    withheld = reading.withheld([entry.id for entry in entries])
    return [entry for entry in entries if isinstance(entry.record, StatementRecord) and entry.id not in withheld]


def _track_record(reading: Reading, said: Sequence[Logged]) -> TrackRecord:
    ids = {entry.id for entry in said}
    corrections = reading.at(reading.referring(ids, ("target",)))
    taken_back = (
        ids & corrected(gather_about(reading, [entry.id for entry in corrections], reading.snapshot.checkpoint.size)).keys()
    )
    standing_ids = ids - taken_back
    hops = [entry.record for entry in reading.at(reading.referring(standing_ids, ("from",)))]
    relayed = {hop.from_ for hop in hops if isinstance(hop, AttributionRecord) and hop.mode != "not_from"} & standing_ids
    later = [entry.record for entry in reading.at(reading.referring(standing_ids, ("withdraws",)))]
    withdrawn = {one.withdraws for one in later if isinstance(one, StatementRecord)} & standing_ids
    standing_records = [entry.record for entry in said if entry.id in standing_ids]
    return TrackRecord(
        statements=len(standing_ids),
        as_origin=len(standing_ids - relayed),
        as_relay=len(relayed),
        withdrawn=len(withdrawn),
        corrected=len(taken_back),
        claims=len({record.claim for record in standing_records if isinstance(record, StatementRecord)}),
    )
