"""The claim in schema.org's words, for a page: where it appeared, and what named people judged it (docs/exports.md)."""

from __future__ import annotations

import json
import re
from typing import Any

from ledger.core.credential import RECORD_NAME, plain_texts
from ledger.core.views import Named, Opened
from ledger.exports.content import Content
from schemas.corroboration import Verdict
from schemas.records import ClaimRecord, DocumentRecord, SourceRecord

SAYS = (
    "Recorded in the ledger {origin}. It proves nothing by itself: nobody signed this file. A rating is that of the person "
    "named beside it, never the ledger's; that the claim appeared somewhere does not prove that it is true."
)
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?)?)?")
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
    # Where no text may be told, the titles and addresses of those who told it are not either.
    appearances = _appearances(content) if texts else []
    found: dict[str, Any] = {"@type": "Claim", "@id": RECORD_NAME + claim_id, "identifier": claim_id, **said}
    if appearances:
        found |= {"appearance": appearances, "firstAppearance": appearances[0]}
    found["abstract"] = SAYS.format(origin=content.origin)
    verdicts = [one for one in content.report.verdicts if one.scheme == "verdict"] if lang else []
    return [found, *(_review(content, one, claim_id, texts[lang]) for one in verdicts if lang)]


def _review(content: Content, verdict: Verdict, claim_id: str, text: str) -> dict[str, Any]:
    """Somebody's verdict as it was given: no number is made of a word."""
    return {
        "@type": "ClaimReview",
        "claimReviewed": text,
        "itemReviewed": {"@id": RECORD_NAME + claim_id},
        "author": {"@type": "Person", "name": verdict.by},
        "reviewRating": {"@type": "Rating", "alternateName": verdict.value},
        **({"reviewBody": verdict.rationale} if verdict.rationale else {}),
    }


def _appearances(content: Content) -> list[dict[str, Any]]:
    """The works with an address in which somebody said it, the oldest first."""
    claim_id, standing = content.report.claim, content.standing
    documents = {entry.id: entry.record for entry in standing if isinstance(entry.record, DocumentRecord)}
    publishers = {entry.record.id for entry in standing if isinstance(entry.record, SourceRecord)}
    names = Named(standing, Opened({}))
    cited = {node.document for node in content.chain.nodes if node.claim == claim_id and node.document}
    found = []
    for record in (documents[one] for one in sorted(cited) if one in documents):
        if not isinstance(record.url, str):
            continue
        work: dict[str, Any] = {"@type": "CreativeWork", "url": record.url}
        if record.published_at and _DATE.fullmatch(record.published_at):
            work["datePublished"] = record.published_at
        if record.publisher in publishers and record.publisher:
            work["publisher"] = {"@type": "Organization", "name": names.of(record.publisher)}
        if isinstance(record.title, str):
            work["headline"] = record.title
        found.append(work)
    return sorted(found, key=lambda work: (work.get("datePublished", "~"), work["url"]))
