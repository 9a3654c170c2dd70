"""The state of the log that a file is about: its checkpoint, who signed it, and what is in its tree."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.encoding import parse_hash
from ledger.core.merkle import check_consistency, check_inclusion
from ledger.core.note import OpenedCheckpoint, open_checkpoint, parse_note
from ledger.core.quorum import open_with_policy
from ledger.core.trust import Trust
from ledger.core.verifying.walk import UncheckedError
from ledger.errors import FormatError, UnverifiableError, VerificationError
from schemas.bundle import BundledEntry
from schemas.corroboration import AsOf
from schemas.dates import seconds_of


def read_state(note: str, origin: str, state: AsOf, consistency: Sequence[str]) -> Checkpoint:
    """The checkpoint of that log, which the state is, or leads to; who signed it is not looked at."""
    checkpoint = parse_checkpoint(parse_note(note.encode()).text)
    if checkpoint.origin != origin:
        raise VerificationError("the checkpoint is another log's", step="checkpoint")
    check_state(state, checkpoint, consistency)
    return checkpoint


def open_log(note: str, origin: str, trust: Trust, issuer: str) -> OpenedCheckpoint:
    """The checkpoint, signed by a trusted key of the log; whoever trusts the issuer can go on without one."""
    if not trust.logs:
        raise UncheckedError("log not verified: none of its keys is trusted", step="checkpoint")
    try:
        return open_trusted(note.encode(), origin, trust)
    except UnverifiableError as error:
        if issuer not in trust.issuers:
            raise
        raise UncheckedError(f"log not verified: {error.message}", step="checkpoint") from None


def open_trusted(note: bytes, origin: str, trust: Trust) -> OpenedCheckpoint:
    """The checkpoint, if a trusted key of the log signed it, with the witnesses that the policy asks for."""
    if trust.policy:
        return open_with_policy(note, trust.policy)
    return open_checkpoint(note, trust.log_keys, origin=origin)


def check_state(state: AsOf, checkpoint: Checkpoint, consistency: Sequence[str]) -> None:
    """The state is the checkpoint's, or its tree is how that one begins."""
    path = [parse_hash(one, what="a hash") for one in consistency]
    check_consistency(state.size, checkpoint.size, _unhex(state.root), checkpoint.root, path)


def check_time(state: AsOf, log: OpenedCheckpoint) -> None:
    """The state's time is the checkpoint's if it is the same state, else no later; the log's signature tells."""
    if log.time is None:
        return
    stated = seconds_of(state.time)
    if stated > log.time:
        raise VerificationError("the report is as of a time after the checkpoint's", step="checkpoint")
    if state.size == log.checkpoint.size and stated != log.time:
        raise VerificationError("the report is as of another time than the checkpoint's", step="checkpoint")


def check_inclusions(entries: Sequence[BundledEntry], leaves: Sequence[bytes], checkpoint: Checkpoint) -> None:
    """Each entry's proof leads from its leaf to the checkpoint's root."""
    for entry, leaf in zip(entries, leaves, strict=True):
        try:
            path = [parse_hash(one, what="a hash") for one in entry.proof]
            check_inclusion(entry.index, checkpoint.size, leaf, path, checkpoint.root)
        except (FormatError, VerificationError) as error:
            raise VerificationError(f"entry {entry.index}: {error.message}", step="inclusion") from None


def _unhex(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raise FormatError("a root is not in hex") from None
    if raw.hex() != text:
        raise FormatError("a root is not in lower-case hex")
    return raw
