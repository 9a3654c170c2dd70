"""What fits the words of a question: tier after tier, the best first, and newest first within each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from ledger.core.evidence import Logged
from ledger.core.force import heard_standing, in_force_of
from ledger.core.queries import TIERS, Name, Tier, Words, called, expression, spans, words_that_may_slip
from ledger.core.search import But, Expression, Run, Term, any_of, runs, whole_term
from ledger.core.spelling import BEGINNING, asked_spellings, nearest, slips_in
from ledger.service.gathering import gather_about
from ledger.service.reading import Reading
from ledger.service.views import open_values_of
from schemas.records import SourceRecord

TIERS_OF_CLAIMS = tuple(tier for tier in TIERS if tier != "some")
TIERS_OF_EXACT = TIERS_OF_CLAIMS[: TIERS_OF_CLAIMS.index("names")]
NO_WORDS = "there is no letter and no digit in what is asked for"
_NAMED = 50
"""Sources whose names are recognised in one question."""
_NEAR = 24
"""Words that may have been meant by one."""
_ALIKE_BEGINNINGS = 2_000


class Ranked:
    """Records of one kind that fit the words, as the ledger was at `size`: whoever turns pages finds the same order."""

    def __init__(self, reading: Reading, kind: str, words: Words, lang: str | None, size: int, tiers: Sequence[Tier]) -> None:
        self.reading = reading
        self.words = words
        self.tiers = tiers
        self.size = size
        self._kind = kind
        self._lang = lang
        self._expressions: dict[Tier, Expression] = {}

    def batch(self, tier: Tier, before: int, limit: int) -> list[int]:
        """Those of this tier below `before`, newest first, and of no better tier."""
        wanted = self.of_tier(tier)
        return [] if wanted is None else self.search(self._kind, wanted, before, limit)

    def search(self, kind: str, wanted: Expression, before: int, limit: int) -> list[int]:
        below = min(before, self.size)
        return self.reading.snapshot.search(kind, wanted, lang=self._lang, before=below, limit=limit)

    def of_tier(self, tier: Tier) -> Expression | None:
        """What is asked for this tier alone; None where nothing can be in it that is in no better one."""
        wanted, better = self.upto(tier), self.better_than(tier)
        if better is None:
            return wanted
        return None if wanted == better else But(wanted, better)

    def upto(self, tier: Tier) -> Expression:
        if tier not in self._expressions:
            names = self.names if tier in ("names", "spelling", "some") else ()
            near = self._near if tier in ("spelling", "some") else {}
            self._expressions[tier] = expression(tier, self.words, names, near)
        return self._expressions[tier]

    def better_than(self, tier: Tier) -> Expression | None:
        place = self.tiers.index(tier)
        return self.upto(self.tiers[place - 1]) if place else None

    @cached_property
    def names(self) -> list[Name]:
        """The sources that are named in the question. Words in quotation marks mean themselves alone."""
        if any(piece.together for piece in self.words.pieces):
            return []
        return names_in(self.reading, self.words.runs, self.size)

    @cached_property
    def _near(self) -> dict[str, list[str]]:
        return near_words(self.reading, words_that_may_slip(self.words))


def names_in(reading: Reading, found: Sequence[Run], size: int) -> list[Name]:
    """Sources that one of these stretches of words is the whole name of, with what else says that a text is about them."""
    places = spans(found)
    others: dict[tuple[int, int], list[Expression]] = {}
    for record in sources_called(reading, places, size):
        names = list(open_values_of(reading, [record]).texts(record.names).values())
        meant = called(record.id, record.qid, names)
        for name in names:
            if (term := whole_term(list(runs(name)))) in places:
                others.setdefault(places[term], []).extend(meant)
    longest_first = sorted(others, key=lambda place: (place[0], -place[1]))
    return [Name(start, end, tuple(dict.fromkeys(others[start, end]))) for start, end in longest_first]


def sources_called(reading: Reading, terms: Iterable[str], size: int) -> list[SourceRecord]:
    """The sources in force that hold one of these terms."""
    wanted = any_of(map(Term, terms))
    indexes = reading.snapshot.search("source", wanted, lang=None, before=size, limit=_NAMED)
    return [entry.record for entry in newest_of_each(reading, indexes) if isinstance(entry.record, SourceRecord)]


def newest_of_each(reading: Reading, indexes: Sequence[int]) -> list[Logged]:
    """Of these source records, those that are in force, newest first: later revisions and corrections hide the others, but for
    what only a key in doubt says anew."""
    entries = sorted(reading.at(indexes), key=lambda entry: -entry.index)
    subjects = [f"source:{entry.record.id}" for entry in entries if isinstance(entry.record, SourceRecord)]
    places = reading.of_subjects(subjects)
    rivals = reading.at(index for them in places.values() for index in them)
    size = reading.snapshot.checkpoint.size
    heard = heard_standing(gather_about(reading, [entry.id for entry in rivals], size))
    stand = {entry.id for entry in in_force_of(heard)}
    return [entry for entry in entries if entry.id in stand]


def near_words(reading: Reading, words: Sequence[str]) -> dict[str, list[str]]:
    """For each word those on record that may have been meant by it, the nearest first."""
    if not words:
        return {}
    known = reading.snapshot.words_spelt([spelling for word in words for spelling in asked_spellings(word)])
    found = {}
    for word in words:
        alike = reading.snapshot.words_beginning(word[:BEGINNING], _ALIKE_BEGINNINGS) if slips_in(word) > 1 else ()
        found[word] = nearest(word, known.union(alike), _NEAR)
    return found


def following(tiers: Sequence[Tier], tier: Tier) -> Tier | None:
    place = tiers.index(tier) + 1
    return tiers[place] if place < len(tiers) else None
