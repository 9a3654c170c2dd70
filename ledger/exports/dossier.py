"""The claim as a dossier: what a person would have written by hand to put these records there (docs/exports.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ledger.core.evidence import Logged
from ledger.core.records import record_json
from ledger.exports.content import Content
from ledger.exports.keeping import Keeping, texts_of
from ledger.exports.retelling import Retelling, retell
from ledger.exports.yaml import comment, print_item, section
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    ClaimRelationRecord,
    ClaimTextRecord,
    CorrectionRecord,
    Record,
    SourceRecord,
    StatementRecord,
)

Item = dict[str, Any]
_REFERENCES = ("document", "reported_by", "withdraws", "version_of", "translation_of", "credited_in", "because")
_ON_REPORT = (
    "id", "claim", "chain", "document", "act", "polarity", "certainty", "hedge_on", "basis", "evidence", "interest",
    "interest_reason", "said_at", "reported_by", "anonymity", "described_as", "occasion", "joint_with", "withdraws",
    "quantity", "quote",
)  # fmt: skip


def print_dossier(content: Content) -> bytes:
    """YAML whose import gives the same records, as far as a dossier can tell them; the head says what it cannot."""
    telling = retell(content)
    items = _Items(content, telling)
    parts = [
        _head(content, telling),
        "dossier: 1\n",
        section("sources", map(print_item, items.sources())),
        section("relations", map(print_item, items.relations())),
        section("claims", map(print_item, items.claims())),
        section("documents", map(print_item, items.documents())),
        section("reports", items.reports()),
        section("assessments", map(print_item, items.assessments())),
        section("corrections", map(print_item, items.corrections())),
    ]
    return "".join(parts).encode("utf-8")


def _head(content: Content, telling: Retelling) -> str:
    """What this is, in whose name it was, and what is not in it."""
    as_of = content.report.as_of
    texts = content.texts.get(content.asked.claim, {})
    told = sum(len(entries) for entries in telling.told.values())
    lines = [
        texts.get("en") or next(iter(texts.values()), content.asked.claim),
        f"From the ledger {content.origin}, {as_of.size} entries at {as_of.time}; claim {content.asked.claim}",
        f"{told} records. They were signed by {_listed(telling)}. Whoever imports this signs all of it in their own name.",
    ]
    if telling.revised:
        lines.append(f"{telling.revised} of them replaced an earlier one; in another ledger they will have other ids.")
    if telling.left_out:
        lines.append("Not in this file, since a dossier cannot tell it:")
        lines += [f"- {count} {_plural(kind, count)}: {reason}" for (kind, reason), count in sorted(telling.left_out.items())]
    return comment(*lines)


def _listed(telling: Retelling) -> str:
    return ", ".join(f"{name} ({count})" for name, count in telling.signed.most_common())


def _plural(kind: str, count: int) -> str:
    return kind.replace("_", " ") + ("s" if count > 1 else "")


class _Items:
    """Each kind of record as the dossier's items."""

    def __init__(self, content: Content, telling: Retelling) -> None:
        self._content, self._telling = content, telling
        self._private = any(
            isinstance(entry.record, SourceRecord) and entry.record.type == "person" and entry.record.public_role is None
            for entry in telling.told["source"]
        )
        self._ratings = {
            entry.record.target: entry
            for entry in telling.told["assessment"]
            if isinstance(entry.record, AssessmentRecord) and entry.record.scheme == "admiralty-reliability"
        }
        self._documents = {entry.id for entry in telling.told["document"]}
        self._chains = _Chains(telling)

    def sources(self) -> Iterator[Item]:
        for entry in self._told("source"):
            item = self._item(entry)
            if (rating := self._ratings.get(item["id"])) is not None:
                said = self._item(rating)
                del said["target"], said["scheme"]
                item["reliability"] = said if len(said) > 1 else said["value"]
            yield item

    def relations(self) -> Iterator[Item | list[Any]]:
        for entry in self._told("source_relation"):
            item = self._item(entry)
            triple = [item["subject"], item["relation"], item["object"]]
            yield triple if len(item) == 3 else item

    def claims(self) -> Iterator[Item]:
        translations, related = defaultdict(list), defaultdict(list)
        for entry in self._told("claim_text"):
            assert isinstance(entry.record, ClaimTextRecord)
            translations[entry.record.claim].append({"lang": entry.record.lang, **self._texts(entry)})
        for entry in self._told("claim_relation"):
            assert isinstance(entry.record, ClaimRelationRecord)
            related[entry.record.subject, entry.record.relation].append(self._related(entry, entry.record))
        for entry in self._told("claim"):
            item = {"id": self._alias(entry.id), **self._item(entry)}
            if entry.id in translations:
                item["translations"] = translations[entry.id]
            for relation in ("equivalent", "entails", "contradicts"):
                if (entry.id, relation) in related:
                    item[relation] = related[entry.id, relation]
            yield item

    def documents(self) -> Iterator[Item]:
        for entry in self._told("document"):
            yield {"id": self._alias(entry.id), **self._item(entry)}

    def reports(self) -> Iterator[str]:
        """A report for each statement, its first hop with it; one for each further hop."""
        for entry in self._told("statement"):
            hops = self._chains.hops[entry.id]
            inline = self._chains.inline.get(entry.id)
            yield "\n" + comment(self._line(entry)) + print_item(self._report(entry, inline))
            for hop in hops:
                if hop is not inline:
                    yield print_item(self._hop_alone(hop, entry))

    def assessments(self) -> Iterator[Item]:
        for entry in self._told("assessment"):
            item = self._item(entry)
            if self._ratings.get(item["target"]) is not entry:  # else it stands with its source
                yield {**item, "target": self._alias(item["target"])}

    def corrections(self) -> Iterator[Item]:
        for entry in self._told("correction"):
            record = entry.record
            assert isinstance(record, CorrectionRecord)
            item = {"target": self._alias(record.target), **self._texts(entry)}
            if record.replaced_by is not None:
                item["replaced_by"] = self._alias(record.replaced_by)
            yield item

    def _told(self, kind: str) -> list[Logged]:
        return self._telling.told[kind]

    def _alias(self, name: str) -> str:
        return self._telling.aliases.get(name, name)

    def _texts(self, entry: Logged) -> Item:
        keeping = Keeping(self._content.openings, entry.id in self._telling.own, self._private)
        return texts_of(entry.record, keeping)

    def _item(self, entry: Logged) -> Item:
        """The record's members as the dossier spells them."""
        said = record_json(entry.record) | self._texts(entry)
        return self._spelt({name: value for name, value in said.items() if name not in ("kind", "replaces")})

    def _spelt(self, members: Mapping[str, Any]) -> Item:
        item: Item = {}
        for name, value in members.items():
            if name in _REFERENCES:
                item[name] = self._alias(value)
            elif name == "evidence":
                item[name] = [self._alias(one) for one in value]
            else:
                item[name] = value
        return item

    def _related(self, entry: Logged, record: ClaimRelationRecord) -> Item | str:
        other = self._alias(record.object)
        return {"claim": other, **self._texts(entry)} if record.reason is not None else other

    def _report(self, entry: Logged, hop: Logged | None) -> Item:
        said = self._item(entry)
        speaker = said.pop("speaker")
        said |= {"id": self._alias(entry.id), "claim": self._alias(said["claim"]), "chain": [speaker]}
        if hop is not None:
            said["chain"] = [speaker, self._link(hop)]
        return {name: said[name] for name in _ON_REPORT if name in said}

    def _hop_alone(self, hop: Logged, entry: Logged) -> Item:
        assert isinstance(entry.record, StatementRecord)
        named = {"id": self._alias(hop.id)} if hop.id in self._chains.named else {}
        chain = [{"report": self._alias(entry.id)}, self._link(hop)]
        return {**named, "claim": self._alias(entry.record.claim), "chain": chain}

    def _link(self, hop: Logged) -> Item:
        assert isinstance(hop.record, AttributionRecord)
        to = hop.record.to
        said = self._item(hop)
        del said["from"], said["to"]
        kind = "document" if to in self._documents else "report"
        return {kind: self._alias(to), **said}

    def _line(self, entry: Logged) -> str:
        """The chain in words, nearest the reader first."""
        speakers = []
        for record in self._chains.above(entry):
            speakers.append(self._content.names.of(record.speaker))
        return " < ".join(speakers)


