"""Answers about sources: who they are, how they hang together, how they are rated, and what their record is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from rapidfuzz import fuzz, process

from ledger.core.doubt import Doubts
from ledger.core.evidence import Logged
from ledger.core.force import Standing, doubts_among, heard_standing, in_force_of, in_force_then, standing
from ledger.core.hearing import moment_of
from ledger.core.policies import OLO_1
from ledger.core.queries import TIERS, Tier, name_score, parse_words
from ledger.core.ratings import Ratings
from ledger.core.relations import Registry
from ledger.core.search import query_terms
from ledger.core.views import assessment_view, relation_view, told_doubts
from ledger.errors import NotFoundError, WithheldError
from ledger.operations import MOST_SHOWN, NOW, Question
from ledger.service.cursors import Cursor, check_limit, parse_cursor, print_cursor
from ledger.service.gathering import as_of, gather_about
from ledger.service.reading import Reading
from ledger.service.searching import NO_WORDS, TIERS_OF_EXACT, Ranked, following, newest_of_each
from ledger.service.track_record import track_record
from ledger.service.views import names_by_slug, open_values_of
from ledger.service.withholding import refuse_withheld, told_of
from ledger.store.protocol import Snapshot
from schemas.corroboration import AsOf
from schemas.doubt import DoubtedRecord
from schemas.lookups import SourceList, SourceSummary, SourceView
from schemas.records import AssessmentRecord, SourceRecord, SourceRelationRecord

_CANDIDATES = 2_000
_NEAR = 5


def source(snapshot: Snapshot, slug: str, question: Question = NOW) -> SourceView:
    """A source with its newest relations both ways and ratings by name, and its track record in counts.

    With `until`, relations and ratings are those valid at that date; without, the newest of each, whatever dates they bear.
    """
    reading = Reading(snapshot)
    state = as_of(snapshot, question.as_of)
    moment = moment_of(question.until, question.clock, state)
    logged = _about(reading, slug, state)
    stands = standing(logged)
    heard = heard_standing(logged)
    own, record = _standing_own(reading, slug, heard, state)
    shown = _shown(stands, heard, None if question.until is None else moment.valid)
    opened = open_values_of(reading, (entry.record for entry in [own, *shown]))
    relating, rating = [one for one in shown if _relates(one, slug)], [one for one in shown if _rates(one, slug)]
    doubts = doubts_among(logged)
    relations = [relation_view(entry, doubts) for entry in relating[-MOST_SHOWN:]]
    track, parts = track_record(reading, slug, state, question)
    return SourceView(
        id=slug,
        record_id=own.id,
        index=own.index,
        names=opened.texts(record.names),
        type=record.type,
        country=record.country,
        record=opened.json(record),
        in_doubt=told_doubts(doubts.of((own.id, None))),
        newer_in_doubt=_newer_in_doubt(stands.chains[f"source:{slug}"], own, doubts),
        relations=relations,
        assessments=[assessment_view(entry, stands.signers, opened, doubts) for entry in rating[-MOST_SHOWN:]],
        letter=_letters(heard, [slug], moment.valid)[slug],
        track_record=track,
        claims=list(parts),
        origin_of=[name for name, part in parts.items() if part.origins],
        relay_of=[name for name, part in parts.items() if part.relays],
        source_names=names_by_slug(reading, {end for one in relations for end in (one.subject, one.object)}, state.size),
        more_relations=len(relating) - len(relations),
        more_assessments=len(rating[:-MOST_SHOWN]),
        until=question.until,
        clock=question.clock,
        size=state.size,
    )


def _shown(stands: Standing, heard: Standing, moment: int | None) -> list[Logged]:
    """What is in force (at that moment of the world), and beside what is in doubt of it what counts in its place."""
    sides = [in_force_of(one) if moment is None else in_force_then(one, moment) for one in (stands, heard)]
    return [entry for _, entry in sorted({entry.index: entry for side in sides for entry in side}.items())]


def _newer_in_doubt(chain: Sequence[Logged], own: Logged, doubts: Doubts) -> list[DoubtedRecord]:
    """Later words on who the source is that count for nothing, the newest first."""
    return [
        DoubtedRecord(id=one.id, kind=one.record.kind, index=one.index, in_doubt=told_doubts(doubts.of((one.id, None))))
        for one in chain
        if one.index > own.index and doubts.of((one.id, None))
    ]


def names_of(reading: Reading, slug: str) -> dict[str, str]:
    """What the source is called now; the errors are those of `source`."""
    state = as_of(reading.snapshot, None)
    own = _on_record(reading, slug, state)
    stands = heard_standing(gather_about(reading, [entry.id for entry in own], state.size))
    _, record = _standing_own(reading, slug, stands, state)
    return open_values_of(reading, [record]).texts(record.names)


def _standing_own(reading: Reading, slug: str, stands: Standing, state: AsOf) -> tuple[Logged, SourceRecord]:
    """The record that says who the source is."""
    chain = stands.chains.get(f"source:{slug}")
    if not chain:
        last = _own(reading, slug, state)[-1].id
        refuse_withheld(reading, last)
        raise NotFoundError(f"the source {slug!r} was taken back", hint=f"onrecord show {last[7:19]}")
    record = chain[0].record
    assert isinstance(record, SourceRecord)
    return chain[0], record


def _own(reading: Reading, slug: str, state: AsOf) -> list[Logged]:
    """The records of the source itself, oldest first."""
    return reading.at(
        index for indexes in reading.of_subjects([f"source:{slug}"]).values() for index in indexes if index < state.size
    )


def _about(reading: Reading, slug: str, state: AsOf) -> list[Logged]:
    """What its names, relations and ratings rest on. A past state that rests on what is withheld since is not shown."""
    own = _on_record(reading, slug, state)
    related = reading.at(index for index in reading.referring([slug], ("subject", "object", "target")) if index < state.size)
    logged = gather_about(reading, [entry.id for entry in [*own, *related]], state.size, sources=True)
    for target in reading.withheld([entry.id for entry in logged]):
        said = f"the source's state rested on {target}, which is withheld since"
        raise WithheldError(said, withheld=told_of(reading, target), hint="ask about a newer state")
    return logged


def _on_record(reading: Reading, slug: str, state: AsOf) -> list[Logged]:
    """As `_own`, where there are any."""
    own = _own(reading, slug, state)
    if not own:
        if reading.of_subjects([f"source:{slug}"]):
            raise NotFoundError(f"the source {slug!r} was not on record yet when the ledger had {state.size} entries")
        raise NotFoundError(f"no source {slug[:80]!r} is on record", suggestions=near_slugs(reading.snapshot, slug))
    return own


def sources(
    snapshot: Snapshot, query: str | None = None, cursor: str | None = None, limit: int = 50, *, exact: bool = False
) -> SourceList:
    """Sources, newest first; or those that fit the words by slug, names or domains, the best first, each with its score.

    `exact`: no other name and no slip of the hand is taken for the words.
    """
    tiers = TIERS_OF_EXACT if exact else TIERS
    check_limit(limit)
    reading = Reading(snapshot)
    size = snapshot.checkpoint.size
    words = parse_words(query) if query else None
    begun = parse_cursor(cursor, tiers if words else ()) if cursor else Cursor(size, size, tiers[0] if words else None)
    if words is not None and not words.pieces:
        return SourceList(sources=[], size=size, next=None, hint=NO_WORDS)
    ranked = Ranked(reading, "source", words, None, begun.size, tiers) if words else None
    tier, before = cast(Tier | None, begun.tier), begun.before
    found: list[tuple[Tier | None, Logged]] = []
    while len(found) <= limit:
        indexes = _next(reading, ranked, tier, before, limit + 1)
        if indexes:
            found += [(tier, entry) for entry in newest_of_each(reading, indexes)]
            before = min(indexes)
        elif tier is None or (tier := following(tiers, tier)) is None:
            break
        else:
            before = begun.size
    page = found[:limit]
    after = print_cursor(page[-1][1].index, begun.size, page[-1][0]) if len(found) > limit else None
    return SourceList(sources=_summaries(reading, page, query), size=size, next=after)


def _next(reading: Reading, ranked: Ranked | None, tier: Tier | None, before: int, limit: int) -> list[int]:
    if ranked is not None and tier is not None:
        return ranked.batch(tier, before, limit)
    return reading.snapshot.search("source", [], lang=None, before=before, limit=limit)


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
    return [entry.record.id for entry in newest_of_each(reading, indexes) if isinstance(entry.record, SourceRecord)]


def _standing_slugs(reading: Reading, slugs: Sequence[str]) -> list[str]:
    """Those of which a record is in force: what is withheld or was taken back is not suggested."""
    places = reading.of_subjects(f"source:{slug}" for slug in slugs)
    entries = newest_of_each(reading, [index for indexes in places.values() for index in indexes])
    standing = {entry.record.id for entry in entries if isinstance(entry.record, SourceRecord)}
    return [slug for slug in slugs if slug in standing]


def _summaries(reading: Reading, page: Sequence[tuple[Tier | None, Logged]], query: str | None) -> list[SourceSummary]:
    size, time = reading.snapshot.checkpoint.size, reading.snapshot.checkpoint.time
    logged = gather_about(reading, [entry.id for _, entry in page], size, sources=True) if page else []
    records = [(tier, entry.record) for tier, entry in page if isinstance(entry.record, SourceRecord)]
    letters = _letters(heard_standing(logged), [record.id for _, record in records], time)
    opened = open_values_of(reading, [record for _, record in records])
    return [
        SourceSummary(
            id=record.id,
            names=(names := opened.texts(record.names)),
            type=record.type,
            country=record.country,
            letter=letters[record.id],
            qid=record.qid,
            fit=tier,
            score=name_score(query, [record.id, *names.values(), *(record.domains or ())]) if query else None,
        )
        for tier, record in records
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
