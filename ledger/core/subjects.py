"""What a record refers to and what it is about: the facts that the store indexes and the rules check."""

from __future__ import annotations

from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    ClaimRecord,
    ClaimRelationRecord,
    ClaimTextRecord,
    CorrectionRecord,
    DocumentRecord,
    Record,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
    WithholdRecord,
)

Reference = tuple[str, str]
"""(role, target): the member that refers, and the record id or source slug it names."""


def subject_of(record: Record, assessor: str | None = None) -> str | None:
    """The subject for which one record at a time is in force, or None for kinds that stand beside each other.

    `assessor` is the enrolled subject of the signing key; only assessments need it.
    """
    match record.kind:
        case "statement" | "attribution" | "document":  # most records are one of these
            return None
        case "source":
            return f"source:{record.id}"
        case "source_relation":
            topic = f"/{record.topic}" if record.topic else ""
            return f"source_relation:{record.subject}/{record.relation}/{record.object}{topic}"
        case "claim_relation":
            return f"claim_relation:{record.subject}/{record.relation}/{record.object}"
        case "assessment":
            passed_on = f"/{record.by}" if record.by else ""
            return f"assessment:{assessor}/{record.target}/{record.scheme}{passed_on}"
        case "correction":
            return f"correction:{record.target}"
        case "key":
            return f"key:{record.public_key}"
        case _:
            return None


def references_of(record: Record) -> list[Reference]:
    """Every record id and source slug that the record names, with the member that names it; topics are not references."""
    found: list[tuple[str, str | None]] = []
    match record:
        case SourceRecord():
            found = [("affiliation", record.affiliation), *(("same_as", slug) for slug in record.same_as or ())]
        case SourceRelationRecord():
            found = [("subject", record.subject), *(("evidence", item) for item in record.evidence or ())]
            if record.relation != "party_to":
                found.append(("object", record.object))
        case ClaimRecord():
            found = [("concerns", concern.source) for concern in record.concerns or ()]
        case ClaimTextRecord():
            found = [("claim", record.claim)]
        case ClaimRelationRecord():
            found = [("subject", record.subject), ("object", record.object)]
        case DocumentRecord():
            found = [
                ("publisher", record.publisher),
                *(("authors", slug) for slug in record.authors or ()),
                ("purported_author", record.purported_author),
                ("version_of", record.version_of),
                ("translation_of", record.translation_of),
            ]
        case StatementRecord():
            found = [
                ("claim", record.claim),
                ("speaker", record.speaker),
                ("document", record.document),
                ("reported_by", record.reported_by),
                ("withdraws", record.withdraws),
                *(("evidence", item) for item in record.evidence or ()),
                *(("joint_with", slug) for slug in record.joint_with or ()),
            ]
        case AttributionRecord():
            found = [
                ("from", record.from_),
                ("to", record.to),
                ("credited_in", record.credited_in),
                ("asserted_by", record.asserted_by),
            ]
        case AssessmentRecord():
            found = [
                ("target", record.target),
                ("because", record.because),
                ("by", record.by),
                ("document", record.document),
            ]
        case CorrectionRecord():
            found = [("target", record.target), ("replaced_by", record.replaced_by)]
        case WithholdRecord():
            found = [("target", record.target)]
    replaces = getattr(record, "replaces", None)
    return [(role, target) for role, target in [*found, ("replaces", replaces)] if target is not None]
