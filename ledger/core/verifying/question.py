"""What a file says of itself: the claim it is about, the question its report answers, and what it proves."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.errors import VerificationError
from schemas.bundle import IssuedStatement


def check_question(statement: IssuedStatement, proves: Sequence[str], does_not_prove: Sequence[str], *, step: str) -> None:
    """Subject, question and report are about one claim; the report answers the question; the words are the fixed ones."""
    (subject,), said = statement.subject, statement.predicate
    names = {subject.name, "sha256:" + subject.digest.sha256, said.asked.claim, said.report.claim}
    if len(names) != 1:
        raise VerificationError("subject, question and report are about different claims", step=step)
    if said.asked.policy != said.report.policy or said.asked.clock != said.report.clock:
        raise VerificationError("the report answers another question than the one asked", step=step)
    if (tuple(said.proves), tuple(said.does_not_prove)) != (tuple(proves), tuple(does_not_prove)):
        raise VerificationError("the file says of itself what such files do not say", step=step)
