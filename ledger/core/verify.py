"""Check what a ledger issued: from its bytes and what the reader trusts, to a list of steps and one result.

Nothing is trusted because it is inside the file. The steps for a bundle, as docs/format.md numbers them (§14):

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
12. log, where the reader has it: all its records up to the state of the report
13. completeness: the report from these is the same, so that nothing that counts was left out

A score alone (§15) has steps 1 to 7 in common with it, and then:

 8. question: subject, question and report are about one claim; `proves` is what scores prove
 9. report: computed again from the records, which are not in the file, it is the same

A credential (docs/exports.md, vc) is no DSSE envelope, and has neither entries nor words on keys:

 1. form: the file is the one spelling of a JSON value
 2. schema: the value is a credential of a claim's report, and printed again it is the same bytes
 3. issuer: a trusted did:key made its proof, and what every credential says is said word for word
 4. checkpoint: as in a bundle; the credential is valid from the checkpoint's time
 5. report: computed again from the records, which are not in the file, what it says of the claim is the same
"""

from __future__ import annotations

from ledger.core.revealing import is_reveal, verify_reveal
from ledger.core.trust import Trust
from ledger.core.verifying.behind import Records
from ledger.core.verifying.bundle import BUNDLE_STEPS, BundleCheck
from ledger.core.verifying.entries import ReadAll, read_until_refused
from ledger.core.verifying.kind import credential_in
from ledger.core.verifying.score import SCORE_STEPS, ScoreCheck
from ledger.core.verifying.signed_file import SignedFile
from schemas.bundle import Verification
from schemas.score import SCORE_TYPE

__all__ = ["SCORE_STEPS", "STEPS", "verify", "verify_bundle"]

STEPS = BUNDLE_STEPS


def verify(
    data: bytes,
    trust: Trust,
    *,
    issuer_only: bool = False,
    signature_only: bool = False,
    records: Records | None = None,
    read_all: ReadAll = read_until_refused,
) -> Verification:
    """What came of each step, for a bundle, a score alone, a credential or a revealed record, whichever it says it is.

    `issuer_only` says that a trusted issuer's word is enough, and its log is not looked at. A score is computed again from
    `records`; without them, `signature_only` says that the issuer's signature is enough. A bundle is held against them too.
    `read_all` reads a bundle's entries.
    """
    if is_reveal(data):
        return verify_reveal(data, trust)
    credential = credential_in(data)
    if credential is not None:
        # Only now: what credentials are made of takes a while to load, and most files are bundles.
        from ledger.core.verifying.credential import CredentialCheck

        return CredentialCheck(
            data, credential, trust, issuer_only=issuer_only, signature_only=signature_only, records=records
        ).run()
    file = SignedFile(data)
    if file.predicate_type == SCORE_TYPE:
        check = ScoreCheck(file, trust, issuer_only=issuer_only, signature_only=signature_only, records=records)
        return check.run()
    bundle = BundleCheck(file, trust, issuer_only=issuer_only, records=records)
    bundle.read_all = read_all
    return bundle.run()


def verify_bundle(data: bytes, trust: Trust, *, issuer_only: bool = False) -> Verification:
    """The same for what has to be a bundle."""
    return BundleCheck(SignedFile(data), trust, issuer_only=issuer_only).run()
