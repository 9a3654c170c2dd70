"""csv: one report a row. What a table cannot be, what its names become, and the example of docs/imports.md."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.imports import rows
from ledger.imports.sheets import parts
from ledger.imports.slugs import KnownSource, Namer, slug_for
from ledger.imports.tables import MAX_CELL
from ledger.wiring import open_ledger
from schemas.records import AttributionRecord, ClaimRecord, DocumentRecord, SourceRecord, StatementRecord
from tests.imports.ledgers import dossier_text
from tests.imports.ledgers import drafted as drafted_dossier
from tests.imports.tables import REPOSITORY, drafted, every_claim, import_, new_ledger

PAGE = (REPOSITORY / "docs" / "imports.md").read_text("utf-8")


def examples() -> list[str]:
    return re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)


def refused(text: str | bytes, **defaults: str) -> list[str]:
    with pytest.raises(FormatError) as caught:
        parts(rows.read(text, Namer(), defaults))
    return caught.value.message.splitlines()


def sources(text: str, namer: Namer | None = None) -> dict[str, str]:
    draft = drafted(rows.read(text, namer or Namer()))
    return {item.plain.id: item.plain.type for item in draft.records if isinstance(item.plain, SourceRecord)}


def test_the_example_of_the_docs_is_imported_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, file = new_ledger(tmp_path), tmp_path / "reports.csv"
    file.write_text(examples()[0], "utf-8")
    assert import_(file, "csv", target) == 0
    first = capsys.readouterr()
    assert "2 rows: 16 records, 16 new" in first.out
    assert re.search(r"2 rows in [0-9.]+ s, [0-9]+ rows a second", first.err)
    assert import_(file, "csv", target) == 0
    assert " 0 new" in capsys.readouterr().out
    ledger = open_ledger(target)
    assert set(every_claim(ledger)) == {"North Korea sent troops"}
    ledger.close()


def test_every_column_is_in_the_docs() -> None:
    from ledger.imports import owners

    for name in (*rows.COLUMNS.names, *owners.COLUMNS.names):
        assert f"`{name}`" in PAGE


def test_a_row_says_what_a_report_of_a_dossier_says() -> None:
    table = "claim,chain,types,published_at,said_at,act,basis\n"
    table += "It,Daily < Wire < Ministry,outlet < news_agency < government_body,2025-04-28,2025-04-27,confirms,own_act\n"
    dossier = """dossier: 1
sources:
  - {id: daily, type: outlet, names: {en: Daily}}
  - {id: wire, type: news_agency, names: {en: Wire}}
  - {id: ministry, type: government_body, names: {en: Ministry}}
claims: [{id: c, type: event, text: {en: It}}]
reports:
  - {claim: c, chain: [daily, wire, ministry], published_at: 2025-04-28, said_at: 2025-04-27, act: confirms, basis: own_act}
