"""`onrecord credibility ...`: which sources can be believed, learned from what they say where they disagree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import output
from ledger.cli.desk import Desk, command, group
from ledger.errors import UsageError

if TYPE_CHECKING:
    from ledger.core.credibility.agreeing import Tolerance
    from ledger.core.credibility.evaluating import Result

app = group("credibility", "Credibility: what the record says of its sources.")

_AMOUNT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)(%?)")
_SHOWN_FAMILIES = 10


def evaluate(
    desk: Desk,
    claims: Annotated[
        Path, typer.Argument(metavar="CLAIMS", help="Tab-separated, .gz or not: source object attribute value.", exists=True)
    ],
    truth: Annotated[
        Path | None, typer.Argument(metavar="TRUTH", help="Tab-separated, .gz or not: object attribute value.", exists=True)
    ] = None,
    tolerance: Annotated[
        list[str] | None,
        typer.Option("--tolerance", metavar="ATTRIBUTE=N", help="Right within N, or within N%; may be repeated."),
    ] = None,
    hierarchy: Annotated[
        Path | None,
        typer.Option("--hierarchy", metavar="FILE", help="Tab-separated: id name parent; a root's parent is -1.", exists=True),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", metavar="SOURCE", help="Leave this source out; may be repeated.")
    ] = None,
) -> None:
    """Run Vote, PooledInvestment, PopAccu, Accu and OriginEM on one file, and compare them with known truths."""
    tolerances = tolerances_of(tolerance)
    # numpy and scipy take longer to load than most commands take to run.
    from time import perf_counter

    from ledger.core.credibility.agreeing import Scale
    from ledger.core.credibility.evaluating import evaluate as compare
    from ledger.imports.truths import read_claims, read_hierarchy, read_truths

    began = perf_counter()
    scale = Scale(tolerances, read_hierarchy(hierarchy) if hierarchy else None)
    truths = read_truths(truth) if truth else []
    table = read_claims(claims, without=frozenset(drop or ()))
    loaded = perf_counter() - began
    results = list(compare(table, truths, scale, perf_counter))
    if desk.as_json:
        output.print_json({"methods": [_as_json(result) for result in results]})
        output.prose(f"peak memory {peak_memory()} MB")
        return
    output.data(
        f"{output.plural(len(table.claim_source), 'claim')} by {output.plural(len(table.sources), 'source')} "
        f"on {output.plural(table.items, 'item')}, loaded in {loaded:.1f} s",
        "",
        *output.table(["method", "accuracy", "scored", "seconds", "families"], [_row(result) for result in results]),
        "",
        *family_lines(results[-1].families),
        f"peak memory {peak_memory()} MB",
    )


def tolerances_of(given: list[str] | None) -> dict[str, Tolerance]:
    """`ATTRIBUTE=N` and `ATTRIBUTE=N%` options as a mapping."""
    from ledger.core.credibility.agreeing import Tolerance

    found: dict[str, Tolerance] = {}
    for item in given or ():
        attribute, _, amount = item.rpartition("=")
        parsed = _AMOUNT.fullmatch(amount)
        if not attribute or parsed is None:
            raise UsageError(f"--tolerance {item!r} is not ATTRIBUTE=N or ATTRIBUTE=N%", hint="as in --tolerance population=1%")
        if attribute in found:
            raise UsageError(f"--tolerance gives {attribute!r} twice")
        relative = bool(parsed[2])
        found[attribute] = Tolerance(float(parsed[1]) / (100 if relative else 1), relative)
    return found


def peak_memory() -> int:
    """The most memory that this process has had, in MB."""
    import sys

    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes, but bytes on macOS.
    return round(peak / (1_000_000 if sys.platform == "darwin" else 1_000))


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "method": result.method,
        "accuracy": result.judgement.accuracy,
        "scored": result.judgement.scored,
        "seconds": result.seconds,
        "families": result.families,
    }


def _row(result: Result) -> list[str]:
    accuracy = result.judgement.accuracy
    return [
        result.method,
        "-" if accuracy is None else f"{accuracy:.3f}",
        str(result.judgement.scored),
        f"{result.seconds:.2f}",
        str(len(result.families)) if result.families else "-",
    ]


def family_lines(families: list[list[str]]) -> list[str]:
    """The families, the largest first; nothing where there are none."""
    if not families:
        return []
    lines = ["Families (sources that share mistakes, each counted as one):"]
    for family in families[:_SHOWN_FAMILIES]:
        lines += output.wrapped(", ".join(output.safe(name) for name in family), indent=2, hang=4)
    if len(families) > _SHOWN_FAMILIES:
        lines.append(f"  and {len(families) - _SHOWN_FAMILIES} more; --json lists them all")
    return [*lines, ""]


command(app, "evaluate")(evaluate)
