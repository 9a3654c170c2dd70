"""A score alone, after the steps that it shares with a bundle: what it says of itself, and the report from its records."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.core.scores import DOES_NOT_PROVE, MAX_SCORE_BYTES, PROVES
from ledger.core.trust import Trust
from ledger.core.verifying.behind import Behind, Records, ask_for, said_in
from ledger.core.verifying.check import SHARED, Check
from ledger.core.verifying.question import check_question
from ledger.core.verifying.recomputing import check_report
from ledger.core.verifying.signed_file import SignedFile
from ledger.core.verifying.walk import Made, UncheckedError
from ledger.errors import TooLargeError, VerificationError
from schemas.records import KeyRecord
from schemas.score import ScoreStatement

SCORE_STEPS = (*SHARED, "question", "report")


class ScoreCheck(Check[ScoreStatement]):
    """`records` gives the records behind it; without them `signature_only` says that the issuer's signature is enough."""

    kind = "score"
    what = "signed score"
    shape = ScoreStatement

    def __init__(
        self,
        file: SignedFile,
        trust: Trust,
        *,
        issuer_only: bool = False,
        signature_only: bool = False,
        records: Records | None = None,
    ) -> None:
        super().__init__(file, trust, issuer_only=issuer_only)
        self.signature_only = signature_only
        self.records = records
        self.behind: Behind | None = None

    def own_steps(self) -> Sequence[tuple[str, Made]]:
        return list(zip(SCORE_STEPS[len(SHARED) :], (self._question, self._report), strict=True))

    def excused(self) -> frozenset[str]:
        # Whoever names records wants them looked at: then their absence is not excused.
        return super().excused() | ({"report"} if self.signature_only and self.records is None else frozenset())

    def notes(self) -> list[str]:
        if self.behind is None:
            return ["the score was not recomputed: that it follows from the records is the issuer's word"]
        if not self.behind.complete:
            return ["completeness is not proven: --log compares with the log itself, to learn of what the bundle left out"]
        return []

    # 1
    def _form(self) -> str:
        if len(self.file.data) > MAX_SCORE_BYTES:
            raise TooLargeError(f"a score of {len(self.file.data)} bytes, at most {MAX_SCORE_BYTES} are taken")
        return super()._form()

    # 5
    def _entries(self) -> str:
        found = super()._entries()
        if len(self.logged) < len(self.leaves):
            raise VerificationError("an entry is withheld, which words on keys never are", step="entries")
        if any(not isinstance(entry.record, KeyRecord) for entry in self.logged):
            raise VerificationError("an entry is no word on a key, and so none of a score's", step="entries")
        return found

    # 8
    def _question(self) -> str:
        check_question(self.statement, PROVES, DOES_NOT_PROVE, step="question")
        asked = self.predicate.asked.model_dump(mode="json", exclude={"claim", "policy"})
        members = [f"{name} {value}" for name, value in asked.items() if value not in (None, [], "said")]
        return ", ".join([self.predicate.asked.claim, self.predicate.asked.policy, *members])

    # 9
    def _report(self) -> str:
        if self.records is None:
            raise UncheckedError("the records are not in this file; --log URL or --with BUNDLE recomputes", step="report")
        self.behind = ask_for(self.records, said_in(self.predicate), self.checkpoint)
        return check_report(self.predicate.asked, self.predicate.report, self.behind.logged, f" of {self.behind.of}")
