"""All that the page of a claim shows: gathered once and heard once, where single questions would each do it again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from ledger.core.chain import names_in
from ledger.core.hearing import Hearing
from ledger.core.views import brief_of
from ledger.operations import Question
from ledger.service.history import Histories, history_in
from ledger.service.lookups import Matter, chain_heard, claim_in, heard, matter, opened_of
from ledger.service.reading import Reading
from ledger.service.ties import Ties
from ledger.store.protocol import Snapshot
from schemas.history import By, History
from schemas.sheet import ClaimSheet

Turn = Callable[[], AbstractContextManager[bool]]
"""Says whether this one may do what costs much, and holds its place until it is done."""


def always() -> AbstractContextManager[bool]:
    return nullcontext(True)


def claim_sheet(
    snapshot: Snapshot, histories: Histories, name: str, question: Question, turn: Turn = always, ties: Ties | None = None
) -> ClaimSheet:
    """The claim, its report, its chain and its history. A turn is needed only for a history that was not told of late."""
    reading = Reading(snapshot, ties)
    found = matter(reading, name, question)
    known, opened = heard(snapshot, found, question), opened_of(reading, found)
    hearing, report = known.hearing, known.report
    chain = chain_heard(found, hearing, question, opened.words)
    view = claim_in(found, hearing, chain.nodes, brief_of(report), opened)
    names = names_in(hearing, chain)
    if view.replaced_by is not None:
        return ClaimSheet(view=view, report=report, chain=chain, source_names=names, history=None, before=None, moments=None)
    told = _history(reading, histories, found, question, "both", hearing, turn)
    # Whoever looks at an earlier date wants to go on from there, so what came later stays in sight.
    later = replace(question, until=None)
    onward = told if question.until is None else _history(reading, histories, found, later, "world", None, turn)
    whole = replace(question, without=())
    before = heard(snapshot, found, whole).report if question.without else None
    return ClaimSheet(
        view=view,
        report=report,
        chain=chain,
        source_names=names,
        history=told,
        before=before,
        moments=onward.world if onward else None,
    )


def _history(
    reading: Reading,
    histories: Histories,
    found: Matter,
    question: Question,
    by: By,
    hearing: Hearing | None,
    turn: Turn,
) -> History | None:
    """None where no turn is to be had: the rest of the page is worth having without it."""
    snapshot, claim_id = reading.snapshot, found[0]
    told = histories.told(snapshot, claim_id, question, by)
    if told is None:
        with turn() as free:
            if not free:
                return None
            told = history_in(reading, found, question, by, hearing)
        histories.keep(snapshot, claim_id, question, by, told)
    return told
