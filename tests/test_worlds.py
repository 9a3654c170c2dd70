"""The worlds that speeds are measured on."""

from __future__ import annotations

from pathlib import Path

from benchmarks.worlds import World, kinds
from ledger.core.records import parse_record
from ledger.wiring import open_ledger
from tests.cli.conftest import run_here


def test_a_world_is_the_same_however_many_make_it_and_a_smaller_one_is_its_beginning() -> None:
    alone = list(World().lines(2_100, workers=1))
    assert list(World().lines(2_100, workers=2)) == alone
    assert list(World().lines(300)) == alone[:300]
    assert list(World(8).lines(300)) != alone[:300]


def test_a_world_is_many_claims_with_about_five_hops_each() -> None:
    made = list(World().made(5_000))
    for one in made:
        parse_record(one.payload)
    found = kinds(made)
    assert len({one.id for one in made}) == 5_000
    assert 3.5 < found["attribution"] / found["claim"] < 6.5
    assert any(one.openings for one in made)


def test_a_new_ledger_takes_a_world(tmp_path: Path) -> None:
    world, ledger, file = World(), tmp_path / "ledger.db", tmp_path / "world.jsonl"
    world.enrol(str(ledger))
    world.write(file, 700)
    assert run_here("import", "--ledger", str(ledger), "--format", "jsonl", str(file)).code == 0
    opened = open_ledger(str(ledger))
    try:
        assert opened.health().size == 2 + len(world.signers) + 700
    finally:
        opened.close()
