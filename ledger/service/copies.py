"""Suspected copies of a claim: what texts say as long as they can be opened, held against each other."""

from __future__ import annotations

from ledger.core.supposing import copies as copies_among
from ledger.operations import Question
from ledger.service.lookups import matter
from ledger.service.reading import Reading
from ledger.service.views import open_values_of
from ledger.store.protocol import Snapshot
from schemas.copies import Copies


def copies(snapshot: Snapshot, name: str, question: Question) -> Copies:
    """What looks copied among what is said of the claim, and what the score would be if it were."""
    reading = Reading(snapshot)
    claim_id, state, logged = matter(reading, name, question)
    return copies_among(
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
