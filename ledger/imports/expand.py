"""From a dossier to unsigned records: what it needs from the ledger, what it says, and what of that is new.

Plan, ask, compute: `plan` names the sources, `subjects` the records in force to compare with, `records` drafts.
`draft` does the three in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ledger.core.privacy import is_private
from ledger.core.records import record_json
from ledger.core.subjects import subject_of
from ledger.errors import TooLargeError
from ledger.imports.corrections import add_corrections
from ledger.imports.drafts import Draft, Drafted, Drafts, revised
from ledger.imports.faults import Fault, did_you_mean, refuse
from ledger.imports.items import add_assessments, add_claims, add_documents, add_relations, add_sources, private_documents
from ledger.imports.reading import Dossier
from ledger.imports.reports import Book
from ledger.imports.sealing import Sealer
from ledger.imports.telling import add_reports
from schemas.lookups import InForce
from schemas.records import RECORD, SourceRecord

MAX_RECORDS = 10_000
ASKED_AT_ONCE = 1_000


@dataclass(frozen=True)
class Needs:
    """What the dossier takes as known: slugs of sources and full ids of records, each with the first line that names it."""

    sources: Mapping[str, int]
    ids: Mapping[str, int]


@dataclass(frozen=True)
class Known:
    """What the ledger answered. `in_force`: subject -> (id, the record's JSON, opened where it can be).

    `assessor` is the enrolled name of whoever imports, `origin` the ledger's name, `slugs` any other sources to suggest,
    `private` claims on record that concern a private person, `doubted` sources whose record in force is
    in doubt.
    """

    assessor: str
    origin: str
    in_force: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    slugs: Collection[str] = ()
    private: Collection[str] = ()
    doubted: Collection[str] = ()

    def source(self, slug: str) -> SourceRecord | None:
        held = self.in_force.get(f"source:{slug}")
        record = RECORD.validate_python(held[1]) if held is not None else None
        return record if isinstance(record, SourceRecord) else None


Ask = Callable[[Sequence[str]], InForce]
"""Which record is in force for each subject (at most 1,000 at once): `Operations.in_force`."""


def plan(dossier: Dossier) -> Needs:
    """The sources and ids that the dossier uses and does not define."""
    ids: dict[str, int] = {}
    for ref, line in _ids(dossier):
        ids.setdefault(ref, line)
    return Needs(needed_sources(dossier), ids)


def needed_sources(dossier: Dossier) -> dict[str, int]:
    """The sources that the dossier uses and does not define, each with the first line that names it."""
    sources: dict[str, int] = {}
    for slug, line in _slugs(dossier):
        if slug not in dossier.slugs:
            sources.setdefault(slug, line)
    return sources


def faults(dossier: Dossier) -> list[Fault]:
    """Everything that is wrong with the dossier by itself, whatever the ledger holds."""
    return survey(dossier)[0]


def survey(dossier: Dossier) -> tuple[list[Fault], list[str]]:
    """Everything that is wrong with the dossier by itself, and the ids of its records as they would be unsealed."""
    drafts, _ = _expand(dossier, Known(assessor="assessor", origin="ledger"), None)
    return [*dossier.faults, *drafts.faults], [drafted.id for drafted in drafts.records()]


def subjects(dossier: Dossier, known: Known, sealer: Sealer | None) -> list[str]:
    """Every subject for which the dossier has something to say, and for which one record at a time is in force."""
    drafts, _ = _expand(dossier, known, sealer)
    named = (subject_of(drafted.record, known.assessor) for drafted in drafts.records())
    return list(dict.fromkeys(subject for subject in named if subject is not None))


def records(dossier: Dossier, known: Known, sealer: Sealer | None) -> Draft:
    """The unsigned records that the dossier adds to what is known. FormatError lists every bad line, unknown sources too."""
    drafts, draft = _expand(dossier, known, sealer)
    refuse([*dossier.faults, *drafts.faults, *_unknown_sources(dossier, known)])
    settled = tuple(_settle(drafts.records(), known))
    if len(settled) > MAX_RECORDS:
        raise TooLargeError(f"{len(settled)} records, at most {MAX_RECORDS} in one dossier")
    return Draft(settled, draft.claims, draft.documents, draft.reports, tuple(str(fault) for fault in sorted(drafts.warnings)))


def draft(
    dossier: Dossier,
    ask: Ask,
    *,
    assessor: str,
    origin: str,
    sealer: Sealer | None,
    slugs: Collection[str] = (),
    private: Collection[str] = (),
) -> Draft:
    """`records` with the ledger asked twice: about sources, then about everything else that may be in force already."""
    wanted = dict.fromkeys([*(source.id for source in dossier.sources), *needed_sources(dossier)])
    doubted: set[str] = set()

    def asking(subjects: Sequence[str]) -> InForce:
        answer = ask(subjects)
        doubted.update(subject for subject, view in answer.records.items() if view is not None and view.in_doubt)
        return answer

    sources = _answers(asking, [f"source:{slug}" for slug in wanted])
    known = Known(assessor, origin, sources, slugs, private, {subject.removeprefix("source:") for subject in doubted})
    others = [subject for subject in subjects(dossier, known, sealer) if subject not in known.in_force]
    return records(dossier, replace(known, in_force={**known.in_force, **_answers(ask, others)}), sealer)


def held(answer: InForce) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """The ledger's answer as `Known.in_force` wants it."""
    return {subject: (view.id, view.record) for subject, view in answer.records.items() if view is not None}


def _answers(ask: Ask, subjects: Sequence[str]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    found: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for start in range(0, len(subjects), ASKED_AT_ONCE):
        found |= held(ask(subjects[start : start + ASKED_AT_ONCE]))
    return found


def _expand(dossier: Dossier, known: Known, sealer: Sealer | None) -> tuple[Drafts, Draft]:
    """Everything that the dossier says, each record once and after what it refers to."""
    drafts = Drafts(sealer)
    people = _private_people(dossier, known)
    private = {claim.id for claim in dossier.claims if any(concern.source in people for concern in claim.concerns or ())}
    add_sources(dossier.sources, drafts)
    documents = add_documents(dossier.documents, private_documents(dossier.reports, private | {*known.private}), drafts)
    add_relations(dossier.relations, documents, drafts)
    claims = add_claims(dossier.claims, private, drafts)
    book = Book(claims, documents, {item.id: item for item in dossier.documents}, _types(dossier, known))
    told = add_reports(dossier.reports, book, drafts)
    add_assessments(dossier, book, told, drafts)
    add_corrections(dossier.corrections, book, told, known.origin, drafts)
    _refuse_rivals(drafts, known.assessor)
    origins = {alias: next(iter(report.values())).origin for alias, report in told.items() if report}
    return drafts, Draft((), claims, documents, origins)


def _refuse_rivals(drafts: Drafts, assessor: str) -> None:
    """Two records for one subject cannot both be in force."""
    first: dict[str, Drafted] = {}
    for drafted in drafts.records():
        subject = subject_of(drafted.record, assessor)
        if subject is not None and first.setdefault(subject, drafted) is not drafted:
            what = drafted.record.kind.replace("_", " ")
            drafts.fault(
                drafted.line, f"found another {what} of the same subject than on line {first[subject].line}, wanted one"
            )


def _settle(drafted: Iterable[Drafted], known: Known) -> Iterator[Drafted]:
    """What is new: a record of which one at a time is in force only where it differs from that one."""
    for item in drafted:
        subject = subject_of(item.record, known.assessor)
        in_force = known.in_force.get(subject) if subject is not None else None
        if in_force is None:
            yield item
        elif not _says_the_same(item, in_force[1]):
            yield revised(item, in_force[0])


def _says_the_same(item: Drafted, in_force: Mapping[str, Any]) -> bool:
    """Compared as signed and as opened: another contributor's seals hide the same words."""
    held = {name: value for name, value in in_force.items() if name != "replaces"}
    if held.get("scheme") == "verdict" and "rationale" not in record_json(item.plain):
        # Its reason is sealed unless somebody wills it otherwise, and exports for others leave that out: what comes back
        # without one takes none away.
        held.pop("rationale", None)
    return held in (record_json(item.record), record_json(item.plain))


def _unknown_sources(dossier: Dossier, known: Known) -> Iterator[Fault]:
    choices = {*known.slugs, *dossier.slugs}
    choices.update(subject.removeprefix("source:") for subject in known.in_force if subject.startswith("source:"))
    for slug, line in needed_sources(dossier).items():
        if f"source:{slug}" not in known.in_force:
            yield Fault(line, f"found source {slug!r}, which neither dossier nor ledger knows{did_you_mean(slug, choices)}")


def _types(dossier: Dossier, known: Known) -> dict[str, str]:
    types = {slug: source.type for slug in needed_sources(dossier) if (source := known.source(slug)) is not None}
    return {**types, **{source.id: source.type for source in dossier.sources}}


def _private_people(dossier: Dossier, known: Known) -> set[str]:
    """Of whom nothing is said in the open: whoever only a key in doubt calls public is among them."""
    here = {source.id for source in dossier.sources if source.type == "person" and source.public_role is None}
    return here | {
        slug
        for slug in needed_sources(dossier)
        if slug in known.doubted or ((source := known.source(slug)) is not None and is_private(source))
    }


def _slugs(dossier: Dossier) -> Iterator[tuple[str, int]]:
    """Every use of a source."""
    for source in dossier.sources:
        for slug in (*(source.same_as or ()), *((source.affiliation,) if source.affiliation else ())):
            yield slug, source.line
    for relation in dossier.relations:
        yield relation.subject, relation.line_at("subject")
        if relation.relation != "party_to":
            yield relation.object, relation.line_at("object")
    for claim in dossier.claims:
        for concern in claim.concerns or ():
            yield concern.source, claim.line_at("concerns")
    for document in dossier.documents:
        for member in ("publisher", "purported_author"):
            if (slug := getattr(document, member)) is not None:
                yield slug, document.line_at(member)
        for slug in document.authors or ():
            yield slug, document.line_at("authors")
    for report in dossier.reports:
        for slug in report.joint_with or ():
            yield slug, report.line_at("joint_with")
        for link in report.chain:
            for slug in (link.source, link.asserted_by):
                if slug is not None:
                    yield slug, link.line
    known = {claim.id for claim in dossier.claims} | {document.id for document in dossier.documents}
    for assessment in dossier.assessments:
        if assessment.by is not None:
            yield assessment.by, assessment.line_at("by")
        target = assessment.target
        if assessment.scheme == "admiralty-reliability" or (target not in known and not target.startswith("sha256:")):
            yield target, assessment.line_at("target")


def _ids(dossier: Dossier) -> Iterator[tuple[str, int]]:
    """Every full record id."""
    groups: tuple[Iterable[Any], ...] = (
        dossier.relations,
        dossier.claims,
        dossier.documents,
        dossier.reports,
        dossier.corrections,
        dossier.assessments,
    )
    for group in groups:
        for item in group:
            for ref in _digests(item.model_dump(exclude={"sha256"})):
                yield ref, item.line


def _digests(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("sha256:"):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _digests(member)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _digests(item)