"""
    ids = [{item.id for item in draft.records} for draft in (drafted(rows.read(table, Namer())), drafted_dossier(dossier))]
    assert ids[0] == ids[1]


def test_the_same_claim_in_several_rows_is_one_and_rows_fill_each_others_blanks() -> None:
    table = "claim,chain,published_at,place,low,hedge,unit\nIt,A,2025,,,,\nIt,B,2025,Kyiv,3,at_least,people\n"
    draft = drafted(rows.read(table, Namer()))
    (claim,) = [item.plain for item in draft.records if isinstance(item.plain, ClaimRecord)]
    assert (claim.place, claim.type) == ("Kyiv", "quantity")


def test_rows_that_disagree_about_a_claim_or_a_source_are_refused() -> None:
    table = "claim,chain,types,published_at,place\nIt,A,outlet,2025,Kyiv\nIt,a,person,2025,Lviv\n"
    assert refused(table) == [
        "line 3: place of 'It' is 'Lviv' here and 'Kyiv' on line 2",
        "line 3: type of 'A' is 'person' here and 'outlet' on line 2",
    ]


def test_rows_with_one_address_share_the_document() -> None:
    table = "claim,chain,published_at,url\nIt,A,2025-01-02,https://a.example/1\nThat,A,2025-01-02,https://a.example/1\n"
    draft = drafted(rows.read(table, Namer()))
    assert sum(isinstance(item.plain, DocumentRecord) for item in draft.records) == 1


def test_every_bad_line_is_named_and_nothing_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = 'claim,chain,types,said_at,act\nIt,,,2025,\n"It\nis",A,,yesterday,\nIt,A < ,,2025,\nIt,A,outlet < person,2025,\n'
    table += "It,A,poet,2025,\nIt,A,,2025,mumbles\nIt,A\nGood,A,,2025,\n"
    file = tmp_path / "bad.csv"
    file.write_text(table, "utf-8")
    target = new_ledger(tmp_path)
    assert import_(file, "csv", target) == 5
    told = capsys.readouterr().err
    assert re.findall(r"line (\d+):", told) == ["2", "3", "5", "6", "7", "8", "9"]
    ledger = open_ledger(target)
    assert every_claim(ledger) == {}
    ledger.close()


@pytest.mark.parametrize(
    "text, message",
    [
        (b"claim,chain\n\xff\xfe,A\n", "the table is not UTF-8 at byte 12"),
        ("claim,chain\nIt,A".encode("utf-16"), "the table is not UTF-8 at byte 0"),
        ("", "line 1: found nothing, wanted at least the columns claim, chain"),
        ("claim|chain\nIt|A\n", "line 1: found 'claim|chain', wanted at least the columns claim, chain"),
        ('claim,chain\n"It,A\n', "line 2: no row of a table: unexpected end of data"),
        (f"claim,chain\n{'x' * (MAX_CELL + 1)},A\n", f"line 2: a cell of more than {MAX_CELL} characters"),
        (f"claim,chain\n{'x' * 200_000},A\n", "line 2: no row of a table: field larger than field limit (131072)"),
        ("claim,chain,chian\nIt,A,\n", "line 1: unknown column 'chian'; did you mean chain?"),
        ("claim,chain,chain\nIt,A,\n", "line 1: column 'chain' is there twice"),
        ("claim,chain\nIt\x00,A\n", "line 2: text.en: holds the control character U+0000"),
    ],
)
def test_what_is_no_table_of_reports_is_refused(text: str | bytes, message: str) -> None:
    assert any(line.startswith(message) for line in refused(text)), refused(text)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_may_be_separated_by_commas_semicolons_and_tabs(separator: str) -> None:
    table = f"\ufeffClaim{separator}Chain{separator}published_at\r\nIt{separator}A < B{separator}2025\r\n\r\n"
    draft = drafted(rows.read(table, Namer()))
    assert sum(isinstance(item.plain, AttributionRecord) for item in draft.records) == 1


def test_defaults_fill_blank_cells_and_an_unknown_one_is_refused() -> None:
    draft = drafted(rows.read("claim,chain,act\nIt,A,\nThat,A,denies\n", Namer(), {"act": "confirms", "published_at": "2025"}))
    assert {item.plain.act for item in draft.records if isinstance(item.plain, StatementRecord)} == {"confirms", "denies"}
    assert refused("claim,chain\nIt,A\n", acts="confirms")[0].startswith("default of the unknown column 'acts'; did you mean")


@pytest.mark.parametrize(
    "name, slug",
    [
        ("KCNA", "kcna"),
        ("El Heraldo de Juárez", "el-heraldo-de-juarez"),
        ("Straße & Søn", "strasse-son"),
        ("L’Express", "l-express"),
    ],
)
def test_a_name_becomes_a_slug_of_its_letters(name: str, slug: str) -> None:
    assert slug_for(name) == slug


@given(st.text(min_size=1, max_size=200).filter(str.strip))
@settings(max_examples=100)
def test_every_name_has_one_good_slug(name: str) -> None:
    slug = slug_for(name)
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", slug)
    assert slug == slug_for(f"  {name} ".replace(" ", "  "))


def test_names_of_other_scripts_do_not_collide() -> None:
    slugs = {slug_for(name) for name in ("Радио 5", "Газета 5", "5", "朝鮮", "朝鲜", "!!!", "???")}
    assert len(slugs) == 7


def test_two_names_of_one_slug_become_two_sources_with_a_warning() -> None:
    table = "claim,chain,published_at\nIt,Radio A,2025\nIt,Radio-A,2025\nIt,RADIO A,2025\n"
    sheet = rows.read(table, Namer())
    assert sorted(sources(table)) == ["radio-a", slug_for("Radio-A") + sorted(sources(table))[1][7:]]
    assert [str(one) for one in sheet.warnings] == [
        f"line 3: 'Radio-A' becomes {sorted(sources(table))[1]}, since radio-a is 'Radio A'"
    ]


def test_a_new_name_never_takes_a_slug_of_the_ledger() -> None:
    namer = Namer([KnownSource("vdc", ("Violations Documentation Center",), "organization")], slugs_too=True)
    assert namer.name("VDC", 2).slug.startswith("vdc-")
    assert namer.name("vdc", 3).slug == namer.name("VDC", 2).slug
    assert Namer(namer.known, slugs_too=True).name("vdc", 2).slug == "vdc"
    assert namer.name("violations documentation  center", 4).slug == "vdc"


def test_a_name_that_several_sources_share_is_refused() -> None:
    known = [KnownSource("a", ("Post",), "outlet"), KnownSource("b", ("post",), "outlet")]
    assert [str(one) for one in rows.read("claim,chain\nIt,Post\n", Namer(known)).faults] == [
        "line 2: 'Post' is the name of several sources: a, b"
    ]


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: "claim,chain\n" + text)))
@settings(max_examples=150)
def test_any_bytes_are_a_table_or_a_format_error(data: bytes | str) -> None:
    with contextlib.suppress(FormatError):
        parts(rows.read(data, Namer()))


def test_the_running_example_is_no_table() -> None:
    assert "wanted at least the columns claim, chain" in refused(dossier_text("north-korea-troops.yaml"))[0]
