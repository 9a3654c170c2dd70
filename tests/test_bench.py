"""The frame of `make bench`: each figure beside its floor, a missed bar said to be missed, and documents that a run wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from benchmarks.__main__ import main, measured
from benchmarks.bars import BARS, barred
from benchmarks.figures import Bar, Bench, Figure, Machine, Ran, Samples, as_json, from_json
from benchmarks.grounds import SQLITE
from benchmarks.parts import Part, Plan, parts
from benchmarks.readable import files_of, lines_of
from tests.conftest import REPOSITORY

DOCS = REPOSITORY / "docs" / "bench"
TINY = Plan(
    sizes=(250, 400),
    back_ends=(SQLITE,),
    requests={1: 6, 32: 64},
    imported=250,
    checked=250,
    lone=9,
    claims=4,
    turns=1,
    seconds=0.1,
)
NUMBER = {"type": "number"}
SAMPLES = {
    "type": "object",
    "required": ["name", "values", "value", "least", "most"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "values": {"type": "array", "minItems": 3, "items": {"type": "number", "exclusiveMinimum": 0}},
        **dict.fromkeys(("value", "least", "most"), NUMBER),
    },
}
BAR = {
    "type": "object",
    "required": ["of", "sense", "limit", "size", "verdict"],
    "properties": {
        "of": {"enum": ["figure", "ratio"]},
        "sense": {"enum": ["at least", "at most"]},
        "limit": NUMBER,
        "size": {"type": ["integer", "null"]},
        "verdict": {"enum": ["met", "missed", "not asked"]},
    },
}
FIGURE = {
    "type": "object",
    "required": ["part", "name", "unit", "better", "back_end", "size", "ours", "floor", "ratio", "bars", "beside"],
    "properties": {
        "part": {"enum": [one.name for one in parts()]},
        "better": {"enum": ["more", "less"]},
        "ours": SAMPLES,
        "floor": SAMPLES,
        "ratio": {"type": "object", "required": ["value", "least", "most"], "additionalProperties": NUMBER},
        "bars": {"type": "array", "items": BAR},
        "beside": {"type": "object", "additionalProperties": NUMBER},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["format", "machine", "ran", "figures"],
    "additionalProperties": False,
    "properties": {
        "format": {"const": 1},
        "machine": {"type": "object", "required": ["cores", "python", "sqlite", "postgresql"]},
        "ran": {"type": "object", "required": ["date", "rounds", "load", "busy"]},
        "figures": {"type": "array", "minItems": 1, "items": FIGURE},
    },
}


def figure(*values: float, floor: float = 1000, **members: Any) -> Figure:
    given = {"part": "append", "name": "32 clients", "unit": "/s", "better": "more", **members}
    return Figure(ours=Samples(name="ours", values=values), floor=Samples(name="plain", values=(floor,) * len(values)), **given)


def bench(*figures: Figure) -> Bench:
    machine = Machine(cores=2, memory_gb=8, system="Linux", python="3.12", sqlite="3.5", postgresql=None, packages={})
    ran = Ran(date="2026-01-01T00:00:00Z", seconds=60, rounds=3, arguments="", load={}, busy={})
    return Bench(machine=machine, ran=ran, figures=figures)


def test_a_figure_is_the_median_of_its_rounds_and_its_ratio_that_of_theirs() -> None:
    one = figure(400, 900, 500, floor=1000)
    assert (one.ours.value, one.ours.spread, one.ratio) == (500, (400, 900), 0.5)


def test_what_is_of_all_rounds_together_is_not_the_median_of_rounds() -> None:
    whole = Samples(name="p99", values=(1, 2, 9), whole=8)
    assert (whole.value, whole.spread) == (8, (1, 9))


def test_a_missed_bar_is_said_to_be_missed_wherever_it_is_told() -> None:
    short = barred(figure(300, 400, 350))
    assert [bar.verdict(short) for bar in short.bars] == ["missed", "missed"]
    table = files_of(bench(short))["README.md"]
    assert table.count("**missed**") == 2
    assert "2 missed" in table
    assert "| at least 600/s | 350/s | **missed** |" in table
    assert "| at least 0.50x of plain | 0.35x | **missed** |" in table
    assert [line.strip() for line in lines_of(short)][-2:] == ["MISSED: at least 600/s", "MISSED: at least 0.50x of plain"]
    told = as_json(bench(short))["figures"][0]["bars"]
    assert [one["verdict"] for one in told] == ["missed", "missed"]


def test_a_bar_that_is_reached_to_the_unit_is_met() -> None:
    assert [bar.verdict(one) for one in [barred(figure(600, 600, 600, floor=1200))] for bar in one.bars] == ["met", "met"]
    assert Bar(of="figure", sense="at most", limit=30).verdict(figure(30, 30, 30)) == "met"
    assert Bar(of="figure", sense="at most", limit=30).verdict(figure(30.1, 30.1, 30.1)) == "missed"


def test_a_bar_for_another_size_is_neither_met_nor_missed() -> None:
    small = barred(figure(9_000, 9_000, 9_000, part="read", name="claim lookup", size=1_000))
    assert [bar.verdict(small) for bar in small.bars] == ["not asked"]
    assert "not asked at this size" in files_of(bench(small))["README.md"]
    large = barred(figure(1_000, 1_000, 1_000, part="read", name="claim lookup", size=1_000_000))
    assert [bar.verdict(large) for bar in large.bars] == ["missed"]


def test_what_is_written_is_read_back_and_written_the_same() -> None:
    written = as_json(bench(barred(figure(1, 2, 3))))
    assert as_json(from_json(json.loads(json.dumps(written)))) == json.loads(json.dumps(written))


def test_a_plot_tells_in_words_what_it_draws_and_follows_the_reader_into_the_dark() -> None:
    rates = [
        figure(rate, rate, rate, part="read", name="<proof>", back_end=SQLITE, size=size)
        for size, rate in ((10, 500), (1000, 250))
    ]
    drawn = files_of(bench(*rates))
    assert "](cost-sqlite.svg)" in drawn["README.md"]
    plot = drawn["cost-sqlite.svg"]
    assert "&lt;proof&gt;: 2.00 ms at 10 records, 4.00 ms at 1,000 records." in plot
    assert "prefers-color-scheme: dark" in plot


def test_fewer_than_three_rounds_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--rounds", "2"])
    assert stopped.value.code == 2
    assert "three rounds" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", parts(), ids=lambda part: part.name)
def test_each_part_gives_figures_with_a_floor_and_three_samples_and_the_bars_that_are_asked_of_it(part: Part) -> None:
    tiny = measured(TINY, [part], "")
    jsonschema.validate(as_json(tiny), SCHEMA)
    assert {one.part for one in tiny.figures} == {part.name}
    for one in tiny.figures:
        assert len(one.ours.values) == len(one.floor.values) >= 3
        assert one.ours.name != one.floor.name
    assert {name for where, name, _ in BARS if where == part.name} <= {one.name for one in tiny.figures}
    written = "".join(files_of(tiny).values())
    assert not any(place in written for place in (str(Path.home()), "/tmp", str(REPOSITORY)))


@pytest.mark.parametrize("folder", [DOCS, DOCS / "postgresql"], ids=["sqlite", "postgresql"])
def test_the_documents_are_what_the_frame_writes_from_their_json(folder: Path) -> None:
    found = from_json(json.loads((folder / "bench.json").read_text(encoding="utf-8")))
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()} == files_of(found)
    jsonschema.validate(as_json(found), SCHEMA)
