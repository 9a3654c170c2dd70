"""A score alone, exported and verified as it is typed."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from schemas.corroboration import Report
from tests.cli.conftest import run_here, serving


@pytest.fixture
def keys(example: str) -> list[str]:
    return run_here("log", "keys", "--ledger", example).out.split()


@pytest.fixture
def score(example: str, troops: str) -> str:
    """`s.json`, and beside it the bundle `b.json`, here."""
    for kind, name in (("score", "s.json"), ("bundle", "b.json")):
        assert run_here("export", troops, "--format", kind, "-o", name, "--ledger", example).code == 0
    return "s.json"


def test_a_score_alone_is_unverifiable_until_it_is_computed_again_or_that_is_waived(score: str, keys: list[str]) -> None:
    found = run_here("verify", score, "--trust", keys[0])
    assert found.code == 7
    assert "not checked  9. report: the records are not in this file" in found.out
    assert "probability" not in found.out
    assert "--log URL or --with BUNDLE recomputes" in found.err
    waived = run_here("verify", score, "--trust", keys[0], "--signature-only")
    assert waived.code == 0
    assert "note: the score was not recomputed" in waived.out


def test_a_score_is_computed_again_from_a_bundle(score: str, keys: list[str]) -> None:
    found = run_here("verify", score, "--trust", keys[0], "--with", "b.json")
    assert found.code == 0
    told = " ".join(found.out.split())
    assert "records of the bundle under olo-1: the same; corroborated" in told
    assert "completeness is not proven" in told


def test_a_score_is_computed_again_from_the_log(served: str, score: str, keys: list[str]) -> None:
    found = run_here("verify", score, "--trust", keys[0], "--trust", keys[1], "--log", served)
    assert found.code == 0
    assert "records of the whole log under olo-1: the same; corroborated" in " ".join(found.out.split())
    assert "note:" not in found.out


def test_a_score_wants_a_bundle_of_the_very_state_that_it_is_as_of(mine: str, troops: str) -> None:
    key = run_here("log", "keys", "--ledger", mine).out.split()[0]
    assert run_here("export", troops, "--format", "score", "-o", "s.json", "--ledger", mine).code == 0
    size = str(run_here("log", "checkpoint", "--json", "--ledger", mine).json["size"])
    assert run_here("source", "rate", "yonhap", "A", "--ledger", mine).code == 0
    assert run_here("export", troops, "-o", "newer.json", "--ledger", mine).code == 0
    assert run_here("export", troops, "--as-of", size, "-o", "same.json", "--ledger", mine).code == 0
    newer = run_here("verify", "s.json", "--trust", key, "--with", "newer.json")
    assert newer.code == 7
    assert f"`onrecord export --as-of {size}` makes one that fits" in newer.err
    assert run_here("verify", "s.json", "--trust", key, "--with", "same.json").code == 0
    assert run_here("export", troops, "--as-of", size, "--format", "score", "-o", "past.json", "--ledger", mine).code == 0
    assert run_here("verify", "past.json", "--trust", key, "--with", "same.json").code == 0


def test_a_bundle_needs_no_other_file(score: str, keys: list[str]) -> None:
    found = run_here("verify", "b.json", "--trust", keys[0], "--with", "b.json")
    assert (found.code, "a bundle holds its records itself" in found.err) == (2, True)
    told = " ".join(run_here("verify", "b.json", "--trust", keys[0]).out.split())
    assert "records under olo-1: the same; corroborated" in told


def test_a_score_that_is_not_to_be_believed_says_why(score: str, keys: list[str]) -> None:
    whole = Path(score).read_bytes()
    assert run_here("verify", score, "--signature-only").code == 7
    assert run_here("verify", score, "--trust", keys[2], "--signature-only").code == 7
    assert run_here("verify", score, "--trust", keys[2], "--signature-only", "--issuer-only").code == 0
    assert run_here("verify", "-", "--trust", keys[0], stdin=whole[:-20]).code == 5
    sig = whole.index(b'"sig":"') + 8
    flipped = whole[:sig] + (b"A" if whole[sig : sig + 1] != b"A" else b"B") + whole[sig + 1 :]
    found = run_here("verify", "-", "--trust", keys[0], "--with", "b.json", stdin=flipped)
    assert found.code == 6
    assert found.err.startswith("error: verification failed, do not trust it: step 3")


def test_the_records_come_from_one_place(score: str, served: str) -> None:
    found = run_here("verify", score, "--log", served, "--with", "b.json")
    assert (found.code, found.err.startswith("error: --log and --with both give the records")) == (2, True)


def test_the_log_of_another_ledger_does_not_vouch_for_a_score(fresh: str, score: str, keys: list[str]) -> None:
    with serving(fresh) as elsewhere:
        assert run_here("verify", score, "--trust", keys[0], "--log", elsewhere).code == 7


def test_score_json_stays_the_plain_report(example: str, troops: str, score: str) -> None:
    plain = run_here("score", troops, "--json", "--ledger", example).json
    signed = json.loads(base64.b64decode(json.loads(Path(score).read_text())["payload"]))
    assert Report.model_validate(plain) == Report.model_validate(signed["predicate"]["report"])
