"""How a server and its log are: what `/healthz` and `onrecord log fsck` answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.ids import Closed, UtcTime


class ReplicaHealth(Closed):
    """How a server keeps up that was started with `--replica-of`. What it answers is complete to the `size` beside this."""

    primary: str = Field(description="the server that takes records")
    state: Literal["following", "paused", "cut_off", "promoted"] = Field(
        description="cut_off: nothing is received from the primary; promoted: the database follows nobody any more, and this "
        "server takes records once it is started without --replica-of"
    )
    lag_seconds: float | None = Field(
        description="how far behind it is at most: 0 where all that was received is there, else the time since the last change"
    )
    replayed_at: UtcTime | None = Field(description="when the last change was made at the primary that has arrived here")


class WitnessStanding(Closed):
    """How one witness stands that the log asks to sign."""

    url: str
    size: int = Field(description="of the checkpoint that it signed last")
    signed_at: UtcTime | None
    trouble: str | None = Field(description="what went wrong when it was asked last")
    objection: str | None = Field(description="it remembers another history of this log than this server shows")
    proven: bool = Field(description="it shows a checkpoint of that history which this log's own keys signed")
    acknowledged: bool = Field(description="the operator has seen the objection, and the log signs on")


class WitnessHealth(Closed):
    """Whether others have seen what this server shows. alarm: somebody remembers another history, and nothing is signed."""

    state: Literal["witnessed", "unwitnessed", "alarm"] = Field(description="of the newest checkpoint, by the ledger's policy")
    size: int | None = Field(description="of the newest checkpoint that enough witnesses signed")
    time: UtcTime | None
    asked: list[WitnessStanding]


class Health(Closed):
    status: Literal["ok", "alarm"] = Field(description="alarm: the server reads, and signs nothing")
    size: int
    checkpoint_time: UtcTime
    age: int | None = Field(default=None, description="of the newest checkpoint, in seconds")
    standing_size: int = Field(description="the size to which it is worked out where claims stand")
    to_scrub: bool = Field(
        default=False, description="erased words may still be on the ledger's own disk; the server goes on trying"
    )
    replica: ReplicaHealth | None = Field(default=None, description="null where this server takes records itself")
    witnesses: WitnessHealth | None = Field(default=None, description="null where none are asked")


class Fault(Closed):
    where: str
    found: str
    wanted: str


class FsckResult(Closed):
    """`faults` is empty if every entry, tile, checkpoint and derived row is what the entries say it must be."""

    size: int
    entries: int
    tiles: int
    checkpoints: int
    derived: int
    faults: list[Fault]
