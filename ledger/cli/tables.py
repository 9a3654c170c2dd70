"""`import --format ucdp|csv|owners`: what a table says, by the road of a dossier."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from ledger.cli import drafting, output
from ledger.cli.desk import Desk
from ledger.cli.naming import every_source
from ledger.cli.reading import read_bytes
from ledger.errors import FormatError, OnRecordError

if TYPE_CHECKING:
    from ledger.imports.sheets import Part, Sheet
    from ledger.imports.slugs import KnownSource
    from ledger.operations import Operations

TableFormat = Literal["ucdp", "csv", "owners"]
_MOST_WARNINGS = 20


def import_table(desk: Desk, file: str, format: TableFormat, defaults: Sequence[str]) -> None:
    """Adds what the table says: whole if it makes up to 10,000 records, else in batches that each are added whole."""
    from ledger.imports import sheets

    text = read_bytes(file)
    with desk.ledger() as ledger:
        started = time.monotonic()
        sheet = _read(text, format, _defaults(defaults), _known(ledger))
        parts = sheets.parts(sheet)
        _warn(sheet)
        records = new = rows = 0
        with _progress(sheet.unit, len(sheet.pieces), len(parts), started) as tell:
            for part in parts:
                count, added = _add(desk, ledger, part, rows and part.first)
                records, new, rows = records + count, new + added, rows + part.rows
                tell(rows)
    _report(desk, sheet.unit, rows, records, new)
    if sheet.counted and not desk.as_json:
        output.data(sheet.counted)


def _read(text: bytes, format: TableFormat, defaults: Mapping[str, str], known: Sequence[KnownSource]) -> Sheet:
    from ledger.imports import owners, rows, ucdp
    from ledger.imports.slugs import Namer

    if format == "ucdp":
        if defaults:
            raise FormatError("--default belongs to csv and owners; the columns of ucdp are what they are")
        return ucdp.read(text, Namer(known))
    return {"csv": rows.read, "owners": owners.read}[format](text, Namer(known, slugs_too=True), defaults)


def _known(ledger: Operations) -> list[KnownSource]:
    from ledger.imports.slugs import KnownSource

    return [KnownSource(source.id, tuple(source.names.values()), source.type) for source in every_source(ledger)]


def _defaults(given: Sequence[str]) -> dict[str, str]:
    """`COLUMN=VALUE`, each once."""
    found: dict[str, str] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not value.strip() or name.strip().casefold() in found:
            raise FormatError(f"--default {item!r}: wanted COLUMN=VALUE, each column once")
        found[name.strip().casefold()] = value.strip()
    return found


def _add(desk: Desk, ledger: Operations, part: Part, stored_to: int) -> tuple[int, int]:
    """How many records the part makes, and how many of them are new. An error says which lines are stored already."""
    try:
        draft = drafting.draft_read(ledger, desk.signer(), part.dossier)
        if not draft.records:
            return 0, 0
        outcome = drafting.write(desk, ledger, draft)
    except OnRecordError as error:
        if stored_to:
            error.hint = f"lines before {stored_to} are stored; mend what is wrong and run it again"
        raise
    if outcome.check is not None:
        return len(draft.records), len(draft.records) - len(outcome.check.already_on_record)
    return len(draft.records), outcome.new


def _warn(sheet: Sheet) -> None:
    listed = sorted(sheet.warnings)
    for warning in listed[:_MOST_WARNINGS]:
        output.warn(str(warning))
    if len(listed) > _MOST_WARNINGS:
        output.warn(f"and {len(listed) - _MOST_WARNINGS} more")


def _report(desk: Desk, unit: str, rows: int, records: int, new: int) -> None:
    if desk.as_json:
        output.print_json({f"{unit}s": rows, "records": records, "new": new, "already_on_record": records - new})
    else:
        counted = f"{output.plural(rows, unit)}: {output.plural(records, 'record')}, {new} new"
        output.data(counted if records else f"{output.plural(rows, unit)}: nothing new: all of it is on record")
    if desk.dry_run:
        output.prose("dry run: nothing was stored")


@contextmanager
def _progress(unit: str, total: int, parts: int, started: float) -> Iterator[_Tell]:
    """A bar on the terminal as parts land; at the end, wherever stderr goes, how fast it went."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        # What is added in one go has no middle.
        task = bar.add_task(f"{unit}s", total=total if parts > 1 else None)
        yield lambda rows: bar.update(task, completed=rows)
    seconds = max(time.monotonic() - started, 0.001)
    output.prose(f"{output.plural(total, unit)} in {seconds:.1f} s, {total / seconds:.0f} {unit}s a second")


if TYPE_CHECKING:
    from collections.abc import Callable

    _Tell = Callable[[int], None]
