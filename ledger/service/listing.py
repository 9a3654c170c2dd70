"""The list of claims: by words, by who spoke about them, where it began, when, and on which side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.core.chain import chain_view
from ledger.core.corroboration import corroborate
from ledger.core.evidence import Logged
from ledger.core.force import aliases, corrected
from ledger.core.search import query_terms
from ledger.errors import FormatError
from ledger.operations import ClaimQuery
from ledger.service.cursors import check_limit, parse_cursor, print_cursor
from ledger.service.gathering import as_of, gather, gather_about
from ledger.service.reading import Reading
from ledger.service.touching import related_claims
from ledger.service.views import Opened, claim_texts
from ledger.store.protocol import Snapshot
from schemas.corroboration import AsOf, ChainView, Node
from schemas.dates import FUTURE, PAST, bounds
from schemas.lookups import ClaimList, ClaimSummary
from schemas.records import (
    AttributionRecord,
    ClaimRecord,
    ClaimTextRecord,
    DocumentRecord,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
)

STANCES = ("supports", "denies", "differs")
_TRANSLATIONS = 1_000


@dataclass(frozen=True)
class Wanted:
    """Which statements make a claim an answer: all parts must hold for one of them."""

    source: str | None
    origin: str | None
    since: int
    until: int
    stance: str | None

    @property
    def anything(self) -> bool:
        return self == Wanted(None, None, PAST, FUTURE, None)

    def fits(self, node: Node) -> bool:
        if self.source is not None and node.speaker != self.source:
            return False
        if self.origin is not None and not (node.root and self.origin in (node.origin, node.speaker)):
            return False
        if self.stance is not None and node.stance != self.stance:
            return False
        if self.since == PAST and self.until == FUTURE:
            return True
        first, last = bounds(node.said) if node.said else (FUTURE, PAST)
        return last >= self.since and first <= self.until


def claims(snapshot: Snapshot, query: ClaimQuery) -> ClaimList:
    """The claims that fit, newest first, each with its headline and independent origins."""
    check_limit(query.limit)
    wanted = _wanted(query)
    cursor = parse_cursor(query.cursor) if query.cursor else None
    reading = Reading(snapshot)
    state = as_of(snapshot, None)
    before = cursor.before if cursor else state.size
    indexes = _Candidates(reading, query)
    found: list[tuple[Logged, ClaimSummary]] = []
    while len(found) <= query.limit and (batch := indexes.next(before, query.limit + 1)):
        found += _summaries(reading, reading.at(batch), state, wanted)
        before = min(batch)
    page = found[: query.limit]
    after = print_cursor(page[-1][0].index, state.size) if len(found) > query.limit else None
    return ClaimList(claims=[summary for _, summary in page], size=state.size, next=after)


def _wanted(query: ClaimQuery) -> Wanted:
    if query.stance is not None and query.stance not in STANCES:
        raise FormatError(f"stance is {query.stance!r}, wanted {', '.join(STANCES)}")
    return Wanted(
        source=query.source,
        origin=query.origin,
        since=_bound("since", query.since, 0) if query.since is not None else PAST,
        until=_bound("until", query.until, 1) if query.until is not None else FUTURE,
        stance=query.stance,
    )


def _bound(name: str, text: str, end: int) -> int:
    try:
        return bounds(text)[end]
    except ValueError as error:
        raise FormatError(f"{name}: {error}") from None


class _Candidates:
    """Indexes of claims that may fit, newest first, before their statements are looked at."""

    def __init__(self, reading: Reading, query: ClaimQuery) -> None:
        self._snapshot = reading.snapshot
        self._terms = query_terms(query.query) if query.query else []
        self._lang = query.lang
        # Words that hold no letter and no digit ask for something that no text has.
        self._nothing = bool(query.query) and not self._terms
        self._translated = _translated(reading, self._terms, query.lang)
        slugs = [slug for slug in (query.source, query.origin) if slug is not None]
        self._only = _spoken_about(reading, slugs) if slugs else None

    def next(self, before: int, limit: int) -> list[int]:
        """The next candidates below `before`; empty where there are none."""
        if self._nothing:
            return []
        if self._only is not None and not self._terms and self._lang is None:
            return [index for index in self._only if index < before][:limit]
        while True:
            own = self._snapshot.search("claim", self._terms, lang=self._lang, before=before, limit=limit)
            lowest = min(own) if len(own) == limit else 0
            more = [index for index in self._translated if lowest <= index < before]
            merged = sorted({*own, *more}, reverse=True)
            fitting = [index for index in merged if self._only is None or index in self._only]
            if fitting or not merged:
                return fitting
            before = merged[-1]


def _translated(reading: Reading, terms: Sequence[str], lang: str | None) -> list[int]:
    """Claims that a translation added later makes an answer, newest first."""
    if not terms and lang is None:
        return []
    indexes = reading.snapshot.search("claim_text", terms, lang=lang, before=None, limit=_TRANSLATIONS)
    texts = reading.at(indexes)
    hidden = _hidden(reading, [entry.id for entry in texts], reading.snapshot.checkpoint.size)
    claims = [entry.record.claim for entry in texts if isinstance(entry.record, ClaimTextRecord) and entry.id not in hidden]
    return sorted((places[0] for places in reading.places(claims).values()), reverse=True)


def _spoken_about(reading: Reading, slugs: Sequence[str]) -> list[int]:
    """Claims about which one of these sources, or one that hangs together with it, said or published something."""
    near = set(slugs)
    for entry in reading.at(reading.referring(slugs, ("object", "same_as"))):
        if isinstance(entry.record, SourceRelationRecord):
            near.add(entry.record.subject)
        elif isinstance(entry.record, SourceRecord):
            near.add(entry.record.id)
    entries = reading.at(reading.referring(near, ("speaker", "joint_with", "authors", "publisher")))
    works = [entry.id for entry in entries if isinstance(entry.record, DocumentRecord)]
    hanging = reading.at(reading.referring(works, ("to",)))
    citing = [entry.record.from_ for entry in hanging if isinstance(entry.record, AttributionRecord)]
    said = [entry for entry in [*entries, *reading.records(citing)] if isinstance(entry.record, StatementRecord)]
    about = {entry.record.claim for entry in said if isinstance(entry.record, StatementRecord)}
    related = related_claims(reading, about)
    return sorted((places[0] for places in reading.places(related).values()), reverse=True)


def _summaries(reading: Reading, entries: Sequence[Logged], state: AsOf, wanted: Wanted) -> list[tuple[Logged, ClaimSummary]]:
    """Of these claims those that stand and fit, newest first, each with its score."""
    ids = [entry.id for entry in entries]
    hidden = _hidden(reading, ids, state.size)
    standing = [entry for entry in sorted(entries, key=lambda one: -one.index) if entry.id not in hidden]
    # Once for the whole page: the claims' own gatherings below find everything read already.
    gather(reading, [entry.id for entry in standing], state.size)
    opened = Opened(reading, (entry.record for entry in standing))
    found = []
    for entry in standing:
        logged = gather(reading, [entry.id], state.size)
        if wanted.anything or _fits(entry.id, logged, state, wanted):
            found.append((entry, _summary(entry, logged, state, opened)))
    return found


def _hidden(reading: Reading, ids: Sequence[str], size: int) -> set[str]:
    """What is withheld or was taken back: it is no answer, and no word of it finds one."""
    return reading.withheld(ids).keys() | corrected(gather_about(reading, ids, size)).keys()


def _fits(claim_id: str, logged: Sequence[Logged], state: AsOf, wanted: Wanted) -> bool:
    view: ChainView = chain_view(aliases(logged).get(claim_id, claim_id), logged, as_of=state)
    return any(wanted.fits(node) for node in view.nodes)


def _summary(entry: Logged, logged: Sequence[Logged], state: AsOf, opened: Opened) -> ClaimSummary:
    record = entry.record
    assert isinstance(record, ClaimRecord)
    report = corroborate(entry.id, logged, as_of=state)
    translations = [one for one in logged if isinstance(one.record, ClaimTextRecord) and one.record.claim == entry.id]
    return ClaimSummary(
        id=entry.id,
        text=claim_texts([entry, *translations], opened)[entry.id],
        type=record.type,
        headline=report.headline,
        independent_origins=report.independent_origins,
        showable=report.showable,
    )
