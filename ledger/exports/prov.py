"""The chains in W3C PROV: who said it, who had it from whom, who speaks for whom (docs/exports.md).

Statements, documents, the claim and the report are entities, sources are agents, hops are derivations. What is sealed
is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ledger.core.credential import RECORD_NAME, plain_texts
from ledger.core.views import Named, Opened, brief_of
from ledger.exports.content import Content
from schemas.context import NAMESPACE
from schemas.corroboration import Hop, Node
from schemas.records import ClaimRecord, SourceRecord, SourceRelationRecord

if TYPE_CHECKING:
    from prov.model import ProvDocument

PROVES = "nothing by itself: nobody signed this file; the records that it names were signed, a bundle of the claim proves them"
DOES_NOT_PROVE = "that what the sources said is true, or that no hop is missing: it shows what was recorded"


def print_prov_json(content: Content) -> bytes:
    return _print(content, "json", indent=1, ensure_ascii=False)


def print_prov_n(content: Content) -> bytes:
    return _print(content, "provn")


def print_prov_jsonld(content: Content) -> bytes:
    """Its context is inside, so that whoever reads it needs no network."""
    return _print(content, "jsonld", context="embed", indent=1, ensure_ascii=False)


def _print(content: Content, format: str, **options: Any) -> bytes:
    stream = BytesIO()
    provenance(content).serialize(stream, format=format, **options)
    return stream.getvalue().rstrip(b"\n") + b"\n"


def provenance(content: Content) -> ProvDocument:
    """The document that each of the three spellings spells."""
    from prov.model import ProvDocument  # late: only these three formats need it

    document = ProvDocument()
    document.add_namespace("onrecord", NAMESPACE)
    document.add_namespace("record", RECORD_NAME + "sha256:")
    document.add_namespace("source", _of_ledger(content, "source"))
    document.add_namespace("report", _of_ledger(content, "report"))
    _Writer(content, document).write()
    return document


def _of_ledger(content: Content, what: str) -> str:
    return f"{RECORD_NAME}{what}:{quote(content.origin, safe='/')}:"


def _record(digest: str) -> str:
    return "record:" + digest.removeprefix("sha256:")


@dataclass(frozen=True)
class _Writer:
    content: Content
    document: ProvDocument

    def write(self) -> None:
        chain = self.content.chain
        nodes = {node.id: node for node in chain.nodes}
        self._claims({node.claim for node in chain.nodes if node.claim} | {chain.claim})
        self._sources({node.speaker for node in chain.nodes if node.speaker})
        for node in chain.nodes:
            self._node(node)
        for hop in chain.hops:
            if hop.mode != "not_from" and hop.from_ in nodes and hop.to in nodes:
                self._hop(hop, nodes[hop.to])
        self._report()

    def _claims(self, ids: set[str]) -> None:
        claims = {entry.id: entry.record for entry in self.content.at_state if isinstance(entry.record, ClaimRecord)}
        for claim_id in sorted(ids & claims.keys()):
            texts = plain_texts(claim_id, claims[claim_id], self.content.standing)
            labels = [("prov:label", self._text(texts[lang], lang)) for lang in sorted(texts)]
            self.document.entity(_record(claim_id), [("prov:type", self._word("Claim")), *labels])

    def _sources(self, slugs: set[str]) -> None:
        standing = self.content.standing
        records = {entry.record.id: entry.record for entry in standing if isinstance(entry.record, SourceRecord)}
        names = Named(standing, Opened({}))
        spoken_for = [
            entry.record
            for entry in standing
            if isinstance(entry.record, SourceRelationRecord) and entry.record.relation == "speaks_for"
        ]
        pairs = [one for one in spoken_for if one.subject in slugs and one.object in records]
        for slug in sorted(slugs | {one.object for one in pairs}):
            kind = records[slug].type if slug in records else "unnamed"
            about: dict[Any, Any] = {"prov:label": names.of(slug), "onrecord:sourceType": kind}
            self.document.agent("source:" + slug, {**about, **_type_of_agent(kind)})
        for one in pairs:
            self.document.delegation("source:" + one.subject, "source:" + one.object)

    def _node(self, node: Node) -> None:
        members = {
            "onrecord:act": node.act,
            "onrecord:stance": node.stance,
            "onrecord:certainty": node.certainty,
        }
        about: list[tuple[str, Any]] = [(name, value) for name, value in members.items() if value is not None]
        if node.said is not None:
            about.append(("onrecord:time", node.said))
        if node.claim:
            about.append(("onrecord:claim", self.document.valid_qualified_name(_record(node.claim))))
        if node.set_aside:
            about.append(("onrecord:standing", "set_aside"))
        self.document.entity(_record(node.id), [("prov:type", self._word(node.kind.capitalize())), *about])
        if node.speaker:
            self.document.attribution(_record(node.id), "source:" + node.speaker)

    def _hop(self, hop: Hop, upstream: Node) -> None:
        said: dict[Any, Any] = {"onrecord:mode": hop.mode, "onrecord:standing": hop.standing, "onrecord:inferred": hop.inferred}
        ends = (_record(hop.from_), _record(hop.to))
        if hop.mode == "quotes":
            self.document.quotation(*ends, other_attributes=said)
        if upstream.root:
            self.document.primary_source(*ends, other_attributes=said)
        if hop.mode != "quotes" and not upstream.root:
            self.document.derivation(*ends, other_attributes=said)

    def _report(self) -> None:
        report, brief = self.content.report, brief_of(self.content.report)
        name = f"report:{report.claim.removeprefix('sha256:')}.{report.as_of.size}"
        about: list[tuple[str, Any]] = [
            ("prov:type", self._word("CorroborationReport")),
            ("onrecord:policy", report.policy),
            ("onrecord:size", report.as_of.size),
            ("onrecord:root", report.as_of.root),
            ("onrecord:headline", brief.headline),
            ("onrecord:summary", brief.summary),
            ("onrecord:proves", PROVES),
            ("onrecord:doesNotProve", DOES_NOT_PROVE),
        ]
        self.document.entity(name, about)
        self.document.activity(name + ".scoring", other_attributes={"onrecord:policy": report.policy})
        self.document.generation(name, name + ".scoring", time=report.as_of.time)
        self.document.usage(name + ".scoring", _record(report.claim))

    def _word(self, name: str) -> Any:
        return self.document.valid_qualified_name("onrecord:" + name)

    def _text(self, text: str, lang: str) -> Any:
        from prov.model import Literal

        return Literal(text, langtag=lang)


def _type_of_agent(kind: str) -> dict[Any, Any]:
    from prov.constants import PROV

    kinds = {"person": "Person", "platform_account": None, "dataset": None, "unnamed": None}
    name = kinds.get(kind, "Organization")
    return {} if name is None else {"prov:type": PROV[name]}
