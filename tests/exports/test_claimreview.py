"""schema.org's words: where a claim appeared always, a review only where a person gave a verdict."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from ledger.exports.claimreview import print_claimreview
from ledger.exports.content import Content
from schemas.corroboration import Verdict
from schemas.members import Concern


def graph(content: Content) -> list[dict[str, Any]]:
    value = json.loads(print_claimreview(content))
    assert value["@context"] == "https://schema.org"
    found: list[dict[str, Any]] = value["@graph"]
    return found


def judged(content: Content, scheme: str, value: str, rationale: str | None = None) -> Content:
    verdict = Verdict(by="alice", scheme=scheme, value=value, rationale=rationale, index=7)
    return dataclasses.replace(content, report=content.report.model_copy(update={"verdicts": [verdict]}))


def test_without_a_verdict_there_is_a_claim_and_no_review(content: Content) -> None:
    (claim,) = graph(content)
    assert (claim["@type"], claim["identifier"]) == ("Claim", content.report.claim)
    assert claim["text"].startswith("North Korea sent troops")
    assert claim["firstAppearance"] == claim["appearance"][0]
    assert claim["firstAppearance"]["datePublished"] == "2024-10-18T07:10:00Z"
    assert "does not prove that it is true" in claim["abstract"]


def test_a_verdict_is_a_review_by_whoever_gave_it_in_their_words(content: Content) -> None:
    _, review = graph(judged(content, "verdict", "Mostly true", "Both sides admit it"))
    assert (review["author"]["name"], review["reviewRating"].pop("ratingExplanation")) == ("alice", "Both sides admit it")
    assert review["reviewRating"] == {"@type": "Rating", "alternateName": "Mostly true"}


def test_a_rating_of_another_scheme_and_our_own_score_are_no_review(content: Content) -> None:
    assert len(graph(judged(content, "admiralty-credibility", "1"))) == 1
    assert b"probability" not in print_claimreview(content)


def test_nothing_in_it_ends_a_script(content: Content) -> None:
    hostile = "</script><script>alert(1)</script>&\u2028"
    printed = print_claimreview(judged(content, "verdict", hostile))
    assert not {b"<", b">", b"&", "\u2028".encode()} & {printed[i : i + n] for n in (1, 3) for i in range(len(printed))}
    assert json.loads(printed)["@graph"][1]["reviewRating"]["alternateName"] == hostile


def test_of_a_claim_about_a_private_person_there_is_neither_text_nor_appearance_nor_review(content: Content) -> None:
    logged = [
        dataclasses.replace(entry, record=entry.record.model_copy(update={"concerns": (Concern(source="jo", role="accused"),)}))
        if entry.id == content.report.claim
        else entry
        for entry in content.logged
    ]
    (claim,) = graph(dataclasses.replace(judged(content, "verdict", "False"), logged=logged))
    assert claim.keys() == {"@type", "@id", "identifier", "abstract"}
