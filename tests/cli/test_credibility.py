"""`onrecord credibility evaluate` as it is typed."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import REPOSITORY, run_here

CLAIMS = """note\tvalue\tsource\tobject\tattribute
x\t600\talpha\tflight 1\tdeparture
x\t605\tbeta\tflight 1\tdeparture
x\t700\tgamma\tflight 1\tdeparture
x\tB4\talpha\tflight 1\tgate
x\tB4\tbeta\tflight 1\tgate
x\tC9\tgamma\tflight 1\tgate
"""
TRUTH = "object\tattribute\tvalue\nflight 1\tdeparture\t603\nflight 1\tgate\tB4\nflight 2\tgate\tA1\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    claims, truth = tmp_path / "claims.tsv.gz", tmp_path / "truth.tsv"
    claims.write_bytes(gzip.compress(CLAIMS.encode()))
    truth.write_text(TRUTH)
    return str(claims), str(truth)


def test_json_gives_every_method_in_order_with_accuracy_scored_seconds_and_families(files: tuple[str, str]) -> None:
    ran = run_here("credibility", "evaluate", *files, "--tolerance", "departure=10", "--json")
    assert ran.code == 0, ran.err
    methods = ran.json["methods"]
    assert [one["method"] for one in methods] == ["Vote", "PooledInvestment", "PopAccu", "Accu", "OriginEM"]
    assert all(set(one) == {"method", "accuracy", "scored", "seconds", "families"} for one in methods)
    assert (methods[-1]["accuracy"], methods[-1]["scored"]) == (1.0, 2)


def test_without_truth_accuracy_is_null(files: tuple[str, str]) -> None:
    ran = run_here("credibility", "evaluate", files[0], "--json")
    assert [(one["accuracy"], one["scored"]) for one in ran.json["methods"]] == [(None, 0)] * 5


def test_the_plain_table_fits_80_columns_and_names_the_memory(files: tuple[str, str]) -> None:
    ran = run_here("credibility", "evaluate", *files)
    assert ran.code == 0, ran.err
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "OriginEM" in ran.out
    assert "peak memory" in ran.out


def test_a_dropped_source_says_nothing(files: tuple[str, str]) -> None:
    ran = run_here("credibility", "evaluate", *files, "--drop", "alpha", "--drop", "beta", "--json")
    assert ran.json["methods"][0]["accuracy"] == 0.0


def test_a_hierarchy_makes_the_most_detailed_true_value_right(tmp_path: Path) -> None:
    (tmp_path / "claims.tsv").write_text("source\tobject\tattribute\tvalue\na\tx\tp\tUSA\nb\tx\tp\tBoston\n")
    (tmp_path / "truth.tsv").write_text("object\tattribute\tvalue\tpath\nx\tp\tBoston\tBoston, USA\n")
    (tmp_path / "tree.tsv").write_text("id\tname\tparent\n0\tUSA\t-1\n1\tBoston\t0\n")
    ran = run_here("credibility", "evaluate", "claims.tsv", "truth.tsv", "--hierarchy", "tree.tsv", "--json")
    assert ran.json["methods"][-1]["accuracy"] == 1.0


@pytest.mark.parametrize(
    "content, wanted",
    [
        (b"", "line 1: no column 'source'"),
        (b"source\tobject\tattribute\n", "line 1: no column 'value'"),
        (b"source\tobject\tattribute\tvalue\tvalue\n", "line 1: two columns 'value'"),
        (b"source\tobject\tattribute\tvalue\ns\to\ta\tv\ns\to\n", "line 3: found 2 columns, wanted 4"),
        (b"source\tobject\tattribute\tvalue\ns\t\ta\tv\n", "line 2: object is empty"),
        (b"source\tobject\tattribute\tvalue\ns\to\ta\t\xff\n", "line 2: not UTF-8"),
        (gzip.compress(b"source\tobject\tattribute\tvalue\ns\to\ta\tv\n" * 99)[:-9], "the gzip file is damaged"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, content: bytes, wanted: str) -> None:
    (tmp_path / "claims.tsv").write_bytes(content)
    ran = run_here("credibility", "evaluate", "claims.tsv")
    assert ran.code == 5
    assert wanted in ran.err


@pytest.mark.parametrize("tree", ["id\tname\tparent\n0\tA\t7\n", "id\tname\tparent\n0\tA\t-1\n0\tB\t-1\n"])
def test_a_tree_that_does_not_hang_together_is_refused(tmp_path: Path, files: tuple[str, str], tree: str) -> None:
    (tmp_path / "tree.tsv").write_text(tree)
    assert run_here("credibility", "evaluate", *files, "--hierarchy", "tree.tsv").code == 5


@pytest.mark.parametrize("tolerance", ["10", "departure=", "departure=-1", "departure=1e3", "=5"])
def test_a_tolerance_that_is_no_amount_is_a_usage_error(files: tuple[str, str], tolerance: str) -> None:
    assert run_here("credibility", "evaluate", *files, "--tolerance", tolerance).code == 2


def test_the_command_line_starts_without_numpy() -> None:
    script = "import sys, ledger.cli.main; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert not {"numpy", "scipy"} & set(ran.stdout.split())
