"""Nothing of a protected source is told or tied to anything but one story, whoever sends it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.core.protecting import check_protected_openings, protected_id
from ledger.errors import ForbiddenError, RuleError
from schemas.ids import Opening
from schemas.records import Record
from tests import factory
from tests.core.test_rules import ANNA, BERT, CLAIM, EDDA, OTHER, THIRD, Log

SLUG = protected_id(bytes.fromhex("0123456789abcdef"))
ANOTHER = protected_id(bytes(8))
SEAL = {"sealed": "sha256:" + "a1" * 32}


def protected(slug: str = SLUG, **members: Any) -> Record:
    return factory.source(slug, **({"type": "unnamed", "unnamed_kind": "person", "names": {"und": SEAL}} | members))


@pytest.fixture
def log() -> Log:
    made = Log()
    made.add(CLAIM, OTHER, THIRD, factory.document(), protected())
    return made


@pytest.mark.parametrize(
    "members",
    [
        {"id": "protected-witness"},
        {"id": "protected-0123456789abcde"},
        {"id": "protected-0123456789ABCDEF".lower() + "0"},
        {"type": "person", "unnamed_kind": None},
        {"country": "KP"},
        {"qid": "Q1"},
        {"domains": ["example.org"]},
        {"same_as": ["kcna"]},
        {"public_role": "a soldier"},
        {"affiliation": "dprk"},
        {"names": {"und": "Ivan"}},
        {"names": {"ru": SEAL}},
        {"names": {"und": SEAL, "ru": SEAL}},
    ],
)
def test_its_record_tells_nothing(log: Log, members: dict[str, Any]) -> None:
    log.refuses(protected(**({"id": ANOTHER} | members)), RuleError)


@pytest.mark.parametrize(
    "record",
    [
        factory.relation(SLUG, "part_of", "dprk"),
        factory.relation("kcna", "speaks_for", SLUG),
        factory.record("source_relation", subject="kcna", relation="party_to", object=SLUG),
        factory.source("other", type="outlet", same_as=[SLUG]),
        factory.source("other", type="unnamed", unnamed_kind="person", affiliation=SLUG),
        factory.document(publisher=SLUG),
        factory.document(authors=[SLUG]),
        factory.document(purported_author=SLUG),
        factory.claim("x", concerns=[{"source": SLUG, "role": "victim"}]),
        factory.claim("x", about=[SLUG]),
        factory.statement(CLAIM, "kcna", joint_with=[SLUG]),
        factory.statement(CLAIM, SLUG, joint_with=["kcna"]),
        factory.statement(CLAIM, SLUG, anonymity="named"),
    ],
)
def test_nothing_is_tied_to_it(log: Log, record: Record) -> None:
    log.refuses(record, RuleError)


def test_it_is_put_in_nobodys_place_and_nobody_in_its(log: Log) -> None:
    named = factory.source("ivan", type="organization")
    log.add(named)
    for target, other in ((protected(), named), (named, protected())):
        log.refuses(factory.correction(target, "the same", replaced_by=other), RuleError, by=EDDA)
    log.add(factory.correction(protected(), "recorded by mistake"))


def test_it_speaks_and_is_rated(log: Log) -> None:
    log.add(factory.statement(CLAIM, SLUG, anonymity="anonymous"), factory.assessment(SLUG, "B"))


def test_it_speaks_in_one_story(log: Log) -> None:
    log.add(factory.statement(CLAIM, SLUG))
    caught = log.refuses(factory.statement(OTHER, SLUG), RuleError)
    assert "one story" in caught.message
    log.add(factory.record("claim_relation", subject=OTHER, relation="entails", object=CLAIM))
    log.add(factory.statement(OTHER, SLUG))
    log.refuses(factory.statement(THIRD, SLUG), RuleError)


def test_it_speaks_through_whoever_recorded_it(log: Log) -> None:
    said = factory.statement(CLAIM, SLUG)
    log.refuses(said, ForbiddenError, by=BERT)
    log.refuses(said, ForbiddenError, by=EDDA)
    log.add(said, by=ANNA)
    log.refuses(said, ForbiddenError, by=BERT)


def test_the_ledger_takes_no_opening_of_its_name() -> None:
    opening = {"sha256:" + "a1" * 32: Opening(salt="00" * 16, value="Ivan Petrov")}
    with pytest.raises(RuleError) as caught:
        check_protected_openings(protected(), opening)
    assert "Ivan" not in caught.value.message
    check_protected_openings(factory.source("anna", type="person", names={"en": SEAL}), opening)
