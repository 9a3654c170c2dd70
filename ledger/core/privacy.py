"""Whose claims get no number: those that concern a private person, however much is on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.core.evidence import Logged
from ledger.core.force import aliases, heard_standing, in_force_of
from ledger.core.subjects import is_private as is_private
from schemas.records import ClaimRecord, SourceRecord


def concerns_private_person(claim: ClaimRecord, sources: Mapping[str, SourceRecord]) -> bool:
    """Whether a person without a public role is accused, a victim or the subject; so is taken whoever is not on record."""
    return any(_unknown_or_private(sources.get(concern.source)) for concern in claim.concerns or ())


def no_number_ever(claim_id: str, logged: Sequence[Logged]) -> bool:
    """The same of the claim, or the one in its place, as these records have it."""
    name = aliases(logged).get(claim_id, claim_id)
    claims = [entry.record for entry in logged if entry.id == name and isinstance(entry.record, ClaimRecord)]
    if not any(claim.concerns for claim in claims):
        return False
    shown = in_force_of(heard_standing(logged))
    sources = {entry.record.id: entry.record for entry in shown if isinstance(entry.record, SourceRecord)}
    return any(concerns_private_person(claim, sources) for claim in claims)


def _unknown_or_private(source: SourceRecord | None) -> bool:
    return source is None or is_private(source)
