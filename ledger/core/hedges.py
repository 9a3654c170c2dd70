"""Where a hedge is lost on the way from an origin to its readers: "offenbar" at the agency, gone at the outlet.

Shown beside the chain, and never part of the score (SCORING has the fidelity of a relay for that). It is told only where both
sides are on record: what nobody recorded is not taken for lost. A relay that says how it knows speaks for itself, so it loses
nothing; nor is the hedge of one claim looked for in what was said of another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from ledger.core.graph import UNSAID_BASES, Graph, Said
from ledger.core.hedgewords import Hedges, hedges_in
from schemas.corroboration import LostHedge
from schemas.members import Quantity, Quote
from schemas.records import StatementRecord

MOST = 200
"""Nobody reads more of them."""
REACH = 64
"""So many statements above one are looked at for it: else a long chain would cost the square of its length."""
_DOUBTFUL = frozenset({"possible", "probable"})
_HEDGING_ACTS = frozenset({"alleges", "claims", "estimates"})
_ASSERTING = frozenset({"announces", "asserts", "confirms", "finds"})
_HEDGED_FIGURES = frozenset({"about", "at_least", "more_than", "order_of", "up_to"})

Name = Callable[[str], str]
_Lost = tuple[Said, str, str, str | None]
"""The statement that had it, how it was hedged, the hedge, and what stands in its place."""


@dataclass(frozen=True)
class _Walk:
    """The graph as shown, what sealed quotations say, which hops credit somebody in words, and what was found so far."""

    graph: Graph
    shown: Collection[str]
    words: Mapping[str, str]
    crediting: Collection[str]
    found: dict[str, Hedges | None]

    def hedges(self, one: Said) -> Hedges | None:
        """What hedges its quotation; None where there is none, or none that can be judged."""
        if one.id not in self.found:
            self.found[one.id] = self._hedges(one)
        return self.found[one.id]

    def _hedges(self, one: Said) -> Hedges | None:
        text = quoted(one.record.quote, self.words)
        if text is None or one.record.quote is None:
            return None
        document = self.graph.documents.get(one.document) if one.document else None
        return hedges_in(text, one.record.quote.lang or (document.lang if document else None))

    def nearest(self, below: Said, says: Callable[[StatementRecord], bool]) -> list[tuple[Said, bool]]:
        """On each way towards the origins the first statement that says something of the kind, on the same claim and side; and
        whether a hop on the way credits somebody in words. What knows it by itself ends the way too."""
        found: dict[str, tuple[Said, bool]] = {}
        queue, seen = [(below, False)], {below.id}
        for here, credited in queue:
            if len(seen) > REACH:
                break
            for hop in self.graph.up.get(here.id, ()):
                above = self.graph.statements.get(hop.above)
                if above is None or above.id in seen or above.id not in self.shown or not self.graph.usable(hop):
                    continue
                if above.claim != below.claim or above.record.polarity != below.record.polarity:
                    continue
                seen.add(above.id)
                step = (above, credited or hop.record_id in self.crediting)
                if says(above.record):
                    found[above.id] = step
                elif above.record.basis in UNSAID_BASES:
                    queue.append(step)
        return list(found.values())


def lost_hedges(
    graph: Graph, shown: Collection[str], words: Mapping[str, str], crediting: Collection[str], name: Name
) -> list[LostHedge]:
    """Every hedge of a statement that is gone at one that has it from there, in the order of the log; `MOST` of them.

    `shown` are the statements of the chains, `words` what sealed values say, `crediting` the attributions that credit somebody
    in words, and `name` gives a source's name.
    """
    walk = _Walk(graph, shown, words, crediting, {})
    lost: list[LostHedge] = []
    for below in sorted((graph.statements[one] for one in shown), key=lambda it: it.index):
        if len(lost) >= MOST:
            break
        if below.id not in graph.aside and below.record.basis in UNSAID_BASES:
            lost += [_told(below, *one, name=name) for one in [*_lost_as_coded(walk, below), *_lost_words(walk, below)]]
    return lost[:MOST]


def quoted(quote: Quote | None, words: Mapping[str, str]) -> str | None:
    """The quoted words; None where they are sealed and can no longer be opened."""
    if quote is None:
        return None
    return quote.exact if isinstance(quote.exact, str) else words.get(quote.exact.sealed)


def _lost_as_coded(walk: _Walk, below: Said) -> Iterator[_Lost]:
    now = below.record
    if now.certainty == "certain" or (now.certainty == "unstated" and now.act in _ASSERTING):
        instead = now.certainty if now.certainty == "certain" else now.act
        for above, _ in walk.nearest(below, lambda one: one.certainty != "unstated" or one.act in _ASSERTING):
            if above.record.certainty in _DOUBTFUL:
                yield above, "certainty", above.record.certainty, instead
    if _as_fact(now):
        for above, _ in walk.nearest(below, lambda one: one.act != "reports"):
            if above.record.act in _HEDGING_ACTS:
                yield above, "act", above.record.act, now.act
    if now.hedge_on == "figure":
        for above, _ in walk.nearest(below, lambda one: one.hedge_on is not None):
            if above.record.hedge_on == "event":
                yield above, "hedge_on", "event", "figure"
    if now.quantity is not None and now.quantity.hedge == "exact":
        for above, _ in walk.nearest(below, lambda one: one.quantity is not None):
            was = above.record.quantity
            if was is not None and was.hedge in _HEDGED_FIGURES and _same_thing(was, now.quantity):
                yield above, "quantity", was.hedge, "exact"


def _lost_words(walk: _Walk, below: Said) -> Iterator[_Lost]:
    """Words of doubt in the quotation above with nothing of the kind in the one below; words of credit only where no hop has
    any of its own either. Who was coded as in doubt, or as alleging, has not lost it: a quotation is a part of the text."""
    has = walk.hedges(below)
    if has is None or has.any or below.record.certainty in _DOUBTFUL or below.record.act in _HEDGING_ACTS:
        return
    for above, credited in walk.nearest(below, lambda one: one.quote is not None):
        had = walk.hedges(above)
        if had is not None:
            yield from ((above, "words", word, None) for word in [*had.doubt, *(() if credited else had.credit)])


def _as_fact(one: StatementRecord) -> bool:
    """Whether it was coded as telling it for a fact: a report alone is the act of every relay."""
    return one.act in _ASSERTING or (one.act == "reports" and one.certainty == "certain")


def _same_thing(one: Quantity, other: Quantity) -> bool:
    return (one.unit, one.measure) == (other.unit, other.measure)


def _told(below: Said, above: Said, by: str, hedge: str, instead: str | None, *, name: Name) -> LostHedge:
    there, here = name(above.speaker), name(below.speaker)
    shown, now = hedge.replace("_", " "), f", which has '{instead.replace('_', ' ')}'" if instead else ""
    return LostHedge.model_validate(
        {
            "statement": below.id,
            "upstream": above.id,
            "speaker": below.speaker,
            "upstream_speaker": above.speaker,
            "by": by,
            "hedge": hedge,
            "instead": instead,
            "says": f"hedge '{shown}' at {there} is gone at {here}{now}",
        }
    )
