"""What a lookup tells of the score and the chain, worked out without the rest, is what the whole of each says."""

from __future__ import annotations

import pytest

from ledger.core.chain import chain_in, nodes_of
from ledger.core.corroboration import report_in
from ledger.core.gist import brief_in
from ledger.core.hearing import examine
from ledger.core.views import brief_of
from schemas.corroboration import AsOf
from tests.core.axioms.random_worlds import RandomWorld


@pytest.mark.parametrize("seed", range(60))
def test_brief_and_nodes_are_those_of_the_whole_report_and_the_whole_chain(seed: int) -> None:
    world = RandomWorld(seed)
    state = AsOf(size=len(world.logged), root="00" * 32, time="2026-01-01T00:00:00Z")
    until = [None, "2025-01-15", "2024"][seed % 3]
    clock = "public" if seed % 5 == 0 else "said"
    hearing = examine(world.claim_id, world.logged, as_of=state, until=until, clock=clock)
    brief, nodes = brief_in(hearing), nodes_of(hearing)
    whole = examine(world.claim_id, world.logged, as_of=state, until=until, clock=clock)
    assert brief == brief_of(report_in(whole, as_of=state, until=until, without=()))
    assert nodes == chain_in(whole, as_of=state, until=until).nodes
