"""The claim in schema.org's words, for a page: where it appeared, and what named people judged it (docs/exports.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledger.core.credential import RECORD_NAME, plain_texts
from ledger.core.privacy import is_private
from ledger.core.views import Named, Opened
from ledger.exports.content import Content
from schemas.corroboration import Verdict
from schemas.members import Grade
from schemas.records import AssessmentRecord, ClaimRecord, DocumentRecord, SourceRecord

SAYS = (
    "Recorded in the ledger {origin}. It proves nothing by itself: nobody signed this file. A rating is that of the person "
    "named beside it, never the ledger's; that the claim appeared somewhere does not prove that it is true."
)
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?)?)?")
_TYPES = {"text": "Article", "image": "ImageObject", "video": "VideoObject", "audio": "AudioObject", "data": "Dataset"}
_MARKS = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def print_claimreview(content: Content) -> bytes:
    """JSON-LD that nothing in it can end early where it stands in a page's <script>."""
    text = json.dumps({"@context": "https://schema.org", "@graph": _graph(content)}, ensure_ascii=False, indent=1)
    return ("".join(_MARKS.get(letter, letter) for letter in text) + "\n").encode("utf-8")


def _graph(content: Content) -> list[dict[str, Any]]:
    claim_id = content.report.claim
    claim = next(entry.record for entry in content.at_state if entry.id == claim_id)
    assert isinstance(claim, ClaimRecord), "the report is about it"
    texts = plain_texts(claim_id, claim, content.standing)
    lang = "en" if "en" in texts else next(iter(texts), None)
    said = {"text": texts[lang], "inLanguage": lang} if lang else {}
    works = _Works(content)
    # Where no text may be told, the titles and addresses of those who told it are not either.
    appearances = works.cited() if texts else []
    found: dict[str, Any] = {"@type": "Claim", "@id": RECORD_NAME + claim_id, "identifier": claim_id, **said}
    if appearances:
        found |= {"appearance": appearances, "firstAppearance": appearances[0]}
    found["abstract"] = SAYS.format(origin=content.origin)
    verdicts = [one for one in content.report.verdicts if one.scheme == "verdict"] if lang else []
    reviews = [works.review(one, texts, texts[lang]) for one in verdicts if lang]
    return [found, *(review for review in reviews if review is not None)]


class _Works:
    """Documents and reviews of one claim, as works that people without a public role have no name in."""

    def __init__(self, content: Content) -> None:
        self._content = content
        standing = content.standing
        self._documents = {entry.id: entry.record for entry in standing if isinstance(entry.record, DocumentRecord)}
        self._sources = {entry.record.id: entry.record for entry in standing if isinstance(entry.record, SourceRecord)}
        self._given = {entry.index: entry.record for entry in content.at_state if isinstance(entry.record, AssessmentRecord)}
        self._names = Named(standing, Opened({}))

    def cited(self) -> list[dict[str, Any]]:
        """The works with an address in which somebody said it, the oldest first."""
        claim_id, documents = self._content.report.claim, self._documents
        cited = {node.document for node in self._content.chain.nodes if node.claim == claim_id and node.document}
        found = [self._work(documents[one]) for one in sorted(cited) if one in documents]
        shown = [work for work in found if "url" in work]
        return sorted(shown, key=lambda work: (work.get("datePublished", "~"), work["url"]))

    def review(self, verdict: Verdict, texts: Mapping[str, str], text: str) -> dict[str, Any] | None:
        """Somebody's verdict as it was given: no number is made of a word. None where a private person gave it."""
        record = self._given.get(verdict.index)
        signed = record is None or record.by is None
        author = {"@type": "Person", "name": verdict.by} if signed else self._agent(verdict.by)
        if author is None:
            return None
        document = self._documents.get(record.document) if record and record.document else None
        page = self._page(document, verdict.by) if document else {}
        dated = _dated(record.valid_from if record else None)
        rating = {"@type": "Rating", **_figures(record.grade if record else None), "alternateName": verdict.value}
        return {
            "@type": "ClaimReview",
            "claimReviewed": texts.get(document.lang or "", text) if document else text,
            "itemReviewed": {"@id": RECORD_NAME + self._content.report.claim},
            "author": author,
            **dated,
            **page,
            "reviewRating": rating | ({"ratingExplanation": verdict.rationale} if verdict.rationale else {}),
        }

    def _page(self, document: DocumentRecord, judge: str) -> dict[str, Any]:
        """Where the review stands. A publisher's own verdict has the one who wrote it as author, as reviews are written."""
        work = self._work(document)
        writers = work.pop("author", [])
        page = {name: value for name, value in work.items() if name not in ("@type", "archivedAt")}
        # Without it, a reader would take the claim's language for the page's.
        page.setdefault("inLanguage", "und")
        if document.publisher != judge:
            return page
        if len(writers) == 1 and writers[0]["@type"] == "Person":
            return {**page, "author": writers[0]}
        page.pop("publisher", None)
        return page

    def _work(self, record: DocumentRecord) -> dict[str, Any]:
        authors = [agent for slug in record.authors or () if (agent := self._agent(slug)) is not None]
        told = {
            "url": record.url if isinstance(record.url, str) else None,
            "headline": record.title if isinstance(record.title, str) else None,
            "inLanguage": record.lang,
            "publisher": self._agent(record.publisher) if record.publisher else None,
            "author": authors,
            "archivedAt": [one for one in record.archive_urls or () if isinstance(one, str)],
        }
        kind = _TYPES.get(record.medium or "", "CreativeWork")
        return {"@type": kind, **_dated(record.published_at), **{name: value for name, value in told.items() if value}}

    def _agent(self, slug: str) -> dict[str, Any] | None:
        """Who that is; None of whom nothing is on record, and of a person without a public role."""
        record = self._sources.get(slug)
        if record is None or is_private(record):
            return None
        if record.type == "person":
            role = {"jobTitle": record.public_role} if isinstance(record.public_role, str) else {}
            return {"@type": "Person", "name": self._names.of(slug), **role}
        site = {"url": f"https://{record.domains[0]}"} if record.domains else {}
        return {"@type": "Organization", "name": self._names.of(slug), **site}


def _dated(day: str | None) -> dict[str, str]:
    return {"datePublished": day} if day and _DATE.fullmatch(day) else {}


def _figures(grade: Grade | None) -> dict[str, int | float]:
    given = {"ratingValue": grade.value, "bestRating": grade.best, "worstRating": grade.worst} if grade else {}
    return {name: _number(text) for name, text in given.items() if text is not None}


def _number(text: str) -> int | float:
    """At most fifteen digits, which a float has."""
    return float(text) if Decimal(text) % 1 else int(text)
