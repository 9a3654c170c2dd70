"""Answers about documents: the work, what was found about it, and the statements in it, page by page."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.core.evidence import Logged
from ledger.core.force import Signers, doubts_among, in_force
from ledger.core.views import Named, Statements, assessment_view, plain_stance
from ledger.operations import MOST_SHOWN
from ledger.service.cursors import check_limit, parse_cursor, print_cursor
from ledger.service.gathering import gather_about, resolve
from ledger.service.reading import BACK, Reading
from ledger.service.remembering import remembered
from ledger.service.views import named_sources, names_by_slug, open_values_of
from ledger.service.withholding import refuse_withheld, telling
from ledger.store.protocol import Snapshot
from schemas.lookups import DocumentView
from schemas.records import AssessmentRecord, DocumentRecord, Record, StatementRecord


def document(snapshot: Snapshot, name: str, cursor: str | None = None, limit: int = MOST_SHOWN) -> DocumentView:
    """The work, the newest statements in it or those that follow the cursor, and what was found about its authenticity."""
    check_limit(limit)
    reading = Reading(snapshot)
    document_id = resolve(snapshot, name, ("document",))
    refuse_withheld(reading, document_id)
    size = snapshot.checkpoint.size
    before = parse_cursor(cursor).before if cursor else size
    told = [
        entry for entry in remembered(snapshot, document_id, size, lambda: _told(reading, document_id)) if entry.index < before
    ]
    page = told[:limit]
    said = [(entry, entry.record) for entry in page if isinstance(entry.record, StatementRecord)]
    cited = reading.at(reading.referring([entry.id for entry in page], ("from",)))
    logged = gather_about(reading, [document_id, *(entry.id for entry in [*page, *cited])], size)
    people = named_sources(reading, {one.speaker for _, one in said}, size)
    opened = open_values_of(reading, (entry.record for entry in [*logged, *people]))
    signers = Signers(logged)
    doubts = doubts_among(logged)
    views = Statements(logged, opened, Named(people, opened), signers, doubts)
    own = next(entry for entry in logged if entry.id == document_id)
    found = [entry for entry in in_force(logged) if _rates(entry, document_id)]
    return DocumentView(
        id=document_id,
        index=own.index,
        record=opened.json(own.record),
        statements=[views.view(entry, plain_stance(one)) for entry, one in said],
        more=len(told) - len(page),
        next=print_cursor(page[-1].index, size) if len(told) > len(page) else None,
        assessments=[assessment_view(entry, signers, opened, doubts) for entry in found[-MOST_SHOWN:]],
        more_assessments=len(found[:-MOST_SHOWN]),
        source_names=names_by_slug(reading, _makers(own.record), size),
        size=size,
    )


def _told(reading: Reading, document_id: str) -> list[Logged]:
    """Every statement in the document that stands and whose claim may be told, the newest first.

    They are read to be counted; names, hops and sealed values are looked up for those of one page alone.
    """
    entries = reading.at(reading.snapshot.hanging([document_id], "document", "statement"))
    stand = in_force([*entries, *backs(reading, entries)])
    own = {entry.index for entry in entries}
    return telling(reading, [entry for entry in stand if entry.index in own])[::-1]


def backs(reading: Reading, entries: Sequence[Logged]) -> list[Logged]:
    """What takes these back or withholds them, and what takes that back in turn."""
    found: dict[str, Logged] = {}
    ids = [entry.id for entry in entries]
    while ids:
        new = {entry.id: entry for entry in reading.at(reading.referring(ids, BACK)) if entry.id not in found}
        found |= new
        ids = list(new)
    return list(found.values())


def _makers(record: Record) -> set[str]:
    assert isinstance(record, DocumentRecord)
    return {slug for slug in (record.publisher, record.purported_author, *(record.authors or ())) if slug is not None}


def _rates(entry: Logged, target: str) -> bool:
    return isinstance(entry.record, AssessmentRecord) and entry.record.target == target
