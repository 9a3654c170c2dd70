"""What people read: the table of a run as Markdown, with the plots beside it. All of it follows from bench.json.

`python -m benchmarks.readable FOLDER` writes it again from the bench.json that is there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figures import Bar, Bench, Figure, Samples, as_json, from_json
from benchmarks.parts import parts
from benchmarks.plot import plots

JSON, TABLE = "bench.json", "README.md"
_QUIET = 0.3
"""Cores that others may keep busy before it has to be said."""
_MARKS = {"met": "met", "missed": "**missed**", "not asked": "not asked at this size"}


def write(bench: Bench, folder: Path) -> None:
    """The JSON, the table and the plots; what an earlier run left in the folder under these names is gone."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    for name, content in files_of(bench).items():
        (folder / name).write_text(content, encoding="utf-8")


def files_of(bench: Bench) -> dict[str, str]:
    drawn = plots(bench.figures)
    return {
        JSON: json.dumps(as_json(bench), indent=1, ensure_ascii=False) + "\n",
        TABLE: "\n".join(_table(bench, sorted(drawn))) + "\n",
        **drawn,
    }


def _table(bench: Bench, drawn: Sequence[str]) -> Iterator[str]:
    yield "# Figures"
    yield ""
    yield (
        "Every figure stands beside its floor or its plain alternative, measured in the same run, in turns with it. "
        "The ratio is what to compare between machines. A figure is the median of its rounds, with the least and the most in "
        "parentheses; of a percentile it is that of all rounds' requests together."
    )
    yield ""
    yield f"    make bench{' ' if bench.ran.arguments else ''}{bench.ran.arguments}"
    yield ""
    yield from _conditions(bench)
    yield from _verdicts(bench.figures)
    for name in drawn:
        yield f"![What an answer costs as the ledger grows]({name})"
        yield ""
    for part in parts():
        figures = [one for one in bench.figures if one.part == part.name]
        if figures:
            yield from _part(f"{part.name}: {part.says}", figures)


def _conditions(bench: Bench) -> Iterator[str]:
    machine, ran = bench.machine, bench.ran
    database = f"PostgreSQL {machine.postgresql}" if machine.postgresql else "no PostgreSQL"
    yield f"- {ran.date}, {ran.seconds / 60:.0f} minutes, {ran.rounds} rounds"
    yield f"- {machine.cores} cores, {machine.memory_gb:g} GB, {machine.system}"
    yield f"- Python {machine.python}, SQLite {machine.sqlite}, {database}"
    yield f"- {', '.join(f'{name} {number}' for name, number in machine.packages.items())}"
    load = ", ".join(f"{part} {one:.1f} ({ran.busy[part]:.1f})" for part, one in ran.load.items())
    yield f"- load average before each part, and in parentheses how many cores others kept busy just then: {load}"
    if max(ran.busy.values(), default=0.0) > _QUIET:
        yield "- **others worked on the machine**: the figures are below what they are on a quiet one, ratios less so"
    yield "- durable: `synchronous=FULL`, `synchronous_commit=on`, on both sides; one server process on both sides, clients on"
    yield "  the same cores, connections kept"
    yield ""


def _verdicts(figures: Sequence[Figure]) -> Iterator[str]:
    found = [(figure, bar, bar.verdict(figure)) for figure in figures for bar in figure.bars]
    if not found:
        return
    counts = {verdict: sum(one[2] == verdict for one in found) for verdict in _MARKS}
    yield "## Bars"
    yield ""
    yield ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + "."
    yield ""
    yield "| figure | back end | records | bar | reached | |"
    yield "|---|---|--:|---|--:|---|"
    for verdict in ("missed", "met", "not asked"):
        for figure, bar, own in found:
            if own == verdict:
                reached = number(figure.ours.value, figure.unit) if bar.of == "figure" else f"{figure.ratio:.2f}x"
                where = f"{figure.name} | {figure.back_end or ''} | {_size(figure.size)}"
                yield f"| {where} | {_bar(bar, figure)} | {reached} | {_MARKS[own]} |"
    yield ""


def _bar(bar: Bar, figure: Figure) -> str:
    limit = number(bar.limit, figure.unit) if bar.of == "figure" else f"{bar.limit:.2f}x of {figure.floor.name}"
    return f"{bar.sense} {limit}" + (f", at {bar.size:,}" if bar.size else "")


def _part(title: str, figures: Sequence[Figure]) -> Iterator[str]:
    yield f"## {title[0].upper()}{title[1:]}"
    yield ""
    yield "| figure | back end | records | OnRecord | beside it | | ratio |"
    yield "|---|---|--:|--:|---|--:|--:|"
    for one in figures:
        ours, floor = _spread(one.ours, one.unit), _spread(one.floor, one.unit)
        ratio = f"{one.ratio:.2f}x ({min(one.ratios):.2f} to {max(one.ratios):.2f})"
        where = f"{one.name} | {one.back_end or ''} | {_size(one.size)}"
        yield f"| {where} | {ours} | {one.floor.name} | {floor} | {ratio} |"
    yield ""
    beside = [(one, name, value) for one in figures for name, value in one.beside.items()]
    for one, name, value in beside:
        yield f"- {one.name}{f', {one.back_end}' if one.back_end else ''}: {name} {value:g}"
    if beside:
        yield ""


def _size(size: int | None) -> str:
    return "" if size is None else f"{size:,}"


def _spread(samples: Samples, unit: str) -> str:
    least, most = samples.spread
    return f"{number(samples.value, unit)} ({_digits(least)} to {_digits(most)})"


def number(value: float, unit: str) -> str:
    return f"{_digits(value)}{unit if unit.startswith('/') else f' {unit}'}"


def _digits(value: float) -> str:
    """Three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def lines_of(figure: Figure) -> Iterator[str]:
    """The figure for a terminal, and a line for each of its bars."""
    where = " ".join(part for part in (figure.back_end or "", _size(figure.size)) if part)
    yield f"{figure.name}{f' [{where}]' if where else ''}"
    yield f"    {figure.ours.name:<46} {_spread(figure.ours, figure.unit)}"
    yield f"    {figure.floor.name:<46} {_spread(figure.floor, figure.unit)}   ratio {figure.ratio:.2f}x"
    for bar in figure.bars:
        yield f"    {bar.verdict(figure).upper()}: {_bar(bar, figure)}"


if __name__ == "__main__":
    place = Path(sys.argv[1])
    write(from_json(json.loads((place / JSON).read_text(encoding="utf-8"))), place)
