"""Where claims stand, on the command line: what a file's own commands work out, and when they leave it alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.store import open_store
from ledger.store.protocol import StandingStep
from schemas.lookups import ClaimFacets, ClaimList
from tests.cli.conftest import run_here


def behind(place: str) -> None:
    """As after an upgrade: nothing is worked out yet."""
    store = open_store(place)
    with store.reading() as snapshot:
        found = snapshot.standing.progress()
    nothing = replace(found, size=0, time=0, target=0, target_time=0, seen=0)
    store.advance_standing(found.version, StandingStep(nothing, anew=True))
    store.scrub()
    store.close()


def test_a_command_that_writes_works_out_what_it_has_moved(mine: str) -> None:
    before = run_here("log", "standing", "--json", "--ledger", mine).json
    assert before["complete_to"] == before["size"]
    run_here("claim", "add", "--text", "en=Nobody has said anything about this", "--ledger", mine)
    listed = ClaimList.model_validate(run_here("claim", "list", "--headline", "no reports", "--json", "--ledger", mine).json)
    assert (len(listed.claims), listed.complete_to) == (1, listed.size)
    assert listed.size == before["size"] + 1
    since = str(before["size"])
    changed = ClaimList.model_validate(run_here("claim", "list", "--changed-since", since, "--json", "--ledger", mine).json)
    assert [one.id for one in changed.claims] == [one.id for one in listed.claims]


def test_a_command_that_only_reads_writes_nothing(mine: str) -> None:
    behind(mine)
    before = Path(mine).read_bytes()
    found = run_here("claim", "list", "--headline", "corroborated", "--ledger", mine)
    assert (found.code, found.out) == (0, "")
    assert "worked out to entry 0 of" in found.err
    assert "onrecord log standing" in found.err
    assert run_here("claim", "list", "--ledger", mine).out.count("\n") > 3, "without a filter everything is worked out there"
    assert run_here("doctor", "--ledger", mine).out.count("onrecord log standing") == 1
    assert Path(mine).read_bytes() == before


def test_log_standing_says_to_what_size_it_is_complete(mine: str) -> None:
    behind(mine)
    found = run_here("log", "standing", "--ledger", mine)
    size = ClaimList.model_validate(run_here("claim", "list", "--json", "--ledger", mine).json).size
    assert found.out.endswith(f"is complete to size {size} of {size}\n")
    assert run_here("log", "fsck", "--ledger", mine).code == 0


def test_a_rebuild_works_it_out_again(mine: str) -> None:
    before = run_here("claim", "list", "--json", "--ledger", mine).json
    run_here("log", "reindex", "--ledger", mine)
    assert run_here("claim", "list", "--json", "--ledger", mine).json == before


def test_facets_and_lists_agree_at_hand_and_over_http(example: str, served: str) -> None:
    facets = ClaimFacets.model_validate(run_here("claim", "facets", "--json", "--ledger", example).json)
    assert facets.complete_to == facets.size
    for place in (example, served):
        for headline, count in facets.headlines.items():
            listed = run_here("claim", "list", "--headline", headline, "--json", "--ledger", place).json
            assert len(listed["claims"]) == count
        for label, count in facets.labels.items():
            assert len(run_here("claim", "list", "--label", label, "--json", "--ledger", place).json["claims"]) == count
    found = run_here("search", "troops", "--headline", "corroborated", "--json", "--ledger", served).json
    assert {one["headline"] for one in found["claims"]} == {"corroborated"}
    assert "contested" in run_here("claim", "facets", "--ledger", example).out or "contested" not in facets.headlines


@pytest.mark.parametrize("option", ["--headline", "--label"])
def test_a_word_that_is_none_is_an_error_that_lists_them(example: str, option: str) -> None:
    found = run_here("claim", "list", option, "certain", "--ledger", example)
    assert found.code == 5
    assert "wanted one of" in found.err
