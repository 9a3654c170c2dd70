"""What the clients of others ask, on every back end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.service.factchecks import FactCheckQuery
from schemas.reconciliation import ExtensionQuery, ReconciliationQuery
from tests import factory
from tests.factory import Ready

ADDRESS = "https://ledger.example"


@pytest.fixture
def ready(database: str) -> Iterator[Ready]:
    made = factory.ready(database)
    made.add(
        factory.source("yonhap", type="news_agency", country="KR", names={"en": "Yonhap", "ko": "연합뉴스"}),
        factory.source("desk", type="outlet", domains=["desk.example"], names={"en": "Fact Desk"}),
    )
    yield made
    made.ledger.close()


def test_cells_are_matched_and_columns_fetched(ready: Ready) -> None:
    claim = factory.claim({"en": "Herring sing", "ko": "청어가 노래한다"})
    ready.add(claim, factory.statement(claim=claim, speaker="yonhap", said_at="2025-01-02"))
    cells = ("연합뉴스", "desk.example", "청어가 노래한다", "nobody")
    found = ready.ledger.reconcile({cell: ReconciliationQuery(query=cell) for cell in cells})
    matched = {cell: [one.id for one in answer.result if one.match] for cell, answer in found.items()}
    assert matched == dict(zip(cells, (["yonhap"], ["desk"], [factory.id_of(claim)], []), strict=True))
    wanted = ExtensionQuery.model_validate({"ids": [factory.id_of(claim)], "properties": [{"id": "claimant"}, {"id": "lang"}]})
    assert ready.ledger.extend(wanted).rows[factory.id_of(claim)] == {
        "claimant": [{"id": "yonhap", "name": "Yonhap"}],
        "lang": [{"str": "en"}, {"str": "ko"}],
    }
    assert [one.id for one in ready.ledger.suggest_entities("청어", None, 0, 10).result] == [factory.id_of(claim)]


def test_a_text_that_was_added_later_finds_the_claim_until_it_is_withheld(ready: Ready) -> None:
    claim = factory.claim("Herring sing")
    added = factory.claim_text(claim, "de", "Heringe singen")
    ready.add(claim, added)
    cell = {"q": ReconciliationQuery(query="Heringe singen", type="Claim")}
    assert [one.match for one in ready.ledger.reconcile(cell)["q"].result] == [True]
    ready.add(factory.withhold(added))
    assert ready.ledger.reconcile(cell)["q"].result == []
    assert ready.ledger.reconcile({"q": ReconciliationQuery(query="Herring sing")})["q"].result[0].match


def test_claims_are_found_with_their_reviews_and_by_who_reviewed_them(ready: Ready) -> None:
    claim, other = factory.claim("Herring sing"), factory.claim("Herring dance")
    ready.add(claim, other, factory.statement(claim=claim, speaker="yonhap", said_at="2025-01-02"))
    ready.add(factory.assessment(claim, "False", scheme="verdict", by="desk", valid_from="2025-02-03"))
    for query in (FactCheckQuery(query="yonhap herring"), FactCheckQuery(publisher_site="desk.example")):
        (found,) = ready.ledger.fact_checks(query, ADDRESS).claims
        (review,) = found.claimReview
        assert (found.text, found.claimant, found.claimDate) == ("Herring sing", "Yonhap", "2025-01-02T00:00:00Z")
        assert (review.publisher.name, review.textualRating, review.reviewDate) == (
            "Fact Desk",
            "False",
            "2025-02-03T00:00:00Z",
        )
        assert review.url.startswith(f"{ADDRESS}/v1/records/sha256:")


def test_a_verdict_on_a_claim_counts_for_the_one_that_took_its_place(ready: Ready) -> None:
    old, new = factory.claim("Herring sing"), factory.claim("Herring are singing")
    ready.add(old, new, factory.assessment(old, "False", scheme="verdict", by="desk"))
    ready.add(factory.correction(old, replaced_by=new))
    (found,) = ready.ledger.fact_checks(FactCheckQuery(publisher_site="desk.example"), ADDRESS).claims
    assert (found.text, [review.textualRating for review in found.claimReview]) == ("Herring are singing", ["False"])


def test_ages_are_told_by_the_ledgers_clock(ready: Ready) -> None:
    claim = factory.claim("Herring sing")
    ready.add(claim, factory.statement(claim=claim, speaker="yonhap", said_at="2025-04-20"))
    found = {
        days: len(ready.ledger.fact_checks(FactCheckQuery("herring", max_age_days=days), ADDRESS).claims) for days in (3, 30)
    }
    assert found == {3: 0, 30: 1}
