"""Check a bundle: from its bytes and what the reader trusts, to a list of steps and one result.

Nothing is trusted because it is inside the file. The steps, as docs/format.md numbers them:

 1. form: the file is the one spelling of a DSSE envelope with one signature, its payload the one spelling of a JSON value
 2. schema: the payload is a claim bundle, and printed again it is the same bytes
 3. issuer: the signer is the one that the bundle names, and trusted (or to be found in a trusted log); its signature holds
 4. checkpoint: the log signed it, with a trusted log key; the state that the report is as of is that one, or leads to it
 5. entries: there are some, in order; each is the one spelling of an envelope and of a record, and its signatures hold
 6. inclusion: each entry, and each withheld leaf, is in the tree of the checkpoint
 7. keys: entries 0 and 1 are there; each signer, and the issuer, was allowed to sign by entries below its own
 8. openings: each is the opening of a sealed value in these records
 9. references: whatever a record names is in the bundle, below it, or withheld by a record that is; and so are hidden leaves
10. report: computed again from the entries, it is the same (numbers to 1e-9, all else exactly)
11. counts: the subject, the question and the counts are those of the entries and the report; `proves` is what bundles prove
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import ValidationError

from ledger.core.bundles import (
    DOES_NOT_PROVE,
    MAX_BUNDLE_BYTES,
    MAX_BUNDLE_VALUES,
    PROVES,
    bundle_bytes,
    counts_of,
    difference,
)
from ledger.core.canonical import canonical_bytes, parse_json
from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.corroboration import corroborate
from ledger.core.dsse import RECORD_TYPE, OpenedEnvelope, check_signatures, parse_envelope
from ledger.core.encoding import parse_hash
from ledger.core.evidence import Logged
from ledger.core.keyring import KeyRing
from ledger.core.merkle import check_consistency, check_inclusion, leaf_hash
from ledger.core.note import OpenedCheckpoint, open_checkpoint, parse_note
from ledger.core.policies import POLICIES
from ledger.core.quorum import open_with_policy
from ledger.core.records import read_entry, sealed_in
from ledger.core.sealing import check_opening
from ledger.core.subjects import references_of
from ledger.core.trust import Trust
from ledger.errors import FormatError, OnRecordError, UnauthenticatedError, UnverifiableError, VerificationError
from schemas.bundle import BUNDLE_TYPE, BundledEntry, BundleStatement, Predicate, Step, Verification
from schemas.dates import seconds_of, time_of
from schemas.records import SourceRecord, WithholdRecord

STEPS = (
    "form",
    "schema",
    "issuer",
    "checkpoint",
    "entries",
    "inclusion",
    "keys",
    "openings",
    "references",
    "report",
    "counts",
)


def verify_bundle(data: bytes, trust: Trust, *, issuer_only: bool = False) -> Verification:
    """What came of each step. `issuer_only` says that a trusted issuer's word is enough, and its log is not looked at."""
    return _Check(data, trust, issuer_only).run()


class _Unchecked(UnverifiableError):
    """This step could not be made, but the next ones can."""


