"""What the log answers: checkpoints, receipts, proofs. Hashes are base64, as in C2SP tlog."""

from __future__ import annotations

from pydantic import Field

from schemas.ids import Closed, Digest, UtcTime


class CheckpointView(Closed):
    """`note` is the signed note itself; the other members repeat what it says, and `time` its ML-DSA timestamp."""

    origin: str
    size: int
    root: str
    time: UtcTime
    note: str


class Receipt(Closed):
    """Entry `index` is in the tree that `checkpoint` signs: `proof` leads from `leaf_hash` to its root."""

    record_id: Digest
    index: int
    leaf_hash: str
    proof: list[str]
    checkpoint: CheckpointView
    witnessed: bool = Field(
        description="whether the checkpoint carries the quorum of cosignatures that the ledger's policy asks"
    )
    already_on_record: bool
    to_scrub: bool = Field(
        default=False,
        description="openings went with this, and are not yet gone from the ledger's own disk, since somebody was reading; "
        "it is tried again",
    )


class ConsistencyProof(Closed):
    old_size: int
    new_size: int
    proof: list[str]
    old: CheckpointView
    new: CheckpointView