class _Chains:
    """Which hops start at each statement, and which of them its report can tell along with it."""

    def __init__(self, telling: Retelling) -> None:
        self.hops: dict[str, list[Logged]] = defaultdict(list)
        self.inline: dict[str, Logged] = {}
        self.named = telling.corrected
        self._statements: dict[str, Record] = {entry.id: entry.record for entry in telling.told["statement"]}
        for entry in sorted(telling.told["attribution"], key=_details):
            assert isinstance(entry.record, AttributionRecord)
            self.hops[entry.record.from_].append(entry)
        needs = {name: [record.withdraws, record.reported_by] for name, record in self._records()}
        for name, hops in self.hops.items():
            first, to = hops[0], _to(hops[0])
            # A correction of a report takes back its hop too, and nobody has told it before it is told by itself.
            if name in self.named or first.id in self.named or _reaches(needs, to, name):
                continue
            self.inline[name] = first
            needs[name].append(to)

    def above(self, entry: Logged) -> list[StatementRecord]:
        """The statement, what it has it from, and so on; each once."""
        path: list[str] = []
        here: str | None = entry.id
        while here in self._statements and here not in path:
            path.append(here)
            here = next((_to(hop) for hop in self.hops[here] if getattr(hop.record, "mode", "") != "not_from"), None)
        return [record for name in path if isinstance(record := self._statements[name], StatementRecord)]

    def _records(self) -> Iterator[tuple[str, StatementRecord]]:
        return ((name, record) for name, record in self._statements.items() if isinstance(record, StatementRecord))


def _to(hop: Logged) -> str:
    assert isinstance(hop.record, AttributionRecord)
    return hop.record.to


def _details(hop: Logged) -> tuple[int, int]:
    # Import takes a hop of which nothing more is said for one that it has: the plainest comes first.
    return len(record_json(hop.record)), hop.index


def _reaches(needs: Mapping[str, list[str | None]], start: str, goal: str) -> bool:
    queue: list[str | None] = [start]
    seen: set[str | None] = set()
    while queue:
        here = queue.pop()
        if here == goal:
            return True
        if here is not None and here not in seen:
            seen.add(here)
            queue += needs.get(here, ())
    return False
