"""Where the records behind a score come from. Each source proves that they are of the very state that the score is as of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger.core.checkpoint import Checkpoint
from ledger.core.evidence import Logged
from ledger.core.merkle import leaf_hash, root_of
from ledger.core.trust import Trust
from ledger.core.verifying.bundle import BundleCheck
from ledger.core.verifying.entries import read_signed, ring_of
from ledger.core.verifying.signed_file import SignedFile
from ledger.errors import UnverifiableError, VerificationError
from schemas.bundle import Issued, Verification


@dataclass(frozen=True)
class Behind:
    """Records, whose they are, and whether nothing can be missing among them."""

    logged: Sequence[Logged]
    of: str
    complete: bool


Records = Callable[[Issued, Checkpoint], Behind]
"""Given what the issuer said and the checkpoint that it is held against: the records below its state.

VerificationError if they show that the file is wrong; any other error of ours if they are not to be had.
"""


def of_log(read: Callable[[Checkpoint], Sequence[bytes]]) -> Records:
    """All entries of a log: `read` gives them up to a checkpoint."""

    def records(said: Issued, checkpoint: Checkpoint) -> Behind:
        return Behind(read_whole(read(checkpoint), said, checkpoint), "the whole log", complete=True)

    return records


def read_whole(entries: Sequence[bytes], said: Issued, checkpoint: Checkpoint) -> list[Logged]:
    """The records of a log from its first entry to the checkpoint, whose root they give, and by which the issuer may issue."""
    if len(entries) != checkpoint.size or root_of([leaf_hash(entry) for entry in entries]) != checkpoint.root:
        raise VerificationError("the log's entries do not give the root of the checkpoint", step="log")
    logged = [read_signed(index, entry) for index, entry in enumerate(entries)]
    if not ring_of(said.origin, logged).may_issue(said.issuer):
        raise VerificationError("by all that the log holds, the issuer may not issue", step="log")
    return logged


def of_bundle(data: bytes, trust: Trust, *, issuer_only: bool = False) -> Records:
    """The entries of a bundle of the same claim, as of the same state. It is checked by what the reader trusts."""

    def records(said: Issued, checkpoint: Checkpoint) -> Behind:
        check = BundleCheck(SignedFile(data), trust, issuer_only=issuer_only)
        found = check.run()
        if found.result != "ok":
            raise UnverifiableError(f"the bundle is {found.result} itself: {_reason(found)}", step="report")
        _check_same_state(said, check.predicate)
        return Behind(check.logged, "the bundle", complete=False)

    return records


def _check_same_state(said: Issued, held: Issued) -> None:
    if (said.origin, said.asked.claim) != (held.origin, held.asked.claim):
        found = f"{held.asked.claim} in {held.origin}"
        raise UnverifiableError(
            f"the bundle is about {found}, the score about {said.asked.claim} in {said.origin}", step="report"
        )
    wanted, there = said.report.as_of, held.report.as_of
    if wanted.size != there.size:
        sizes = f"the bundle is as of size {there.size}, the score as of size {wanted.size}"
        raise UnverifiableError(f"{sizes}: `onrecord export --as-of {wanted.size}` makes one that fits", step="report")
    if wanted.root != there.root:
        # Both lead to checkpoints that the log signed: it showed two histories.
        raise VerificationError(f"the log signed two roots for size {wanted.size}, the score's and the bundle's", step="report")


def _reason(found: Verification) -> str:
    step = next(step for step in found.steps if step.result != "ok")
    return f"step {step.number}, {step.name}: {step.detail}"
