"""`import --format csv|owners|ucdp|claimreview|auto-archiver`: what a file of many says, by the road of a dossier."""

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
    from ledger.imports.jsonld import Linked
    from ledger.imports.sheets import Part, Sheet
    from ledger.imports.slugs import KnownSource
    from ledger.operations import Operations

TableFormat = Literal["ucdp", "csv", "owners", "claimreview", "auto-archiver"]
_MOST_WARNINGS = 20
_ASKED_BY = 200
_MOST_FOUND = 200


def import_table(desk: Desk, file: str, format: TableFormat, defaults: Sequence[str], *, skip_bad: bool = False) -> None:
    """Adds what the table says: whole if it makes up to 10,000 records, else in batches that each are added whole."""
    from ledger.imports import sheets

    text = read_bytes(file)
    with desk.ledger() as ledger:
        started = time.monotonic()
        read = _reader(ledger, text, format, _defaults(defaults))
        sheet, skipped = sheets.without_bad(read) if skip_bad else (read(()), [])
        with _placed(sheet):
            parts = sheets.parts(sheet)
        _warn(sheet, [f"skipped: {sheet.placed(str(fault))}" for fault in skipped])
        records = new = rows = 0
        with _progress(sheet.unit, len(sheet.pieces), len(parts), started) as tell, _placed(sheet):
            for part in parts:
                count, added = _add(desk, ledger, part, rows and part.first)
                records, new, rows = records + count, new + added, rows + part.rows
                tell(rows)
    _report(desk, sheet, rows, records, new, [sheet.placed(str(fault)) for fault in skipped])
    if sheet.counted and not desk.as_json:
        output.data(sheet.counted)


def _reader(ledger: Operations, text: bytes, format: TableFormat, defaults: Mapping[str, str]) -> _Read:
    """What reads the file, but for the rows or reviews of certain numbers. The ledger is asked once."""
    from ledger.imports import archiver, claimreview, jsonld, owners, rows, ucdp
    from ledger.imports.slugs import Namer

    if format == "auto-archiver":
        return lambda without: archiver.read(text, defaults, without=without)
    known = _known(ledger)
    if format == "claimreview":
        linked = jsonld.read(text)
        claims = _claims_on_record(ledger, linked)
        return lambda without: claimreview.read(linked, Namer(known), defaults, known=claims, without=without)
    if format == "ucdp":
        if defaults:
            raise FormatError("--default belongs to csv and owners; the columns of ucdp are what they are")
        return lambda _: ucdp.read(text, Namer(known))
    table = {"csv": rows.read, "owners": owners.read}[format]
    return lambda _: table(text, Namer(known, slugs_too=True), defaults)


def _known(ledger: Operations) -> list[KnownSource]:
    from ledger.imports.slugs import KnownSource

    return [KnownSource(source.id, tuple(source.names.values()), source.type) for source in every_source(ledger)]


def _claims_on_record(ledger: Operations, linked: Linked) -> dict[str, str]:
    """The words of each claim of the file that one claim of the ledger has, in whichever language -> its id."""
    from ledger.imports import claimreview
    from ledger.imports.slugs import fold
    from ledger.operations import ClaimQuery

    found: dict[str, str] = {}
    for text in claimreview.texts(linked):
        near = ledger.claims(ClaimQuery(query=text[:_ASKED_BY], limit=_MOST_FOUND)).claims
        same = [claim.id for claim in near if fold(text) in map(fold, claim.text.values())]
        if len(same) == 1:
            found[text] = same[0]
        elif same:
            output.warn(f"{len(same)} claims on record say {text[:80]!r}; none of them is taken for it")
    return found


@contextmanager
def _placed(sheet: Sheet) -> Iterator[None]:
    """Errors name the places of the file, where those are no lines."""
    try:
        yield
    except OnRecordError as error:
        error.message = sheet.placed(error.message)
        raise


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


def _warn(sheet: Sheet, skipped: Sequence[str]) -> None:
    listed = [*skipped, *sheet.left_out, *(sheet.placed(str(warning)) for warning in sorted(sheet.warnings))]
    for warning in listed[:_MOST_WARNINGS]:
        output.warn(warning)
    if len(listed) > _MOST_WARNINGS:
        output.warn(f"and {len(listed) - _MOST_WARNINGS} more; --json lists all")


def _report(desk: Desk, sheet: Sheet, rows: int, records: int, new: int, skipped: Sequence[str]) -> None:
    unit = sheet.unit
    if desk.as_json:
        found: dict[str, object] = {f"{unit}s": rows, "records": records, "new": new, "already_on_record": records - new}
        warnings = [sheet.placed(str(warning)) for warning in sorted(sheet.warnings)]
        output.print_json(found | {"skipped": list(skipped), "left_out": list(sheet.left_out), "warnings": warnings})
    else:
        counted = f"{output.plural(rows, unit)}: {output.plural(records, 'record')}, {new} new"
        output.data(counted if records else f"{output.plural(rows, unit)}: nothing new: all of it is on record")
    if skipped:
        output.prose(f"{output.plural(len(skipped), 'fault')} skipped; mend them and import the file again")
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
    from collections.abc import Callable, Collection

    _Tell = Callable[[int], None]
    _Read = Callable[[Collection[int]], Sheet]
