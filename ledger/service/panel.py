"""Whose signatures count, and what they have signed: all that readers are told of witnesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.core.answering import is_witnessed
from ledger.core.quorum import Policy
from ledger.core.vkey import VerifierKey
from ledger.errors import BusyError
from ledger.store.protocol import Snapshot, StoredCheckpoint, WitnessState

RETRY_SECONDS = 5


@dataclass(frozen=True)
class Panel:
    """The witnesses of a policy by the address where they are asked, each with the keys that it may sign with there."""

    policy: Policy
    text: str
    interval: float = 5.0
    closed: bool = False
    """Nothing of the log is shown before enough witnesses have signed it."""

    @property
    def by_url(self) -> dict[str, tuple[VerifierKey, ...]]:
        found: dict[str, tuple[VerifierKey, ...]] = {}
        for witness in self.policy.witnesses:
            if witness.url is not None:
                url = witness.url.rstrip("/")
                found[url] = (*found.get(url, ()), witness.key)
        return found


def lines_of(snapshot: Snapshot, checkpoint: StoredCheckpoint) -> list[str]:
    return [line.decode("utf-8") for line in snapshot.cosignatures(checkpoint.seq)]


def cosigned_note(snapshot: Snapshot, checkpoint: StoredCheckpoint) -> bytes:
    """The checkpoint's note with what witnesses put under it."""
    return (checkpoint.note or b"") + b"".join(snapshot.cosignatures(checkpoint.seq))


def witnessed_now(snapshot: Snapshot, panel: Panel | None) -> bool:
    """Whether enough witnesses have signed the newest checkpoint."""
    return panel is not None and is_witnessed(panel.policy, lines_of(snapshot, snapshot.checkpoint))


def stop_at_witnessed(snapshot: Snapshot, panel: Panel | None) -> None:
    """The snapshot is that of the newest checkpoint that enough witnesses have signed, where the log is to show no other."""
    if panel is None or not panel.closed:
        return
    found = newest_witnessed(snapshot, panel)
    if found is None:
        raise BusyError("not enough witnesses have signed this log yet", retry_after=RETRY_SECONDS)
    snapshot.checkpoint = found


def newest_witnessed(snapshot: Snapshot, panel: Panel | None, among: int = 50) -> StoredCheckpoint | None:
    """The newest checkpoint that enough witnesses have signed, if it is among the last that any did."""
    if panel is None:
        return None
    found = snapshot.cosigned(among)
    return next((one for one in found if is_witnessed(panel.policy, lines_of(snapshot, one))), None)


def unacknowledged(states: Sequence[WitnessState]) -> str | None:
    """What keeps this log from signing, if anything does."""
    found = [one for one in states if one.alarm is not None and not one.acknowledged]
    return "; ".join(f"the witness at {one.url} remembers another history: {one.alarm}" for one in found) or None
