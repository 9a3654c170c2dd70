"""Have we seen this? Claims on record that may say what a pasted text says, each with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from ledger.core import seen
from ledger.core.clues import COUNTED, EVERYTHING, Clue, most_that_hold, rarity, terms_in, worth_looking_at
from ledger.core.evidence import Logged
from ledger.core.queries import called, spans
from ledger.core.search import Expression, Term, any_of, runs, topic_term, whole_term
from ledger.errors import FormatError
from ledger.service.candidates import carried_by
from ledger.service.cursors import check_limit
from ledger.service.listing import summaries_of
from ledger.service.reading import Reading
from ledger.service.searching import NO_WORDS, sources_called
from ledger.service.views import open_values_of
from ledger.store.protocol import Snapshot
from schemas.lookups import ClaimSummary, Seen, SeenClaim
from schemas.records import ClaimRecord

_JUDGED = 40
_SAYS_JUST_THIS = 9.0
_RUNS = 160
"""Names are looked for at the beginning of a text; so many words are two long paragraphs."""
_NAMES_AT_ONCE = 250

Proposed = dict[int, float]
"""Claims by their index, each with how strongly it is proposed: the strongest are judged."""


class Proposer(Protocol):
    """One way of finding claims that a text may be about. A model of meanings can join as another one: it proposes, and what
    is shown is judged, and explained, by what the text and the claim have in common."""

    def propose(self, reading: Reading, text: seen.Pasted, rarity_of: Mapping[str, float]) -> Proposed: ...


def seen_before(snapshot: Snapshot, text: str, limit: int = 10, more: Sequence[Proposer] = ()) -> Seen:
    """Claims that may say what this text says, the likeliest first."""
    check_limit(limit)
    if len(text) > seen.LONGEST_TEXT:
        raise FormatError(
            f"{len(text)} characters, at most {seen.LONGEST_TEXT} are taken",
            hint="paste the sentence that matters, or the link",
        )
    reading = Reading(snapshot)
    size = snapshot.checkpoint.size
    asked = _with_names(reading, seen.pasted(text))
    if not asked.runs and not asked.links:
        return Seen(claims=[], size=size, hint=NO_WORDS)
    by_words = ByWords(reading, asked)
    linked = carried_by(reading, asked.links)
    proposed: Proposed = dict.fromkeys(linked, 9.0)
    ways: list[Proposer] = [by_words, *more]
    for proposer in ways:
        for index, strength in proposer.propose(reading, asked, by_words.rarity).items():
            proposed[index] = proposed.get(index, 0.0) + strength
    best = sorted(proposed, key=lambda index: (-proposed[index], -index))[:_JUDGED]
    judged = _judged(reading, asked, by_words.rarity, best, linked)
    return Seen(claims=judged[:limit], size=size)


class ByWords:
    """By its words and figures, and by the sources that it names, in whatever script a claim names them or is about them:
    the rarer the stronger. What nobody has ever said leads nowhere; what everybody says, only together with something else."""

    def __init__(self, reading: Reading, text: seen.Pasted) -> None:
        terms = seen.telling_terms(text)
        names = {slug: _named_or_about(slug, names) for slug, names in text.named.items()}
        counts = reading.snapshot.term_counts([EVERYTHING, *terms, *(term for one in names.values() for term in terms_in(one))])
        self._total = counts.get(EVERYTHING, 0)
        self.rarity = {term: rarity(counts.get(term, 0), self._total) for term in terms}
        self._clues = [Clue(Term(term), counts.get(term, 0)) for term in terms]
        self._clues += [Clue(one, most_that_hold(one, counts)) for one in names.values()]
        self._whole = Term(text.whole) if text.whole else None

    def propose(self, reading: Reading, text: seen.Pasted, rarity_of: Mapping[str, float]) -> Proposed:
        ways = [one for one in (self._whole, worth_looking_at(self._clues, self._total)) if one is not None]
        if not ways:
            return {}
        weights = [(clue.wanted, rarity(clue.claims, self._total)) for clue in self._clues if clue.claims]
        weights += [(self._whole, _SAYS_JUST_THIS)] if self._whole else []
        return dict(reading.snapshot.strongest(COUNTED, any_of(ways), weights, _JUDGED))


def _named_or_about(slug: str, names: Sequence[str]) -> Expression:
    topics = [Term(topic_term(name[1:])) for name in names if name.startswith("#")]
    return any_of([*called(slug, None, [name for name in names if not name.startswith("#")]), *topics])


def _with_names(reading: Reading, text: seen.Pasted) -> seen.Pasted:
    places = list(spans(text.runs[:_RUNS]))
    named: dict[str, list[str]] = {}
    for start in range(0, len(places), _NAMES_AT_ONCE):
        for record in sources_called(reading, places[start : start + _NAMES_AT_ONCE], reading.snapshot.checkpoint.size):
            names = open_values_of(reading, [record]).texts(record.names).values()
            here = [name for name in names if whole_term(list(runs(name))) in set(places)]
            ids = [f"#{record.qid}"] if record.qid else []
            if here:
                named[record.id] = [*here, *(name for name in names if name not in here), *ids, f"#{record.id}"]
    return replace(text, named=named)


def _judged(
    reading: Reading, text: seen.Pasted, rarity_of: Mapping[str, float], indexes: Sequence[int], linked: set[int]
) -> list[SeenClaim]:
    entries = {entry.index: entry for entry in reading.at(indexes)}
    found = []
    for index, summary in summaries_of(reading, list(entries.values())):
        score, reasons = seen.judge(text, _known(summary, entries[index]), rarity_of, index in linked)
        if score >= seen.LEAST:
            found.append((-score, -index, SeenClaim(claim=summary, score=score, reasons=reasons)))
    return [one for _, _, one in sorted(found, key=lambda one: one[:2])]


def _known(summary: ClaimSummary, entry: Logged) -> seen.Known:
    record = entry.record
    assert isinstance(record, ClaimRecord)
    quantity = record.quantity
    figures = [quantity.low, quantity.best, quantity.high] if quantity else []
    topics = [*(record.about or ()), *(one.source for one in record.concerns or ())]
    return seen.Known(
        texts=list(summary.text.values()),
        topics=frozenset(f"#{topic}" for topic in topics),
        event_time=record.event_time,
        figures=frozenset(str(figure) for figure in figures if figure is not None),
    )
