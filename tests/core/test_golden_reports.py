"""What olo-1 said of these worlds, it says."""

from __future__ import annotations

import json

import pytest

from ledger.core.bundles import difference
from tests.golden_reports import PLACE, REPORTS, document


@pytest.mark.parametrize("name", REPORTS)
def test_an_old_policy_keeps_giving_its_old_answer(name: str) -> None:
    """Numbers to 1e-9, all else exactly. If the report got a new member: python -m tests.golden_reports"""
    kept = json.loads((PLACE / f"{name}.json").read_text("utf-8"))
    assert difference(kept, document(name)) is None


def test_no_report_is_kept_that_nobody_asks_for() -> None:
    assert {path.stem for path in PLACE.glob("*.json")} == set(REPORTS)


def test_one_digit_in_a_kept_report_would_be_noticed() -> None:
    kept = document("one-channel")
    assert difference(kept, {**kept, "log_odds": kept["log_odds"] + 1e-8}) is not None
    assert difference(kept, {**kept, "log_odds": kept["log_odds"] + 1e-10}) is None
