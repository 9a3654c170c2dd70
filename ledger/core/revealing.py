"""What one reader needs to check a sealed value: the opening, the record, and the proof that it is in the log (§16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ledger.core.canonical import canonical_bytes, digest, parse_canonical, parse_json
from ledger.core.dsse import RECORD_TYPE, OpenedEnvelope, check_signatures, parse_envelope
from ledger.core.merkle import check_inclusion, leaf_hash
from ledger.core.note import OpenedCheckpoint
from ledger.core.proof import TlogProof, parse_tlog_proof
from ledger.core.records import check_opened, parse_record, sealed_in, sealed_members
from ledger.core.sealing import check_opening
from ledger.core.trust import Trust
from ledger.core.verifying.anchor import open_trusted
from ledger.core.verifying.walk import UncheckedError, walk
from ledger.errors import FormatError, OnRecordError, VerificationError
from schemas.bundle import Verification
from schemas.dates import time_of
from schemas.envelope import Envelope
from schemas.ids import Opening
from schemas.reveal import REVEAL_TYPE, Reveal

MAX_REVEAL_BYTES = 2 << 20
REVEAL_STEPS = ("form", "record", "openings", "checkpoint", "inclusion")
NOTES = (
    "it proves what the sealed value said when the record was signed, not that it is true",
    "that the signer was enrolled is the log's word: it takes records of enrolled keys alone",
    "whether the record still stands is not in this file",
)


def print_reveal(envelope: Envelope, openings: Mapping[str, Opening], proof: str) -> bytes:
    """The file's bytes: the one spelling of its JSON."""
    shown = {name: opening.model_dump() for name, opening in openings.items()}
    value = {"type": REVEAL_TYPE, "envelope": envelope.model_dump(mode="json"), "openings": shown, "proof": proof}
    return canonical_bytes(value | {"sha256": digest(canonical_bytes(value))})


def is_reveal(data: bytes) -> bool:
    """Whether the file says that it is one, nothing being checked yet."""
    if len(data) > MAX_REVEAL_BYTES:
        return False
    try:
        value = parse_json(data, max_bytes=MAX_REVEAL_BYTES)
    except OnRecordError:
        return False
    return isinstance(value, dict) and value.get("type") == REVEAL_TYPE


def verify_reveal(data: bytes, trust: Trust) -> Verification:
    """What came of each step.

    1. form: the file is the one spelling of its JSON, and of its shape
    2. record: the envelope is in its one spelling, holds the one spelling of a record, and its signatures hold
    3. openings: each opens a sealed value of the record
    4. checkpoint: a trusted key of the log signed it
    5. inclusion: the proof leads from the entry to the checkpoint's root
    """
    return _RevealCheck(data, trust).run()


class _RevealCheck:
    """One file on its way through the steps; a step leaves behind what later ones need."""

    reveal: Reveal
    opened: OpenedEnvelope
    proof: TlogProof

    def __init__(self, data: bytes, trust: Trust) -> None:
        self.data, self.trust = data, trust
        self.log: OpenedCheckpoint | None = None

    def run(self) -> Verification:
        makes = (self._form, self._record, self._openings, self._checkpoint, self._inclusion)
        walked = walk(list(zip(REVEAL_STEPS, makes, strict=True)))
        result = walked.stop or ("unverifiable" if walked.unchecked else "ok")
        told = result in ("ok", "unverifiable")
        log = self.log.checkpoint if self.log and told else None
        return Verification(
            result=result,
            kind="reveal" if told else None,
            claim=None,
            origin=log.origin if log else None,
            size=log.size if log else None,
            time=time_of(self.log.time) if told and self.log and self.log.time is not None else None,
            steps=list(walked.steps),
            headline=None,
            probability=None,
            notes=[*self._said(), *NOTES] if result == "ok" else ["log not verified"] if told else [],
        )

    def _said(self) -> list[str]:
        """What each opened member says, by its name."""
        members = sealed_members(self._value()).items()
        openings = self.reveal.openings
        return [f"{name} says: {openings[sealed].value}" for name, sealed in members if sealed in openings]

    def _value(self) -> Any:
        return parse_json(self.opened.payload, max_bytes=len(self.opened.payload))

    # 1
    def _form(self) -> str:
        value = parse_canonical(self.data, max_bytes=MAX_REVEAL_BYTES)
        try:
            self.reveal = Reveal.model_validate(value)
        except ValidationError as error:
            raise FormatError(f"not a revealed record: {error.errors()[0]['msg']}") from None
        if canonical_bytes(self.reveal.model_dump(mode="json")) != self.data:
            raise FormatError("printed again it is other bytes")
        # A note may hold signatures that this reader has no key for: nothing else would notice a byte of those.
        if digest(canonical_bytes(self.reveal.model_dump(mode="json", exclude={"sha256"}))) != self.reveal.sha256:
            raise VerificationError("the file is not whole: its parts do not have the hash that it names", step="form")
        return f"{len(self.data)} bytes, each in its place"

    # 2
    def _record(self) -> str:
        data = canonical_bytes(self.reveal.envelope.model_dump(mode="json"))
        self.opened = parse_envelope(data, payload_type=RECORD_TYPE)
        self.record = parse_record(self.opened.payload)
        check_signatures(self.opened)
        kind = self.record.kind.replace("_", " ")
        return f"{kind} {digest(self.opened.payload)}, signed by {', '.join(self.opened.keyids)}"

    # 3
    def _openings(self) -> str:
        sealed, openings = sealed_in(self.record), self.reveal.openings
        for name, opening in openings.items():
            if name not in sealed:
                raise VerificationError(f"{name} is not sealed in the record", step="openings")
            check_opening(name, bytes.fromhex(opening.salt), opening.value)
        check_opened(self.record, {name: opening.value for name, opening in openings.items()})
        return f"{len(openings)} of {len(sealed)} sealed values are open"

    # 4
    def _checkpoint(self) -> str:
        self.proof = parse_tlog_proof(self.reveal.proof.encode())
        if not self.trust.logs:
            raise UncheckedError("log not verified: none of its keys is trusted", step="checkpoint")
        origin = self.proof.checkpoint_note.partition(b"\n")[0].decode()
        self.log = open_trusted(self.proof.checkpoint_note, origin, self.trust)
        return f"{self.log.checkpoint.origin}, size {self.log.checkpoint.size}"

    # 5
    def _inclusion(self) -> str:
        if self.log is None:
            raise UncheckedError("nobody who is trusted signed the checkpoint", step="inclusion")
        state = self.log.checkpoint
        check_inclusion(self.proof.index, state.size, leaf_hash(self.opened.data), self.proof.hashes, state.root)
        return f"entry {self.proof.index} is in the tree of {state.size}"
