"""A row for each statement, read back by Python's csv module and by pandas."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas
import pytest

from ledger.exports.content import Content
from ledger.exports.csv import COLUMNS, defused, print_csv
from tests.cli.conftest import run_here
from tests.core.world import World
from tests.exports.contents import content_of_world

FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "=cmd|' /C calc'!A0", "\n=1", "＝1", "＋1", "－1", "＠x", "'=1", "'quoted'",
)  # fmt: skip


def rows(content: Content) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(print_csv(content).decode("utf-8-sig"), newline="")))


def test_there_is_a_row_for_each_statement_with_its_record(content: Content) -> None:
    found = rows(content)
    assert [row["statement_id"] for row in found] == [node.id for node in content.chain.nodes if node.kind == "statement"]
    assert all(tuple(row) == COLUMNS for row in found)


def test_a_row_says_who_has_it_from_whom_and_whether_it_counts(content: Content) -> None:
    row = next(row for row in rows(content) if row["mode"] == "cites < quotes")
    assert row["chain"] == "Morgenblatt (example outlet) < Yonhap News Agency < North Korea"
    assert (row["origin"], row["counts"], row["why"]) == ("North Korea", "carries", "carries what North Korea says")
    assert row["quote"].startswith("Nordkorea hat erstmals")


def test_the_weights_are_those_of_the_report(content: Content) -> None:
    weights = {row["statement_id"]: float(row["weight"]) for row in rows(content) if row["weight"]}
    report = {one.statement: round(one.contribution, 4) for one in content.report.contributions}
    assert weights == report
    assert {row["counts"] for row in rows(content)} >= {"counted", "carries", "no weight"}


def test_pandas_reads_the_same_rows(content: Content) -> None:
    frame = pandas.read_csv(io.BytesIO(print_csv(content)), dtype=str, keep_default_na=False)
    assert frame.to_dict("records") == rows(content)
    numbers = pandas.read_csv(io.BytesIO(print_csv(content)))["weight"]
    assert numbers.sum() == pytest.approx(sum(one.contribution for one in content.report.contributions), abs=1e-3)


def test_the_file_is_rfc_4180_in_utf_8_that_excel_takes_for_such(content: Content) -> None:
    printed = print_csv(content)
    assert printed.startswith(b'\xef\xbb\xbf"claim","speaker",')
    assert printed.endswith(b'"\r\n')
    assert printed.count(b"\r\n") == len(rows(content)) + 1


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula_and_one_apostrophe_less_is_the_word(text: str) -> None:
    world = World()
    world.source("wire", "B", name=text)
    document = world.add(kind="document", title=text, publisher="wire")
    world.says("wire", "confirms", basis="witnessed", document=document, quote={"exact": text})
    [row] = rows(content_of_world(world))
    assert row["quote"] == row["title"] == row["speaker"] == f"'{text}" == defused(text)


@pytest.mark.parametrize("text", ['a "b", c', "two\r\nlines".replace("\r", ""), "a;b\tc", "Київ 북한 🙂", "NO"])
def test_any_other_text_stands_as_it_is(text: str) -> None:
    world = World()
    world.source("wire", "B")
    world.says("wire", "confirms", basis="witnessed", said_at="2025", quote={"exact": text})
    assert rows(content_of_world(world))[0]["quote"] == text


def test_what_is_set_aside_says_so(content: Content) -> None:
    world = World()
    world.source("wire", "B")
    page = world.document("wire", "2025-01-01")
    world.add(kind="assessment", target=page, scheme="authenticity", value="forged", rationale="pixels")
    world.says("wire", "confirms", basis="witnessed", document=page)
    [row] = rows(content_of_world(world))
    assert (row["counts"], row["weight"]) == ("set aside", "")
    assert row["why"].startswith("its document was judged forged")


def test_it_is_no_table_of_reports_and_import_says_so(mine: str, troops: str) -> None:
    assert run_here("export", troops, "--format", "csv", "-o", "claim.csv", "--ledger", mine).code == 0
    assert Path("claim.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    ran = run_here("import", "claim.csv", "--format", "csv", "--ledger", mine)
    assert ran.code == 5
    assert "which is for spreadsheets" in ran.err
    assert "`onrecord export --format dossier`" in ran.err


def test_no_weight_is_shown_where_the_evidence_carries_no_number() -> None:
    world = World()
    world.source("wire", "C")
    world.says("wire", "confirms", basis="witnessed", said_at="2025")
    content = content_of_world(world)
    assert not content.report.showable
    assert [(row["counts"], row["weight"]) for row in rows(content)] == [("counted", "")]
