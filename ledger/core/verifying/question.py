"""What a file says of itself: the claim it is about, the question its report answers, and what it proves."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ledger.core.bundles import TOLERANCE
from ledger.core.combination import base_log_odds
from ledger.errors import VerificationError
from schemas.bundle import Asked, IssuedStatement
from schemas.corroboration import Report


def check_question(statement: IssuedStatement, proves: Sequence[str], does_not_prove: Sequence[str], *, step: str) -> None:
    """Subject, question and report are about one claim; the report answers the question; the words are the fixed ones."""
    (subject,), said = statement.subject, statement.predicate
    names = {subject.name, "sha256:" + subject.digest.sha256, said.asked.claim, said.report.claim}
    if len(names) != 1:
        raise VerificationError("subject, question and report are about different claims", step=step)
    if (member := _otherwise(said.asked, said.report)) is not None:
        raise VerificationError(f"the report answers another question than the one asked: {member} differs", step=step)
    if (tuple(said.proves), tuple(said.does_not_prove)) != (tuple(proves), tuple(does_not_prove)):
        raise VerificationError("the file says of itself what such files do not say", step=step)


def _otherwise(asked: Asked, report: Report) -> str | None:
    """The first member of the question that the report was not asked with."""
    same = {
        "until": asked.until == report.until,
        "clock": asked.clock == report.clock,
        "without": sorted(asked.without) == report.without,
        "base_rate": _starts_from(asked.base_rate, report.base),
        "policy": asked.policy == report.policy,
    }
    return next((member for member in same if not same[member]), None)


def _starts_from(base_rate: float | None, base: float) -> bool:
    # What comes from a stranger may be no probability at all.
    possible = base_rate is None or 0 < base_rate < 1
    return possible and math.isclose(base_log_odds(base_rate), base, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
