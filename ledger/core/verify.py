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

from ledger.core.trust import Trust
from ledger.core.verifying.bundle import BUNDLE_STEPS, BundleCheck
from ledger.core.verifying.signed_file import SignedFile
from schemas.bundle import Verification

STEPS = BUNDLE_STEPS


def verify_bundle(data: bytes, trust: Trust, *, issuer_only: bool = False) -> Verification:
    """What came of each step. `issuer_only` says that a trusted issuer's word is enough, and its log is not looked at."""
    return BundleCheck(SignedFile(data), trust, issuer_only=issuer_only).run()
