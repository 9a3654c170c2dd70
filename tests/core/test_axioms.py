"""The axioms of the score over random worlds, each by its name. ONRECORD_AXIOM_CASES sets how many worlds each one meets here;
`make axioms` holds them against a hundred thousand cases and counts."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys

import pytest

from ledger.core.combination import Standing, headline
from ledger.core.policies import OLO_1
from tests.core.axioms import AXIOMS, holds
from tests.core.axioms.cases import Case
from tests.core.axioms.headlines import conditions

CASES = int(os.environ.get("ONRECORD_AXIOM_CASES", "60"))
FIRST = int(os.environ.get("ONRECORD_AXIOM_SEED", "0"))


@pytest.mark.parametrize("name", sorted(AXIOMS))
def test_axiom(name: str) -> None:
    met = sum(holds(name, seed) for seed in range(FIRST, FIRST + CASES))
    assert met > CASES / 10, f"only {met} of {CASES} random worlds meet its precondition"


COUNTS = (0.0, 0.3, 0.9999999999, 1.0, 1.5, 1.9999999999, 2.0, 4.5)
PROBABILITIES = (0.01, 0.1999999999, 0.2, 0.2000001, 0.4999999999, 0.5, 0.7999999, 0.8, 0.8000000001, 0.99)
YES_NO = (False, True)


def test_of_the_headlines_exactly_one_holds_for_every_state_and_each_can() -> None:
    found = set()
    for n_for, n_against, p, *flags in itertools.product(COUNTS, COUNTS, PROBABILITIES, *[YES_NO] * 6):
        low, channel_for, channel_against, named_for, named_against, anything = flags
        n_for, n_against = round(n_for, 9), round(n_against, 9)  # as the score counts them
        state = Standing(
            True, anything, n_for, n_against, p, low, channel_for, channel_against, named_for, named_against
        )  # fmt: skip
        channels = {side for side, on in (("for", channel_for), ("against", channel_against)) if on}
        named = {side for side, on in (("for", named_for), ("against", named_against)) if on}
        wanted = conditions(n_for, n_against, p, low, channels, named, anything)
        one = headline(state, OLO_1)
        assert one == next(name for name, holds_ in wanted.items() if holds_), state
        found.add(one)
    assert len(found) == 11
    assert headline(Standing(False, True, 2, 0, 0.9, False, False, False, True, True), OLO_1) == "not_scored"


PRINT_HASHES = """
from tests.core.test_axioms import digest_of_reports
print(digest_of_reports())
"""


def digest_of_reports() -> str:
    answers = [Case(seed).before.model_dump_json(by_alias=True) for seed in range(FIRST, FIRST + 40)]
    return hashlib.sha256("\n".join(answers).encode()).hexdigest()


def test_another_process_gives_the_same_bits() -> None:
    """Sets and dicts of another process are in another order; the report is not."""
    found = {digest_of_reports()}
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run([sys.executable, "-c", PRINT_HASHES], env=env, capture_output=True, text=True, check=True)
        found.add(run.stdout.strip())
    assert len(found) == 1
