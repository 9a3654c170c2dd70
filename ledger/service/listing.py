"""The list of claims: by words, by who spoke about them, where it began, when, and on which side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from ledger import logs
from ledger.core.chain import chain_view
from ledger.core.evidence import Logged
from ledger.core.force import aliases
from ledger.core.gist import Gist, gist
from ledger.core.queries import Tier
from ledger.core.views import claim_texts
from ledger.errors import FormatError
from ledger.operations import ClaimQuery
from ledger.service.candidates import Candidates, Place, hidden, tiers_of
from ledger.service.cursors import MAX_LIMIT, check_limit, parse_cursor, print_cursor
from ledger.service.gathering import as_of, gather
from ledger.service.kept import HEADLINES, LABELS, Kept, filter_of, fits, gist_of, says
from ledger.service.reading import Reading
from ledger.service.searching import NO_WORDS
from ledger.service.standing import POLICY
from ledger.service.views import open_values_of
from ledger.store.protocol import Snapshot, StandingFilter, StandingRow
from schemas.corroboration import AsOf, ChainView, Node, Sides
from schemas.dates import FUTURE, PAST, bounds
from schemas.lookups import ClaimFacets, ClaimList, ClaimSummary
from schemas.records import ClaimRecord

STANCES = ("supports", "denies", "differs")
_MOST_COUNTED = 1_000
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
    """The claims that fit, each with its headline and independent origins: newest first, or by how well they fit the words.

    What is listed is so at `size`. Where the list asks for a headline, a label or a change of headline, a claim that fits is
    missing only if an entry from `complete_to` on reached it, and it is not worked out yet what has become of it.
    A page may hold less than its limit, or nothing, and still have a next one: where very few claims fit, each goes so far.
    """
    check_limit(query.limit)
    reading = Reading(snapshot)
    page = _Page(reading, _wanted(query), filter_of(query, snapshot.checkpoint.size))
    cursor = parse_cursor(query.cursor, tiers_of(query)) if query.cursor else None
    begun = cursor.size if cursor else page.state.size
    candidates = Candidates(reading, query, page.filter, begun)
    place = Place(cast(Tier, cursor.tier) if cursor.tier else None, cursor.before) if cursor else candidates.start
    found: list[tuple[Place, ClaimSummary]] = []
    looked_at, size = 0, query.limit + 1
    while len(found) <= query.limit and looked_at < _MOST_CANDIDATES:
        place, batch = candidates.next(place, size)
        if not batch:
            break
        entries = [entry for entry in reading.at(batch) if _happened(entry, query)]
        found += [(Place(place.tier, index), one) for index, one in page.summaries(entries, place.tier)]
        looked_at, size = looked_at + len(batch), max(size, _BATCH)
    shown = found[: query.limit]
    more = len(found) > query.limit
    last = shown[-1][0] if more else place if looked_at >= _MOST_CANDIDATES else None
    return ClaimList(
        claims=[summary for _, summary in shown],
        size=page.state.size,
        complete_to=page.kept.complete_to,
        next=print_cursor(last.before, begun, last.tier) if last else None,
        hint=NO_WORDS if candidates.asks_nothing else None,
    )


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


def _happened(entry: Logged, query: ClaimQuery) -> bool:
    """Whether it is said to have happened in the time asked for; what has no date did not."""
    if query.event_since is None and query.event_until is None:
        return True
    when = entry.record.event_time if isinstance(entry.record, ClaimRecord) else None
    if when is None:
        return False
    first, last = bounds(when)
    since = PAST if query.event_since is None else _bound("event_since", query.event_since, 0)
    until = FUTURE if query.event_until is None else _bound("event_until", query.event_until, 1)
    return last >= since and first <= until


def facets(snapshot: Snapshot, query: ClaimQuery) -> ClaimFacets:
    """How many of the first 1,000 claims that fit have each headline, label, type and language."""
    found: list[ClaimSummary] = []
    page = claims(snapshot, replace(query, limit=MAX_LIMIT))
    found += page.claims
    while page.next is not None and len(found) < _MOST_COUNTED:
        page = claims(snapshot, replace(query, limit=MAX_LIMIT, cursor=page.next))
        found += page.claims
    headlines = Counter(one.headline for one in found)
    labels = Counter(label for one in found for label in one.labels)
    return ClaimFacets(
        headlines={name: headlines[name] for name in HEADLINES if name in headlines},
        labels={name: labels[name] for name in LABELS if name in labels},
        claims=len(found),
        size=page.size,
        complete_to=page.complete_to,
        types=dict(Counter(one.type for one in found).most_common()),
        languages=dict(Counter(lang for one in found for lang in one.text).most_common()),
        more=page.next is not None,
    )


def _bound(name: str, text: str, end: int) -> int:
    try:
        return bounds(text)[end]
    except ValueError as error:
        raise FormatError(f"{name}: {error}") from None


class _Page:
    """Answers from one state of the ledger: where claims stand is taken from what is kept, or else worked out here."""

    def __init__(self, reading: Reading, wanted: Wanted, filter: StandingFilter | None) -> None:
        self.reading = reading
        self.wanted = wanted
        self.filter = filter
        self.state = as_of(reading.snapshot, None)
        self.kept = Kept(reading.snapshot)

    def summaries(self, entries: Sequence[Logged], fit: Tier | None = None) -> list[tuple[int, ClaimSummary]]:
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
            try:
                brief = self._brief(entry, logged, row)
            except Exception as error:  # noqa: BLE001  one claim, whatever is wrong with it, takes no list away
                logs.trouble("claim_not_worked_out", index=entry.index, claim=entry.id, error=type(error).__name__)
                if self.wanted.anything and self.filter is None:
                    found.append((entry.index, _not_worked_out(entry, texts[entry.id], fit)))
                continue
            if brief is not None:
                found.append((entry.index, _summary(entry, texts[entry.id], brief, row, fit)))
        return found

    def _brief(self, entry: Logged, logged: Sequence[Logged], row: StandingRow | None) -> Gist | None:
        """Where the claim stands; None if it is not wanted."""
        if not (self.wanted.anything or _fits(entry.id, logged, self.state, self.wanted)):
            return None
        if row is not None:
            return gist_of(row)
        brief = gist(entry.id, logged, self.state, POLICY)
        assert brief is not None, "it stands"
        return brief if self.filter is None or says(self.filter, brief) else None

    def _standing(self, entries: Sequence[Logged], known: set[int], rows: Mapping[int, StandingRow]) -> list[Logged]:
        unsure = [entry.id for entry in entries if entry.index not in known]
        out = hidden(self.reading, unsure) if unsure else set()
        newest_first = sorted(entries, key=lambda one: -one.index)
        return [one for one in newest_first if (one.index in rows if one.index in known else one.id not in out)]

    def _may_fit(self, row: StandingRow | None) -> bool:
        return self.filter is None or fits(self.filter, row)


def summaries_of(reading: Reading, entries: Sequence[Logged]) -> list[tuple[int, ClaimSummary]]:
    """Of these claims those that stand, newest first, by index."""
    return _Page(reading, Wanted(None, None, PAST, FUTURE, None), None).summaries(entries)


def named(snapshot: Snapshot, ids: Sequence[str]) -> list[ClaimSummary]:
    """These claims in this order, as far as they stand."""
    reading = Reading(snapshot)
    found = {one.id: one for _, one in summaries_of(reading, reading.records(ids))}
    return [found[name] for name in ids if name in found]


def _texts(reading: Reading, entries: Sequence[Logged]) -> dict[str, dict[str, str]]:
    """Each claim's text by language, with the translations that stand."""
    ids = [entry.id for entry in entries]
    added = reading.at(reading.snapshot.hanging(ids, "claim", "claim_text")) if ids else []
    out = hidden(reading, [entry.id for entry in added]) if added else set()
    shown = [*entries, *(entry for entry in added if entry.id not in out)]
    return claim_texts(shown, open_values_of(reading, (entry.record for entry in shown)))


def _fits(claim_id: str, logged: Sequence[Logged], state: AsOf, wanted: Wanted) -> bool:
    view: ChainView = chain_view(aliases(logged).get(claim_id, claim_id), logged, as_of=state)
    return any(wanted.fits(node) for node in view.nodes)


def _summary(entry: Logged, text: dict[str, str], brief: Gist, row: StandingRow | None, fit: Tier | None) -> ClaimSummary:
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
        fit=fit,
    )


def _not_worked_out(entry: Logged, text: dict[str, str], fit: Tier | None) -> ClaimSummary:
    """The claim as it is on record, with nothing said of its score."""
    assert isinstance(entry.record, ClaimRecord)
    return ClaimSummary(
        id=entry.id,
        text=text,
        type=entry.record.type,
        headline="not_worked_out",
        labels=[],
        independent_origins=Sides.model_validate({"for": 0.0, "against": 0.0}),
        showable=False,
        probability=None,
        changed_at=None,
        previous=None,
        fit=fit,
    )
