"""UCDP events: outlets, original sources, figures; and the real sample, counted from the ledger that it becomes."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ledger.core.chain import chain_view
from ledger.errors import FormatError
from ledger.imports import ucdp
from ledger.imports.expand import Known, records
from ledger.imports.sheets import parts
from ledger.imports.slugs import KnownSource, Namer, slug_for
from ledger.operations import Question
from ledger.wiring import open_ledger
from schemas.corroboration import AsOf, ChainView
from schemas.records import AttributionRecord, ClaimRecord, ClaimRelationRecord, DocumentRecord, StatementRecord
from tests.imports.ledgers import ASSESSOR, ORIGIN, SEALER, logged
from tests.imports.tables import drafted, every_claim, import_, new_ledger, shared, written

SAMPLE = "ucdp-ged-sample/ucdp_ged_sample_1000.csv"
EVENT = {
    "id": "7", "type_of_violence": "1", "conflict_name": "A: Government", "side_a": "Army", "side_b": "Rebels",
    "source_article": "", "source_office": "", "source_date": "", "source_headline": "", "source_original": "",
    "where_description": "the village", "country": "Angola", "date_start": "1989-05-10", "date_end": "1989-05-10",
    "best": "3", "high": "5", "low": "2",
}  # fmt: skip


def event(**cells: str) -> dict[str, str]:
    return EVENT | cells


def chain_of(**cells: str) -> ChainView:
    """The chains of the event's own claim."""
    draft = drafted(ucdp.read(written([event(**cells)]), Namer()))
    entries = logged([draft])
    as_of = AsOf(size=len(entries), root="0" * 64, time="2025-06-01T00:00:00Z")
    return chain_view(draft.claims["e7"], entries, as_of=as_of)


def established(view: ChainView) -> set[str]:
    return {node.origin or node.speaker or "" for node in view.nodes if node.established}


def quantity(**cells: str) -> Any:
    draft = drafted(ucdp.read(written([event(**cells)]), Namer()))
    found = [item.plain for item in draft.records if isinstance(item.plain, ClaimRecord) and item.plain.type == "quantity"]
    return found[0].quantity.model_dump(exclude_none=True) if found and found[0].quantity else None


def test_every_outlet_cites_every_original_and_each_hop_says_that_the_pairing_is_unknown() -> None:
    row = event(source_office="Daily;Post", source_original="police; ministry and Witness")
    draft = drafted(ucdp.read(written([row]), Namer()))
    hops = [item.plain for item in draft.records if isinstance(item.plain, AttributionRecord)]
    assert [hop.note for hop in hops] == ["pairing unknown"] * 6
    view = chain_of(source_office="Daily;Post", source_original="police; ministry and Witness")
    assert sorted(channel.speakers for channel in view.channels) == sorted(
        [outlet, original] for outlet in ("daily", "post") for original in ("police", "ministry", "witness")
    )


def test_an_events_origins_are_its_distinct_named_originals() -> None:
    view = chain_of(source_office="Daily;Post", source_original="Police; police and ministry")
    assert established(view) == set(view.origins) == {"police", "ministry"}


def test_no_origin_is_established_where_none_is_named() -> None:
    view = chain_of(source_office="Daily;Post")
    assert established(view) == set()
    assert set(view.origins) == {"daily", "post"}


@pytest.mark.parametrize(
    "outlets, named",
    [
        ("SOHR", "SOHR"),
        ("SOHR;VDC", "SOHR; VDC"),
        ("SOHR;VDC", "SOHR"),
        ("VDC", "SOHR, VDC"),
        ("SOHR;SOHR;Daily", "sohr"),
        ("Daily;VDC", "SOHR and VDC"),
    ],
)
def test_an_outlet_that_is_itself_an_original_counts_once(outlets: str, named: str) -> None:
    view = chain_of(source_office=outlets, source_original=named)
    assert established(view) == set(view.origins) == {name.strip().lower() for name in re.split(";|,| and ", named)}
    assert view.circular == []


