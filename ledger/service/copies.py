"""Suspected copies of a claim: what texts say as long as they can be opened, held against each other."""

from __future__ import annotations

from ledger.core.privacy import no_number_ever
from ledger.core.supposing import copies as copies_among
from ledger.operations import Question
from ledger.service.lookups import matter
from ledger.service.reading import Reading
from ledger.service.views import open_values_of
from ledger.store.protocol import Snapshot
from schemas.copies import Copies, Outcome


def copies(snapshot: Snapshot, name: str, question: Question) -> Copies:
    """What looks copied among what is said of the claim, and what the score would be if it were."""
    reading = Reading(snapshot)
    claim_id, state, logged = matter(reading, name, question)
    found = copies_among(
        claim_id,
        logged,
        open_values_of(reading, (entry.record for entry in logged)).words,
        as_of=state,
        until=question.until,
        clock=question.clock,
        without=tuple(question.without),
        policy=question.policy,
        base_rate=question.base_rate,
    )
    private = no_number_ever(claim_id, logged)
    return found.model_copy(update={"now": _for_readers(found.now, private), "if_one": _for_readers(found.if_one, private)})


def _for_readers(one: Outcome, private: bool) -> Outcome:
    """Without numbers where readers are to see none."""
    shown = one.showable and not private
    return one if shown else one.model_copy(update={"probability": None, "interval": None})
