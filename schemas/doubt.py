"""What a key signed, and what is in doubt since the key was revoked as compromised."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from schemas.ids import Closed, Digest, UtcTime


class Doubt(Closed):
    """A compromised key. Where it alone vouches for something, or such keys together, somebody else may have signed that."""

    key: str
    subject: str
    since: UtcTime
    revocation: Digest = Field(description="the record that revoked the key as compromised since then")


IN_DOUBT: Any = Field(
    default_factory=list, description="the compromised keys that alone vouch for it: while there are any, it counts for nothing"
)

ENDORSED_BY: Any = Field(
    default_factory=list,
    description="of a rating in doubt: who gave the same and is not in doubt; theirs counts, this one does not",
)


class DoubtedRecord(Closed):
    id: Digest
    kind: str
    index: int
    in_doubt: list[Doubt]


class SignedRecord(Closed):
    """An entry that a key signed. It is in doubt if it came after the key was compromised and nobody else vouches for it."""

    id: Digest
    kind: str
    index: int
    logged_at: UtcTime
    after_compromise: bool = Field(description="it was not in the log before the moment since which the key is compromised")
    in_doubt: list[Doubt] = IN_DOUBT
    endorsed_by: list[str] = ENDORSED_BY


class SignedList(Closed):
    """`GET /v1/keys/{key}/signed`: in the order of the log. `next`, as `start`, leads on, from a page that may be empty."""

    key: str
    subject: str | None = Field(description="the name for which the key was enrolled last")
    compromised: Doubt | None
    entries: list[SignedRecord]
    since_size: int | None = Field(description="what was published before the `since` that was asked for: so many entries")
    size: int
    next: int | None