def test_originals_that_published_are_not_said_to_cite_each_other() -> None:
    assert chain_of(source_office="SOHR;VDC", source_original="SOHR; VDC").hops == []


def test_no_outlet_cites_what_was_published_later() -> None:
    row = event(source_office="Daily;SOHR", source_date="1989-05-11;1989-05-12", source_original="SOHR")
    draft = drafted(ucdp.read(written([row]), Namer()))
    assert draft.warnings == ()
    told = {item.id: item.plain for item in draft.records if isinstance(item.plain, StatementRecord)}
    (hop,) = [item.plain for item in draft.records if isinstance(item.plain, AttributionRecord)]
    assert (told[hop.from_].speaker, told[hop.to].speaker, told[hop.to].document) == ("daily", "sohr", None)
    view = chain_of(source_office="Daily;SOHR", source_date="1989-05-11;1989-05-12", source_original="SOHR")
    assert established(view) == set(view.origins) == {"sohr"}


@pytest.mark.parametrize(
    "article, speaker",
    [
        ('Reuters 1989-05-17 "ANGOLAN UNITA REBELS"', "reuters"),
        ("SATP, Maoist Timeline 2010 West Bengal", "satp"),
        ("14 dead", slug_for(ucdp.UNNAMED)),
        ("", slug_for(ucdp.UNNAMED)),
    ],
)
def test_an_event_without_outlet_has_the_headlines_source_or_an_unnamed_one(article: str, speaker: str) -> None:
    view = chain_of(source_article=article, source_original="police")
    assert [channel.speakers for channel in view.channels] == [[speaker, "police"]]


@pytest.mark.parametrize(
    "cells, wanted",
    [
        ({}, {"low": 2, "best": 3, "high": 5, "hedge": "between"}),
        ({"low": "3", "high": "3"}, {"best": 3, "hedge": "exact"}),
        ({"low": "0", "best": "0", "high": "0"}, {"best": 0, "hedge": "exact"}),
        ({"low": "4", "best": "4", "high": "3"}, {"low": 3, "best": 4, "high": 4, "hedge": "between"}),
        ({"low": "", "high": ""}, {"best": 3, "hedge": "exact"}),
        ({"best": ""}, {"low": 2, "high": 5, "hedge": "between"}),
        ({"best": "", "high": ""}, {"low": 2, "hedge": "at_least"}),
        ({"best": "", "low": ""}, {"high": 5, "hedge": "up_to"}),
        ({"best": "", "low": "", "high": ""}, None),
    ],
)
def test_figures_are_hedged_as_they_are(cells: dict[str, str], wanted: dict[str, Any] | None) -> None:
    assert quantity(**cells) == ({"unit": "people", "measure": "killed", **wanted} if wanted else None)


def test_the_figure_entails_the_event_and_is_what_was_reported() -> None:
    draft = drafted(ucdp.read(written([event(source_office="Daily")]), Namer()))
    relations = [item.plain for item in draft.records if isinstance(item.plain, ClaimRelationRecord)]
    assert [(one.subject, one.relation, one.object) for one in relations] == [
        (draft.claims["q7"], "entails", draft.claims["e7"])
    ]
    spoken = {item.plain.claim for item in draft.records if isinstance(item.plain, StatementRecord)}
    assert spoken == {draft.claims["q7"]}


def test_lists_of_other_lengths_are_not_paired() -> None:
    row = event(source_office="Daily;Post", source_date="1989-05-11;1989-05-12", source_headline="One; two; three")
    draft = drafted(ucdp.read(written([row]), Namer()))
    found = [item.plain for item in draft.records if isinstance(item.plain, DocumentRecord)]
    assert [one.published_at for one in found] == ["1989-05-11", "1989-05-12"]
    assert {one.title for one in found} == {"Report of UCDP event 7"}


def test_a_source_of_the_ledger_is_used_by_any_of_its_names_and_not_written_again() -> None:
    namer = Namer([KnownSource("sohr", ("SOHR", "Syrian Observatory"), "organization")])
    draft = drafted_known(written([event(source_office="Daily", source_original="syrian observatory")]), namer)
    assert {item.plain.speaker for item in draft if isinstance(item.plain, StatementRecord)} == {"daily", "sohr"}