@dataclass
class _Check:
    """One bundle on its way through the steps; a step leaves behind what later ones need."""

    data: bytes
    trust: Trust
    issuer_only: bool
    opened: OpenedEnvelope = field(init=False)
    statement: BundleStatement = field(init=False)
    checkpoint: Checkpoint = field(init=False)
    log: OpenedCheckpoint | None = None
    logged: list[Logged] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def predicate(self) -> Predicate:
        return self.statement.predicate

    def run(self) -> Verification:
        checks: tuple[Callable[[], str], ...] = (
            self._form,
            self._schema,
            self._issuer,
            self._checkpoint,
            self._entries,
            self._inclusion,
            self._keys,
            self._openings,
            self._references,
            self._report,
            self._counts,
        )
        stop: str | None = None
        for number, (name, check) in enumerate(zip(STEPS, checks, strict=True), start=1):
            if stop:
                self._note(number, name, "not_checked", "an earlier step came to an end")
                continue
            try:
                self._note(number, name, "ok", check())
            except _Unchecked as error:
                self._note(number, name, "not_checked", error.message)
            except UnverifiableError as error:
                self._note(number, name, "not_checked", error.message)
                stop = "unverifiable"
            except OnRecordError as error:
                self._note(number, name, "failed", error.message)
                stop = "malformed" if number <= 2 else "failed"
        return self._verification(stop)

    def _note(self, number: int, name: str, result: Literal["ok", "failed", "not_checked"], detail: str) -> None:
        self.steps.append(Step(number=number, name=name, result=result, detail=detail))

    def _verification(self, stop: str | None) -> Verification:
        result: Literal["ok", "failed", "unverifiable", "malformed"] = "ok"
        if stop == "malformed":
            result = "malformed"
        elif stop == "failed":
            result = "failed"
        elif stop or (any(step.result != "ok" for step in self.steps) and not self._issuer_is_enough()):
            result = "unverifiable"
        shown = self.statement if result in ("ok", "unverifiable") and hasattr(self, "statement") else None
        report = shown.predicate.report if shown else None
        return Verification(
            result=result,
            claim=report.claim if report else None,
            origin=shown.predicate.origin if shown else None,
            size=report.as_of.size if report else None,
            time=report.as_of.time if report and self._time_is_proven else None,
            steps=self.steps,
            headline=report.headline if report else None,
            probability=report.probability if report and report.showable else None,
            notes=self._notes(result),
        )

    def _issuer_is_enough(self) -> bool:
        return self.issuer_only and self.statement.predicate.issuer in self.trust.issuers

    def _notes(self, result: str) -> list[str]:
        notes = []
        if result in ("ok", "unverifiable") and self.log is None:
            notes.append("log not verified")
        if result == "ok":
            notes.append("inclusion is proven, completeness is not: compare with the log itself to learn of what was left out")
            if self.log is not None and self.log.time is None:
                notes.append("the time of the log is not proven: add the ledger's second log key with --trust")
            if not self._time_is_proven:
                notes.append(f"that this is the state of {self.predicate.report.as_of.time} is the issuer's word")
        return notes

    # 1
    def _form(self) -> str:
        self.opened = parse_envelope(self.data, payload_type=BUNDLE_TYPE, max_bytes=MAX_BUNDLE_BYTES)
        if len(self.opened.signatures) != 1:
            raise FormatError("a bundle has one signature, its issuer's", pointer="/signatures")
        return f"{len(self.data)} bytes, each in its place"

    # 2
    def _schema(self) -> str:
        value = parse_json(self.opened.payload, max_bytes=MAX_BUNDLE_BYTES, max_values=MAX_BUNDLE_VALUES)
        try:
            self.statement = BundleStatement.model_validate(value)
        except ValidationError as error:
            raise FormatError(f"not a claim bundle: {error.error_count()} members are not as they should be") from None
        # Covers order of members, white space, escapes, and values that only look alike (1 and true).
        if bundle_bytes(self.statement) != self.opened.payload:
            raise FormatError("the bundle is not in its one spelling")
        return self.statement.predicateType

    # 3
    def _issuer(self) -> str:
        signer = self.opened.keyids[0]
        known = signer in self.trust.issuers
        if not known and not self.trust.logs:
            raise UnverifiableError(f"signed by {signer}, and no key that could vouch for it is trusted", step="issuer")
        if not known and signer != self.predicate.issuer:
            raise UnverifiableError(f"signed by {signer}, which is not the issuer that the bundle names", step="issuer")
        check_signatures(self.opened)
        if signer != self.predicate.issuer:
            raise VerificationError("signed by a trusted issuer, which is not the one that the bundle names", step="issuer")
        return f"{signer}, {'trusted' if known else 'to be found in the log'}"

    # 4
    def _checkpoint(self) -> str:
        note = self.predicate.checkpoint.encode()
        self.checkpoint = parse_checkpoint(parse_note(note).text)
        if self.checkpoint.origin != self.predicate.origin:
            raise VerificationError("the checkpoint is another log's", step="checkpoint")
        self._check_state()
        if not self.trust.logs:
            raise _Unchecked("log not verified: none of its keys is trusted", step="checkpoint")
        try:
            self.log = self._open_checkpoint(note)
        except UnverifiableError as error:
            if self.predicate.issuer not in self.trust.issuers:
                raise
            raise _Unchecked(f"log not verified: {error.message}", step="checkpoint") from None
        self._check_time(self.log)
        return f"{self.checkpoint.origin}, size {self.checkpoint.size}" + self._time_of_log()

    def _open_checkpoint(self, note: bytes) -> OpenedCheckpoint:
        if self.trust.policy:
            return open_with_policy(note, self.trust.policy)
        return open_checkpoint(note, self.trust.log_keys, origin=self.predicate.origin)

    def _check_time(self, log: OpenedCheckpoint) -> None:
        """The state's time is the checkpoint's if it is the same state, else no later; the log's signature tells."""
        if log.time is None:
            return
        stated = seconds_of(self.predicate.report.as_of.time)
        if stated > log.time:
            raise VerificationError("the report is as of a time after the checkpoint's", step="checkpoint")
        if self._at_checkpoint and stated != log.time:
            raise VerificationError("the report is as of another time than the checkpoint's", step="checkpoint")

    @property
    def _at_checkpoint(self) -> bool:
        return self.predicate.report.as_of.size == self.checkpoint.size

    @property
    def _time_is_proven(self) -> bool:
        return self.log is not None and self.log.time is not None and self._at_checkpoint

    def _time_of_log(self) -> str:
        return f", {time_of(self.log.time)}" if self.log and self.log.time is not None else ""

    def _check_state(self) -> None:
        state, path = self.predicate.report.as_of, [_hash(one) for one in self.predicate.consistency]
        root = _unhex(state.root)
        check_consistency(state.size, self.checkpoint.size, root, self.checkpoint.root, path)

    # 5
    def _entries(self) -> str:
        indexes = [entry.index for entry in self.predicate.entries]
        if not indexes:
            raise VerificationError("a bundle without entries proves nothing", step="entries")
        if indexes != sorted(set(indexes)) or indexes[-1] >= self.checkpoint.size:
            raise VerificationError("the entries are not in order, each once, below the tree's size", step="entries")
        for entry in self.predicate.entries:
            self._read(entry)
        return f"{len(self.logged)} signed records"

    def _read(self, entry: BundledEntry) -> None:
        if (entry.envelope is None) == (entry.withheld is None):
            raise VerificationError(f"entry {entry.index} is not either shown or withheld", step="entries")
        if entry.withheld is not None:
            self.leaves.append(_hash(entry.withheld))
        if entry.envelope is not None:
            data = canonical_bytes(entry.envelope.model_dump(mode="json"))
            try:
                check_signatures(parse_envelope(data, payload_type=RECORD_TYPE))
                self.logged.append(read_entry(entry.index, data))
            except (FormatError, UnauthenticatedError) as error:
                raise VerificationError(f"entry {entry.index}: {error.message}", step="entries") from None
            self.leaves.append(leaf_hash(data))

    # 6
    def _inclusion(self) -> str:
        size, root = self.checkpoint.size, self.checkpoint.root
        for entry, leaf in zip(self.predicate.entries, self.leaves, strict=True):
            try:
                check_inclusion(entry.index, size, leaf, [_hash(one) for one in entry.proof], root)
            except (FormatError, VerificationError) as error:
                raise VerificationError(f"entry {entry.index}: {error.message}", step="inclusion") from None
        if self.log is None:
            raise _Unchecked("the proofs lead to the checkpoint, but nobody who is trusted signed it", step="inclusion")
        return f"{len(self.leaves)} entries are in the tree of {size}"

    # 7
    def _keys(self) -> str:
        if [entry.index for entry in self.logged[:2]] != [0, 1]:
            raise VerificationError("entries 0 and 1, from which all authority comes, are missing", step="keys")
        ring = KeyRing(self.predicate.origin)
        for entry in self.logged:
            try:
                ring.take(entry)
            except OnRecordError as error:
                raise VerificationError(f"entry {entry.index}: {error.message}", step="keys") from None
        if not ring.may_issue(self.predicate.issuer):
            if self.predicate.issuer in self.trust.issuers:
                raise VerificationError("the log did not enrol the issuer, or has revoked it", step="keys")
            raise UnverifiableError("the signer is no issuer that the trusted log enrolled", step="keys")
        signers = {key for entry in self.logged for key in entry.keys}
        return f"each signer was allowed to sign what it signed (keys: {len(signers)})"

    # 8
    def _openings(self) -> str:
        sealed = {one for entry in self.logged for one in sealed_in(entry.record)}
        for digest, opening in self.predicate.openings.items():
            if digest not in sealed:
                raise VerificationError(f"{digest} is sealed in none of the records", step="openings")
            check_opening(digest, bytes.fromhex(opening.salt), opening.value)
        return f"{len(self.predicate.openings)} of {len(sealed)} sealed values are open"

    # 9
    def _references(self) -> str:
        first = _first_places(self.logged)
        withheld = {entry.record.target for entry in self.logged if isinstance(entry.record, WithholdRecord)}
        hidden = any(entry.withheld for entry in self.predicate.entries)
        number = 0
        for entry in self.logged:
            for role, target in references_of(entry.record):
                number += 1
                known = first.get(target)
                excused = target in withheld or (hidden and not target.startswith("sha256:"))
                if (known is None and not excused) or (known is not None and known > entry.index):
                    found = f"entry {entry.index} names {target} as {role}"
                    raise VerificationError(f"{found}, which is missing or above it", step="references")
        if hidden and withheld <= first.keys():
            raise VerificationError("an entry is withheld, and no record here withholds it", step="references")
        if self.predicate.report.claim not in first:
            raise VerificationError("the claim itself is missing", step="references")
        return f"{number} references"

    # 10
    def _report(self) -> str:
        given, asked = self.predicate.report, self.predicate.asked
        if asked.policy not in POLICIES:
            raise UnverifiableError(f"policy {asked.policy!r} is not known here", step="report")
        found = corroborate(
            asked.claim,
            [entry for entry in self.logged if entry.index < given.as_of.size],
            as_of=given.as_of,
            until=asked.until,
            clock=asked.clock,
            without=asked.without,
            policy=asked.policy,
            base_rate=asked.base_rate,
        )
        where = difference(given.model_dump(mode="json", by_alias=True), found.model_dump(mode="json", by_alias=True))
        if where is not None:
            raise VerificationError(f"computed again, the report differs at {where}", step="report")
        return f"{found.headline}, {found.summary}"

    # 11
    def _counts(self) -> str:
        predicate = self.predicate
        (subject,) = self.statement.subject
        names = {subject.name, "sha256:" + subject.digest.sha256, predicate.asked.claim, predicate.report.claim}
        if len(names) != 1:
            raise VerificationError("subject, question and report are about different claims", step="counts")
        if predicate.asked.policy != predicate.report.policy or predicate.asked.clock != predicate.report.clock:
            raise VerificationError("the report answers another question than the one asked", step="counts")
        withheld = len(self.leaves) - len(self.logged)
        if counts_of(self.logged, withheld) != predicate.counts:
            raise VerificationError("the counts are not those of the entries", step="counts")
        if (tuple(predicate.proves), tuple(predicate.does_not_prove)) != (PROVES, DOES_NOT_PROVE):
            raise VerificationError("the bundle says of itself what bundles do not say", step="counts")
        return ", ".join(f"{number} {name}" for name, number in predicate.counts.model_dump().items())


def _first_places(logged: Sequence[Logged]) -> dict[str, int]:
    """Where each record id, and each source, is on record first."""
    first: dict[str, int] = {}
    for entry in logged:
        first.setdefault(entry.id, entry.index)
        if isinstance(entry.record, SourceRecord):
            first.setdefault(entry.record.id, entry.index)
    return first


def _hash(text: str) -> bytes:
    return parse_hash(text, what="a hash")


def _unhex(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raise FormatError("a root is not in hex") from None
    if raw.hex() != text:
        raise FormatError("a root is not in lower-case hex")
    return raw
