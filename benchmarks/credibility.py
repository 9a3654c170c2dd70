"""`python -m benchmarks.credibility FOLDER`: each method on each truth-discovery set in the folder, with accuracy and time."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

from ledger.cli.credibility import peak_memory
from ledger.core.credibility.agreeing import Scale, Tolerance
from ledger.core.credibility.evaluating import METHODS, evaluate
from ledger.core.credibility.judging import Truth
from ledger.core.credibility.table import tabulate
from ledger.imports.truths import read_claim_rows, read_hierarchy, read_truths

Row = tuple[str, str, str, str]
AIRLINES = frozenset({"aa", "ua", "CO"})
TIMES = ("scheduled_departure", "actual_departure", "scheduled_arrival", "actual_arrival")
MINUTES = Scale({name: Tolerance(10) for name in TIMES})
CLONES = 50


@dataclass(frozen=True)
class Case:
    name: str
    rows: list[Row]
    truths: list[Truth]
    scale: Scale = field(default_factory=Scale)
    without: frozenset[str] = frozenset()


def run(case: Case) -> dict[str, float]:
    """Accuracy by method; the line is printed on the way."""
    table = tabulate(case.rows, without=case.without)
    results = list(evaluate(table, case.truths, case.scale, perf_counter))
    found = {result.method: result.judgement.accuracy or 0.0 for result in results}
    _line(case.name, found, results[-1].seconds)
    return found


def _line(name: str, found: dict[str, float], seconds: float | None = None) -> None:
    cells = "".join(f"{found[method]:>8.3f}" for method in METHODS)
    print(f"{name:<31}{cells}" + ("" if seconds is None else f"{seconds:>8.2f}"), flush=True)


def worst_source(rows: list[Row], truths: list[Truth]) -> str:
    """Of the sources with at least 20 answers that can be checked, the one that is exactly right most seldom."""
    known = {(truth.object, truth.attribute): truth.value for truth in truths}
    tries, hits = Counter[str](), Counter[str]()
    for source, object_, attribute, value in rows:
        if (wanted := known.get((object_, attribute))) is not None:
            tries[source] += 1
            hits[source] += value == wanted
    return min((source for source in tries if tries[source] >= 20), key=lambda source: (hits[source] / tries[source], source))


def with_clones(case: Case) -> Case:
    bad = worst_source(case.rows, case.truths)
    clones = [(f"clone {copy} of {bad}", *row[1:]) for row in case.rows if row[0] == bad for copy in range(CLONES)]
    return replace(case, name=f"  + {CLONES} clones of {bad}"[:30], rows=case.rows + clones)


def flight(folder: Path) -> None:
    rows, truths = list(read_claim_rows(folder / "claims.tsv.gz")), read_truths(folder / "truth.tsv.gz")
    by_day: dict[str, list[Row]] = {}
    for row in rows:
        by_day.setdefault(row[1].partition("|")[0], []).append(row)
    for name, without in (("", frozenset[str]()), (" without airlines", AIRLINES)):
        days = [Case(f"flight {day}{name}", by_day[day], _of_day(truths, day), MINUTES, without) for day in sorted(by_day)]
        found = [run(case) for case in days]
        mean = {method: sum(one[method] for one in found) / len(found) for method in METHODS}
        _line(f"mean of {len(days)} days{name}", mean)
    day = sorted(by_day)[-1] if "20111208" not in by_day else "20111208"
    run(with_clones(Case(f"flight {day}", by_day[day], _of_day(truths, day), MINUTES)))
    run(Case(f"flight, {len(rows)} claims at once", rows, truths, MINUTES))


def _of_day(truths: list[Truth], day: str) -> list[Truth]:
    return [truth for truth in truths if truth.object.startswith(day)]


def others(folder: Path) -> Iterator[Case]:
    book = folder / "book"
    if book.is_dir():
        rows = list(read_claim_rows(book / "claims.tsv.gz"))
        for kind in ("truth_golden.tsv", "truth_silver.tsv.gz"):
            case = Case(f"book, {kind[6:12]}", rows, read_truths(book / kind))
            yield case
            yield with_clones(case)
    population = folder / "population"
    if population.is_dir():
        truths, scale = read_truths(population / "truth.tsv"), Scale({"population": Tolerance(0.01, relative=True)})
        yield Case("population, within 1 %", list(read_claim_rows(population / "claims.tsv.gz")), truths, scale)
        yield Case("population, unfiltered", list(read_claim_rows(population / "claims_full.tsv.gz")), truths, scale)
    births = folder / "birthplaces"
    if births.is_dir():
        rows, truths = list(read_claim_rows(births / "claims.tsv.gz")), read_truths(births / "truth.tsv.gz")
        yield Case("birthplaces, hierarchy", rows, truths, Scale(hierarchy=read_hierarchy(births / "hierarchy.tsv.gz")))


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else None
    if folder is None or not folder.is_dir():
        print("skipped: no folder of truth-discovery sets; make bench-credibility TRUTHS=path/to/truth-discovery")
        return 0
    short = {"PooledInvestment": "PooledI"}
    print(f"{'':<31}" + "".join(f"{short.get(method, method):>8}" for method in METHODS) + f"{'sec':>8}")
    if (folder / "flight").is_dir():
        flight(folder / "flight")
    for case in others(folder):
        run(case)
    print(f"peak memory {peak_memory()} MB; seconds are those of OriginEM, after loading")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
