"""Where the records behind a report come from, beside its own file: they are of the very state that it is as of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger.core.checkpoint import Checkpoint
from ledger.core.evidence import Logged
from ledger.core.merkle import leaf_hash, root_of
from ledger.core.verifying.entries import read_signed, ring_of
from ledger.errors import OnRecordError, UnverifiableError, VerificationError
from schemas.bundle import Issued
from schemas.corroboration import AsOf


@dataclass(frozen=True)
class Behind:
    """Records, whose they are, and whether nothing can be missing among them."""

    logged: Sequence[Logged]
    of: str
    complete: bool


@dataclass(frozen=True)
class Said:
    """What an issuer's file is about: a claim, in the state of that log that its report is as of, and who is left out."""

    origin: str
    issuer: str
    claim: str
    as_of: AsOf
    without: tuple[str, ...] = ()


def said_in(issued: Issued) -> Said:
    return Said(issued.origin, issued.issuer, issued.asked.claim, issued.report.as_of, tuple(issued.asked.without))


Records = Callable[[Said, Checkpoint], Behind]
"""Given what the issuer spoke of and the checkpoint that it is held against: the records below its state.

VerificationError if they show that the file is wrong; any other error of ours if they are not to be had.
"""


def ask_for(records: Records, said: Said, checkpoint: Checkpoint) -> Behind:
    """The records, or a VerificationError or UnverifiableError that says why not."""
    try:
        return records(said, checkpoint)
    except (VerificationError, UnverifiableError):
        raise
    except OnRecordError as error:
        raise UnverifiableError(f"the records are not to be had: {error.message}", step="log") from None


def of_log(read: Callable[[Checkpoint], Sequence[bytes]]) -> Records:
    """All entries of a log: `read` gives them up to a checkpoint."""

    def records(said: Said, checkpoint: Checkpoint) -> Behind:
        return Behind(read_whole(read(checkpoint), said, checkpoint), "the whole log", complete=True)

    return records


def read_whole(entries: Sequence[bytes], said: Said, checkpoint: Checkpoint) -> list[Logged]:
    """The records of a log from its first entry to the checkpoint, whose root they give, and by which the issuer may issue."""
    if len(entries) != checkpoint.size or root_of([leaf_hash(entry) for entry in entries]) != checkpoint.root:
        raise VerificationError("the log's entries do not give the root of the checkpoint", step="log")
    logged = [read_signed(index, entry) for index, entry in enumerate(entries)]
    if not ring_of(said.origin, logged).may_issue(said.issuer):
        raise VerificationError("by all that the log holds, the issuer may not issue", step="log")
    return logged
