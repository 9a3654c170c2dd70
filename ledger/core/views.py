"""Records in the words that pages and tables print: sealed values opened where that can still be done, names, times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ledger.core.doubt import NO_DOUBTS, Compromised, Doubts
from ledger.core.evidence import Logged
from ledger.core.force import Signers
from ledger.core.graph import NEUTRAL_ACTS, said_text
from ledger.core.records import open_values, record_json, sealed_in
from schemas.corroboration import Report
from schemas.doubt import Doubt
from schemas.ids import Opening, Sealed
from schemas.lookups import (
    AddedText,
    AssessmentView,
    Brief,
    CitedDocument,
    QuoteTranslation,
    RelationView,
    StatementView,
)
from schemas.members import Translation
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    ClaimRecord,
    ClaimTextRecord,
    DocumentRecord,
    Record,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
)

SEALED = "[sealed]"
"""Stands for a value whose opening was erased, or was never handed in."""


class Opened:
    """What sealed values say, by their digests, as far as they can still be opened."""

    def __init__(self, openings: Mapping[str, Opening]) -> None:
        self._openings = openings

    @property
    def words(self) -> dict[str, str]:
        return {digest: opening.value for digest, opening in self._openings.items()}

    @property
    def salts(self) -> dict[str, bytes]:
        return {digest: bytes.fromhex(opening.salt) for digest, opening in self._openings.items()}

    def json(self, record: Record) -> dict[str, Any]:
        """The record's JSON with each sealed value replaced by what it says, where that is still known."""
        opened: dict[str, Any] = open_values(record_json(record), self.words)
        return opened

    def text(self, value: str | Sealed) -> str:
        if isinstance(value, str):
            return value
        opening = self._openings.get(value.sealed)
        return opening.value if opening else SEALED

    def texts(self, values: Mapping[str, str | Sealed]) -> dict[str, str]:
        return {lang: self.text(value) for lang, value in values.items()}

    def of(self, record: Record) -> dict[str, Opening]:
        """The openings of one record's sealed values."""
        return {digest: self._openings[digest] for digest in sealed_in(record) if digest in self._openings}


def best_name(names: Mapping[str, str], otherwise: str) -> str:
    """The English name, else the first; the slug where every name is sealed."""
    known = {lang: name for lang, name in names.items() if name != SEALED}
    return known.get("en") or next(iter(known.values()), otherwise)


class Named:
    """Display names of sources, from the records in force among these."""

    def __init__(self, standing: Iterable[Logged], opened: Opened) -> None:
        self._names = {
            entry.record.id: best_name(opened.texts(entry.record.names), entry.record.id)
            for entry in standing
            if isinstance(entry.record, SourceRecord)
        }

    def of(self, slug: str) -> str:
        return self._names.get(slug, slug)


def claim_texts(standing: Iterable[Logged], opened: Opened) -> dict[str, dict[str, str]]:
    """Each claim's text by language, later translations included; the claim's own words win."""
    found: dict[str, dict[str, str]] = {}
    for entry in standing:
        if isinstance(entry.record, ClaimRecord):
            found[entry.id] = {**found.get(entry.id, {}), **opened.texts(entry.record.text)}
        elif isinstance(entry.record, ClaimTextRecord):
            found.setdefault(entry.record.claim, {}).setdefault(entry.record.lang, opened.text(entry.record.text))
    return found


def added_texts(claim_id: str, standing: Iterable[Logged], signers: Signers) -> list[AddedText]:
    """The wordings of one claim that others added, as far as they are the ones that `claim_texts` shows."""
    found: dict[str, AddedText] = {}
    own: set[str] = set()
    for entry in standing:
        if isinstance(entry.record, ClaimRecord) and entry.id == claim_id:
            own |= entry.record.text.keys()
        elif isinstance(entry.record, ClaimTextRecord) and entry.record.claim == claim_id:
            lang = entry.record.lang
            added = AddedText(lang=lang, id=entry.id, index=entry.index, recorded_by=signers.names(entry))
            found.setdefault(lang, added)
    return [added for lang, added in found.items() if lang not in own]


