"""owners: who owns whom, from a table; and the French media, as the file itself has them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import FormatError
from ledger.imports import owners
from ledger.imports.sheets import parts
from ledger.imports.slugs import Namer
from ledger.wiring import open_ledger
from schemas.ids import Sealed
from schemas.records import SourceRecord, SourceRelationRecord
from tests.imports.tables import REPOSITORY, drafted, import_, new_ledger, shared

PAGE = (REPOSITORY / "docs" / "imports.md").read_text("utf-8")


def relations(text: str, **defaults: str) -> list[dict[str, Any]]:
    draft = drafted(owners.read(text, Namer(), defaults))
    found = [item.plain for item in draft.records if isinstance(item.plain, SourceRelationRecord)]
    return [one.model_dump(exclude_none=True, exclude={"kind"}) for one in found]


def sources(text: str, **defaults: str) -> dict[str, SourceRecord]:
    draft = drafted(owners.read(text, Namer(), defaults))
    return {item.record.id: item.record for item in draft.records if isinstance(item.record, SourceRecord)}


def refused(text: str, **defaults: str) -> list[str]:
    with pytest.raises(FormatError) as caught:
        parts(owners.read(text, Namer(), defaults))
    return caught.value.message.splitlines()


def test_a_row_is_a_relation_from_the_owned_to_its_owner() -> None:
    (one,) = relations("owner,owned,share,from,to\nGroupe Dassault,Le Figaro,24.50%,2004,2020-06\n")
    assert one == {
        "subject": "le-figaro", "relation": "owned_by", "object": "groupe-dassault", "share": 24.5,
        "valid_from": "2004", "valid_to": "2020-06",
    }  # fmt: skip


@pytest.mark.parametrize("share, wanted", [("100", 100), ("50,00 %", 50), ("0.5", 0.5), ("007", 7), ("", None)])
def test_shares_are_percent(share: str, wanted: float | None) -> None:
    (one,) = relations(f"owner;owned;share\nA;B;{share}\n")
    assert one.get("share") == wanted


def test_every_bad_line_is_named() -> None:
    table = "owner,owned,share,from,relation\nA,,1,,\nA,B,101,,\nA,B,half,,\nA,C,1,soon,\nA,D,1,,loves\nA,A,1,,\n"
    assert [line.split(":")[0] for line in refused(table)] == [f"line {line}" for line in (2, 3, 4, 5, 6, 7)]


def test_the_same_row_twice_is_one_relation_and_another_share_is_refused() -> None:
    assert len(relations("owner,owned,share\nA,B,5\na,b,5\n")) == 1
    assert refused("owner,owned,share\nA,B,5\nA,B,6\n") == [
        "line 3: b owned_by a is there with another share or time, first on line 2"
    ]


def test_a_person_without_a_public_role_stays_sealed() -> None:
    table = "owner,owned,owner_type,owner_role\nAnna Weber,Post,person,\nBea Kurz,Post,person,publisher\n"
    found = sources(table)
    assert isinstance(found["anna-weber"].names["en"], Sealed)
    assert found["bea-kurz"].names["en"] == "Bea Kurz"


def test_what_a_row_says_of_a_source_wins_over_defaults_wherever_it_stands() -> None:
    found = sources("owner,owned,owned_type\nA,B,\nB,C,\nC,B,news_agency\n", owned_type="outlet")
    assert {slug: one.type for slug, one in found.items()} == {"a": "organization", "b": "news_agency", "c": "outlet"}


def test_a_participation_of_unknown_size_is_left_out_with_a_warning() -> None:
    sheet = owners.read("origine\tqualificatif\tvaleur\tcible\nA\tparticipe\t\tB\nA\tcontrôle\t\tC\n", Namer())
    assert [str(one) for one in sheet.warnings] == ["line 2: 'participe' without a share says too little; left out"]
    assert [piece.relations[0]["relation"] for piece in sheet.pieces] == ["controlled_by"]


def test_the_example_of_the_docs_is_imported_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, file = new_ledger(tmp_path), tmp_path / "owners.csv"
    file.write_text(re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)[1], "utf-8")
    assert import_(file, "owners", target) == 0
    assert "2 rows: 6 records, 6 new" in capsys.readouterr().out
    assert import_(file, "owners", target) == 0
    assert "nothing new" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name, types",
    [
        ("organisation-media", ("organization", "outlet")),
        ("personne-media", ("person", "outlet")),
        ("organisation-organisation", ("organization", "organization")),
        ("personne-organisation", ("person", "organization")),
    ],
)
def test_the_owners_of_french_media_fit_as_they_are(name: str, types: tuple[str, str]) -> None:
    text = shared(f"medias-francais/{name}.tsv").read_bytes()
    said = {"owner_type": types[0], "owned_type": types[1], "lang": "fr", "owner_role": "owner of French media"}
    sheet = owners.read(text, Namer(), said)
    lines = [line for line in text.decode().splitlines()[1:] if line.strip()]
    assert len(sheet.pieces) + len(sheet.warnings) == len({line.partition("\t")[2] for line in lines})
    draft = drafted(sheet)
    assert all(
        item.plain.valid_from is None and item.plain.relation in ("owned_by", "controlled_by")
        for item in draft.records
        if isinstance(item.plain, SourceRelationRecord)
    )


def test_owners_join_the_sources_that_a_ledger_has(tmp_path: Path) -> None:
    target, file = new_ledger(tmp_path), tmp_path / "owners.csv"
    file.write_text("owner,owned\nGroupe A,Le Journal\n", "utf-8")
    assert import_(file, "owners", target) == 0
    file.write_text("owner,owned\ngroupe a,La Radio\nle-journal,La Radio Deux\n", "utf-8")
    assert import_(file, "owners", target) == 0
    ledger = open_ledger(target)
    assert {one.id for one in ledger.sources().sources} == {"groupe-a", "le-journal", "la-radio", "la-radio-deux"}
    ledger.close()
