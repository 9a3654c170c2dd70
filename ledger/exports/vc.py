"""The claim's report in brief as a W3C Verifiable Credential 2.0, signed by the ledger's issuer (docs/exports.md)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.canonical import canonical_bytes
from ledger.core.credential import DOES_NOT_PROVE, PROVES, contexts, credential_json, related_context, subject_of
from ledger.core.dataintegrity import sign_document
from ledger.core.didkey import did_key_of
from ledger.exports.content import Content
from ledger.exports.issuing import print_hashes
from schemas.credential import Credential, Issuer, LogCheckpoint


def print_vc(content: Content, issuer: Ed25519PrivateKey) -> bytes:
    """The credential in its one spelling, valid from the checkpoint's time on, with the issuer's proof."""
    credential = credential_of(content, did_key_of(issuer))
    return canonical_bytes(sign_document(credential_json(credential), issuer, created=content.time))


def credential_of(content: Content, issuer: str) -> Credential:
    """What the issuer signs."""
    evidence = LogCheckpoint(
        type="LogCheckpoint",
        origin=content.origin,
        checkpoint=content.checkpoint_note.decode(),
        consistency=print_hashes(content.consistency),
    )
    return Credential(
        context=contexts(content.origin),
        type=("VerifiableCredential", "ClaimReportCredential"),
        name=f"How far the records of {content.origin} carry a claim",
        issuer=Issuer(id=issuer, name=content.origin),
        validFrom=content.time,
        credentialSubject=subject_of(content.at_state, content.asked, content.report),
        evidence=evidence,
        relatedResource=related_context(content.origin),
        proves=list(PROVES),
        doesNotProve=list(DOES_NOT_PROVE),
    )
