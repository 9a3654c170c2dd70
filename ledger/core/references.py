"""What a record names: each thing is on record below it, and of the right kind (docs/format.md §8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ledger.core.known import Known
from ledger.core.records import record_json
from ledger.core.subjects import references_of
from ledger.errors import NotFoundError, RuleError
from schemas.records import (
    AssessmentRecord,
    Record,
)

_REFERENCES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("source_relation", "evidence"): ("document", "statement"),
    ("claim_text", "claim"): ("claim",),
    ("claim_relation", "subject"): ("claim",),
    ("claim_relation", "object"): ("claim",),
    ("document", "version_of"): ("document",),
    ("document", "translation_of"): ("document",),
    ("statement", "claim"): ("claim",),
    ("statement", "document"): ("document",),
    ("statement", "reported_by"): ("statement",),
    ("statement", "withdraws"): ("statement",),
    ("statement", "evidence"): ("document",),
    ("attribution", "from"): ("statement",),
    ("attribution", "to"): ("statement", "document"),
    ("attribution", "credited_in"): ("document",),
    ("assessment", "target"): ("claim", "document"),
    ("assessment", "because"): ("statement",),
    ("assessment", "document"): ("document",),
}
"""The kinds of record that a member may name by id; any kind where nothing is said. Slugs name sources."""

_RATED = {"admiralty-credibility": "claim", "verdict": "claim", "authenticity": "document"}
_NEAR = 3


def near_names(name: str, candidates: Iterable[str]) -> list[str]:
    """The names that look most like this one, best first."""
    from rapidfuzz import process  # here: it is needed for errors alone, and takes its time to load

    return [found for found, _, _ in process.extract(name, list(candidates), limit=_NEAR, score_cutoff=60)]


def check_references(record: Record, known: Known) -> None:
    """Every record and source that it names is on record; what it replaces is looked at elsewhere."""
    for role, target in references_of(record):
        if role == "replaces":
            continue
        if not target.startswith("sha256:"):
            _check_source(record, role, target, known)
            continue
        found = known.first(target)
        if found is None:
            near = known.names_near(target)
            raise NotFoundError(f"{role} {target} is not on record", suggestions=near, pointer=_place(record, role, target))
        wanted = _kinds_wanted(record, role)
        if wanted and found.record.kind not in wanted:
            raise RuleError(
                f"{role} {target} is a {found.record.kind}, wanted a {' or '.join(wanted)}",
                pointer=_place(record, role, target),
            )


def _check_source(record: Record, role: str, slug: str, known: Known) -> None:
    if known.chain(f"source:{slug}"):
        return
    near = near_names(slug, known.names_near(slug))
    raise NotFoundError(f"{role} {slug!r} is no source on record", suggestions=near, pointer=_place(record, role, slug))


def _kinds_wanted(record: Record, role: str) -> tuple[str, ...] | None:
    if isinstance(record, AssessmentRecord) and role == "target" and record.scheme in _RATED:
        return (_RATED[record.scheme],)
    return _REFERENCES.get((record.kind, role))


def _place(record: Record, role: str, target: str) -> str:
    """The JSON pointer of the member of a record that names the target."""
    value = record_json(record)[role]
    if not isinstance(value, list):
        return f"/{role}"
    for number, item in enumerate(value):
        if isinstance(item, dict) and item["source"] == target:
            return f"/{role}/{number}/source"
        if item == target:
            return f"/{role}/{number}"
    raise AssertionError(f"{role} does not name {target}")
