"""Sources, documents, relations, claims and assessments of a dossier as records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from ledger.imports.drafts import UNBUILT, Drafts
from ledger.imports.reading import Dossier
from ledger.imports.reports import Book
from ledger.imports.shapes import ClaimItem, DocumentItem, Rating, RelationItem, ReportItem, SourceItem
from ledger.imports.telling import Told, origin_of
from schemas.records import (
    AssessmentRecord,
    ClaimRecord,
    ClaimRelationRecord,
    ClaimTextRecord,
    DocumentRecord,
    SourceRecord,
    SourceRelationRecord,
)

_Item = TypeVar("_Item", SourceItem, DocumentItem)
_DOCUMENT_SCHEMES = ("authenticity",)
_RELATED = ("entails", "contradicts", "equivalent")
_CLAIM_SCHEMES = ("verdict", "admiralty-credibility")


def add_sources(sources: Sequence[SourceItem], drafts: Drafts) -> None:
    """Each source after those that it is the same as or affiliated with."""
    for source in _ordered(sources, lambda item: [*(item.same_as or ()), *filter(None, [item.affiliation])], drafts):
        members = source.model_dump(exclude={"reliability"}, exclude_none=True)
        drafts.add(SourceRecord, {"kind": "source", **members}, source.line)


def add_documents(documents: Sequence[DocumentItem], private: Collection[str], drafts: Drafts) -> dict[str, str]:
    """Alias -> id. Each document after the one of which it is a version or translation."""
    ids: dict[str, str] = {}
    for document in _ordered(documents, lambda item: [*filter(None, [item.version_of, item.translation_of])], drafts):
        members = document.model_dump(exclude={"id"}, exclude_none=True)
        for member in ("version_of", "translation_of"):
            if member in members:
                members[member] = _id(members[member], ids)
        ids[document.id] = drafts.add(
            DocumentRecord, {"kind": "document", **members}, document.line, private=document.id in private
        )
    return ids


def private_documents(reports: Iterable[ReportItem], claims: Collection[str]) -> set[str]:
    """Documents in which something is said about one of these claims."""
    found: set[str] = set()
    for report in reports:
        if any(ref in claims for ref in report.claim_refs):
            found.update(report.document_refs)
    return found


def add_relations(relations: Iterable[RelationItem], documents: Mapping[str, str], drafts: Drafts) -> None:
    for relation in relations:
        members = relation.model_dump(exclude_none=True)
        if relation.evidence:
            members["evidence"] = [_id(ref, documents) for ref in relation.evidence]
        drafts.add(SourceRelationRecord, {"kind": "source_relation", **members}, relation.line)


def add_claims(claims: Sequence[ClaimItem], private: Collection[str], drafts: Drafts) -> dict[str, str]:
    """Alias -> id; then how the claims are related."""
    ids: dict[str, str] = {}
    for claim in claims:
        members = claim.model_dump(exclude={"id", "translations", *_RELATED}, exclude_none=True)
        ids[claim.id] = drafts.add(ClaimRecord, {"kind": "claim", **members}, claim.line, private=claim.id in private)
    for claim in claims:
        _add_translations(claim, ids[claim.id], claim.id in private, drafts)
        for relation, related in claim.relations():
            ends = {"subject": ids[claim.id], "object": _id(related.claim, ids)}
            if UNBUILT in ends.values():
                continue
            members = {"kind": "claim_relation", **ends, "relation": relation, "reason": related.reason}
            drafts.add(ClaimRelationRecord, members, related.line or claim.line_at(relation))
    return ids


def _add_translations(claim: ClaimItem, name: str, private: bool, drafts: Drafts) -> None:
    for item in claim.translations or ():
        members = {"kind": "claim_text", "claim": name, "lang": item.lang, "text": item.text}
        if name != UNBUILT:
            drafts.add(ClaimTextRecord, members, item.line or claim.line_at("translations"), private=private)


def add_assessments(dossier: Dossier, book: Book, told: Told, drafts: Drafts) -> None:
    """The shorthand of each source, unless the same letter is given in full, then the assessments."""
    in_full = {(item.target, item.value) for item in dossier.assessments if item.scheme == "admiralty-reliability"}
    for source in dossier.sources:
        if source.reliability is not None and (source.id, source.reliability.value) not in in_full:
            members = {"target": source.id, "scheme": "admiralty-reliability"}
            _add_assessment(members, source.reliability, told, drafts)
    for item in dossier.assessments:
        document = book.document(item.document) if item.document else None
        passed_on = {"by": item.by, "document": document, "grade": item.grade}
        given = {"target": _target(item.target, item.scheme, book), "scheme": item.scheme}
        _add_assessment({**given, **passed_on}, item, told, drafts)


def _add_assessment(members: dict[str, Any], rating: Any, told: Told, drafts: Drafts) -> None:
    said = rating.model_dump(include=set(Rating.model_fields) - {"because"}, exclude_none=True)
    because = origin_of(rating.because, told) if rating.because else None
    if UNBUILT not in (members["target"], members.get("document"), because):
        drafts.add(AssessmentRecord, {"kind": "assessment", **members, **said, "because": because}, rating.line)


def _target(ref: str, scheme: str, book: Book) -> str:
    """A source, claim or document, as the scheme wants; for a scheme of one's own, whichever of them has the name."""
    if scheme in _CLAIM_SCHEMES:
        return book.claim(ref)
    if scheme in _DOCUMENT_SCHEMES:
        return book.document(ref)
    if scheme == "admiralty-reliability":
        return ref
    return book.claims.get(ref) or book.documents.get(ref) or ref


def _id(ref: str, ids: Mapping[str, str]) -> str:
    return ref if ref.startswith("sha256:") else ids.get(ref, UNBUILT)


def _ordered(items: Sequence[_Item], needs: Any, drafts: Drafts) -> list[_Item]:
    """The items, each after those that it needs; a circle is a fault."""
    waiting = {item.id: item for item in items}
    placed: list[_Item] = []
    while waiting:
        ready = [item for item in waiting.values() if not any(name in waiting for name in needs(item))]
        if not ready:
            for item in waiting.values():
                drafts.fault(item.line, f"{item.id} refers, directly or through others, to itself")
            return placed
        for item in ready:
            del waiting[item.id]
        placed.extend(ready)
    return placed
