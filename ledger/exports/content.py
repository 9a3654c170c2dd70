"""What every export of a claim is made from: its records with their proofs, what sealed values say, and its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.core.chain import chain_view
from ledger.core.evidence import Logged
from ledger.core.force import heard_standing, in_force_of
from ledger.core.views import Named, Opened, claim_texts
from ledger.exports.issuing import ProvenEntry
from schemas.bundle import Asked
from schemas.corroboration import ChainView, Report
from schemas.ids import Opening


@dataclass(frozen=True)
class Content:
    """A claim with all that its score rests on; `logged` are the records of the shown entries, `time` is the checkpoint's."""

    origin: str
    checkpoint_note: bytes
    time: str
    consistency: Sequence[bytes]
    entries: Sequence[ProvenEntry]
    logged: Sequence[Logged]
    openings: Mapping[str, Opening]
    asked: Asked
    report: Report

    @cached_property
    def at_state(self) -> list[Logged]:
        """The records that the report is made from: those of the state that it is as of."""
        return [entry for entry in self.logged if entry.index < self.report.as_of.size]

    @cached_property
    def standing(self) -> list[Logged]:
        """Of these the ones in force, without what a key in doubt says anew of a source, rates or relates."""
        return in_force_of(heard_standing(self.at_state))

    @cached_property
    def opened(self) -> Opened:
        return Opened(self.openings)

    @cached_property
    def names(self) -> Named:
        """Display names of sources."""
        return Named(self.standing, self.opened)

    @cached_property
    def texts(self) -> dict[str, dict[str, str]]:
        """Each claim's text by language."""
        return claim_texts(self.standing, self.opened)

    @cached_property
    def chain(self) -> ChainView:
        """Who had it from whom, as the report was asked for."""
        return chain_view(
            self.asked.claim,
            self.at_state,
            as_of=self.report.as_of,
            until=self.asked.until,
            clock=self.asked.clock,
            without=tuple(self.asked.without),
            policy=self.asked.policy,
        )
