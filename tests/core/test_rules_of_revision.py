"""Nobody revises, takes back or brings back what is not theirs, and one key has one purpose."""

from __future__ import annotations

import pytest

from ledger.core.records import record_id
from ledger.errors import ForbiddenError, RuleError
from schemas.records import Record
from tests import factory
from tests.core.test_rules import ADMIN, ANNA, BERT, CHIEF, CLAIM, DOC, EDDA, ISSUER, OTHER, Log

RELATION = factory.relation("kcna", "part_of", "dprk")
ENDED = factory.relation("kcna", "part_of", "dprk", valid_to="2000", replaces=RELATION)


@pytest.fixture
def log() -> Log:
    return Log()


# Revising


def test_only_its_recorder_or_an_editor_replaces_a_relation_between_sources(log: Log) -> None:
    log.add(RELATION, by=EDDA)
    assert "may replace it" in log.refuses(ENDED, ForbiddenError, by=BERT).message
    log.add(ENDED, by=EDDA)


def test_a_contributor_replaces_a_relation_of_its_own_until_an_editor_did(log: Log) -> None:
    log.add(RELATION, ENDED, by=BERT)
    again = factory.relation("kcna", "part_of", "dprk", replaces=ENDED)
    log.add(again, by=EDDA)
    log.refuses(factory.relation("kcna", "part_of", "dprk", valid_to="1999", replaces=again), ForbiddenError, by=BERT)


def test_who_recorded_one_claim_does_not_replace_an_editors_relation_of_it(log: Log) -> None:
    relation = factory.claim_relation(CLAIM, "contradicts", OTHER)
    changed = factory.claim_relation(CLAIM, "contradicts", OTHER, reason="no", replaces=relation)
    log.add(CLAIM, by=ANNA)
    log.add(OTHER, relation, by=EDDA)
    log.refuses(changed, ForbiddenError, by=ANNA)
    log.add(changed, by=EDDA)


def test_an_editors_correction_is_not_replaced_by_whoever_was_corrected(log: Log) -> None:
    correction = factory.correction(CLAIM)
    log.add(CLAIM, OTHER, by=ANNA)
    log.add(correction, by=EDDA)
    log.refuses(factory.correction(CLAIM, replaced_by=OTHER, replaces=correction), ForbiddenError, by=ANNA)


def test_a_source_whose_record_was_taken_back_belongs_to_who_recorded_it_next(log: Log) -> None:
    first = factory.source("bbc")
    log.add(first, by=ANNA)
    log.add(factory.correction(first), by=EDDA)
    log.refuses(factory.source("bbc", country="US"), ForbiddenError, by=BERT)
    second = factory.source("bbc", country="GB")
    log.add(second, by=EDDA)
    log.refuses(factory.source("bbc", country="US", replaces=second), ForbiddenError, by=ANNA)


# Taking back


def test_a_rating_that_somebody_endorsed_is_taken_back_by_an_editor_only(log: Log) -> None:
    rating = factory.assessment("kcna", "B")
    log.add(rating, by=ANNA)
    log.add(rating, by=BERT)
    assert "others gave this rating too" in log.refuses(factory.correction(rating), ForbiddenError, by=ANNA).message
    log.refuses(factory.correction(rating), ForbiddenError, by=BERT)
    log.add(factory.assessment("kcna", "C", replaces=rating), by=ANNA)
    assert log.known.in_force("assessment:bert/kcna/admiralty-reliability") is not None
    log.add(factory.correction(rating), by=EDDA)


def test_a_rating_that_its_assessor_signed_with_two_keys_is_still_theirs_to_take_back(log: Log) -> None:
    rating, new = factory.assessment("kcna", "B"), factory.signer("anna's new key")
    log.add(rating, by=ANNA)
    log.add(factory.key(new, subject="anna"), by=ADMIN)
    log.add(factory.correction(rating), by=new)


# Bringing back


@pytest.mark.parametrize("record", [CLAIM, DOC, factory.source("bbc"), factory.assessment("kcna", "B")])
def test_what_is_withheld_is_not_endorsed(log: Log, record: Record) -> None:
    log.add(record, by=ANNA)
    log.add(factory.withhold(record), by=CHIEF)
    assert "withheld" in log.refuses(record, RuleError, by=BERT).message


# Keys


@pytest.mark.parametrize("role", ["contributor", "editor", "admin"])
def test_an_issuer_is_nothing_else(log: Log, role: str) -> None:
    key = factory.key(factory.signer("new"), ["issuer", role])
    assert "issuer alone" in log.refuses(key, RuleError, by=ADMIN).message


def test_a_key_keeps_its_purpose_even_when_it_was_revoked_between(log: Log) -> None:
    log.refuses(factory.key(ISSUER, ["contributor"], replaces=factory.key(ISSUER, ["issuer"])), RuleError, by=ADMIN)
    revoked = factory.key(ISSUER, ["issuer"], action="revoke", replaces=factory.key(ISSUER, ["issuer"]))
    log.add(revoked, by=ADMIN)
    log.refuses(factory.key(ISSUER, ["contributor"], replaces=revoked), RuleError, by=ADMIN)
    log.refuses(factory.key(ANNA, ["issuer"], replaces=factory.key(ANNA)), RuleError, by=ADMIN)


def test_the_last_admin_stays(log: Log) -> None:
    first = factory.key(ADMIN, ["contributor", "editor", "admin"])
    lesser = factory.key(ADMIN, ["editor"], replaces=first)
    log.add(factory.key(CHIEF, ["admin"], action="revoke", replaces=factory.key(CHIEF, ["admin"])), by=ADMIN)
    gone = factory.key(ADMIN, ["admin"], action="revoke", replaces=first)
    ending = factory.key(ADMIN, ["admin"], not_after="2020-01-01T00:00:00Z", replaces=first)
    log.add(factory.key(factory.signer("late"), ["admin"], not_after="2020-01-01T00:00:00Z"), by=ADMIN)
    for one in (gone, lesser, ending):
        assert "nobody could enrol" in log.refuses(one, RuleError, by=ADMIN).message
    log.add(factory.key(BERT, ["admin"], replaces=factory.key(BERT)), gone, by=ADMIN)
    assert log.known.admins() == {BERT.did}
    assert log.known.first(record_id(gone)) is not None