def brief_of(report: Report) -> Brief:
    """The report in brief: no number and no likelihood word where the evidence does not carry one."""
    shown = report.showable
    return Brief(
        headline=report.headline,
        labels=list(report.labels),
        summary=report.summary,
        independent_origins=report.independent_origins,
        origins=report.origins,
        showable=shown,
        probability=report.probability if shown else None,
        interval=report.interval if shown else None,
        words=report.words if shown else None,
        confidence=report.confidence,
    )


def plain_stance(record: StatementRecord) -> str | None:
    """What a statement says about its own claim."""
    if record.act in NEUTRAL_ACTS or record.act == "withdraws":
        return None
    return "supports" if record.polarity == "+" else "denies"


def told_doubts(keys: Iterable[Compromised]) -> list[Doubt]:
    return [Doubt(key=one.key, subject=one.subject, since=one.since, revocation=one.record) for one in keys]


class Statements:
    """Statements as they are printed, from the records in force among these."""

    def __init__(
        self, standing: Sequence[Logged], opened: Opened, names: Named, signers: Signers, doubts: Doubts = NO_DOUBTS
    ) -> None:
        self._opened, self._names, self._signers, self._doubts = opened, names, signers, doubts
        self._documents = {entry.id: entry.record for entry in standing if isinstance(entry.record, DocumentRecord)}
        self._upstream: dict[str, list[str]] = {}
        for entry in standing:
            if isinstance(entry.record, AttributionRecord) and entry.record.mode != "not_from":
                self._upstream.setdefault(entry.record.from_, []).append(entry.record.to)

    def view(self, entry: Logged, stance: str | None, said: str | None = None) -> StatementView:
        record = entry.record
        assert isinstance(record, StatementRecord)
        document = self._documents.get(record.document) if record.document else None
        url = document.url if document else None
        return StatementView(
            id=entry.id,
            index=entry.index,
            claim=record.claim,
            speaker=record.speaker,
            name=self._names.of(record.speaker),
            act=record.act,
            polarity=record.polarity,
            stance=stance,
            said=said or said_text(record, document),
            document=record.document,
            url=self._opened.text(url) if url is not None else None,
            quote=self._opened.text(record.quote.exact) if record.quote else None,
            certainty=record.certainty,
            basis=record.basis,
            interest=record.interest,
            interest_reason=self._opened.text(record.interest_reason) if record.interest_reason is not None else None,
            upstream=list(dict.fromkeys(self._upstream.get(entry.id, ()))),
            quote_lang=record.quote.lang if record.quote else None,
            translations=[self._translation(one) for one in (record.quote.translations or ())] if record.quote else [],
            withdraws=record.withdraws,
            recorded_by=self._signers.names(entry),
            in_doubt=told_doubts(self._doubts.of((entry.id, None))),
        )

    def _translation(self, one: Translation) -> QuoteTranslation:
        by = self._opened.text(one.by)
        return QuoteTranslation(text=self._opened.text(one.text), lang=one.lang, by=by, method=one.method)


def cited_document(entry: Logged, opened: Opened) -> CitedDocument:
    record = entry.record
    assert isinstance(record, DocumentRecord)
    return CitedDocument(
        id=entry.id,
        index=entry.index,
        title=opened.text(record.title) if record.title is not None else None,
        url=opened.text(record.url) if record.url is not None else None,
        publisher=record.publisher,
        sha256=record.sha256,
        archive_urls=[opened.text(one) for one in record.archive_urls or ()],
    )


def assessment_view(entry: Logged, signers: Signers, opened: Opened, doubts: Doubts = NO_DOUBTS) -> AssessmentView:
    record = entry.record
    assert isinstance(record, AssessmentRecord)
    return AssessmentView(
        id=entry.id,
        index=entry.index,
        by=record.by or signers.name(entry),
        scheme=record.scheme,
        value=record.value,
        rationale=opened.text(record.rationale) if record.rationale is not None else None,
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        in_doubt=told_doubts(doubts.of((entry.id, signers.name(entry)))),
        endorsed_by=list(doubts.others.get((entry.id, signers.name(entry)), ())),
    )


def relation_view(entry: Logged, doubts: Doubts = NO_DOUBTS) -> RelationView:
    record = entry.record
    assert isinstance(record, SourceRelationRecord)
    return RelationView(
        id=entry.id,
        index=entry.index,
        subject=record.subject,
        relation=record.relation,
        object=record.object,
        topic=record.topic,
        share=record.share,
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        in_doubt=told_doubts(doubts.of((entry.id, None))),
    )
