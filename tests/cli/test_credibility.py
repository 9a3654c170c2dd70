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


@pytest.mark.parametrize(
    "claims, truth, scored, accuracy",
    [
        (
            "attribute\tvalue\tsource\tmore\tobject\r\na\tthe v\ts\tx\to\r\n",
            "value\tobject\tattribute\r\nthe v\to\ta\r\n",
            1,
            1.0,
        ),
        ("\ufeffsource\tobject\tattribute\tvalue\ns\to\ta\t v \n\n", "object\tattribute\tvalue\no \ta\tv\n", 1, 1.0),
        ("source\tobject\tattribute\tvalue\ns\to\ta\t\nt\to\ta\tv\n", "object\tattribute\tvalue\no\ta\tv\nq\ta\t\n", 1, 1.0),
        ("source\tobject\tattribute\tvalue\n", "object\tattribute\tvalue\no\ta\tv\n", 0, None),
        ("source\tobject\tattribute\tvalue\ns\to\ta\tv\n", "object\tattribute\tvalue\n", 0, None),
        ("source\tobject\tattribute\tvalue\ns\to\ta\tv\n", "object\tattribute\tvalue\no\tb\tv\n", 0, None),
        ("source\tobject\tattribute\tvalue\ns\to\ta\tx | y\n", "object\tattribute\tvalue\no\ta\ty | x\n", 1, 1.0),
    ],
    ids=["any order, CRLF", "mark and blanks", "empty values", "no claims", "no truths", "unspoken truth", "lists"],
)
def test_what_a_file_may_look_like(tmp_path: Path, claims: str, truth: str, scored: int, accuracy: float | None) -> None:
    (tmp_path / "claims.tsv").write_bytes(claims.encode())
    (tmp_path / "truth.tsv.gz").write_bytes(gzip.compress(truth.encode()))
    ran = run_here(
        "credibility", "evaluate", "claims.tsv", "truth.tsv.gz", "--tolerance", "a=1", "--tolerance", "b=1%", "--json"
    )
    assert ran.code == 0, ran.err
    assert [(one["scored"], one["accuracy"]) for one in ran.json["methods"]] == [(scored, accuracy)] * 5


def test_a_tolerance_holds_beside_a_hierarchy(tmp_path: Path) -> None:
    (tmp_path / "claims.tsv").write_text("source\tobject\tattribute\tvalue\na\tx\tp\tUSA\na\tx\tborn\t1901\n")
    (tmp_path / "truth.tsv").write_text("object\tattribute\tvalue\nx\tp\tBoston\nx\tborn\t1900\n")
    (tmp_path / "tree.tsv").write_text("parent\tid\tname\n-1\t0\tUSA\n0\t1\tBoston\n")
    given = ("credibility", "evaluate", "claims.tsv", "truth.tsv", "--hierarchy", "tree.tsv", "--tolerance", "born=1", "--json")
    assert [one["accuracy"] for one in run_here(*given).json["methods"]] == [1.0] * 5


def test_the_order_of_rows_changes_nothing(tmp_path: Path, files: tuple[str, str]) -> None:
    head, *rows = CLAIMS.splitlines()
    (tmp_path / "turned.tsv").write_text("\n".join([head, *reversed(rows)]) + "\n")
    told = []
    for claims in (files[0], "turned.tsv"):
        methods = run_here("credibility", "evaluate", claims, files[1], "--json").json["methods"]
        told.append([{key: value for key, value in one.items() if key != "seconds"} for one in methods])
    assert told[0] == told[1]


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
        (gzip.compress(b"source\tobject\tattribute\tvalue\ns\to\ta\tv\n" * 99, mtime=0)[:-9], "the gzip file is damaged"),
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
