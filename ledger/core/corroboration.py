"""The corroboration of a claim: a pure function of the records, the policy and the question (SCORING.md, Origin Log-Odds)."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.core.evidence import Logged
from ledger.core.hearing import Hearing, examine
from ledger.core.reporting import check_sum, write_report
from schemas.corroboration import AsOf, Clock, Report


def corroborate(
    claim: str,
    logged: Sequence[Logged],
    *,
    as_of: AsOf,
    until: str | None = None,
    clock: Clock = "said",
    without: Sequence[str] = (),
    policy: str = "olo-1",
    base_rate: float | None = None,
) -> Report:
    """How many independent origins stand behind a claim, how far that carries, and what would change it.

    A pure function: the same records, question and policy give the same report. Every record used has an index below
    `as_of.size`. FormatError for a question that makes no sense, NotFoundError for a claim or policy that is not there.
    """
    hearing = examine(claim, logged, as_of=as_of, until=until, clock=clock, without=without, policy=policy, base_rate=base_rate)
    return report_in(hearing, as_of=as_of, until=until, without=without)


def report_in(hearing: Hearing, *, as_of: AsOf, until: str | None, without: Sequence[str]) -> Report:
    """The same, of a hearing that was held already."""
    report = write_report(hearing, as_of=as_of, until=until, without=without)
    assert check_sum(report)
    return report
