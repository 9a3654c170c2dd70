"""Suspected copies of a claim: what sealed texts say as long as they can be opened, held against each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger.core.evidence import Logged
from ledger.core.records import sealed_in
from ledger.core.supposing import copies as copies_among
from ledger.operations import Question
from ledger.service.lookups import matter
from ledger.service.reading import Reading
from ledger.store.protocol import Snapshot
from schemas.copies import Copies
from schemas.corroboration import AsOf
from schemas.records import DocumentRecord, StatementRecord


def copies(snapshot: Snapshot, name: str, question: Question) -> Copies:
    """What looks copied among what is said of the claim, and what the score would be if it were."""
    reading = Reading(snapshot)
    return copies_of(reading, *matter(reading, name, question), question)


def copies_of(reading: Reading, claim_id: str, state: AsOf, logged: Sequence[Logged], question: Question) -> Copies:
    return copies_among(
        claim_id,
        logged,
        words_of(reading, logged),
        as_of=state,
        until=question.until,
        clock=question.clock,
        without=tuple(question.without),
        policy=question.policy,
        base_rate=question.base_rate,
    )


def words_of(reading: Reading, logged: Iterable[Logged]) -> dict[str, str]:
    """What the sealed values of statements and documents say, by digest, as far as they can still be opened."""
    telling = (entry.record for entry in logged if isinstance(entry.record, StatementRecord | DocumentRecord))
    digests = sorted({digest for record in telling for digest in sealed_in(record)})
    return {digest: opening.value for digest, opening in reading.snapshot.openings(digests).items()} if digests else {}
