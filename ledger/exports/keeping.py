"""How a dossier writes a text so that import keeps it as it is kept: sealed under the same seal, or in plain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.ids import Opening, Sealed
from schemas.members import Quote, Translation
from schemas.records import ClaimRecord, DocumentRecord, Record, SourceRecord

Kept = str | dict[str, str]


class Keeping:
    """Texts of one record. `own`: who imports the dossier has sealed it under the secret that import seals with."""

    def __init__(self, openings: Mapping[str, Opening], own: bool, private_people: bool) -> None:
        self._openings = openings
        self._own = own
        self._private_people = private_people

    def usual(self, value: str | Sealed) -> Kept:
        """Where import seals nothing."""
        return value if isinstance(value, str) else self._seal(value)

    def sealing(self, value: str | Sealed) -> Kept:
        """Where import always seals: what was sealed is sealed to the same again."""
        if isinstance(value, str):
            return {"plain": value}
        return self._openings[value.sealed].value if self._own and value.sealed in self._openings else self._seal(value)

    def perhaps(self, value: str | Sealed) -> Kept:
        """Where import seals what tells of private people."""
        return {"plain": value} if isinstance(value, str) and self._private_people else self.usual(value)

    def names(self, record: SourceRecord) -> dict[str, Kept]:
        private = record.type == "person" and record.public_role is None
        return {lang: (self.sealing if private else self.usual)(name) for lang, name in record.names.items()}

    def quote(self, quote: Quote) -> dict[str, Any]:
        words = {name: value for name in ("exact", "prefix", "suffix") if (value := getattr(quote, name)) is not None}
        said: dict[str, Any] = {name: self.sealing(value) for name, value in words.items()}
        said |= {name: value for name in ("at", "lang") if (value := getattr(quote, name)) is not None}
        if quote.translations:
            said["translations"] = [self._translation(one) for one in quote.translations]
        return said

    def _translation(self, one: Translation) -> dict[str, Any]:
        return {"text": self.sealing(one.text), "lang": one.lang, "by": self.usual(one.by), "method": one.method}

    def _seal(self, value: Sealed) -> dict[str, str]:
        opening = self._openings.get(value.sealed)
        return {"sealed": value.sealed, **({"salt": opening.salt, "value": opening.value} if opening else {})}


def texts_of(record: Record, keeping: Keeping) -> dict[str, Any]:
    """The members of a record in which there may be sealed values, those that are there."""
    match record:
        case SourceRecord():
            return {"names": keeping.names(record), **_members(record, keeping.usual, "public_role")}
        case ClaimRecord():
            text = {lang: keeping.perhaps(words) for lang, words in record.text.items()}
            return {"text": text, **_members(record, keeping.usual, "place")}
        case DocumentRecord():
            urls = {"archive_urls": [keeping.usual(url) for url in record.archive_urls]} if record.archive_urls else {}
            return {**_members(record, keeping.usual, "url"), **_members(record, keeping.perhaps, "title"), **urls}
        case _ if record.kind == "statement":
            quote = {"quote": keeping.quote(record.quote)} if record.quote else {}
            return {**_members(record, keeping.usual, "interest_reason", "described_as", "occasion"), **quote}
        case _ if record.kind == "attribution":
            return {**_members(record, keeping.usual, "credited_as"), **_members(record, keeping.sealing, "note")}
        case _ if record.kind == "assessment":
            return _members(record, keeping.sealing, "rationale")
        case _ if record.kind == "claim_text":
            return {"text": keeping.perhaps(record.text)}
        case _:
            return _members(record, keeping.usual, "reason")


def _members(record: Record, keep: Any, *names: str) -> dict[str, Any]:
    return {name: keep(value) for name in names if (value := getattr(record, name, None)) is not None}
