"""The list of claims: by words, by who spoke about them, where it began, when, and on which side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.core.chain import chain_view
from ledger.core.evidence import Logged
from ledger.core.force import aliases, corrected
from ledger.core.gist import Gist, gist
from ledger.core.search import query_terms
from ledger.core.views import claim_texts
from ledger.errors import FormatError
from ledger.operations import ClaimQuery
from ledger.service.cursors import check_limit, parse_cursor, print_cursor
from ledger.service.gathering import as_of, gather, gather_about
from ledger.service.kept import Kept, filter_of, fits, gist_of, says
from ledger.service.reading import Reading
from ledger.service.standing import POLICY
from ledger.service.touching import related_claims
from ledger.service.views import open_values_of
from ledger.store.protocol import Snapshot, StandingFilter, StandingRow
from schemas.corroboration import AsOf, ChainView, Node, Sides
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
_BATCH = 200
"""Where few of the candidates fit, so many at once are cheaper than a page's worth again and again."""
_MOST_CANDIDATES = 5_000
"""After so many the page is what it is, and the next one goes on from there."""


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
    """The claims that fit, newest first, each with its headline and independent origins.

    What is listed is so at `size`. Where the list asks for a headline, a label or a change of headline, a claim that fits is
    missing only if an entry from `complete_to` on reached it, and it is not worked out yet what has become of it.
    A page may hold less than its limit, or nothing, and still have a next one: where very few claims fit, each goes so far.
    """
    check_limit(query.limit)
    reading = Reading(snapshot)
    page = _Page(reading, _wanted(query), filter_of(query, snapshot.checkpoint.size))
    cursor = parse_cursor(query.cursor) if query.cursor else None
    before = cursor.before if cursor else page.state.size
    indexes = _Candidates(reading, query, page.filter)
    found: list[tuple[int, ClaimSummary]] = []
    looked_at, size = 0, query.limit + 1
    while len(found) <= query.limit and looked_at < _MOST_CANDIDATES and (batch := indexes.next(before, size)):
        found += page.summaries(reading.at(batch))
        before = min(batch)
        looked_at, size = looked_at + len(batch), max(size, _BATCH)
    shown = found[: query.limit]
    after = None
    if len(found) > query.limit:
        after = print_cursor(shown[-1][0], page.state.size)
    elif looked_at >= _MOST_CANDIDATES:
        after = print_cursor(before, page.state.size)
    summaries = [summary for _, summary in shown]
    return ClaimList(claims=summaries, size=page.state.size, complete_to=page.kept.complete_to, next=after)


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

    def __init__(self, reading: Reading, query: ClaimQuery, filter: StandingFilter | None) -> None:
        self._filter = filter
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
        if not self._terms and self._lang is None:
            if self._only is not None:
                return [index for index in self._only if index < before][:limit]
            if self._filter is not None:
                return self._snapshot.standing.matching(self._filter, before, limit)
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


class _Page:
    """Answers from one state of the ledger: where claims stand is taken from what is kept, or else worked out here."""

    def __init__(self, reading: Reading, wanted: Wanted, filter: StandingFilter | None) -> None:
        self.reading = reading
        self.wanted = wanted
        self.filter = filter
        self.state = as_of(reading.snapshot, None)
        self.kept = Kept(reading.snapshot)

    def summaries(self, entries: Sequence[Logged]) -> list[tuple[int, ClaimSummary]]:
        """Of these claims those that stand and fit, newest first, by index."""
        indexes = [entry.index for entry in entries]
        known, rows = self.kept.known(indexes), self.kept.rows(indexes)
        standing = [entry for entry in self._standing(entries, known, rows) if self._may_fit(rows.get(entry.index))]
        # At once for the whole page: the claims' own gatherings below find everything read already.
        asked = [entry.id for entry in standing if entry.index not in known or not self.wanted.anything]
        gather(self.reading, asked, self.state.size)
        texts = _texts(self.reading, standing)
        found = []
        for entry in standing:
            logged = gather(self.reading, [entry.id], self.state.size) if entry.id in asked else []
            row = rows[entry.index] if entry.index in known else None
            if self.wanted.anything or _fits(entry.id, logged, self.state, self.wanted):
                brief = gist_of(row) if row is not None else gist(entry.id, logged, self.state, POLICY)
                assert brief is not None, "it stands"
                if row is not None or self.filter is None or says(self.filter, brief):
                    found.append((entry.index, _summary(entry, texts[entry.id], brief, row)))
        return found

    def _standing(self, entries: Sequence[Logged], known: set[int], rows: Mapping[int, StandingRow]) -> list[Logged]:
        unsure = [entry.id for entry in entries if entry.index not in known]
        hidden = _hidden(self.reading, unsure, self.state.size) if unsure else set()
        newest_first = sorted(entries, key=lambda one: -one.index)
        return [one for one in newest_first if (one.index in rows if one.index in known else one.id not in hidden)]

    def _may_fit(self, row: StandingRow | None) -> bool:
        return self.filter is None or fits(self.filter, row)


def _texts(reading: Reading, entries: Sequence[Logged]) -> dict[str, dict[str, str]]:
    """Each claim's text by language, with the translations that stand."""
    ids = [entry.id for entry in entries]
    added = reading.at(reading.snapshot.hanging(ids, "claim", "claim_text")) if ids else []
    hidden = _hidden(reading, [entry.id for entry in added], reading.snapshot.checkpoint.size) if added else set()
    shown = [*entries, *(entry for entry in added if entry.id not in hidden)]
    return claim_texts(shown, open_values_of(reading, (entry.record for entry in shown)))


def _hidden(reading: Reading, ids: Sequence[str], size: int) -> set[str]:
    """What is withheld or was taken back: it is no answer, and no word of it finds one."""
    return reading.withheld(ids).keys() | corrected(gather_about(reading, ids, size)).keys()


def _fits(claim_id: str, logged: Sequence[Logged], state: AsOf, wanted: Wanted) -> bool:
    view: ChainView = chain_view(aliases(logged).get(claim_id, claim_id), logged, as_of=state)
    return any(wanted.fits(node) for node in view.nodes)


def _summary(entry: Logged, text: dict[str, str], brief: Gist, row: StandingRow | None) -> ClaimSummary:
    assert isinstance(entry.record, ClaimRecord)
    return ClaimSummary(
        id=entry.id,
        text=text,
        type=entry.record.type,
        headline=brief.headline,
        labels=list(brief.labels),
        independent_origins=Sides.model_validate({"for": brief.n_for, "against": brief.n_against}),
        showable=brief.showable,
        probability=brief.probability if brief.showable else None,
        changed_at=row.changed_at if row else None,
        previous=row.previous if row else None,  # type: ignore[arg-type]  # a headline of ours
    )
