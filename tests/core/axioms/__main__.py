"""Holds every axiom against random worlds until so many cases are counted: `python -m tests.core.axioms 100000`.

Prints for each axiom how many cases met its precondition and how many violated it; ends with status 1 if any did. A case is
one axiom in one world. Worlds are numbered, so that a violation can be looked at again.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.core.axioms import AXIOMS, holds
from tests.core.axioms.cases import Case

BATCH = 25
Found = tuple[Counter[str], list[str]]


def batch(first: int) -> Found:
    """All axioms in `BATCH` worlds: how many cases each one met, and what went wrong."""
    met: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in range(first, first + BATCH):
        case = Case(seed)
        for name in AXIOMS:
            try:
                met[name] += holds(name, seed, case)
            except Exception as error:  # noqa: BLE001  # a crash is a violation, too, and the others are still counted
                met[name] += 1
                wrong.append(f"{name} in world {seed}: {type(error).__name__} {str(error)[:200]}")
    return met, wrong


def main(cases: int, first: int) -> int:
    began, met, wrong, worlds = time.monotonic(), Counter[str](), list[str](), 0
    with ProcessPoolExecutor() as pool:
        waiting = []
        while sum(met.values()) < cases:
            while len(waiting) < 2 * (os.cpu_count() or 1):
                waiting.append(pool.submit(batch, first + worlds))
                worlds += BATCH
            more, bad = waiting.pop(0).result()
            met += more
            wrong += bad
            print(f"\r{sum(met.values()):8} cases, {len(wrong)} violations", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        for one in waiting:
            one.cancel()
    for name in sorted(AXIOMS):
        violations = sum(1 for line in wrong if line.startswith(f"{name} in "))
        print(f"{met[name]:8} cases  {violations:4} violations  {name.replace('_', ' ')}")
    print(f"{sum(met.values()):8} cases  {len(wrong):4} violations  in all, {time.monotonic() - began:.0f} s")
    print("\n".join(wrong[:20]), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    sys.exit(main(*(arguments + [100_000, 0][len(arguments) :])))
