"""`import --format claimreview` and `auto-archiver` as they are typed, on ledgers near and far."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import REPOSITORY, run_here, serving

VECTORS = REPOSITORY / "tests" / "vectors"
SINGLE = VECTORS / "claimreview" / "single.json"
FILES = [*(("claimreview", f"claimreview/{name}") for name in
           ("single.json", "older.json", "graph.json", "datafeed.json", "list.json", "page.html")),
         ("auto-archiver", "auto-archiver.csv")]  # fmt: skip


@pytest.mark.parametrize("format,name", FILES, ids=[name for _, name in FILES])
def test_a_second_import_adds_nothing(format: str, name: str, fresh: str) -> None:
    command = ("import", str(VECTORS / name), "--format", format, "--json", "--ledger", fresh)
    first, second = run_here(*command).json, run_here(*command).json
    assert first["new"] == first["records"] > 0
    assert second["new"] == 0


def test_each_back_end_takes_them_once(database: str, tmp_path: Path) -> None:
    there = ("--ledger", database, "--keys", str(tmp_path / "keys"))
    assert run_here("init", "--name", "alice", *there).code == 0
    for again in (False, True):
        for format, name in FILES[1:]:
            found = run_here("import", str(VECTORS / name), "--format", format, "--json", *there)
            assert found.code == 0, found.err
            assert not (again and found.json["new"])


def test_all_shapes_of_one_review_are_the_same_records(fresh: str) -> None:
    new = [
        run_here("import", str(VECTORS / "claimreview" / name), "--format", "claimreview", "--json", "--ledger", fresh).json[
            "new"
        ]
        for name in ("single.json", "page.html")
    ]
    assert new == [12, 0]


def test_a_claim_on_record_is_reused_whatever_it_was_recorded_with(fresh: str) -> None:
    text = "Die Nordheimer Brücke ist eingestürzt"
    claim = run_here("claim", "add", "--text", f"de={text}", "--place", "Nordheim", "--json", "--ledger", fresh).json[0]
    assert run_here("import", str(SINGLE), "--format", "claimreview", "--ledger", fresh).code == 0
    found = run_here("claim", "list", "--json", "--ledger", fresh).json["claims"]
    assert [one["id"] for one in found] == [claim["record_id"]]
    shown = run_here("score", claim["record_id"], "--json", "--ledger", fresh).json
    assert [(one["by"], one["value"]) for one in shown["verdicts"]] == [("prufstelle-nord", "Falsch")]


def test_a_changed_verdict_replaces_the_one_before(fresh: str, tmp_path: Path) -> None:
    review = json.loads(SINGLE.read_text("utf-8"))
    for value in ("Falsch", "Teils falsch", "Falsch"):
        review["reviewRating"]["alternateName"] = value
        (tmp_path / "r.json").write_text(json.dumps(review))
        found = run_here("import", "r.json", "--format", "claimreview", "--json", "--ledger", fresh).json
        assert found["new"] == (12 if found["records"] == 12 else 1)
    (claim,) = run_here("claim", "list", "--json", "--ledger", fresh).json["claims"]
    assert [one["value"] for one in run_here("score", claim["id"], "--json", "--ledger", fresh).json["verdicts"]] == ["Falsch"]


def test_the_example_of_the_page_is_a_review(fresh: str, tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "imports.md").read_text("utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    (tmp_path / "r.json").write_text(example)
    found = run_here("import", "r.json", "--format", "claimreview", "--json", "--ledger", fresh)
    assert found.json == {
        "reviews": 1, "records": 7, "new": 7, "already_on_record": 0, "skipped": [], "left_out": [], "warnings": []
    }  # fmt: skip


def test_a_dry_run_stores_nothing(fresh: str) -> None:
    found = run_here("import", str(SINGLE), "--format", "claimreview", "--dry-run", "--ledger", fresh)
    assert (found.code, found.out) == (0, "1 review: 12 records, 12 new\n")
    assert "dry run: nothing was stored" in found.err
    assert run_here("claim", "list", "--json", "--ledger", fresh).json["claims"] == []


def test_one_bad_review_keeps_all_out_unless_it_is_to_be_skipped(fresh: str, tmp_path: Path) -> None:
    review = json.loads(SINGLE.read_text("utf-8"))
    (tmp_path / "two.json").write_text(json.dumps([{**review, "claimReviewed": 7}, review]))
    command = ("import", "two.json", "--format", "claimreview", "--ledger", fresh)
    refused = run_here(*command)
    assert refused.code == 5
    assert refused.err.startswith("error: ClaimReview 1 at /0: claimReviewed: found 7, wanted text\nhint: nothing was stored")
    assert run_here("claim", "list", "--json", "--ledger", fresh).json["claims"] == []
    skipped = run_here(*command, "--skip-bad", "--json").json
    assert (skipped["reviews"], skipped["new"]) == (1, 12)
    assert skipped["skipped"] == ["ClaimReview 1 at /0: claimReviewed: found 7, wanted text"]


def test_what_belongs_to_other_formats_is_refused(fresh: str) -> None:
    found = run_here("import", "-", "--skip-bad", "--ledger", fresh)
    assert (found.code, found.err.splitlines()[0]) == (
        5, "error: --skip-bad belongs to claimreview and auto-archiver, not to dossier"
    )  # fmt: skip
    found = run_here("import", str(SINGLE), "--format", "claimreview", "--default", "speaker=x", "--ledger", fresh)
    assert "default of 'speaker'; wanted lang or claim_type" in found.err


def test_it_goes_over_the_wire_too(mine: str) -> None:
    with serving(mine) as address:
        keys = ("--key", f"{mine}.keys/alice.pem")
        for new in (12, 0):
            found = run_here("import", str(SINGLE), "--format", "claimreview", "--json", "--ledger", address, *keys)
            assert found.json["new"] == new
