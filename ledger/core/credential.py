"""What the ledger attests in a credential: a claim's report in brief, made from the records and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from ledger.core.canonical import canonical_bytes
from ledger.core.encoding import print_base64
from ledger.core.evidence import Logged
from ledger.core.force import heard_standing, in_force_of
from ledger.core.privacy import concerns_private_person
from ledger.core.views import SEALED, Opened, brief_of, claim_texts
from schemas.bundle import Asked
from schemas.context import CONTEXT, CREDENTIALS_V2, context_url
from schemas.corroboration import Report
from schemas.credential import AskedOf, BriefReport, BriefVerdict, ClaimSubject, Credential, Interval, Related
from schemas.records import ClaimRecord, SourceRecord

RECORD_NAME = "urn:onrecord:"
"""Before a record's id: its name where a URL is wanted."""
# Word for word, like a bundle's.
PROVES = (
    "the issuer signed this as its answer to this question, for the log at this size and root, under this policy",
    "the log had this size and root when it signed the checkpoint: its own keys check that signature",
)
DOES_NOT_PROVE = (
    "that what the sources said is true: the report says how far the records carry the claim, no more",
    "that the log enrolled the issuer, and that the report follows from the records: a bundle of the claim proves both",
    "that a key has not been revoked, or a record corrected, after the checkpoint",
)


def context_bytes() -> bytes:
    """The file that `/ns/v1` is."""
    return canonical_bytes(CONTEXT)


def contexts(origin: str) -> list[str]:
    """What the words of that ledger's credentials mean."""
    return [CREDENTIALS_V2, context_url(origin)]


def related_context(origin: str) -> Related:
    """The second of the contexts, by its hash: whoever has the file from elsewhere knows it again."""
    hashed = hashlib.sha256(context_bytes()).digest()
    return Related(id=context_url(origin), mediaType="application/ld+json", digestSRI="sha256-" + print_base64(hashed))


def credential_json(credential: Credential) -> dict[str, Any]:
    """The credential's JSON; members that say nothing are absent."""
    return credential.model_dump(mode="json", by_alias=True, exclude_none=True)


def subject_of(logged: Sequence[Logged], asked: Asked, report: Report) -> ClaimSubject:
    """What is attested of the claim: `logged` are the records of the state that the report is as of."""
    standing = in_force_of(heard_standing(logged))
    claim = next(entry.record for entry in logged if entry.id == report.claim)
    assert isinstance(claim, ClaimRecord), "the report is about it"
    return ClaimSubject(
        id=RECORD_NAME + report.claim,
        type="Claim",
        recordId=report.claim,
        claimType=claim.type,
        text=plain_texts(report.claim, claim, standing) or None,
        report=_brief(asked, report),
    )


def plain_texts(claim_id: str, claim: ClaimRecord, standing: Sequence[Logged]) -> dict[str, str]:
    """The claim's text by language, as it stands in the log: what is sealed could not be taken back out of a file that is out.

    None at all for a claim that concerns a private person.
    """
    sources = {entry.record.id: entry.record for entry in standing if isinstance(entry.record, SourceRecord)}
    if concerns_private_person(claim, sources):
        return {}
    texts = claim_texts(standing, Opened({})).get(claim_id, {})
    return {lang: text for lang, text in texts.items() if text != SEALED}


def _brief(asked: Asked, report: Report) -> BriefReport:
    brief = brief_of(report)
    question = AskedOf(until=asked.until, clock=asked.clock, without=list(asked.without), baseRate=asked.base_rate)
    low, high = brief.interval or (None, None)
    return BriefReport(
        type="CorroborationReport",
        policy=report.policy,
        question=question,
        asOf=report.as_of,
        headline=report.headline,
        labels=list(report.labels),
        summary=report.summary,
        independentOrigins=report.independent_origins,
        origins=report.origins,
        reports=report.reports,
        outlets=report.outlets,
        confidence=report.confidence,
        showable=report.showable,
        probability=None if brief.probability is None else shown(brief.probability),
        interval=None if low is None or high is None else Interval(low=shown(low), high=shown(high)),
        likelihood=report.words if report.showable else None,
        verdicts=[BriefVerdict(by=one.by, scheme=one.scheme, value=one.value) for one in report.verdicts],
    )


def shown(probability: float) -> float:
    """In whole per cent, and never 0 or 100: what is printed where a reader cannot ask how it came about."""
    return round(min(max(probability, 0.01), 0.99), 2)
