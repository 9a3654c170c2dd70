"""What an export is made from, without a store: from records as a log would hold them, or from a ledger in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.core.corroboration import corroborate
from ledger.core.evidence import Logged
from ledger.exports.content import Content
from ledger.operations import NOW
from ledger.service import exporting
from ledger.service.tree import Edges
from schemas.bundle import Asked
from schemas.corroboration import AsOf
from schemas.ids import Opening
from tests.core.world import World
from tests.service.written import Written

TIME = "2025-06-01T00:00:00Z"


def content_from(logged: Sequence[Logged], claim: str, openings: Mapping[str, Opening] | None = None) -> Content:
    as_of = AsOf(size=len(logged), root="0" * 64, time=TIME)
    return Content(
        origin="onrecord.invalid/exports",
        checkpoint_note=b"",
        time="2025-04-28T00:00:00Z",
        consistency=[],
        entries=[],
        logged=logged,
        openings=openings or {},
        asked=Asked(claim=claim, until=None, clock="said", without=[], base_rate=None, policy="olo-1"),
        report=corroborate(claim, logged, as_of=as_of),
    )


def content_of_world(world: World) -> Content:
    return content_from(world.logged, world.claim_id)


def content_written(world: Written, claim: str) -> Content:
    with world.snapshot() as snapshot:
        return exporting.content(snapshot, claim, NOW, None, Edges())
