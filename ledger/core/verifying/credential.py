"""A credential: who signed it, which state of the log it is of, and whether the report is what the records give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from ledger.core.bundles import difference
from ledger.core.canonical import canonical_bytes
from ledger.core.checkpoint import Checkpoint
from ledger.core.corroboration import corroborate
from ledger.core.credential import (
    DOES_NOT_PROVE,
    PROVES,
    contexts,
    credential_json,
    related_context,
    subject_of,
)
from ledger.core.dataintegrity import check_proof
from ledger.core.evidence import Logged
from ledger.core.note import OpenedCheckpoint
from ledger.core.policies import POLICIES
from ledger.core.trust import Trust
from ledger.core.verifying.anchor import check_time, open_log, read_state
from ledger.core.verifying.behind import Records, Said, ask_for
from ledger.core.verifying.walk import Outcome, UncheckedError, Walked, walk
from ledger.errors import FormatError, UnverifiableError, VerificationError
from schemas.bundle import Asked, Verification
from schemas.corroboration import AsOf
from schemas.credential import BriefReport, SignedCredential
from schemas.dates import time_of

CREDENTIAL_STEPS = ("form", "schema", "issuer", "checkpoint", "report")
NOT_RECOMPUTED = "that the report follows from the records is the issuer's word: --log URL or --with BUNDLE recomputes it"


class CredentialCheck:
    """One file on its way through the steps; a step leaves behind what later ones need."""

    credential: SignedCredential
    checkpoint: Checkpoint

    def __init__(
        self,
        data: bytes,
        value: dict[str, Any],
        trust: Trust,
        *,
        issuer_only: bool = False,
        signature_only: bool = False,
        records: Records | None = None,
    ) -> None:
        self.data, self.value, self.trust, self.records = data, value, trust, records
        self.issuer_only, self.signature_only = issuer_only, signature_only
        self.log: OpenedCheckpoint | None = None
        self.complete: bool | None = None

    def run(self) -> Verification:
        steps = (self._form, self._schema, self._issuer, self._checkpoint, self._report)
        walked = walk(list(zip(CREDENTIAL_STEPS, steps, strict=True)))
        return self._verification(walked, self._outcome(walked))

    @property
    def report(self) -> BriefReport:
        return self.credential.credentialSubject.report

    @property
    def state(self) -> AsOf:
        return self.report.asOf

    @property
    def said(self) -> Said:
        credential = self.credential
        claim = credential.credentialSubject.recordId
        without = tuple(self.report.question.without)
        return Said(credential.evidence.origin, credential.issuer.id, claim, self.state, without)

    # The result

    def _outcome(self, walked: Walked) -> Outcome:
        return walked.stop or ("ok" if walked.unchecked <= self._excused() else "unverifiable")

    def _excused(self) -> frozenset[str]:
        """Steps without which it is good enough for this reader: whoever names records wants them looked at."""
        given = self.records is not None
        word = {"checkpoint"} if self.issuer_only and given else {"checkpoint", "report"} if self.issuer_only else set()
        return frozenset(word | ({"report"} if self.signature_only and not given else set()))

    def _verification(self, walked: Walked, result: Outcome) -> Verification:
        shown = result in ("ok", "unverifiable") and hasattr(self, "credential")
        return Verification(
            result=result,
            kind="vc" if shown else None,
            claim=self.said.claim if shown else None,
            origin=self.said.origin if shown else None,
            size=self.state.size if shown else None,
            time=self.state.time if shown and self._time_is_proven else None,
            steps=list(walked.steps),
            headline=self.report.headline if shown else None,
            probability=self.report.probability if shown else None,
            notes=self._notes(result),
        )

    @property
    def _time_is_proven(self) -> bool:
        return self.log is not None and self.log.time is not None and self.state.size == self.checkpoint.size

    def _notes(self, result: Outcome) -> list[str]:
        if result not in ("ok", "unverifiable"):
            return []
        notes = [] if self.log is not None else ["log not verified"]
        if result == "ok":
            notes += [] if self._time_is_proven else [f"that this is the state of {self.state.time} is the issuer's word"]
            if self.complete is None:
                notes.append(NOT_RECOMPUTED)
            elif not self.complete:
                notes.append("completeness is not proven: --log compares with the log itself")
        return notes

    # 1
    def _form(self) -> str:
        if canonical_bytes(self.value) != self.data:
            raise FormatError("the credential is not in its one spelling", hint="print it as RFC 8785 (JCS) says")
        return f"{len(self.data)} bytes, each in its place"

    # 2
    def _schema(self) -> str:
        try:
            credential = SignedCredential.model_validate(self.value)
        except ValidationError as error:
            raise FormatError(f"not a claim's credential: {error.error_count()} members are not as they should be") from None
        if canonical_bytes(credential_json(credential)) != self.data:
            raise FormatError("the credential is not in its one spelling")
        self.credential = credential
        return credential.type[1]

    # 3
    def _issuer(self) -> str:
        issuer = self.credential.issuer.id
        if issuer not in self.trust.issuers:
            why = "its did:key is not trusted, and words on it are not in this file"
            raise UnverifiableError(f"signed in the name of {issuer}: {why}", step="issuer")
        check_proof(self.value, issuer)
        self._check_words()
        return f"{issuer}, trusted"

    def _check_words(self) -> None:
        """What every credential of this type has word for word, and what it says twice."""
        credential, subject = self.credential, self.credential.credentialSubject
        origin = credential.evidence.origin
        if credential.context != contexts(origin) or credential.relatedResource != related_context(origin):
            raise VerificationError("its words mean something else than ours", step="issuer")
        if (tuple(credential.proves), tuple(credential.doesNotProve)) != (PROVES, DOES_NOT_PROVE):
            raise VerificationError("the file says of itself what such files do not say", step="issuer")
        if credential.issuer.name != origin or not subject.id.endswith(":" + subject.recordId):
            raise VerificationError("issuer and evidence, or the claim's two names, are not the same", step="issuer")

    # 4
    def _checkpoint(self) -> str:
        said, evidence = self.said, self.credential.evidence
        self.checkpoint = read_state(evidence.checkpoint, said.origin, said.as_of, evidence.consistency)
        self.log = open_log(evidence.checkpoint, said.origin, self.trust, said.issuer)
        check_time(said.as_of, self.log)
        if self.log.time is not None and self.credential.validFrom != time_of(self.log.time):
            raise VerificationError("it is valid from another time than the checkpoint's", step="checkpoint")
        time = "" if self.log.time is None else f", {time_of(self.log.time)}"
        return f"{self.checkpoint.origin}, size {self.checkpoint.size}{time}"

    # 5
    def _report(self) -> str:
        if self.records is None:
            raise UncheckedError("the records are not in this file; --log URL or --with BUNDLE recomputes", step="report")
        behind = ask_for(self.records, self.said, self.checkpoint)
        self._compare([entry for entry in behind.logged if entry.index < self.state.size])
        self.complete = behind.complete
        return f"recomputed from {len(behind.logged)} records of {behind.of} under {self.report.policy}: the same"

    def _compare(self, logged: Sequence[Logged]) -> None:
        question, policy = self.report.question, self.report.policy
        if policy not in POLICIES:
            raise UnverifiableError(f"policy {policy!r} is not known here", step="report")
        asked = Asked(
            claim=self.said.claim,
            until=question.until,
            clock=question.clock,
            without=question.without,
            base_rate=question.baseRate,
            policy=policy,
        )
        report = corroborate(
            asked.claim,
            logged,
            as_of=self.state,
            until=asked.until,
            clock=asked.clock,
            without=asked.without,
            policy=policy,
            base_rate=asked.base_rate,
        )
        found = subject_of(logged, asked, report)
        where = difference(_json(self.credential.credentialSubject), _json(found))
        if where is not None:
            raise VerificationError(f"computed again, the credential differs at {where}", step="report")


def _json(shape: Any) -> Any:
    return shape.model_dump(mode="json", by_alias=True, exclude_none=True)
