"""Hostile input to every parser: a value or an error of ours, in bounded time and memory. `make fuzz` looks longer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing.bounds import FOUND, hold, kept
from tests.fuzzing.mutating import bombs, mutated
from tests.fuzzing.targets import TARGETS, Target

REPOSITORY = Path(__file__).parents[2]
EACH = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)


@EACH
def test_it_takes_what_is_good(target: Target) -> None:
    """Or all that follows would be changes of something that is refused at the door."""
    assert any(hold(target, seed) for seed in target.seeds)


@EACH
def test_whatever_it_is_given_it_takes_or_refuses(target: Target) -> None:
    changed = st.builds(lambda number: mutated(target.seeds, Random(number)), st.integers(0, 2**32))

    @settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(changed | st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")))
    def check(data: bytes) -> None:
        hold(target, data)

    check()


@EACH
def test_what_once_broke_it_does_so_no_more(target: Target) -> None:
    for place in kept(target):
        hold(target, place.read_bytes())


def test_what_was_found_is_of_a_parser_that_there_is() -> None:
    assert {place.name for place in FOUND.iterdir()} <= TARGETS.keys()


@pytest.mark.timeout(400)  # some seconds of processor time, on a busy machine far more
def test_bombs_are_read_in_bounded_time_and_memory() -> None:
    """In a process that may take 512 MiB more than it has, so that a bomb is an error there and no trouble here."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzzing.bombing"], cwd=REPOSITORY, capture_output=True, text=True, timeout=380
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr[-2_000:]
    assert json.loads(ran.stdout) == {"inputs": len(bombs()) * len(TARGETS), "broken": []}
