"""`claims:search` as Google's Fact Check Tools API has it: claims found by words, with who made them and what reviews say."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ledger.core.chain import chain_view
from ledger.core.evidence import Logged
from ledger.core.factchecks import People, Verdicts, fact_checked, is_of_site, newest_date
from ledger.core.force import in_force
from ledger.core.queries import says
from ledger.core.search import query_terms, terms_of
from ledger.errors import FormatError, UsageError
from ledger.operations import ClaimQuery
from ledger.service.gathering import as_of, gather
from ledger.service.listing import claims
from ledger.service.reading import Reading
from ledger.service.sources import sources
from ledger.service.views import named_sources, open_values_of
from ledger.store.protocol import Snapshot
from schemas.corroboration import ChainView
from schemas.dates import time_of
from schemas.factchecks import ClaimReview, FactCheckedClaim, FactCheckPage
from schemas.lookups import ClaimList, ClaimSummary, SourceSummary

DEFAULT_SIZE, MOST = 10, 200
MOST_SKIPPED = 10_000
_MOST_LISTED, _MOST_HEARD = 10_000, 1_000
"""After so many that do not fit, the page is what it is, and the next one goes on from there."""
_WORDS, _NAMED, _OF_A_WORD = 8, 5, 20
_DAY = 86_400


@dataclass(frozen=True)
class FactCheckQuery:
    """What is looked for. `publisher_site`: only claims that it has reviewed. `max_age_days` 0 means any age."""

    query: str | None = None
    language: str | None = None
    publisher_site: str | None = None
    max_age_days: int = 0
    page_size: int = 0
    page_token: str | None = None
    offset: int = 0


@dataclass(frozen=True)
class _Way:
    """One way in which all words may match: some in the names of a source that spoke on the claim, the others in its text."""

    words: str | None
    source: str | None = None

    def fits(self, summary: ClaimSummary, speakers: set[str]) -> bool:
        return says(self.words or "", summary.text.values()) and (self.source is None or self.source in speakers)


@dataclass(frozen=True)
class _Place:
    """Where a page goes on: on the way of which source, after which cursor. `skip`: so many claims are passed over first."""

    source: str | None = None
    cursor: str | None = None
    skip: int = 0


@dataclass(frozen=True)
class _Stretch:
    """A part of a list: which claims of it fit, how many are still to be skipped, how long it was, where the list goes on."""

    fitting: list[FactCheckedClaim]
    skip: int
    length: int
    next: str | None


def fact_checks(snapshot: Snapshot, query: FactCheckQuery, address: str, now: int) -> FactCheckPage:
    """Claims of which every word matches a text, or a name of somebody who spoke on it. `address` leads to the records."""
    _check(query)
    search = _Search(snapshot, query, address, now)
    place = _parse_token(query.page_token, query) if query.page_token else _Place(skip=query.offset)
    found, after = search.page(place, query.page_size or DEFAULT_SIZE)
    return FactCheckPage(claims=found, nextPageToken=_print_token(after, query) if after else None)


def _check(query: FactCheckQuery) -> None:
    if query.query is None and query.publisher_site is None:
        raise UsageError("neither query nor reviewPublisherSiteFilter", hint="say which words, or whose reviews, are wanted")
    if query.offset > MOST_SKIPPED:
        raise FormatError(f"offset is {query.offset}, wanted {MOST_SKIPPED} at most", hint="follow nextPageToken instead")


class _Search:
    def __init__(self, snapshot: Snapshot, query: FactCheckQuery, address: str, now: int) -> None:
        self._snapshot = snapshot
        self._reading = Reading(snapshot)
        self._state = as_of(snapshot, None)
        self._query, self._address, self._now = query, address, now
        self._known: dict[str, tuple[list[Logged], ChainView]] = {}
        self._takes_all = query.publisher_site is None and not query.max_age_days
        self._ways = self._all_ways()

    def page(self, place: _Place, size: int) -> tuple[list[FactCheckedClaim], _Place | None]:
        """As many fitting claims as the page holds, and where the next one begins; None at the end."""
        number = next((at for at, way in enumerate(self._ways) if way.source == place.source), len(self._ways))
        found: list[FactCheckedClaim] = []
        cursor, skip, listed = place.cursor, place.skip, 0
        while number < len(self._ways) and len(found) < size and listed < _MOST_LISTED and len(self._known) < _MOST_HEARD:
            stretch = self._stretch(number, cursor, skip, size - len(found))
            found += stretch.fitting
            cursor, skip, listed = stretch.next, stretch.skip, listed + stretch.length
            number += cursor is None
        return found, _Place(self._ways[number].source, cursor, skip) if number < len(self._ways) else None

    def _stretch(self, number: int, cursor: str | None, skip: int, room: int) -> _Stretch:
        """The next claims of the list on one way: it ends where there is no more room, and the list has a cursor there."""
        listed = self._listed(number, cursor, min(MOST, room + skip) if self._takes_all else MOST)
        length, likely = len(listed.claims), self._likely(listed.claims)
        if self._takes_all and number == 0 and len(likely) <= skip:
            return _Stretch([], skip - len(likely), 1 + length, listed.next)
        fitting = list(islice(self._fitting(number, likely), skip + room + 1))
        if len(fitting) > skip + room:
            past, _ = fitting.pop()
            listed = self._listed(number, cursor, past)
        return _Stretch([one for _, one in fitting[skip:]], max(0, skip - len(fitting)), 1 + length, listed.next)

    def _listed(self, number: int, cursor: str | None, limit: int) -> ClaimList:
        way = self._ways[number]
        # All words are to match: whoever asks here cannot tell a guess from an answer.
        query = ClaimQuery(query=way.words, exact=True, source=way.source, cursor=cursor, limit=limit)
        return claims(self._snapshot, query)

    def _likely(self, listed: Sequence[ClaimSummary]) -> list[tuple[int, ClaimSummary]]:
        """Those of the list that are worth a look, each with its place there."""
        reviewed = self._perhaps_reviewed(listed) if self._query.publisher_site is not None else None
        return [(place, one) for place, one in enumerate(listed) if reviewed is None or one.id in reviewed]

    def _perhaps_reviewed(self, listed: Sequence[ClaimSummary]) -> set[str]:
        """Of these claims those that somebody rated, or that took the place of one that somebody may have rated."""
        ids = sorted(one.id for one in listed)
        return {target for target, _, _ in self._snapshot.referring(ids, ("target", "replaced_by"))} if ids else set()

    def _fitting(self, number: int, likely: Sequence[tuple[int, ClaimSummary]]) -> Iterator[tuple[int, FactCheckedClaim]]:
        """Those that fit and that no earlier way leads to."""
        gather(self._reading, [one.id for _, one in likely], self._state.size)  # reads at once what the claims below ask for
        for place, summary in likely:
            logged, chain = self._heard(summary.id)
            speakers = {node.speaker for node in chain.nodes if node.speaker is not None}
            if not any(way.fits(summary, speakers) for way in self._ways[:number]):
                yield from ((place, one) for one in self._fitting_one(summary, logged, chain))

    def _heard(self, claim: str) -> tuple[list[Logged], ChainView]:
        """What hangs together with the claim, and who had it from whom; worked out once, though several ways may lead here."""
        if claim not in self._known:
            logged = gather(self._reading, [claim], self._state.size)
            self._known[claim] = logged, chain_view(claim, logged, as_of=self._state)
        return self._known[claim]

    def _fitting_one(self, summary: ClaimSummary, logged: Sequence[Logged], chain: ChainView) -> Iterator[FactCheckedClaim]:
        opened = open_values_of(self._reading, (entry.record for entry in logged))
        verdicts = Verdicts(logged, self._now, opened)
        on_it = verdicts.on(summary.id)
        signers = named_sources(self._reading, {verdicts.signer(one) for one in on_it}, self._state.size)
        people = People(
            [*in_force(logged), *signers], open_values_of(self._reading, (one.record for one in [*logged, *signers]))
        )
        reviews = self._reviews(verdicts, on_it, people)
        if self._wanted(summary.id, chain, reviews):
            yield fact_checked(summary.id, summary.text, chain, reviews, people, self._query.language)

    def _reviews(self, verdicts: Verdicts, on_it: Sequence[Logged], people: People) -> list[ClaimReview]:
        """The verdicts on the claim; where a publisher is asked for, only its own."""
        times = {entry.index: time_of(entry.logged_at) for entry in self._reading.stored(one.index for one in on_it)}
        both = [verdicts.review(one, people, times[one.index], f"{self._address}/records/{one.id}") for one in on_it]
        site = self._query.publisher_site
        return [review for review, sites in both if site is None or is_of_site(sites, site)]

    def _wanted(self, claim: str, chain: ChainView, reviews: Sequence[ClaimReview]) -> bool:
        if self._query.publisher_site is not None and not reviews:
            return False
        if not self._query.max_age_days:
            return True
        newest = newest_date(claim, chain, reviews)
        return newest is not None and newest >= self._now - self._query.max_age_days * _DAY

    def _all_ways(self) -> list[_Way]:
        words = self._query.query
        if words is None:
            return [_Way(None)]
        parts = list(dict.fromkeys(word for word in words.split() if query_terms(word)))
        near = (one for asked in [words, *parts[:_WORDS]] for one in sources(self._snapshot, asked, None, _OF_A_WORD).sources)
        ways = []
        for source in {one.id: one for one in near}.values():
            others = [word for word in parts if not _names(source, word)]
            if len(others) < len(parts):
                ways.append(_Way(" ".join(others) or None, source.id))
        # Whoever is named by most of the words is meant most likely.
        ways.sort(key=lambda way: len((way.words or "").split()))
        return [_Way(words), *ways[:_NAMED]]


def _names(source: SourceSummary, word: str) -> bool:
    return set(terms_of([source.id, *source.names.values()])).issuperset(query_terms(word))


# Page tokens


def _question(query: FactCheckQuery) -> str:
    """What the pages of one list have in common; a page may be larger than the one before."""
    parts = replace(query, page_token=None, page_size=0, offset=0)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _print_token(place: _Place, query: FactCheckQuery) -> str:
    parts = [place.source, place.cursor, place.skip, _question(query)]
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def _parse_token(text: str, query: FactCheckQuery) -> _Place:
    """The place of a token of ours that belongs to this question."""
    wrong = FormatError("pageToken is none of ours", hint="take nextPageToken of the page before as it is")
    try:
        source, cursor, skip, question = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, RecursionError):
        raise wrong from None
    plain = isinstance(source, str | None) and isinstance(cursor, str | None)
    if not plain or type(skip) is not int or not 0 <= skip <= MOST_SKIPPED:
        raise wrong
    if question != _question(query):
        raise FormatError("pageToken belongs to another question", hint="change no parameter but pageSize on the way")
    return _Place(source, cursor, skip)
