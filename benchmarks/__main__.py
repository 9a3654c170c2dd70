"""`python -m benchmarks [PART ...]`: what OnRecord takes, each figure beside its floor or plain alternative in one run.

Progress is on stderr. What comes out is bench.json, README.md and the plots, in a folder; nothing else stays.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bars import barred
from benchmarks.figures import Bench, Figure, Ran
from benchmarks.grounds import Grounds
from benchmarks.machine import busy, machine
from benchmarks.parts import FULL, QUICK, Part, Plan, parts
from benchmarks.readable import lines_of, write

BUILD = Path("build/bench")


def main(arguments: Sequence[str]) -> int:
    said = _parser().parse_args(arguments)
    plan = _plan(said)
    chosen = [part for part in parts() if not said.parts or part.name in said.parts]
    _foretell(chosen, plan)
    bench = measured(plan, chosen, _as_make(said), said.keep)
    write(bench, said.to)
    print(f"{said.to}/README.md and bench.json, after {bench.ran.seconds:.0f} s", file=sys.stderr)
    return 0


def measured(plan: Plan, chosen: Sequence[Part], asked: str, keeping: Path | None = None) -> Bench:
    """What the parts found, one after another; nothing is left of what they made but the ledgers to keep."""
    figures: list[Figure] = []
    load: dict[str, float] = {}
    others: dict[str, float] = {}
    began, date = time.monotonic(), datetime.now(UTC)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onrecord-bench-")))
        grounds = Grounds(stack, folder, keeping)
        for part in chosen:
            load[part.name], others[part.name] = round(os.getloadavg()[0], 2), busy()
            figures += _run(part, plan, grounds)
    ran = Ran(
        date=date.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=round(time.monotonic() - began),
        rounds=plan.rounds,
        arguments=asked,
        load=load,
        busy=others,
    )
    return Bench(machine=machine(), ran=ran, figures=tuple(figures))


def _run(part: Part, plan: Plan, grounds: Grounds) -> Iterator[Figure]:
    print(f"\n{part.name}: {part.says}", file=sys.stderr, flush=True)
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"  {time.monotonic() - began:>6.0f} s  {what}", file=sys.stderr, flush=True)

    for found in part.run(plan, grounds, tell):
        figure = barred(found)
        for line in lines_of(figure):
            print(line, flush=True)
        yield figure


def _foretell(chosen: Sequence[Part], plan: Plan) -> None:
    """How long it will take, before it begins."""
    each = ", ".join(f"{part.name} {part.seconds(plan) / 60:.1f}" for part in chosen)
    whole = sum(part.seconds(plan) for part in chosen) / 60
    print(f"about {whole:.0f} minutes on two quiet cores ({each})", file=sys.stderr, flush=True)
    print(f"load average {os.getloadavg()[0]:.2f}, others keep {busy():.2f} cores busy", file=sys.stderr, flush=True)


def _plan(said: argparse.Namespace) -> Plan:
    plan = QUICK if said.quick else FULL
    given = {
        name: getattr(said, name)
        for name in ("rounds", "sizes", "imported", "checked", "lone", "workers")
        if getattr(said, name)
    }
    if said.back_ends:
        given["back_ends"] = tuple(one for one in plan.back_ends if one.lower() in said.back_ends)
    return replace(plan, **given)


def _as_make(said: argparse.Namespace) -> str:
    """What was asked for, as variables of `make bench`; not where it was written."""
    given = {
        "PARTS": " ".join(said.parts),
        "QUICK": "1" if said.quick else "",
        "ROUNDS": str(said.rounds or ""),
        "SIZES": " ".join(map(str, said.sizes or ())),
        "BACKENDS": " ".join(said.back_ends or ()),
        **{name.upper(): str(getattr(said, name) or "") for name in ("imported", "checked", "lone", "workers")},
    }
    return " ".join(f"{name}={shlex.quote(value)}" for name, value in given.items() if value)


def _parser() -> argparse.ArgumentParser:
    names = [part.name for part in parts()]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *names], metavar="PART", help=f"of {', '.join(names)}; all if none")
    parser.add_argument("--quick", action="store_true", help="small sizes, under two minutes")
    parser.add_argument("--rounds", type=_rounds, help="turns of each figure and its floor, at least 3")
    parser.add_argument("--sizes", type=_numbers, metavar="N[,N]", help="records in the ledgers that are read from")
    parser.add_argument("--imported", type=int, metavar="N", help="records in a batch import")
    parser.add_argument("--checked", type=int, metavar="N", help="records in the ledger that is checked")
    parser.add_argument("--lone", type=int, metavar="N", help="appends, each by itself, before the disk is looked at")
    parser.add_argument("--workers", type=int, metavar="N", help="processes of each server that reads are asked of")
    parser.add_argument("--back-ends", type=lambda text: text.lower().replace(",", " ").split(), metavar="NAME[,NAME]")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="SQLite ledgers to read from stay there for the next run")
    parser.add_argument("--to", type=Path, default=BUILD, metavar="FOLDER", help=f"where it is written [default: {BUILD}]")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(one) for one in text.replace(",", " ").split()}))


def _rounds(text: str) -> int:
    if (rounds := int(text)) < 3:
        raise argparse.ArgumentTypeError("fewer than three rounds have no median to speak of")
    return rounds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
