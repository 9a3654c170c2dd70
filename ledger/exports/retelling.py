"""What of a claim's records a dossier can tell again, what not and why, and what it calls them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from ledger.core.evidence import Logged
from ledger.core.force import Signers, standing
from ledger.core.graph import said_text
from ledger.core.subjects import references_of
from ledger.exports.content import Content
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    ClaimRecord,
    ClaimRelationRecord,
    CorrectionRecord,
    DocumentRecord,
    Record,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
)

ORDER = (
    "source", "document", "source_relation", "claim", "claim_text", "claim_relation", "statement", "attribution",
    "assessment", "correction",
)  # fmt: skip
"""Kinds in the order in which import drafts them: each record after those that it names."""
_OUTSIDE = {
    "key": "keys are the ledger's business",
    "commitment": "commitments are the ledger's business",
    "withhold": "what is withheld stays so by the ledger's word",
}
_ONE_AT_A_TIME = ("source", "source_relation", "claim_relation", "assessment")
_CORRECTABLE = ("claim", "document", "statement", "attribution")
_SHARE = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.[0-9]{1,6})?")


@dataclass
class Retelling:
    """The records that the dossier tells, by kind and each once; `left_out` counts the others by kind and reason."""

    owner: str
    told: dict[str, list[Logged]] = field(default_factory=lambda: defaultdict(list))
    own: set[str] = field(default_factory=set)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    aliases: dict[str, str] = field(default_factory=dict)
    signed: Counter[str] = field(default_factory=Counter)
    revised: int = 0
    """How many of those told replaced an earlier one: elsewhere they are the first, and have another id."""

    @property
    def corrected(self) -> set[str]:
        return {entry.record.target for entry in self.told["correction"] if isinstance(entry.record, CorrectionRecord)}


def retell(content: Content) -> Retelling:
    """Chosen as import will read it: in the name of whoever put the claim on record, whose ratings alone are told."""
    signers = Signers(content.logged)
    claim = next(entry for entry in content.logged if entry.id == content.asked.claim)
    telling = Retelling(signers.name(claim))
    for entry in content.at_state:
        telling.signed[signers.name(entry)] += 1
        if signers.name(entry) == telling.owner:
            telling.own.add(entry.id)
    _Choice(content, telling, signers).choose()
    _name(telling, content)
    return telling


class _Choice:
    def __init__(self, content: Content, telling: Retelling, signers: Signers) -> None:
        self._telling, self._signers = telling, signers
        stands = standing(content.at_state)
        self._standing = {chain[0].index for chain in stands.chains.values()}
        self._taken_back = set(stands.corrections)
        self._corrections = set(stands.corrections.values())
        self._withheld = sum(entry.envelope is None for entry in content.entries)
        self._by_kind: dict[str, list[Logged]] = defaultdict(list)
        seen: set[tuple[str, str | None]] = set()
        for entry in content.at_state:
            by = signers.name(entry) if isinstance(entry.record, AssessmentRecord) else None
            if (entry.id, by) not in seen:
                self._by_kind[entry.record.kind].append(entry)
            seen.add((entry.id, by))
        self._known: set[str] = set()

    def choose(self) -> None:
        left_out = self._telling.left_out
        if self._withheld:
            left_out["record", "withheld"] += self._withheld
        for kind in ORDER:
            for entry in self._in_order(kind):
                reason = self._against(entry)
                if reason is not None:
                    left_out[kind, reason] += 1
                    continue
                self._telling.told[kind].append(entry)
                self._telling.revised += getattr(entry.record, "replaces", None) is not None
                self._known.add(entry.record.id if isinstance(entry.record, SourceRecord) else entry.id)
        for kind, reason in _OUTSIDE.items():
            if count := len(self._by_kind[kind]):
                left_out[kind, reason] += count

    def _in_order(self, kind: str) -> Iterable[Logged]:
        """A source may have been revised, and so come later than one that names it."""
        waiting = self._by_kind[kind]
        if kind != "source":
            return waiting
        placed: list[Logged] = []
        here: set[str] = set()
        while ready := [one for one in waiting if here.issuperset(_named(one.record))]:
            placed += ready
            here |= {one.record.id for one in ready if isinstance(one.record, SourceRecord) and one.index in self._standing}
            done = {one.index for one in ready}
            waiting = [one for one in waiting if one.index not in done]
        return [*placed, *waiting]

    def _against(self, entry: Logged) -> str | None:
        """Why a dossier does not tell this record; None if it does."""
        record = entry.record
        if isinstance(record, CorrectionRecord):
            return self._against_correction(entry.id, record)
        if entry.id in self._taken_back and record.kind not in _CORRECTABLE:
            return "taken back"
        if isinstance(record, AssessmentRecord) and self._signers.name(entry) != self._telling.owner:
            return "given by others, and a dossier's ratings are those of whoever imports it"
        if record.kind in _ONE_AT_A_TIME and entry.index not in self._standing:
            return "replaced by a later one"
        if isinstance(record, SourceRelationRecord) and record.share is not None and not _SHARE.fullmatch(str(record.share)):
            return "a share that a dossier does not spell"
        if not self._known.issuperset(_named(record)):
            return "naming what is not here"
        if isinstance(record, AttributionRecord) and not self._joined(record):
            return "between claims that nothing joins any more"
        return None

    def _joined(self, record: AttributionRecord) -> bool:
        """Whether another ledger would take the hop: its ends are about one claim, or about two that are related."""
        claims = {self._about[name] for name in (record.from_, record.to) if name in self._about}
        return len(claims) < 2 or any(claims <= related for related in self._related)

    @cached_property
    def _about(self) -> dict[str, str]:
        """Of each statement, its claim."""
        told = ((entry.id, entry.record) for entry in self._telling.told["statement"])
        return {name: record.claim for name, record in told if isinstance(record, StatementRecord)}

    @cached_property
    def _related(self) -> list[set[str]]:
        """Claims that relations lead between, directly or through others."""
        groups: list[set[str]] = []
        for entry in self._telling.told["claim_relation"]:
            assert isinstance(entry.record, ClaimRelationRecord)
            ends = {entry.record.subject, entry.record.object}
            touched = [group for group in groups if group & ends]
            groups = [group for group in groups if group not in touched] + [ends.union(*touched)]
        return groups

    def _against_correction(self, name: str, record: CorrectionRecord) -> str | None:
        if name not in self._corrections:
            return "no longer in force"
        if not self._known.issuperset(_named(record)) or record.target not in self._told_ids:
            return "of what is not told here"
        return None

    @cached_property
    def _told_ids(self) -> set[str]:
        return {entry.id for kind in _CORRECTABLE for entry in self._telling.told[kind]}


def _named(record: Record) -> set[str]:
    return {target for role, target in references_of(record) if role != "replaces"}


def _name(telling: Retelling, content: Content) -> None:
    """Names that say something, each once, and no slug of a source among them."""
    used = {entry.record.id for entry in telling.told["source"] if isinstance(entry.record, SourceRecord)}
    documents = {entry.id: entry.record for entry in telling.told["document"] if isinstance(entry.record, DocumentRecord)}
    for kind in ("claim", "document", "statement", "attribution"):
        for entry in telling.told[kind]:
            telling.aliases[entry.id] = _fresh(_wish(entry, documents, telling.aliases, content), used)


def _wish(entry: Logged, documents: dict[str, DocumentRecord], aliases: dict[str, str], content: Content) -> str:
    record = entry.record
    match record:
        case ClaimRecord():
            texts = content.texts.get(entry.id) or content.opened.texts(record.text)
            return _letters(texts.get("en") or next(iter(texts.values())), 36) or "claim"
        case DocumentRecord():
            author = record.publisher or (record.authors[0] if record.authors else record.medium or "document")
            return "-".join(filter(None, [_letters(author, 36), _day(record.published_at or record.captured_at)]))
        case StatementRecord():
            said = said_text(record, documents.get(record.document or ""))
            return "-".join(filter(None, [_letters(record.speaker, 24), record.act.replace("_", "-"), _day(said)]))
        case AttributionRecord():
            return f"hop-{aliases[record.from_]}"[:58].strip("-")
        case _:
            return record.kind


def _letters(text: str, most: int) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words if len(words) <= most else words[:most].rpartition("-")[0] or words[:most]


def _day(when: str | None) -> str:
    return _letters(when[:10], 10) if when else ""


def _fresh(wish: str, used: set[str]) -> str:
    name, number = wish, 1
    while name in used:
        number += 1
        name = f"{wish}-{number}"
    used.add(name)
    return name
