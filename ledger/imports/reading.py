"""Reads a dossier (DESIGN 7.1): text in; its good items and the faults of the others out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from ledger.imports.faults import Fault, did_you_mean, faults_of, refuse
from ledger.imports.shapes import (
    SECTIONS,
    AssessmentItem,
    ClaimItem,
    CorrectionItem,
    DocumentItem,
    RelationItem,
    ReportDefaults,
    ReportItem,
    Shape,
    SourceItem,
    Triple,
)
from ledger.imports.yaml import Items, Members, Node, Words, kind_of, parse_yaml

VERSION = "1"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HEAD = ("dossier", "defaults")


@dataclass(frozen=True)
class Dossier:
    """The good items of a dossier, each with its line; `faults` is what is wrong with the others.

    `slugs` are the sources that it defines, well or badly; `strays` the claims that its reports name and it does not define.
    """

    sources: tuple[SourceItem, ...] = ()
    relations: tuple[RelationItem, ...] = ()
    claims: tuple[ClaimItem, ...] = ()
    documents: tuple[DocumentItem, ...] = ()
    reports: tuple[ReportItem, ...] = ()
    corrections: tuple[CorrectionItem, ...] = ()
    assessments: tuple[AssessmentItem, ...] = ()
    slugs: frozenset[str] = frozenset()
    strays: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Names:
    """The names that the dossier gives, those of bad items too, so that one mistake is reported once."""

    sources: Mapping[str, int] = field(default_factory=dict)
    claims: Mapping[str, int] = field(default_factory=dict)
    documents: Mapping[str, int] = field(default_factory=dict)
    reports: Mapping[str, int] = field(default_factory=dict)


def read(text: str | bytes, claims: Mapping[str, str] | None = None) -> Dossier:
    """The dossier with its faults, for who has more to say about it before refusing. FormatError if it is no YAML mapping.

    `claims` says which claims on record its strays mean: name -> full id.
    """
    root = parse_yaml(text)
    if not isinstance(root, Members):
        refuse([Fault(root.line, f"found {kind_of(root)}, wanted a dossier: a mapping that begins with `dossier: 1`")])
    return read_members(cast(Members, root), claims)


def read_members(root: Members, claims: Mapping[str, str] | None = None) -> Dossier:
    """The dossier that these members make, whoever wrote them: a person in YAML, or a table that says the same."""
    faults = list(_head_faults(root))
    items = {name: _items(root, name, shape, faults) for name, shape in SECTIONS.items()}
    items["reports"] = _with_defaults(items["reports"], _defaults(root, faults))
    names = _names(root, faults)
    items["reports"] = [_on_claims_of_record(report, names.claims, claims or {}) for report in items["reports"]]
    strays = (ref for report in items["reports"] for ref in report.claim_refs if _is_stray(ref, names.claims))
    groups: dict[str, Any] = {name: tuple(group) for name, group in items.items()}
    dossier = Dossier(**groups, slugs=frozenset(names.sources), strays=tuple(dict.fromkeys(strays)))
    faults.extend(_stray_references(dossier, names))
    return replace(dossier, faults=tuple(faults))


def _head_faults(root: Members) -> Iterator[Fault]:
    version = root.get("dossier")
    if version is None:
        yield Fault(root.line, f"no dossier, which is wanted: `dossier: {VERSION}` says how to read the rest")
    elif version != VERSION:
        yield Fault(root.lines["dossier"], f"dossier: found {kind_of(version)}, wanted {VERSION}")
    known = (*_HEAD, *SECTIONS)
    for name in root:
        if name not in known:
            wanted = did_you_mean(name, known) or f"; wanted {', '.join(known)}"
            yield Fault(root.lines[name], f"unknown member {name[:80]!r}{wanted}")


def _items(root: Members, name: str, shape: Any, faults: list[Fault]) -> list[Any]:
    section = root.get(name)
    if section is None:
        return []
    if not isinstance(section, Items):
        faults.append(Fault(root.lines[name], f"{name}: found {kind_of(section)}, wanted a list"))
        return []
    adapter: TypeAdapter[Shape] = TypeAdapter(shape)
    plain_shape = cast(type[BaseModel], RelationItem if shape is Triple else shape)
    good = []
    for node in section:
        try:
            good.append(adapter.validate_python(node))
        except ValidationError as error:
            faults.extend(faults_of(error, node, plain_shape))
    return good


def _defaults(root: Members, faults: list[Fault]) -> ReportDefaults:
    node = root.get("defaults")
    if node is None:
        return ReportDefaults()
    try:
        return ReportDefaults.model_validate(node)
    except ValidationError as error:
        faults.extend(faults_of(error, node, ReportDefaults))
        return ReportDefaults()


def _with_defaults(reports: Iterable[ReportItem], defaults: ReportDefaults) -> list[ReportItem]:
    said = defaults.model_fields_set - {"line", "lines"}
    return [
        report.model_copy(update={name: getattr(defaults, name) for name in said - report.model_fields_set})
        for report in reports
    ]


def _on_claims_of_record(report: ReportItem, defined: Mapping[str, int], claims: Mapping[str, str]) -> ReportItem:
    """The report with the full id of each claim that only the ledger knows."""
    refs = tuple(claims.get(ref, ref) if ref not in defined else ref for ref in report.claim_refs)
    if refs == report.claim_refs:
        return report
    changes: dict[str, Any] = {"claim": refs[0]} if report.claims is None else {"claims": refs}
    return report.model_copy(update=changes)


def _is_stray(ref: str, known: Mapping[str, int]) -> bool:
    return ref not in known and not _DIGEST.fullmatch(ref)


def _names(root: Members, faults: list[Fault]) -> Names:
    return Names(**{name: _ids(root.get(name), name, faults) for name in ("sources", "claims", "documents", "reports")})


def _ids(section: Node | None, name: str, faults: list[Fault]) -> dict[str, int]:
    """Each id of the section and its line; one that is there twice is a fault."""
    found: dict[str, int] = {}
    for item in section if isinstance(section, Items) else ():
        given = item.get("id") if isinstance(item, Members) else None
        if not isinstance(given, Words):
            continue
        if given in found:
            faults.append(Fault(given.line, f"id: {given[:80]!r} is there twice in {name}, first on line {found[given]}"))
        else:
            found[str(given)] = given.line
    return found


def _stray_references(dossier: Dossier, names: Names) -> Iterator[Fault]:
    """A fault for each name of a claim, document or report that the dossier does not give."""
    for line, what, ref, known in _references(dossier, names):
        if _is_stray(ref, known):
            yield Fault(line, f"{what}: found {ref!r}, which this dossier does not define{did_you_mean(ref, known)}")


def _references(dossier: Dossier, names: Names) -> Iterator[tuple[int, str, str, Mapping[str, int]]]:
    for claim in dossier.claims:
        for relation, related in claim.relations():
            yield related.line or claim.line_at(relation), relation, related.claim, names.claims
    for document in dossier.documents:
        for member in ("version_of", "translation_of"):
            yield from _named(document, member, names.documents)
    for source in dossier.sources:
        if source.reliability is not None:
            yield from _named(source.reliability, "because", names.reports)
    for relation_item in dossier.relations:
        yield from _named(relation_item, "evidence", names.documents)
    for report in dossier.reports:
        yield from _report_references(report, names)
    everything = {**names.sources, **names.reports, **names.documents, **names.claims}
    for correction in dossier.corrections:
        kinds = {**names.reports, **names.documents, **names.claims}
        yield from _named(correction, "target", kinds)
        yield from _named(correction, "replaced_by", kinds)
    for assessment in dossier.assessments:
        yield from _named(assessment, "because", names.reports)
        yield from _named(assessment, "document", names.documents)
        if assessment.scheme in ("admiralty-credibility", "verdict"):
            yield from _named(assessment, "target", names.claims)
        elif assessment.scheme == "authenticity":
            yield from _named(assessment, "target", names.documents)
        elif assessment.scheme != "admiralty-reliability" and assessment.target not in everything:
            continue  # a source of the ledger, for all that the dossier knows


def _report_references(report: ReportItem, names: Names) -> Iterator[tuple[int, str, str, Mapping[str, int]]]:
    yield from _named(report, "claim", names.claims)
    yield from _named(report, "claims", names.claims)
    yield from _named(report, "document", names.documents)
    yield from _named(report, "evidence", names.documents)
    yield from _named(report, "withdraws", names.reports)
    yield from _named(report, "reported_by", names.reports)
    for link in report.chain:
        yield from _named(link, "document", names.documents)
        yield from _named(link, "report", names.reports)
        yield from _named(link, "credited_in", names.documents)


def _named(item: Shape, member: str, known: Mapping[str, int]) -> Iterator[tuple[int, str, str, Mapping[str, int]]]:
    value = getattr(item, member)
    for ref in value if isinstance(value, tuple) else (value,):
        if ref is not None:
            yield item.line_at(member), member, ref, known
