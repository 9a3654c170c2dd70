"""What a command takes from nothing to its answer, in a process of its own, beside Python that does nothing.

The running example, in a SQLite file. Files are in the machine's cache and compiled already: what is cold is the process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.figures import Figure
from benchmarks.grounds import ONRECORD, SQLITE, Ground, Grounds, ran
from benchmarks.measure import Case, figure
from benchmarks.parts import Part, Plan, Tell
from ledger.cli.demonstrating import example_text
from ledger.cli.drafting import draft_dossier
from ledger.keys import find_signer

_CLAIM = "troops-sent"


def example(ground: Ground) -> tuple[str, list[str]]:
    """The running example on record: the claim that everybody asks about, and the keys to trust."""
    ground.create()
    ledger = ground.open()
    draft = draft_dossier(ledger, find_signer(ground.ledger, ground.keys), example_text())
    ledger.add(draft.submissions)
    ledger.catch_up_after_writing(60.0)
    known = ledger.well_known()
    ledger.close()
    return draft.claims[_CLAIM], [*known.log_keys, known.issuer]


def run(plan: Plan, grounds: Grounds, tell: Tell) -> Iterator[Figure]:
    with grounds.fresh(SQLITE) as ground:
        claim, keys = example(ground)
        bundle = ground.folder / "claim.bundle.json"
        there = ("--ledger", ground.ledger, "--keys", str(ground.keys))
        ran(ONRECORD, "export", claim, "-o", str(bundle), *there)
        trust = [word for key in keys for word in ("--trust", key)]
        for name, command in {
            "onrecord --help": ("--help",),
            "onrecord score CLAIM": ("score", claim, *there),
            "onrecord verify BUNDLE": ("verify", str(bundle), *trust),
        }.items():
            tell(name)
            yield figure("start", _case(name, command, plan.turns), plan.rounds)


def _case(name: str, command: tuple[str, ...], turns: int) -> Case:
    return Case(
        name,
        lambda: ran(ONRECORD, *command),
        "python -c pass",
        lambda: ran(sys.executable, "-c", "pass"),
        calls=turns,
        apart=True,
        unit="ms",
    )


PART = Part("start", "commands from a cold start", lambda plan: 3 + 1.4 * plan.turns * (plan.rounds + 1), run)
