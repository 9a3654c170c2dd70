"""What a claim's printable pack is made from: records as signed, with who signed them and where they are in the log."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from schemas.corroboration import ChainView, Report
from schemas.ids import Closed, Digest, UtcTime
from schemas.log import CheckpointView
from schemas.lookups import ClaimView
from schemas.problems import Withheld


class Signature(Closed):
    """One signature on a record: by whom, as enrolled then, and in which entry."""

    name: str
    key: str
    index: int
    logged_at: UtcTime


class PackRecord(Closed):
    """A record in the pack; `record` has its sealed values opened as far as they can be.

    `signatures` are those of its first entry, then those of others who endorsed it. `sealed` counts the values that the log
    holds as a hash alone, `closed` those of them that nobody can read here any more.
    """

    id: Digest
    index: int
    kind: str
    record: dict[str, Any]
    leaf_hash: str
    signatures: list[Signature]
    sealed: int
    closed: int


class Pack(Closed):
    """A claim with all that was said of it, for a lawyer or an editor: everything is of one state of the ledger."""

    claim: ClaimView
    report: Report
    chain: ChainView
    source_names: dict[str, dict[str, str]] = Field({}, description="names of those whom the chain names, by slug and language")
    records: list[PackRecord]
    withheld: list[Withheld]
    checkpoint: CheckpointView
