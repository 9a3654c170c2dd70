"""The claim's records as they were signed, one to a line: what `onrecord import --format jsonl` takes (docs/exports.md)."""

from __future__ import annotations

from ledger.core.canonical import canonical_bytes, parse_json
from ledger.core.records import sealed_in
from ledger.exports.content import Content
from schemas.envelope import Envelope, Submission


def print_jsonl(content: Content) -> bytes:
    """In the log's order, so that each line rests on lines before it; a record that is withheld has no line."""
    records = {entry.index: entry.record for entry in content.logged}
    lines = []
    for entry in content.entries:
        if entry.envelope is None:
            continue
        envelope = Envelope.model_validate(parse_json(entry.envelope, max_bytes=len(entry.envelope)))
        openings = {name: content.openings[name] for name in sealed_in(records[entry.index]) if name in content.openings}
        lines.append(canonical_bytes(Submission(envelope=envelope, openings=openings).model_dump(mode="json")) + b"\n")
    return b"".join(lines)
