"""What the store adds to the views: openings of sealed values, and the sources in force under their slugs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger.core.doubt import compromised
from ledger.core.evidence import Logged
from ledger.core.force import heard_standing, in_force, in_force_of
from ledger.core.records import sealed_in
from ledger.core.views import SEALED, Opened
from ledger.service.reading import Reading
from schemas.ids import Opening
from schemas.records import Record, SourceRecord


def open_values_of(reading: Reading, records: Iterable[Record]) -> Opened:
    """What sealed values of these records say, read at once."""
    digests = sorted({digest for record in records for digest in sealed_in(record)})
    held = reading.snapshot.openings(digests) if digests else {}
    return Opened({digest: Opening(salt=one.salt.hex(), value=one.value) for digest, one in held.items()})


def named_sources(reading: Reading, slugs: Iterable[str], size: int) -> list[Logged]:
    """The source records that say who these slugs are: those in force, but for what only a key in doubt says anew."""
    places = reading.of_subjects(f"source:{slug}" for slug in slugs)
    entries = reading.at(index for indexes in places.values() for index in indexes if index < size)
    ids = [entry.id for entry in entries]
    taken_back = reading.at(index for index in reading.referring(ids, ("target",)) if index < size)
    known = {entry.index: entry for entry in [*entries, *taken_back]}
    return [entry for entry in _heard(reading, list(known.values()), size) if isinstance(entry.record, SourceRecord)]


def _heard(reading: Reading, logged: Sequence[Logged], size: int) -> list[Logged]:
    """Of these the ones in force; where one of their keys is compromised, who else signed them is looked up."""
    words = _words_on_keys(reading, logged, size)
    if not compromised(words):
        return in_force(logged)
    places = reading.places(entry.id for entry in logged)
    signed = reading.at(index for indexes in places.values() for index in indexes if index < size)
    return in_force_of(heard_standing([*_words_on_keys(reading, signed, size), *signed]))


def _words_on_keys(reading: Reading, logged: Sequence[Logged], size: int) -> list[Logged]:
    found = reading.of_subjects({f"key:{key}" for entry in logged for key in entry.keys})
    return reading.at(index for indexes in found.values() for index in indexes if index < size)


def names_by_slug(reading: Reading, slugs: Iterable[str], size: int) -> dict[str, dict[str, str]]:
    """Names of these sources by language, as far as they can be read."""
    found = [entry.record for entry in named_sources(reading, slugs, size) if isinstance(entry.record, SourceRecord)]
    opened = open_values_of(reading, found)
    names = {record.id: opened.texts(record.names) for record in found}
    return {slug: {lang: name for lang, name in texts.items() if name != SEALED} for slug, texts in names.items()}
