"""What a bundle's payload is, byte for byte, and what is counted in it: for whoever writes one, and whoever checks one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from ledger.core.canonical import canonical_bytes
from ledger.core.evidence import Logged
from schemas.bundle import Counts, IssuedStatement
from schemas.records import AttributionRecord, DocumentRecord, SourceRecord, StatementRecord

MAX_BUNDLE_BYTES = 1 << 27
MAX_BUNDLE_VALUES = 4_000_000
TOLERANCE = 1e-9
# Word for word: an issuer who promised more would be believed by somebody.
PROVES = (
    "each record in this file was signed by the key named beside it, and is in the log at the stated index",
    "each of these keys was allowed to sign it by entries of the log below that index",
    "the log had this size and root when it signed the checkpoint, and had it at the checkpoint's time",
    "the report follows from these records under the stated policy; anyone can compute it again from this file",
)
DOES_NOT_PROVE = (
    "that what the sources said is true: the score says how far the records carry the claim, no more",
    "that nothing was left out: inclusion is proven, completeness is not; replay the log to check that",
    "that a key has not been revoked, or a record corrected, after the checkpoint",
    "that the people who signed the records read their sources well",
)


def statement_bytes(statement: IssuedStatement) -> bytes:
    """The one spelling of the payload of a file that the ledger issued."""
    return canonical_bytes(statement.model_dump(mode="json", by_alias=True))


def counts_of(logged: Sequence[Logged], withheld: int = 0) -> Counts:
    """How many entries there are, and how many different records of the kinds that readers ask for."""
    records = {entry.id: entry.record for entry in logged}.values()

    def number(kind: type[BaseModel]) -> int:
        return sum(isinstance(record, kind) for record in records)

    return Counts(
        entries=len(logged) + withheld,
        records=len(records),
        statements=number(StatementRecord),
        attributions=number(AttributionRecord),
        documents=number(DocumentRecord),
        sources=len({record.id for record in records if isinstance(record, SourceRecord)}),
    )


def difference(one: Any, other: Any, at: str = "") -> str | None:
    """A JSON pointer to the first place where two values differ by more than a number's last digits; None if nowhere."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if one.keys() != other.keys():
            return at or "/"
        return next((found for key in one if (found := difference(one[key], other[key], f"{at}/{key}"))), None)
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return at or "/"
        pairs = enumerate(zip(one, other, strict=True))
        return next((found for place, (a, b) in pairs if (found := difference(a, b, f"{at}/{place}"))), None)
    if isinstance(one, float) and isinstance(other, float):
        return None if math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE) else at
    return None if type(one) is type(other) and one == other else at
