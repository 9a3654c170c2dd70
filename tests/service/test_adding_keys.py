"""What an append asks the store about keys and what is withheld, and that openings fit, on a real ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.core.didkey import did_key_of
from ledger.errors import ForbiddenError, RuleError
from ledger.keys import Signer, seal
from tests import factory
from tests.factory import Ready, ready


@pytest.fixture
def small(database: str) -> Iterator[Ready]:
    found = ready(database)
    yield found
    found.ledger.close()


def test_the_logs_own_key_is_not_enrolled(small: Ready) -> None:
    private = small.keys.ed25519
    itself = Signer(did_key_of(private), private, bytes(32), "log")
    with pytest.raises(RuleError, match="log's own"):
        small.add(factory.key(itself, ["admin"]))


def test_the_last_admin_of_a_ledger_does_not_revoke_itself(small: Ready) -> None:
    first = factory.key(small.admin, ["contributor", "editor", "admin"])
    revoked = factory.key(small.admin, ["admin"], action="revoke", replaces=first)
    with pytest.raises(RuleError, match="nobody could enrol"):
        small.add(revoked)
    small.enroll("chief", "admin")
    small.add(revoked)


def test_a_withheld_statement_is_not_endorsed(small: Ready) -> None:
    anna, bert = small.enroll("anna"), small.enroll("bert")
    claim = factory.claim()
    said = factory.statement(claim)
    small.add(claim, factory.source(), said, by=anna)
    small.add(factory.withhold(said))
    with pytest.raises(RuleError, match="withheld"):
        small.add(said, by=bert)


def test_an_endorsed_rating_is_taken_back_by_an_editor_only(small: Ready) -> None:
    anna, bert = small.enroll("anna"), small.enroll("bert")
    rating = factory.assessment("kcna", "B")
    small.add(factory.source(), rating, by=anna)
    small.add(rating, by=bert)
    with pytest.raises(ForbiddenError, match="others gave this rating"):
        small.add(factory.correction(rating), by=anna)


@pytest.mark.parametrize(
    "field,value,found",
    [
        ("url", "javascript:alert(1)", "/url"),
        ("url", "https://a b.example/", "/url"),
        ("title", "x" * 2_001, "/title"),
    ],
)
def test_an_opened_value_is_what_its_member_holds(small: Ready, field: str, value: str, found: str) -> None:
    sealed, opening = seal(small.admin, field, value)
    members: dict[str, Any] = {"url": None, field: {"sealed": sealed.sealed}}
    with pytest.raises(RuleError, match=f"opened, {found}") as caught:
        small.add(factory.document(**members), openings={sealed.sealed: opening})
    assert caught.value.pointer == "/openings"


def test_a_sealed_name_is_no_longer_than_one_in_the_open(small: Ready) -> None:
    sealed, opening = seal(small.admin, "names.en", "N" * 301)
    with pytest.raises(RuleError, match="/names/en"):
        small.add(factory.source(names={"en": {"sealed": sealed.sealed}}), openings={sealed.sealed: opening})
