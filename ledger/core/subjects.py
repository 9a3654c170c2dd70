"""What a record refers to and what it is about: the facts that the store indexes and the rules check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    DocumentRecord,
    Record,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
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


def is_private(source: SourceRecord) -> bool:
    """A person without a public role."""
    return source.type == "person" and source.public_role is None


def references_of(record: Record) -> list[Reference]:
    """Every record id and source slug that the record names, with the member that names it; topics are not references."""
    found = _NAMED[record.kind](record)
    if record.kind in _REPLACING:
        found.append(("replaces", replaces_of(record)))
    return [one for one in found if one[1] is not None]  # type: ignore[misc]  # mypy does not see that no target is None now


def replaces_of(record: Record) -> str | None:
    """The record in whose place this one says that it comes."""
    # Not getattr with a default: a pydantic shape takes its time over a member that it does not have.
    return getattr(record, "replaces") if record.kind in _REPLACING else None  # noqa: B009


_Named = list[tuple[str, str | None]]


def _in_attribution(record: AttributionRecord) -> _Named:
    return [
        ("from", record.from_),
        ("to", record.to),
        ("credited_in", record.credited_in),
        ("asserted_by", record.asserted_by),
    ]


def _in_statement(record: StatementRecord) -> _Named:
    found: _Named = [
        ("claim", record.claim),
        ("speaker", record.speaker),
        ("document", record.document),
        ("reported_by", record.reported_by),
        ("withdraws", record.withdraws),
    ]
    found += [("evidence", item) for item in record.evidence or ()]
    found += [("joint_with", slug) for slug in record.joint_with or ()]
    return found


def _in_document(record: DocumentRecord) -> _Named:
    found: _Named = [("publisher", record.publisher), *(("authors", slug) for slug in record.authors or ())]
    found += [
        ("purported_author", record.purported_author),
        ("version_of", record.version_of),
        ("translation_of", record.translation_of),
    ]
    return found


def _in_source(record: SourceRecord) -> _Named:
    return [("affiliation", record.affiliation), *(("same_as", slug) for slug in record.same_as or ())]


def _in_source_relation(record: SourceRelationRecord) -> _Named:
    found: _Named = [("subject", record.subject), *(("evidence", item) for item in record.evidence or ())]
    if record.relation != "party_to":
        found.append(("object", record.object))
    return found


def _in_assessment(record: AssessmentRecord) -> _Named:
    return [("target", record.target), ("because", record.because), ("by", record.by), ("document", record.document)]


_NAMED: Mapping[str, Callable[[Any], _Named]] = {
    "attribution": _in_attribution,
    "statement": _in_statement,
    "document": _in_document,
    "source": _in_source,
    "source_relation": _in_source_relation,
    "claim": lambda record: [("concerns", concern.source) for concern in record.concerns or ()],
    "claim_text": lambda record: [("claim", record.claim)],
    "claim_relation": lambda record: [("subject", record.subject), ("object", record.object)],
    "assessment": _in_assessment,
    "correction": lambda record: [("target", record.target), ("replaced_by", record.replaced_by)],
    "withhold": lambda record: [("target", record.target)],
    "commitment": lambda record: [],
    "key": lambda record: [],
}
_REPLACING = frozenset({"source", "source_relation", "claim_relation", "assessment", "key", "correction"})
