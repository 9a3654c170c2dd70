"""Which claims may be an answer, in the order of answers, before it is looked at who said what about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from ledger.core.force import corrected
from ledger.core.links import link_term, normal_link
from ledger.core.queries import Tier, expression, parse_words
from ledger.core.search import Expression, Term, any_of, country_mark, runs, topic_term, whole_term
from ledger.operations import ClaimQuery
from ledger.service.gathering import gather_about
from ledger.service.reading import Reading
from ledger.service.searching import TIERS_OF_CLAIMS, TIERS_OF_EXACT, Ranked, following, sources_called
from ledger.service.touching import related_claims
from ledger.store.protocol import StandingFilter
from schemas.records import (
    AttributionRecord,
    ClaimTextRecord,
    DocumentRecord,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
)

_TRANSLATIONS = 1_000
_MOST_ABOUT = 20_000


@dataclass(frozen=True)
class Place:
    """Where a list has come to: everything below `before` in this tier is still to come. Without words there is no tier."""

    tier: Tier | None
    before: int


def tiers_of(query: ClaimQuery) -> tuple[Tier, ...]:
    """In what order answers come; none where no words are asked for, and the newest come first."""
    return () if not query.query else TIERS_OF_EXACT if query.exact else TIERS_OF_CLAIMS


class Candidates:
    """Indexes of claims. `size` is that of the ledger when the list began: with words, what came later is not in it."""

    def __init__(self, reading: Reading, query: ClaimQuery, filter: StandingFilter | None, size: int) -> None:
        self._reading = reading
        self._filter = filter
        self._lang = query.lang
        self._words = parse_words(query.query) if query.query else None
        self._size = size
        self.tiers = tiers_of(query)
        self._ranked = Ranked(reading, "claim", self._words, query.lang, size, self.tiers) if self._words else None
        self._only = narrowed(reading, query, size)
        # Not on the class: there they would hold every list ever asked for, with all that was read for it.
        self._translated = cache(self._find_translated)
        self._translated_better = cache(self._find_translated_better)
        self._with_translation = cache(self._find_with_translation)

    @property
    def asks_nothing(self) -> bool:
        """Whether words are asked for that hold no letter and no digit: no text has them."""
        return self._words is not None and not self._words.pieces

    @property
    def start(self) -> Place:
        return Place(self.tiers[0] if self.tiers else None, self._size)

    def next(self, place: Place, limit: int) -> tuple[Place, list[int]]:
        """The next candidates, all of one tier, and where the list has come to with them; none where there are no more."""
        if self.asks_nothing:
            return place, []
        while True:
            found = self._in_tier(place.tier, place.before, limit)
            if found:
                return Place(place.tier, found[-1]), found
            tier = following(self.tiers, place.tier) if place.tier else None
            if tier is None:
                return place, []
            place = Place(tier, self._size)

    def _in_tier(self, tier: Tier | None, before: int, limit: int) -> list[int]:
        if tier is None and self._lang is None:
            if self._only is not None:
                return [index for index in self._only if index < before][:limit]
            if self._filter is not None:
                return self._reading.snapshot.standing.matching(self._filter, before, limit)
        translated = self._translated(tier)
        while True:
            own = self._own(tier, before, limit)
            lowest = min(own) if len(own) == limit else 0
            more = [index for index in translated if lowest <= index < before]
            merged = sorted({*own, *more}, reverse=True)
            better = self._translated_better(tier)
            fitting = [one for one in merged if one not in better and (self._only is None or one in self._only)]
            if fitting or not merged:
                return fitting
            before = merged[-1]

    def _own(self, tier: Tier | None, before: int, limit: int) -> list[int]:
        if self._ranked is not None and tier is not None:
            return self._ranked.batch(tier, before, limit)
        return self._reading.snapshot.search("claim", [], lang=self._lang, before=before, limit=limit)

    def _find_translated(self, tier: Tier | None) -> list[int]:
        """Claims that a translation added later makes an answer in this tier, newest first."""
        if self._ranked is None or tier is None:
            return self._with_translation(()) if self._lang is not None else []
        if self._ranked.of_tier(tier) is None:
            return []
        found = set(self._with_translation(self._ranked.upto(tier))) - self._translated_better(tier)
        return sorted((index for index in found if not self._is_better_itself(index, tier)), reverse=True)

    def _find_translated_better(self, tier: Tier | None) -> set[int]:
        """Claims that a translation has brought into a better tier."""
        better = self._ranked.better_than(tier) if self._ranked is not None and tier is not None else None
        return set() if better is None else set(self._with_translation(better))

    def _is_better_itself(self, index: int, tier: Tier) -> bool:
        assert self._ranked is not None
        better = self._ranked.better_than(tier)
        return better is not None and self._ranked.search("claim", better, index + 1, 1) == [index]

    @cached_property
    def _translations(self) -> bool:
        """Whether there are any at all: most ledgers have none, and are asked once."""
        return bool(self._reading.snapshot.of_kinds(["claim_text"], limit=1))

    def _find_with_translation(self, wanted: Expression | tuple[()]) -> list[int]:
        reading = self._reading
        if not self._translations:
            return []
        indexes = reading.snapshot.search("claim_text", wanted or [], lang=self._lang, before=self._size, limit=_TRANSLATIONS)
        if not indexes:
            return []
        texts = reading.at(indexes)
        out = hidden(reading, [entry.id for entry in texts])
        claims = [entry.record.claim for entry in texts if isinstance(entry.record, ClaimTextRecord) and entry.id not in out]
        return sorted((places[0] for places in reading.places(claims).values()), reverse=True)


def narrowed(reading: Reading, query: ClaimQuery, size: int) -> list[int] | None:
    """The claims among which the answers are, newest first, by what is asked besides their words; None: all of them."""
    ways: list[set[int]] = []
    slugs = [slug for slug in (query.source, query.origin) if slug is not None]
    if slugs:
        ways.append(set(spoken_about(reading, slugs)))
    if query.url is not None:
        link = normal_link(query.url)
        ways.append(carried_by(reading, [link]) if link is not None else set())
    if query.quote is not None:
        ways.append(_quoted(reading, query.quote, size))
    if query.about is not None:
        ways.append(_about(reading, query.about, size))
    if query.country is not None:
        people = [one.id for one in sources_called(reading, [topic_term(country_mark(query.country))], size)]
        ways.append(set(spoken_about(reading, people)) if people else set())
    return sorted(set.intersection(*ways), reverse=True) if ways else None


def carried_by(reading: Reading, links: Iterable[str]) -> set[int]:
    """Claims that a statement in a document with one of these links speaks of."""
    wanted = [Term(link_term(link)) for link in links]
    if not wanted:
        return set()
    works = reading.at(reading.snapshot.search("document", any_of(wanted), lang=None, before=None, limit=_TRANSLATIONS))
    out = hidden(reading, [entry.id for entry in works])
    ids = [entry.id for entry in works if entry.id not in out]
    return _spoken_of(reading, reading.snapshot.hanging(ids, "document", "statement") if ids else [])


def _quoted(reading: Reading, quote: str, size: int) -> set[int]:
    words = parse_words(quote)
    if not words.pieces:
        return set()
    wanted = expression("beginnings", words, (), {})
    return _spoken_of(reading, reading.snapshot.search("statement", wanted, lang=None, before=size, limit=_TRANSLATIONS))


def _spoken_of(reading: Reading, statements: Sequence[int]) -> set[int]:
    said = reading.at(statements)
    out = hidden(reading, [entry.id for entry in said])
    claims = {one.record.claim for one in said if isinstance(one.record, StatementRecord) and one.id not in out}
    return {places[0] for places in reading.places(claims).values()}


def _about(reading: Reading, name: str, size: int) -> set[int]:
    """Claims about a topic, or about the source that is the same item of Wikidata."""
    same = [name]
    for record in sources_called(reading, [topic_term(name), whole_term(list(runs(name)))], size):
        same += [other for other in (record.id, record.qid) if other is not None and name in (record.id, record.qid)]
    wanted = any_of(Term(topic_term(one)) for one in same)
    return set(reading.snapshot.search("claim", wanted, lang=None, before=size, limit=_MOST_ABOUT))


def spoken_about(reading: Reading, slugs: Sequence[str]) -> list[int]:
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


def hidden(reading: Reading, ids: Sequence[str]) -> set[str]:
    """What is withheld or was taken back: it is no answer, and no word of it finds one."""
    return reading.withheld(ids).keys() | corrected(gather_about(reading, ids, reading.snapshot.checkpoint.size)).keys()
