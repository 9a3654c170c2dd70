"""A bundle beside a score: the records of the one, for the report of the other."""

from __future__ import annotations

from ledger.core.checkpoint import Checkpoint
from ledger.core.trust import Trust
from ledger.core.verifying.behind import Behind, Records, Said, said_in
from ledger.core.verifying.bundle import BundleCheck
from ledger.core.verifying.signed_file import SignedFile
from ledger.errors import UnverifiableError, VerificationError
from schemas.bundle import Verification


def of_bundle(data: bytes, trust: Trust, *, issuer_only: bool = False) -> Records:
    """The entries of a bundle of the same claim, as of the same state. It is checked by what the reader trusts."""

    def records(said: Said, checkpoint: Checkpoint) -> Behind:
        check = BundleCheck(SignedFile(data), trust, issuer_only=issuer_only)
        found = check.run()
        if found.result != "ok":
            raise UnverifiableError(f"the bundle is {found.result} itself: {_reason(found)}", step="report")
        _check_same_state(said, said_in(check.predicate))
        return Behind(check.logged, "the bundle", complete=False)

    return records


def _check_same_state(said: Said, held: Said) -> None:
    if (said.origin, said.claim) != (held.origin, held.claim):
        found = f"{held.claim} in {held.origin}"
        raise UnverifiableError(f"the bundle is about {found}, the score about {said.claim} in {said.origin}", step="report")
    wanted, there = said.as_of, held.as_of
    if wanted.size != there.size:
        sizes = f"the bundle is as of size {there.size}, the score as of size {wanted.size}"
        raise UnverifiableError(f"{sizes}: `onrecord export --as-of {wanted.size}` makes one that fits", step="report")
    if wanted.root != there.root:
        # Both lead to checkpoints that the log signed: it showed two histories.
        raise VerificationError(f"the log signed two roots for size {wanted.size}, the score's and the bundle's", step="report")


def _reason(found: Verification) -> str:
    step = next(step for step in found.steps if step.result != "ok")
    return f"step {step.number}, {step.name}: {step.detail}"
