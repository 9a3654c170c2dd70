"""What the store keeps beside a record so that it can be found: its subject, references and search terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ledger.core.evidence import Logged
from ledger.core.links import link_term, normal_link
from ledger.core.search import country_mark, terms_of, topic_term
from ledger.core.subjects import Reference, references_of, subject_of
from schemas.ids import Sealed
from schemas.records import (
    AssessmentRecord,
    ClaimRecord,
    ClaimTextRecord,
    DocumentRecord,
    Record,
    SourceRecord,
    StatementRecord,
)

Openings = Mapping[str, str]
"""What sealed values say, by their digest."""


@dataclass(frozen=True, slots=True)
class Projected:
    """What is derived from one entry. An endorsement of a known record is not its first, and has no more than a subject."""

    first: bool
    subject: str | None
    references: Sequence[Reference]
    terms: Sequence[str]
    languages: Sequence[str]


class Findable(NamedTuple):
    """By what a record is looked for: terms of its texts and marks, and the languages of its texts. No more than that is
    kept, since words weigh as much as all else that is derived: of a document nobody asks for more than its links."""

    terms: Sequence[str]
    languages: Sequence[str]


_NOT_LOOKED_FOR = Findable((), ())


def findable(record: Record, openings: Openings) -> Findable:
    if record.kind == "attribution":
        return _NOT_LOOKED_FOR
    texts, languages = _texts(record)
    # Nobody asks for a quote that is no longer than what they give.
    terms = terms_of(_opened(texts, openings), whole=not isinstance(record, StatementRecord))
    return Findable((*terms, *_marks(record, openings)), tuple(languages))


def project(
    logged: Logged,
    assessor: str | None,
    openings: Openings,
    *,
    first: bool,
    found: Findable | None = None,
) -> Projected:
    """`assessor` is the enrolled name of the entry's first signer, `first` whether no earlier entry holds this record.

    `found` is what `findable` gives, where it is at hand.
    """
    record = logged.record
    if not first:
        # Whoever endorses an assessment makes it their own; every other record is in force or not whoever signs it again.
        subject = subject_of(record, assessor) if isinstance(record, AssessmentRecord) else None
        return Projected(first, subject, (), (), ())
    terms, languages = found or findable(record, openings)
    return Projected(
        first=first,
        subject=subject_of(record, assessor),
        references=tuple(references_of(record)),
        terms=terms,
        languages=languages,
    )


def _texts(record: Record) -> tuple[list[str | Sealed], list[str]]:
    """The texts by which people look for a record, and the languages that it is asked for in."""
    match record:
        case ClaimRecord():
            return [*record.text.values()], list(record.text)
        case ClaimTextRecord():
            return [record.text], [record.lang]
        case SourceRecord():
            return [record.id, *record.names.values(), *(record.domains or ())], []
        case StatementRecord(quote=quote) if quote is not None:
            return [quote.exact, *(one.text for one in quote.translations or ())], []
        case _:
            return [], []


def _marks(record: Record, openings: Openings) -> list[str]:
    """The terms of what a record is about, and of the links that lead to it."""
    match record:
        case ClaimRecord():
            return [topic_term(name) for name in [*(record.about or ()), *(one.source for one in record.concerns or ())]]
        case SourceRecord():
            return [topic_term(name) for name in (record.qid, record.country and country_mark(record.country)) if name]
        case DocumentRecord():
            urls = _opened([url for url in (record.url, *(record.archive_urls or ())) if url is not None], openings)
            return [link_term(link) for url in urls if (link := normal_link(url)) is not None]
        case _:
            return []


def _opened(texts: Iterable[str | Sealed], openings: Openings) -> list[str]:
    """The texts that can be read: sealed ones whose opening is gone cannot be found by their words any more."""
    found = (openings.get(text.sealed) if isinstance(text, Sealed) else text for text in texts)
    return [text for text in found if text is not None]
