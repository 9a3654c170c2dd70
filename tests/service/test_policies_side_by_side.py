"""A second policy beside olo-1 gives its own answers under its own name, and leaves the old ones alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.core.policies import OLO_1, POLICIES
from ledger.core.trust import parse_trust
from ledger.core.verify import verify_bundle
from ledger.errors import NotFoundError
from ledger.operations import Question
from tests.service.written import VKEYS, Written

OTHER = replace(
    OLO_1,
    version="olo-test",
    reliability={**OLO_1.reliability, "B": 0.75},
    phi_type={**OLO_1.phi_type, "outlet": 0.5},
)
ASKED = Question(policy="olo-test")
LOG = parse_trust(VKEYS)


@pytest.fixture
def world(tmp_path: Path) -> Written:
    w = Written(tmp_path)
    w.source("ministry", "B", type="government_body")
    w.source("paper", "C")
    w.through("paper", w.says("ministry", "confirms", said_at="2025-01-01"), "2025-01-02")
    return w


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POLICIES, OTHER.version, OTHER)


def test_before_there_is_a_second_policy_its_name_is_not_found(world: Written) -> None:
    with pytest.raises(NotFoundError, match="olo-test"):
        world.ledger.corroboration(world.claim_id, ASKED)


def test_a_score_is_that_of_the_policy_it_names(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.ledger.corroboration(world.claim_id, Question())
    monkeypatch.setitem(POLICIES, OTHER.version, OTHER)
    old, new = world.ledger.corroboration(world.claim_id, Question()), world.ledger.corroboration(world.claim_id, ASKED)
    assert old == before
    assert (old.policy, new.policy) == ("olo-1", "olo-test")
    assert new.log_odds < old.log_odds
    assert new.contributions[0].factors.reliability == 0.75


def test_a_chain_is_as_faithful_as_the_policy_says(world: Written, second: None) -> None:
    old, new = world.ledger.chain(world.claim_id, Question()), world.ledger.chain(world.claim_id, ASKED)
    assert [channel.fidelity for channel in old.channels] == [pytest.approx(0.93 * 0.95)]
    assert [channel.fidelity for channel in new.channels] == [pytest.approx(0.5 * 0.95)]


def test_the_policy_in_force_is_described_by_its_own_numbers(world: Written, second: None) -> None:
    old, new = world.ledger.policy("olo-1"), world.ledger.policy("olo-test")
    assert (old.version, new.version) == ("olo-1", "olo-test")
    assert old.parameters["reliability"]["B"] == 0.85
    assert new.parameters["reliability"]["B"] == 0.75
    assert [rule.name for rule in old.rules] == [rule.name for rule in new.rules]


def test_a_bundle_is_verified_under_the_policy_it_was_made_with(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    old = world.ledger.export(world.claim_id, "bundle", Question())
    with monkeypatch.context() as patch:
        patch.setitem(POLICIES, OTHER.version, OTHER)
        new = world.ledger.export(world.claim_id, "bundle", ASKED)
        for data, policy in ((old, "olo-1"), (new, "olo-test")):
            found = verify_bundle(data, LOG)
            assert found.result == "ok"
            assert any(f"under {policy}" in step.detail for step in found.steps if step.detail)
    assert verify_bundle(old, LOG).result == "ok"
    assert verify_bundle(new, LOG).result == "unverifiable"


def test_a_bundle_does_not_pass_under_another_policy_of_the_same_name(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    old = world.ledger.export(world.claim_id, "bundle", Question())
    monkeypatch.setitem(POLICIES, "olo-1", replace(OTHER, version="olo-1"))
    assert verify_bundle(old, LOG).result == "failed"
