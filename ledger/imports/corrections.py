"""Corrections of a dossier: of claims and documents as they are, of a report what it alone said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ledger.imports.drafts import UNBUILT, Drafts
from ledger.imports.reports import Book, Expanded
from ledger.imports.shapes import CorrectionItem
from ledger.imports.telling import Told, origin_of
from schemas.records import CorrectionRecord


def add_corrections(corrections: Iterable[CorrectionItem], book: Book, told: Told, origin: str, drafts: Drafts) -> None:
    used = Counter(name for report in told.values() for expanded in report.values() for name in _of(expanded))
    for item in corrections:
        kinds = [name for name in (told, book.documents, book.claims) if item.target in name]
        if len(kinds) > 1:
            drafts.fault(item.line_at("target"), f"target: {item.target!r} names several things here; give its full id")
            continue
        for target, replaced_by in _pairs(item, book, told, used, drafts):
            if UNBUILT in (target, replaced_by):
                continue
            members = {"kind": "correction", "target": target, "reason": item.reason, "ledger": origin}
            drafts.add(CorrectionRecord, {**members, "replaced_by": replaced_by}, item.line)


def _pairs(
    item: CorrectionItem, book: Book, told: Told, used: Counter[str], drafts: Drafts
) -> Iterator[tuple[str, str | None]]:
    """Each record to take back, and the one that stands in its place."""
    other = item.replaced_by
    if item.target in told:
        yield from _of_report(item, told, used, drafts)
    elif item.target in book.documents:
        yield book.documents[item.target], book.document(other) if other else None
    elif item.target.startswith("sha256:"):
        ids = {**{name: origin_of(name, told) for name in told}, **book.documents, **book.claims}
        yield item.target, (other if other.startswith("sha256:") else ids.get(other, UNBUILT)) if other else None
    else:
        yield book.claim(item.target), book.claim(other) if other else None


def _of_report(item: CorrectionItem, told: Told, used: Counter[str], drafts: Drafts) -> Iterator[tuple[str, str | None]]:
    """What no other report of the dossier says too: two outlets may share the agency's line, and only one was misread."""
    expansions = told[item.target]
    alone = [name for expanded in expansions.values() for name in _of(expanded) if used[name] == 1]
    if expansions and not alone:
        drafts.fault(
            item.line_at("target"), f"target: every statement of {item.target!r} is another report's too; give a full id"
        )
    origins = {expanded.origin: claim for claim, expanded in expansions.items()}
    for name in alone:
        in_its_place = item.replaced_by if name in origins else None
        yield name, origin_of(in_its_place, told, origins[name]) if in_its_place else None


def _of(expanded: Expanded) -> tuple[str, ...]:
    # A statement on a path is there once, however often its speaker recurs.
    return tuple(dict.fromkeys((*expanded.statements, *expanded.hops)))
