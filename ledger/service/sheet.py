"""All that the page of a claim shows: gathered once and heard once, where single questions would each do it again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from ledger.core.hearing import Hearing
from ledger.operations import Question
from ledger.service.history import Histories, history_in
from ledger.service.lookups import Matter, chain_heard, claim_in, hearing_of, matter, opened_of, report_heard
from ledger.service.reading import Reading
from ledger.store.protocol import Snapshot
from schemas.history import History
from schemas.sheet import ClaimSheet

Turn = Callable[[], AbstractContextManager[bool]]
"""Says whether this one may do what costs much, and holds its place until it is done."""


def always() -> AbstractContextManager[bool]:
    return nullcontext(True)


def claim_sheet(snapshot: Snapshot, histories: Histories, name: str, question: Question, turn: Turn = always) -> ClaimSheet:
    """The claim, its report, its chain and its history. A turn is needed only for a history that was not told of late."""
    reading = Reading(snapshot)
    found = matter(reading, name, question)
    hearing = hearing_of(found, question)
    opened = opened_of(reading, found)
    chain, report = chain_heard(found, hearing, question, opened.words), report_heard(found, hearing, question)
    view = claim_in(found, hearing, chain, report, opened)
    told = _history(reading, histories, found, question, hearing, turn) if view.replaced_by is None else None
    return ClaimSheet(view=view, report=report, chain=chain, history=told)


def _history(
    reading: Reading, histories: Histories, found: Matter, question: Question, hearing: Hearing, turn: Turn
) -> History | None:
    """None where no turn is to be had: the rest of the page is worth having without it."""
    snapshot, claim_id = reading.snapshot, found[0]
    told = histories.told(snapshot, claim_id, question, "both")
    if told is None:
        with turn() as free:
            if not free:
                return None
            told = history_in(reading, found, question, "both", hearing)
        histories.keep(snapshot, claim_id, question, "both", told)
    return told
