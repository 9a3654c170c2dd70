"""What changed, newest first: on the whole ledger or among the claims of a search, for one claim, and by one source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.core.doubt import reason_for
from ledger.core.evidence import Logged
from ledger.core.force import doubts_among, in_force
from ledger.core.graph import said_text
from ledger.core.sentences import act_on_it
from ledger.core.views import SEALED, Named, Opened, best_name, claim_texts
from ledger.errors import FormatError
from ledger.operations import EVERY, ClaimQuery, Question
from ledger.service.corrections import corrections
from ledger.service.gathering import gather
from ledger.service.listing import claims
from ledger.service.lookups import matter
from ledger.service.reading import Reading
from ledger.service.sources import names_of
from ledger.service.views import named_sources, open_values_of
from ledger.service.withholding import telling
from ledger.store.protocol import Snapshot
from schemas.corroboration import Sides
from schemas.dates import FUTURE, bounds, time_of
from schemas.feeds import Feed, FeedItem
from schemas.history import History, LedgerPoint
from schemas.lookups import ClaimSummary
from schemas.records import DocumentRecord, StatementRecord

ITEMS = 50
# Changes that a search looks among, newest first; one that is older is in no feed any more.
_AMONG = 1_000
_FITTING = 200
_NOTHING = "1970-01-01T00:00:00Z"


def of_claims(snapshot: Snapshot, query: ClaimQuery) -> Feed:
    """Claims whose headline became what it is, or that came on record, of late; of a search those that it finds."""
    if query.cursor is not None:
        raise FormatError("a feed has no further pages", hint="/v1/claims has")
    since = snapshot.standing.changed_before(_AMONG)
    found = claims(snapshot, replace(query, changed_since=max(since, query.changed_since or 0), limit=_FITTING))
    changed = [(one, one.changed_at) for one in found.claims if one.changed_at is not None]
    newest = sorted(changed, key=lambda pair: -pair[1])[: query.limit]
    published = _first_published(Reading(snapshot), [one.id for one, _ in newest])
    times = snapshot.times_of([at for _, at in newest])
    items = [_change(one, at, times.get(at), published.get(one.id)) for one, at in newest]
    if _asks_for_all(query):
        # Within one second what was taken back stands first.
        items = sorted([*_taken_back(snapshot), *items], key=lambda item: item.updated, reverse=True)[: query.limit]
    about = query.query or query.source or query.origin
    return _feed(snapshot, f"Claims that changed{f': {about}' if about else ''}", "claims", "/search", items)


def of_claim(snapshot: Snapshot, name: str, told: History) -> Feed:
    """How one claim's score moved on the ledger, as its history tells it, and which records moved it."""
    reading = Reading(snapshot)
    claim_id, _, logged = matter(reading, name, Question())
    text = _text_of(claim_id, logged, open_values_of(reading, (entry.record for entry in logged)))
    works = _Works(reading, logged)
    points = told.ledger.points if told.ledger else []
    items = [_point(claim_id, text, point, works) for point in reversed(points[-ITEMS:])]
    return _feed(snapshot, text, f"claim:{claim_id[7:]}", f"/claims/{claim_id}", items)


def of_source(snapshot: Snapshot, slug: str) -> Feed:
    """What a source said of late, as it was put on record."""
    reading = Reading(snapshot)
    name = best_name(names_of(reading, slug), slug)
    newest = sorted(reading.referring([slug], ("speaker",)))[-2 * ITEMS :]
    own = [entry.id for entry in reading.at(newest)]
    logged = gather(reading, own, snapshot.checkpoint.size)
    shown = telling(reading, [entry for entry in in_force(logged) if entry.id in set(own)])
    items = _statements(reading, shown[-ITEMS:][::-1], logged, name)
    return _feed(snapshot, name, f"source:{slug}", f"/sources/{slug}", items)


def _feed(snapshot: Snapshot, title: str, about: str, path: str, items: list[FeedItem]) -> Feed:
    origin = snapshot.identity.origin
    updated = items[0].updated if items else _NOTHING
    return Feed(id=f"urn:onrecord:feed:{origin}:{about}", title=title, origin=origin, path=path, updated=updated, items=items)


# Items


@dataclass(frozen=True)
class _Published:
    url: str | None
    by: str | None


def _change(one: ClaimSummary, at: int, time: int | None, published: _Published | None) -> FeedItem:
    before = f" Before that: {_plain(one.previous)}." if one.previous else ""
    return FeedItem(
        id=f"urn:onrecord:change:{one.id[7:]}:{at}",
        title=f"{_headline(one.headline)}: {best_name(one.text, one.id[7:19])}",
        text=f"{_sides(one.independent_origins)}.{before}",
        updated=_NOTHING if time is None else time_of(time),
        path=f"/claims/{one.id}",
        via=published.url if published else None,
        publisher=published.by if published else None,
    )


def _asks_for_all(query: ClaimQuery) -> bool:
    return replace(query, limit=EVERY.limit) == EVERY


