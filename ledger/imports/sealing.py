"""What stays out of the log by default: quotes, notes, rationales, and what could name a private person (DESIGN 2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ledger.core.sealing import derive_salt, sealed_hash
from schemas.ids import Opening, Sealed
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    ClaimRecord,
    ClaimTextRecord,
    DocumentRecord,
    Quote,
    Record,
    SourceRecord,
    StatementRecord,
)

Openings = dict[str, Opening]


class Sealer:
    """Seals values under one contributor's secret: the same value in the same field has the same seal each time."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def seal(self, field: str, value: str, openings: Openings) -> Sealed | str:
        """What stands in the value's place; its opening is added to `openings`."""
        salt = derive_salt(self._secret, field, value)
        digest = sealed_hash(salt, value)
        openings[digest] = Opening(salt=salt.hex(), value=value)
        return Sealed(sealed=digest)


class Sparing(Sealer):
    """Seals as another does, but for these values, which stay as they are."""

    def __init__(self, sealer: Sealer, spared: Collection[str]) -> None:
        super().__init__(sealer._secret)
        self._spared = spared

    def seal(self, field: str, value: str, openings: Openings) -> Sealed | str:
        return value if value in self._spared else super().seal(field, value, openings)


def is_private(source: SourceRecord | None) -> bool:
    """A person without a public role."""
    return source is not None and source.type == "person" and source.public_role is None


def seal_record(record: Record, sealer: Sealer | None, *, private: bool = False) -> tuple[Record, Openings]:
    """The record with its sealed values, and their openings. `private`: it tells of a claim about a private person."""
    openings: Openings = {}
    if sealer is None:
        return record, openings
    changes: dict[str, Any] = {}
    match record:
        case StatementRecord(quote=Quote() as quote):
            changes = {"quote": _sealed_quote(quote, sealer, openings)}
        case AttributionRecord(note=str() as note):
            changes = {"note": sealer.seal("attribution.note", note, openings)}
        case AssessmentRecord(rationale=str() as rationale):
            changes = {"rationale": sealer.seal("assessment.rationale", rationale, openings)}
        case SourceRecord() if is_private(record):
            changes = {"names": _sealed_texts("source.names", record.names, sealer, openings)}
        case ClaimRecord() if private:
            changes = {"text": _sealed_texts("claim.text", record.text, sealer, openings)}
        case ClaimTextRecord(text=str() as text) if private:
            changes = {"text": sealer.seal(f"claim.text.{record.lang}", text, openings)}
        case DocumentRecord(title=str() as title) if private:
            changes = {"title": sealer.seal("document.title", title, openings)}
    return (record.model_copy(update=changes) if changes else record), openings


def _sealed_quote(quote: Quote, sealer: Sealer, openings: Openings) -> Quote:
    changes: dict[str, Any] = {}
    for member in ("exact", "prefix", "suffix"):
        if isinstance(value := getattr(quote, member), str):
            changes[member] = sealer.seal(f"quote.{member}", value, openings)
    if quote.translations:
        changes["translations"] = tuple(
            item.model_copy(update={"text": sealer.seal("quote.translation", item.text, openings)})
            if isinstance(item.text, str)
            else item
            for item in quote.translations
        )
    return quote.model_copy(update=changes)


def _sealed_texts(field: str, texts: Mapping[str, str | Sealed], sealer: Sealer, openings: Openings) -> dict[str, Any]:
    return {
        lang: sealer.seal(f"{field}.{lang}", text, openings) if isinstance(text, str) else text for lang, text in texts.items()
    }
