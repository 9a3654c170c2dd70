"""Kills, corruptions and too much load, as much as is asked for: `python -m tests.chaos KILLS CORRUPTIONS SECONDS SEED`.

Ends with status 1 if anything was lost, was inconsistent, or was not found, or if too much load was more than slow.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.backends import find_programs, fresh_database, throwaway_cluster
from tests.chaos.corrupting import Corruptions
from tests.chaos.corrupting_postgresql import PostgresqlCorruptions
from tests.chaos.killing import Chaos
from tests.chaos.overload import overload, recovered_in_time
from tests.standby import cluster_at

_WHOLE = 50
_POSTGRESQL_CORRUPTIONS = 4
"""One of so many as SQLite has: the rows are the same, and each takes longer."""
_DATABASE_TOO = 25
"""One kill of so many is the database server's, at once with ours."""


def kill(target: str, kills: int, seed: int, name: str, cluster: str | None = None) -> int:
    """How much went wrong."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        chaos = Chaos(target, Path(place), seed)
        programs = find_programs()
        server = cluster_at(cluster, programs) if cluster and programs else None
        for number in range(kills):
            chaos.kill_once(server if number % _DATABASE_TOO == _DATABASE_TOO - 1 else None)
            if number % _WHOLE == _WHOLE - 1:
                chaos.look(whole=True)
            _tell(f"{name}: {number + 1} kills, {len(chaos.told.wrong)} wrong")
        chaos.look(whole=True)
    told = chaos.told
    print(
        f"{name}: {chaos.kills} kills ({chaos.database_kills} of the database server's), {len(told.receipts)} receipts, "
        f"{len(told.notes)} checkpoints seen, {told.sent_again} lists sent again, {len(told.wrong)} lost or inconsistent; "
        f"{time.monotonic() - began:.0f} s, seed {seed}"
    )
    print("\n".join(told.wrong[:20]), end="\n" if told.wrong else "")
    return len(told.wrong)


def corrupt(corruptions: Corruptions | PostgresqlCorruptions, count: int, seed: int, name: str) -> int:
    """How many were not found."""
    began, tried, missed = time.monotonic(), Counter[str](), list[str]()
    for number in range(count):
        change = corruptions.change(random.Random(f"{seed}/{number}"))
        tried[change.table] += 1
        if change.found is None:
            missed.append(f"not found: {change}, {seed}/{number}")
        _tell(f"{name}: {number + 1} corruptions, {len(missed)} not found")
    tables = ", ".join(f"{table} {tried[table]}" for table in sorted(tried))
    seconds = time.monotonic() - began
    print(f"{name}: {count} single bytes changed, {count - len(missed)} found; {seconds:.0f} s, seed {seed} ({tables})")
    print("\n".join(missed[:20]), end="\n" if missed else "")
    return len(missed)


def load(target: str, seconds: int, name: str) -> int:
    """How much was wrong."""
    with tempfile.TemporaryDirectory() as place:
        found = overload(target, Path(place), seconds)
    print(f"{name}: {found}; load average {os.getloadavg()[0]:.1f}")
    wrong = found.wrong + ([] if recovered_in_time(found) else ["it took too long until somebody was served again"])
    print("\n".join(wrong[:20]), end="\n" if wrong else "")
    return len(wrong)


def main(kills: int, corruptions: int, seconds: int, seed: int) -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        wrong += corrupt(Corruptions(Path(place)), corruptions, seed, "sqlite") if corruptions else 0
        wrong += load(str(Path(place) / "loaded.db"), seconds, "sqlite") if seconds else 0
        wrong += kill(str(Path(place) / "killed.db"), kills, seed, "sqlite") if kills else 0
    programs = find_programs()
    if programs is None:
        print("postgresql: not tried, there are no server programs", file=sys.stderr)
        return 1 if wrong else 0
    some = -(-corruptions // _POSTGRESQL_CORRUPTIONS)
    with throwaway_cluster(programs) as url, fresh_database(url) as one, fresh_database(url) as other:
        wrong += corrupt(PostgresqlCorruptions(one, other), some, seed, "postgresql") if some else 0
    with throwaway_cluster(programs, durable=True) as url:
        with fresh_database(url) as target:
            wrong += load(target, seconds, "postgresql") if seconds else 0
        with fresh_database(url) as target:
            wrong += kill(target, kills, seed, "postgresql", url) if kills else 0
    return 1 if wrong else 0


def _tell(how_far: str) -> None:
    print(f"\r{how_far}  ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    sys.exit(main(*(arguments + [500, 2_000, 60, secrets.randbits(32)][len(arguments) :])))