def _taken_back(snapshot: Snapshot) -> list[FeedItem]:
    """Claims that were corrected or withheld of late; nothing of what they said."""
    return [
        FeedItem(
            id=f"urn:onrecord:taken-back:{one.id[7:]}",
            title=f"{'Withheld' if one.kind == 'withhold' else 'Corrected'}: a claim ({one.target[:19]})",
            text="It is withheld." if one.kind == "withhold" else "It is taken back from the record, or another stands for it.",
            updated=one.logged_at,
            path="/corrections" if one.kind == "withhold" else f"/records/{one.target}",
            via=None,
            publisher=None,
        )
        for one in corrections(snapshot, ITEMS, None).corrections
        if one.target_kind == "claim"
    ]


def _point(claim_id: str, text: str, point: LedgerPoint, works: _Works) -> FeedItem:
    told = [one.text for one in point.moved_by] + [one.text for one in point.no_longer_counts]
    published = next((found for one in point.moved_by if (found := works.of(one.id))), None)
    return FeedItem(
        id=f"urn:onrecord:change:{claim_id[7:]}:{point.published}",
        title=f"{_headline(point.headline)}: {told[0] if told else text}",
        text=f"{'; '.join(told)}. {_sides(point.independent_origins)}.",
        updated=point.time,
        path=f"/claims/{claim_id}?as_of={point.published}",
        via=published.url if published else None,
        publisher=published.by if published else None,
    )


def _statements(reading: Reading, shown: Sequence[Logged], logged: Sequence[Logged], name: str) -> list[FeedItem]:
    opened = open_values_of(reading, (entry.record for entry in logged))
    works, doubts = _Works(reading, logged), doubts_among(logged)
    logged_at = {entry.index: entry.logged_at for entry in reading.stored(entry.index for entry in shown)}
    items = []
    for entry in shown:
        record = entry.record
        assert isinstance(record, StatementRecord)
        text, published = _text_of(record.claim, logged, opened), works.of(entry.id)
        quote = opened.text(record.quote.exact) if record.quote else SEALED
        said = f", {record.said_at}" if record.said_at else ""
        doubt = f"In doubt, it counts for nothing: {reason_for(keys)}. " if (keys := doubts.of((entry.id, None))) else ""
        items.append(
            FeedItem(
                id=f"urn:onrecord:statement:{entry.id[7:]}",
                title=f"{name} {act_on_it(record.act, record.polarity)}{said}: {text}",
                text=doubt + (text if quote == SEALED else f"\u201c{quote}\u201d"),
                updated=time_of(logged_at[entry.index]),
                path=f"/claims/{record.claim}",
                via=published.url if published else None,
                publisher=published.by if published else None,
            )
        )
    return items


# Who published it


class _Works:
    """The document of each statement and its publisher."""

    def __init__(self, reading: Reading, logged: Sequence[Logged]) -> None:
        self._by_id = {entry.id: entry.record for entry in logged}
        documents = [record for record in self._by_id.values() if isinstance(record, DocumentRecord)]
        self._opened = open_values_of(reading, documents)
        slugs = {record.publisher for record in documents if record.publisher}
        people = named_sources(reading, slugs, reading.snapshot.checkpoint.size) if slugs else []
        self._names = Named(people, open_values_of(reading, (entry.record for entry in people)))

    def of(self, statement: str) -> _Published | None:
        """None for what is no statement, or says nowhere that we know of."""
        record = self._by_id.get(statement)
        work = self._by_id.get(record.document) if isinstance(record, StatementRecord) and record.document else None
        if not isinstance(work, DocumentRecord):
            return None
        url = self._opened.text(work.url) if work.url is not None else SEALED
        return _Published(None if url == SEALED else url, self._names.of(work.publisher) if work.publisher else None)


def _first_published(reading: Reading, claim_ids: Sequence[str]) -> Mapping[str, _Published]:
    """For each claim the earliest of the works in which something is said about it."""
    if not claim_ids:
        return {}
    logged = gather(reading, claim_ids, reading.snapshot.checkpoint.size)
    works, by_id = _Works(reading, logged), {entry.id: entry.record for entry in logged}
    found: dict[str, tuple[int, int, _Published]] = {}
    for entry in in_force(logged):
        published = works.of(entry.id)
        if published is None or not isinstance(record := entry.record, StatementRecord):
            continue
        work = by_id.get(record.document or "")
        said = said_text(record, work if isinstance(work, DocumentRecord) else None)
        when = bounds(said)[0] if said else FUTURE
        found[record.claim] = min(found.get(record.claim, (FUTURE, entry.index, published)), (when, entry.index, published))
    return {claim: published for claim, (_, _, published) in found.items()}


# Words


def _text_of(claim_id: str, logged: Iterable[Logged], opened: Opened) -> str:
    return best_name(claim_texts(logged, opened).get(claim_id, {}), claim_id[7:19])


def _headline(headline: str) -> str:
    return _plain(headline).capitalize()


def _plain(headline: str) -> str:
    return headline.replace("_", " ")


def _sides(sides: Sides) -> str:
    return f"Independent origins: {sides.for_:g} for it, {sides.against:g} against it"
