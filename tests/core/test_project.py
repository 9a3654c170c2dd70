"""What is derived from a record for lookups."""

from __future__ import annotations

from ledger.core.project import project
from ledger.core.records import record_id
from tests import factory

SEALED = "sha256:" + "11" * 32


def test_a_claim_is_found_by_its_words_in_every_language() -> None:
    claim = factory.claim({"en": "It rained", "de": "Es regnete"})
    (entry,) = factory.logged(claim)
    found = project(entry, "anna", {}, first=True)
    assert found.first
    assert set(found.languages) == {"de", "en"}
    assert {"rained", "regnete"} <= set(found.terms)
    assert found.subject is None


def test_a_sealed_text_is_found_by_its_words_as_long_as_it_can_be_opened() -> None:
    (entry,) = factory.logged(factory.claim({"en": {"sealed": SEALED}}))
    assert "rained" in project(entry, "anna", {SEALED: "It rained"}, first=True).terms
    assert project(entry, "anna", {}, first=True).terms == ()


def test_a_source_is_found_by_its_names_its_slug_and_its_domains() -> None:
    (entry,) = factory.logged(factory.source("yonhap", names={"ko": "연합뉴스"}, domains=["yna.co.kr"]))
    found = project(entry, "anna", {}, first=True)
    assert {"yonhap", "연합", "뉴스", "yna"} <= set(found.terms)
    assert found.subject == "source:yonhap"


def test_an_assessment_is_about_its_assessor_too() -> None:
    (entry,) = factory.logged(factory.assessment("kcna", "B"))
    assert project(entry, "anna", {}, first=True).subject == "assessment:anna/kcna/admiralty-reliability"


def test_a_verdict_that_is_passed_on_is_about_whose_it_is_too() -> None:
    claim = factory.claim()
    (entry,) = factory.logged(factory.assessment(claim, "False", by="kcna"))
    found = project(entry, "anna", {}, first=True)
    assert found.subject == f"assessment:anna/{record_id(claim)}/verdict/kcna"
    assert set(found.references) == {("target", record_id(claim)), ("by", "kcna")}


def test_an_endorsement_has_no_more_than_its_own_subject() -> None:
    claim, rating = factory.logged(factory.claim(), factory.assessment("kcna", "B"))
    endorsed = project(claim, "bert", {}, first=False)
    assert (endorsed.first, endorsed.subject, endorsed.references, endorsed.terms) == (False, None, (), ())
    assert project(rating, "bert", {}, first=False).subject == "assessment:bert/kcna/admiralty-reliability"


def test_references_are_those_of_the_record() -> None:
    claim = factory.claim()
    (entry,) = factory.logged(factory.statement(claim, "kcna"))
    assert set(project(entry, "anna", {}, first=True).references) == {("claim", record_id(claim)), ("speaker", "kcna")}
