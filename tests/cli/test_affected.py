"""`onrecord affected` on the running example: the agency withdraws its line, and everybody who carries it is named."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.core.records import read_record
from ledger.keys import find_signer, sign_record
from ledger.wiring import open_ledger
from tests.cli.conftest import run_here

LINE = "https://yonhap.example/2025/04/28/pyongyang-confirms"
"""Where the agency's line stands: Pyongyang confirms that it sent troops, and says on which ground."""


def add(target: str, record: dict[str, Any]) -> str:
    signed = sign_record(read_record(record), find_signer(target))
    ledger = open_ledger(target)
    receipt = ledger.add([signed])[0]
    ledger.close()
    return receipt.record_id


def line_of(target: str, claim: str) -> str:
    """The agency's statement on the claim in that line."""
    found = run_here("affected", "yonhap", "--json", "--ledger", target).json
    return next(
        one["statement"]
        for one in found["statements"]
        if one["speaker"] == "yonhap" and one["claim"] == claim and one["url"] == LINE
    )


def withdraw(target: str, claim: str, statement: str) -> str:
    plain = {"polarity": "-", "certainty": "certain", "basis": "own_act", "interest": "neutral"}
    said = {"kind": "statement", "claim": claim, "speaker": "yonhap", "act": "withdraws", "said_at": "2025-04-30"}
    return add(target, said | plain | {"withdraws": statement})


@pytest.fixture
def kursk(claims: dict[str, str]) -> str:
    return next(claim for text, claim in claims.items() if "Kursk" in text)


def test_when_the_agency_withdraws_its_line_everybody_who_carries_it_is_named(mine: str, kursk: str) -> None:
    line = line_of(mine, kursk)
    report = run_here("score", kursk, "--json", "--ledger", mine).json
    foretold = run_here("affected", line, "--json", "--ledger", mine).json
    taken_back = withdraw(mine, kursk, line)
    told = run_here("affected", line, "--json", "--ledger", mine).json
    rows = {one["name"]: one for one in told["statements"]}
    assert set(rows) == {"Yonhap News Agency", "Harbour Times (example outlet)"}
    outlet, agency = rows["Harbour Times (example outlet)"], rows["Yonhap News Agency"]
    assert (agency["taken_back_by"], agency["now"]) == (taken_back, "set_aside")
    assert (outlet["taken_back_by"], outlet["now"]) == (None, "set_aside")
    assert outlet["through"] == ["Harbour Times (example outlet)", "Yonhap News Agency"]
    (claim,) = [one for one in told["claims"] if one["claim"] == kursk]
    (before,) = [one for one in foretold["claims"] if one["claim"] == kursk]
    assert claim["before"]["headline"] == report["headline"] == before["now"]["headline"] == "single_origin"
    after = run_here("score", kursk, "--json", "--ledger", mine).json
    assert claim["now"]["headline"] == after["headline"]
    assert claim["now"]["independent_origins"] == before["without"]["independent_origins"] == after["independent_origins"]
    assert claim["chains"][0]["speakers"][:2] == ["Harbour Times (example outlet)", "Yonhap News Agency"]


def test_the_words_name_who_still_carries_it_and_the_score_before_and_after(mine: str, kursk: str) -> None:
    line = line_of(mine, kursk)
    withdraw(mine, kursk, line)
    shown = run_here("affected", line, "--ledger", mine).out
    assert all(len(one) <= 80 for one in shown.splitlines())
    words = " ".join(shown.split())
    assert "taken back by Yonhap News Agency; still carried by Harbour Times (example outlet)" in words
    assert "before it was taken back single origin; now" in words
    assert "Yonhap News Agency, has taken it back:" in words
    assert "Harbour Times (example outlet), still carries it, set aside (everything it rests on is set aside):" in words


def test_the_withdrawal_itself_tells_the_same_carriers(mine: str, kursk: str) -> None:
    line = line_of(mine, kursk)
    taken_back = withdraw(mine, kursk, line)
    rows = run_here("affected", taken_back, "--json", "--ledger", mine).json["statements"]
    assert {(one["speaker"], one["now"], one["without"]) for one in rows} == {
        ("yonhap", "set_aside", "stands"),
        ("harbour-times", "set_aside", "stands"),
    }


def test_without_a_source_is_what_the_score_is_without_it(example: str) -> None:
    told = run_here("affected", "yonhap", "--json", "--ledger", example).json
    assert len(told["claims"]) == told["all_claims"] == 7
    for claim in told["claims"]:
        alone = run_here("score", claim["claim"], "--without", "source:yonhap", "--json", "--ledger", example).json
        assert claim["without"]["headline"] == alone["headline"]
        assert claim["without"]["independent_origins"] == alone["independent_origins"]


def test_the_newest_claims_come_first_and_the_rest_is_told_by_number(example: str) -> None:
    every = run_here("affected", "yonhap", "--json", "--ledger", example).json
    two = run_here("affected", "yonhap", "--limit", "2", "--json", "--ledger", example).json
    assert [one["claim"] for one in two["claims"]] == [one["claim"] for one in every["claims"]][:2]
    ran = run_here("affected", "yonhap", "--limit", "2", "--ledger", example)
    assert ran.out.splitlines()[1] == "15 statements on 7 claims"
    assert "5 older claims besides" in ran.err
