"""Have we seen this? Claims on record that may say what a pasted text says, each with its reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from ledger.core import seen
from ledger.core.evidence import Logged
from ledger.core.queries import called, spans
from ledger.core.search import Term, any_of, runs, topic_term, whole_term
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

_COMMON = 200
"""A term that so many claims hold tells little, and no claim is looked for by it alone."""
_JUDGED = 60
_RUNS = 160
"""Names are looked for at the beginning of a text; so many words are two long paragraphs."""
_NAMES_AT_ONCE = 250

Proposed = dict[int, float]
"""Claims by their index, each with how strongly it is proposed: the strongest are judged."""


class Proposer(Protocol):
    """One way of finding claims that a text may be about. A model of meanings can join as another one: it proposes, and what
    is shown is judged, and explained, by what the text and the claim have in common."""

    def propose(self, reading: Reading, text: seen.Pasted, rarity: Mapping[str, float]) -> Proposed: ...


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
    postings = _postings(reading, asked)
    rarity = {term: 1 / math.log2(len(found) + 2) if len(found) < _COMMON else 0.02 for term, found in postings.items()}
    linked = carried_by(reading, asked.links)
    proposed: Proposed = dict.fromkeys(linked, 9.0)
    ways: list[Proposer] = [ByWords(postings), ByNames(), *more]
    for proposer in ways:
        for index, strength in proposer.propose(reading, asked, rarity).items():
            proposed[index] = proposed.get(index, 0.0) + strength
    best = sorted(proposed, key=lambda index: (-proposed[index], -index))[:_JUDGED]
    judged = _judged(reading, asked, rarity, best, linked)
    return Seen(claims=judged[:limit], size=size)


class ByWords:
    """By the words and figures of the text, the rarer the stronger."""

    def __init__(self, postings: Mapping[str, Sequence[int]]) -> None:
        self._postings = postings

    def propose(self, reading: Reading, text: seen.Pasted, rarity: Mapping[str, float]) -> Proposed:
        found: Proposed = {}
        for term, indexes in self._postings.items():
            for index in indexes:
                found[index] = found.get(index, 0.0) + rarity[term]
        return found


class ByNames:
    """By the sources that the text names: whatever names them in another script, or is about them."""

    def propose(self, reading: Reading, text: seen.Pasted, rarity: Mapping[str, float]) -> Proposed:
        found: Proposed = {}
        for slug, names in text.named.items():
            topics = [name[1:] for name in names if name.startswith("#")]
            plain = [name for name in names if not name.startswith("#")]
            wanted = any_of([*called(slug, None, plain), *(Term(topic_term(topic)) for topic in topics)])
            indexes = reading.snapshot.search("claim", wanted, lang=None, before=None, limit=_COMMON)
            for index in indexes:
                found[index] = found.get(index, 0.0) + 1 / math.log2(len(indexes) + 2)
        return found


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


def _postings(reading: Reading, text: seen.Pasted) -> dict[str, list[int]]:
    """The newest claims that hold each telling term of the text."""
    search = reading.snapshot.search
    found = {term: search("claim", [term], lang=None, before=None, limit=_COMMON) for term in seen.telling_terms(text)}
    if text.whole:
        found[text.whole] = search("claim", [text.whole], lang=None, before=None, limit=_COMMON)
    return {term: indexes for term, indexes in found.items() if indexes or term != text.whole}


def _judged(
    reading: Reading, text: seen.Pasted, rarity: Mapping[str, float], indexes: Sequence[int], linked: set[int]
) -> list[SeenClaim]:
    entries = {entry.index: entry for entry in reading.at(indexes)}
    found = []
    for index, summary in summaries_of(reading, list(entries.values())):
        score, reasons = seen.judge(text, _known(summary, entries[index]), rarity, index in linked)
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
