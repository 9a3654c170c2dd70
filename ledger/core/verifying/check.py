"""What a bundle and a score alone have in common: the first seven steps, and how a result comes of all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, Literal

from ledger.core.checkpoint import Checkpoint
from ledger.core.evidence import Logged
from ledger.core.logkeys import check_not_retired, follow
from ledger.core.note import OpenedCheckpoint
from ledger.core.trust import Trust
from ledger.core.verifying.anchor import check_inclusions, check_time, open_log, read_state
from ledger.core.verifying.entries import ReadAll, check_order, log_words_in, read_shown, read_until_refused, ring_of
from ledger.core.verifying.signed_file import SignedFile, Statement, check_issuer
from ledger.core.verifying.walk import Made, Outcome, UncheckedError, Walked, walk
from ledger.errors import UnverifiableError, VerificationError
from schemas.bundle import Issued, Verification
from schemas.dates import time_of

SHARED = ("form", "schema", "issuer", "checkpoint", "entries", "inclusion", "keys")


class Check(ABC, Generic[Statement]):
    """One file on its way through the steps; a step leaves behind what later ones need."""

    kind: ClassVar[Literal["bundle", "score"]]
    what: ClassVar[str]
    shape: type[Statement]
    statement: Statement
    checkpoint: Checkpoint
    read_all: ReadAll
    """How entries are read, each by itself, up to the first that is refused: whoever has helpers gives them the work."""

    def __init__(self, file: SignedFile, trust: Trust, *, issuer_only: bool = False) -> None:
        self.file = file
        self.trust = trust
        self.issuer_only = issuer_only
        self.read_all = read_until_refused
        self.log: OpenedCheckpoint | None = None
        self.logged: list[Logged] = []
        self.leaves: list[bytes] = []

    @property
    def predicate(self) -> Issued:
        return self.statement.predicate

    def run(self) -> Verification:
        shared = (self._form, self._schema, self._issuer, self._checkpoint, self._entries, self._inclusion, self._keys)
        walked = walk([*zip(SHARED, shared, strict=True), *self.own_steps()])
        return self._verification(walked, self._outcome(walked))

    @abstractmethod
    def own_steps(self) -> Sequence[tuple[str, Made]]:
        """The steps after the seventh."""

    @abstractmethod
    def notes(self) -> list[str]:
        """What to keep in mind about a file of this kind that is ok."""

    def excused(self) -> frozenset[str]:
        """Steps without which the file is good enough for this reader."""
        enough = self.issuer_only and self.predicate.issuer in self.trust.issuers
        return frozenset({"checkpoint", "inclusion"} if enough else ())

    # The result

    def _outcome(self, walked: Walked) -> Outcome:
        if walked.stop:
            return walked.stop
        return "ok" if walked.unchecked <= self.excused() else "unverifiable"

    def _verification(self, walked: Walked, result: Outcome) -> Verification:
        shown = self.predicate if result in ("ok", "unverifiable") and hasattr(self, "statement") else None
        report = shown.report if shown else None
        return Verification(
            result=result,
            kind=self.kind if shown else None,
            claim=report.claim if report else None,
            origin=shown.origin if shown else None,
            size=report.as_of.size if report else None,
            time=report.as_of.time if report and self._time_is_proven else None,
            steps=list(walked.steps),
            headline=report.headline if report else None,
            probability=report.probability if report and report.showable else None,
            notes=self._notes(result),
        )

    @property
    def _time_is_proven(self) -> bool:
        if self.log is None or self.log.time is None:
            return False
        return self.predicate.report.as_of.size == self.checkpoint.size

    def _notes(self, result: Outcome) -> list[str]:
        notes = []
        if result in ("ok", "unverifiable") and self.log is None:
            notes.append("log not verified")
        if result == "ok":
            notes += self.notes()
            if not self._time_is_proven:
                half = self.log is not None and self.log.time is None
                more = "; the ledger's second log key, with --trust, would prove it" if half else ""
                notes.append(f"that this is the state of {self.predicate.report.as_of.time} is the issuer's word{more}")
        return notes

    # 1
    def _form(self) -> str:
        return f"{len(self.file.opened.data)} bytes, each in its place"

    # 2
    def _schema(self) -> str:
        self.statement = self.file.statement(self.shape, self.what)
        return self.statement.predicateType

    # 3
    def _issuer(self) -> str:
        return check_issuer(self.file.opened, self.predicate.issuer, self.trust)

    # 4
    def _checkpoint(self) -> str:
        said, state = self.predicate, self.predicate.report.as_of
        self.checkpoint = read_state(said.checkpoint, said.origin, state, said.consistency)
        terms = follow(self.trust.logs, log_words_in(said.entries))
        self.log = open_log(said.checkpoint, said.origin, self.trust.also(terms.keys), said.issuer)
        for known in (terms, self.trust.terms):
            check_not_retired(self.log.log_keys, self.checkpoint.size, known)
        check_time(state, self.log)
        time = "" if self.log.time is None else f", {time_of(self.log.time)}"
        return f"{self.checkpoint.origin}, size {self.checkpoint.size}{time}"

    # 5
    def _entries(self) -> str:
        check_order(self.predicate.entries, self.checkpoint.size)
        entries = self.predicate.entries
        read = self.read_all(entries)
        if len(read) < len(entries):
            read = [*read, *map(read_shown, entries[len(read) :])]  # the first of these says what is wrong
        self.leaves = [leaf for leaf, _ in read]
        self.logged = [logged for _, logged in read if logged is not None]
        return f"{len(self.logged)} signed records"

    # 6
    def _inclusion(self) -> str:
        check_inclusions(self.predicate.entries, self.leaves, self.checkpoint)
        if self.log is None:
            raise UncheckedError("the proofs lead to the checkpoint, but nobody who is trusted signed it", step="inclusion")
        return f"{len(self.leaves)} entries are in the tree of {self.checkpoint.size}"

    # 7
    def _keys(self) -> str:
        if not ring_of(self.predicate.origin, self.logged).may_issue(self.predicate.issuer):
            if self.predicate.issuer in self.trust.issuers:
                raise VerificationError("the log did not enrol the issuer, or has revoked it", step="keys")
            raise UnverifiableError("the signer is no issuer that the trusted log enrolled", step="keys")
        signers = {key for entry in self.logged for key in entry.keys}
        return f"each signer was allowed to sign what it signed (keys: {len(signers)})"
