"""Everything that the page of a claim shows, of one state of the ledger."""

from __future__ import annotations

from pydantic import Field

from schemas.corroboration import ChainView, Report
from schemas.history import History, WorldHistory
from schemas.ids import Closed
from schemas.lookups import ClaimView


class ClaimSheet(Closed):
    """Each part is what its own question answers. `history` is null where there was no turn to be had for telling it."""

    view: ClaimView
    report: Report
    chain: ChainView
    source_names: dict[str, dict[str, str]] = Field({}, description="names of those whom the chain names, by slug and language")
    history: History | None
    before: Report | None = Field(description="with nobody left out; null where the question leaves nobody out")
    moments: WorldHistory | None = Field(description="the history in the world past the question's `until`, too")
