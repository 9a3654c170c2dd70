"""Whether others have seen what this ledger shows, as `/healthz` and the log's page tell it."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.service.panel import Panel, newest_witnessed, unacknowledged, witnessed_now
from ledger.store.protocol import Snapshot, WitnessState
from schemas.dates import time_of
from schemas.health import WitnessHealth, WitnessStanding


def witness_health(snapshot: Snapshot, states: Sequence[WitnessState], panel: Panel | None) -> WitnessHealth | None:
    """None where no witness was ever named."""
    if panel is None and not states:
        return None
    newest = newest_witnessed(snapshot, panel)
    witnessed = witnessed_now(snapshot, panel)
    return WitnessHealth(
        state="alarm" if unacknowledged(states) else "witnessed" if witnessed else "unwitnessed",
        size=newest.size if newest else None,
        time=time_of(newest.time) if newest else None,
        asked=[standing_of(one) for one in states],
    )


def standing_of(state: WitnessState) -> WitnessStanding:
    return WitnessStanding(
        url=state.url,
        size=state.size,
        signed_at=time_of(state.signed_at) if state.signed_at else None,
        trouble=state.trouble,
        objection=state.alarm,
        proven=state.evidence is not None,
        acknowledged=state.acknowledged,
    )
