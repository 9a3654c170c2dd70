"""What stays out of the log by default: quotes, notes, rationales, and what could name a private person (DESIGN 2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ledger.core.privacy import is_private
from ledger.core.sealing import derive_salt, sealed_hash
from schemas.ids import Opening, Sealed
from schemas.members import Quote
from schemas.records import ClaimTextRecord, Record, SourceRecord

Openings = dict[str, Opening]


SEALABLE: Mapping[str, tuple[str, ...]] = {
    "source": ("names", "public_role"),
    "claim": ("text", "place"),
    "claim_text": ("text",),
    "claim_relation": ("reason",),
    "document": ("url", "title", "archive_urls"),
    "statement": ("interest_reason", "described_as", "quote", "occasion"),
    "attribution": ("credited_as", "note"),
    "assessment": ("rationale",),
    "correction": ("reason",),
    "withhold": ("basis", "authority"),
    "key": ("reason",),
}
"""The members of each kind that hold texts or addresses, and may be sealed."""
ALL = "all"


class Sealer:
    """Seals values under one contributor's secret: the same value in the same field has the same seal each time.

    `also` are members that are sealed besides those that always are: `title`, `document.title`, or `all`.
    """

    def __init__(self, secret: bytes, also: Collection[str] = ()) -> None:
        self._secret = secret
        self._also = frozenset(also)

    def wants(self, kind: str, member: str) -> bool:
        return bool(self._also & {ALL, member, f"{kind}.{member}"})

    def seal(self, field: str, value: str, openings: Openings) -> Sealed | str:
        """What stands in the value's place; its opening is added to `openings`."""
        salt = derive_salt(self._secret, field, value)
        digest = sealed_hash(salt, value)
        openings[digest] = Opening(salt=salt.hex(), value=value)
        return Sealed(sealed=digest)


class Sparing(Sealer):
    """Seals as another does, but for these values, which stay as they are."""

    def __init__(self, sealer: Sealer, spared: Collection[str]) -> None:
        super().__init__(sealer._secret, sealer._also)
        self._spared = spared

    def seal(self, field: str, value: str, openings: Openings) -> Sealed | str:
        return value if value in self._spared else super().seal(field, value, openings)


def seal_record(record: Record, sealer: Sealer | None, *, private: bool = False) -> tuple[Record, Openings]:
    """The record with its sealed values, and their openings. `private`: it tells of a claim about a private person."""
    openings: Openings = {}
    if sealer is None:
        return record, openings
    changes: dict[str, Any] = {}
    for member in SEALABLE.get(record.kind, ()):
        value = getattr(record, member)
        if value is not None and (_is_sealed(record, member, private) or sealer.wants(record.kind, member)):
            changes[member] = _sealed_member(record, member, value, sealer, openings)
    return (record.model_copy(update=changes) if changes else record), openings


def _is_sealed(record: Record, member: str, private: bool) -> bool:
    """Whether the member is sealed without anybody asking for it."""
    match record.kind, member:
        case ("statement", "quote") | ("attribution", "note") | ("assessment", "rationale"):
            return True
        case ("source", "names"):
            return isinstance(record, SourceRecord) and is_private(record)
        case ("claim", "text") | ("claim_text", "text") | ("document", "title"):
            return private
    return False


def _sealed_member(record: Record, member: str, value: Any, sealer: Sealer, openings: Openings) -> Any:
    field = f"{record.kind}.{member}"
    if isinstance(record, ClaimTextRecord):
        field = f"claim.text.{record.lang}"  # as in the claim itself
    match value:
        case str():
            return sealer.seal(field, value, openings)
        case Quote():
            return _sealed_quote(value, sealer, openings)
        case tuple():
            return tuple(sealer.seal(field, item, openings) if isinstance(item, str) else item for item in value)
        case Mapping():
            return _sealed_texts(field, value, sealer, openings)
    return value  # sealed already


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