def drafted_known(text: str, namer: Namer) -> Any:
    (part,) = parts(ucdp.read(text, namer))
    sohr = {"kind": "source", "id": "sohr", "type": "organization", "names": {"en": "SOHR"}}
    return records(part.dossier, Known(ASSESSOR, ORIGIN, {"source:sohr": ("sha256:" + "1" * 64, sohr)}), SEALER).records


def test_every_bad_line_is_named() -> None:
    rows = [event(best="many"), event(id="8", date_start="1989-13-01"), event(id="x"), event(), event(id="9", side_a="")]
    with pytest.raises(FormatError) as caught:
        parts(ucdp.read(written(rows), Namer()))
    lines = caught.value.message.splitlines()
    assert {line.split(":")[0] for line in lines} == {"line 2", "line 3", "line 4", "line 5", "line 6"}
    assert "best: found 'many', wanted a whole number" in lines[0]


def test_a_long_table_is_cut_into_batches_of_whole_events() -> None:
    rows = [event(id=str(number), source_office="A1;A2", source_original="b, c, d") for number in range(1, 701)]
    cut = parts(ucdp.read(written(rows), Namer()))
    assert sum(part.rows for part in cut) == 700
    assert len(cut) > 10
    assert all(len(part.dossier.claims) == 2 * part.rows for part in cut)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ledger that holds the real sample."""
    file = shared(SAMPLE)
    target = new_ledger(tmp_path_factory.mktemp("ucdp"))
    assert import_(file, "ucdp", target) == 0
    return target


def test_of_173_real_events_with_two_outlets_exactly_50_have_one_named_original(sample: str) -> None:
    with shared(SAMPLE).open(encoding="utf-8", newline="") as file:
        # Where the file names one outlet the ledger cannot show two; the others are asked of the ledger.
        rows = {row["id"]: row for row in csv.DictReader(file)}
    several = [number for number, row in rows.items() if ";" in row["source_office"]]
    ledger = open_ledger(sample)
    claims = every_claim(ledger)
    events = {found[1]: name for text, name in claims.items() if (found := re.search(r"event ([0-9]+)\)$", text))}
    texts = {name: text for text, name in claims.items()}
    assert len(events) == len(rows) == 1000
    two = one = 0
    for number in several:
        view = ledger.chain(events[number], Question())
        if len({node.speaker for node in view.nodes if node.document is not None}) < 2:
            continue
        two += 1
        one += len(established(view)) == 1
        named = {" ".join(name.split()) for name in re.split(";|,| and ", rows[number]["source_original"].lower())} - {""}
        assert len(established(view)) == len(named), texts[events[number]]
        assert view.circular == []
    ledger.close()
    assert (two, one) == (173, 50)


def test_importing_events_again_adds_nothing_and_says_how_fast(
    sample: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with shared(SAMPLE).open(encoding="utf-8", newline="") as file:
        again = [row for row, _ in zip(csv.DictReader(file), range(100), strict=False)]
    (tmp_path / "again.csv").write_text(written(again), "utf-8")
    assert import_(tmp_path / "again.csv", "ucdp", sample, "--json") == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["events"], told["new"]) == (100, 0)
    assert re.search(r"100 events in [0-9.]+ s, [0-9]+ events a second", err)


def test_an_import_says_how_many_events_go_back_to_one_source(
    sample: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_(shared(SAMPLE), "ucdp", sample) == 0
    assert "two or more outlets report 173 of them; 50 of these name one original source" in capsys.readouterr().out


def test_a_bad_event_stores_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = new_ledger(tmp_path)
    file = tmp_path / "events.csv"
    file.write_text(written([event(source_office="Daily"), event(id="8", low="?")]), "utf-8")
    assert import_(file, "ucdp", target) == 5
    assert "line 3: low: found '?'" in capsys.readouterr().err
    ledger = open_ledger(target)
    assert every_claim(ledger) == {}
    ledger.close()
