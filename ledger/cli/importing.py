"""`import` and `commit`: many records at once, from a file."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Annotated, Literal

import typer

from ledger.cli import drafting, output, tables
from ledger.cli.desk import Desk, command
from ledger.cli.reading import read_text
from ledger.errors import FormatError, NotFoundError, OnRecordError

if TYPE_CHECKING:
    from ledger.operations import Operations
    from schemas.envelope import Submission

BATCH = 1_000
_MOST_CHECKED = 10_000
_MAX_LINE = 1 << 20
_PLACE = re.compile(r"record ([0-9]+): ")

FileArgument = Annotated[str, typer.Argument(metavar="FILE|-", help="A file, or - for stdin.")]


def register(app: typer.Typer) -> None:
    command(app, "import", writes=True)(import_)
    command(app, "commit", writes=True)(commit)


def import_(
    desk: Desk,
    file: FileArgument,
    format: Annotated[
        Literal["dossier", "jsonl", "csv", "owners", "ucdp", "claimreview", "auto-archiver"],
        typer.Option(
            "--format",
            help="dossier: YAML by hand; jsonl: signed records, one to a line; csv: one report a row; "
            "owners: who owns whom; ucdp: conflict events; claimreview: fact-checks in JSON-LD, or pages that hold them; "
            "auto-archiver: what Bellingcat's archiver kept.",
        ),
    ] = "dossier",
    default: Annotated[
        list[str] | None,
        typer.Option(
            "--default",
            metavar="COLUMN=VALUE",
            help="csv, owners, claimreview, auto-archiver: what a blank cell says; may be repeated.",
        ),
    ] = None,
    skip_bad: Annotated[
        bool,
        typer.Option("--skip-bad", help="claimreview, auto-archiver: pass over what is wrong, name it, and add the rest."),
    ] = False,
) -> None:
    """Add what a file says. A file of up to 10,000 records is added whole or not at all; importing it again adds nothing."""
    if skip_bad and format not in ("claimreview", "auto-archiver"):
        raise FormatError(f"--skip-bad belongs to claimreview and auto-archiver, not to {format}")
    if format in ("csv", "owners", "ucdp", "claimreview", "auto-archiver"):
        tables.import_table(desk, file, format, default or (), skip_bad=skip_bad)
        return
    if default:
        raise FormatError(f"--default belongs to csv, owners, claimreview and auto-archiver, not to {format}")
    if format == "jsonl":
        _import_lines(desk, file)
        return
    text = read_text(file)
    if text.startswith('{"payload"'):
        hint = "`onrecord verify` reads it; export --format dossier or jsonl gives what can be imported"
        raise FormatError("this is a signed export, wanted a dossier", hint=hint)
    with desk.ledger() as ledger, _waiting(f"reading {file}"):
        draft = drafting.draft_dossier(ledger, desk.signer(), text)
    with desk.ledger() as ledger:
        if not draft.records:
            _report(desk, 0, 0, draft)
            return
        with _waiting(f"adding {len(draft.records)} records"):
            outcome = drafting.write(desk, ledger, draft)
    if outcome.check is not None:
        drafting.show_check(desk, draft, outcome.check)
        return
    _report(desk, len(draft.records), outcome.new, draft)


def commit(desk: Desk, dossier: Annotated[str, typer.Argument(metavar="DOSSIER", help="The dossier, or - for stdin.")]) -> None:
    """Prove that you have a dossier, and show nothing of it. Import it when you publish."""
    from schemas.records import CommitmentRecord

    text = read_text(dossier)
    with desk.ledger() as ledger:
        draft = drafting.draft_dossier(ledger, desk.signer(), text)
        if not draft.records:
            raise FormatError("everything in this dossier is on record already; there is nothing to commit to")
        record = drafting.shaped(CommitmentRecord, {"kind": "commitment", "digest": commitment_digest(draft.ids)})
        drafting.add_record(desk, ledger, record)
    output.prose(
        f"commits to {output.plural(len(draft.records), 'record')}; keep the dossier and your key's .seal file as they are"
    )


def commitment_digest(ids: Sequence[str]) -> str:
    """The digest of a set of record ids: of the canonical JSON of their sorted list."""
    from ledger.core.canonical import canonical_bytes, digest

    return digest(canonical_bytes(sorted(ids)))


def _report(desk: Desk, count: int, new: int, draft: drafting.Draft) -> None:
    if desk.as_json:
        found = {"records": count, "new": new, "already_on_record": count - new}
        output.print_json(found | {"claims": dict(draft.claims), "ids": dict(draft.aliases)})
        return
    output.data(f"{output.plural(count, 'record')}, {new} new" if count else "nothing new: all of it is on record")
    rows = [(alias, output.short(claim)) for alias, claim in draft.claims.items()]
    if rows:
        output.data(*output.table(("claim", "id"), rows))


def _import_lines(desk: Desk, file: str) -> None:
    """Batches of signed records, each all or nothing. What came before a bad line stays; running again goes on from there.

    A dry run is one check, since a later batch may rest on an earlier one that it does not store.
    """
    count = new = 0
    with desk.ledger() as ledger, _open_lines(file) as lines, _progress() as tell:
        for batch in _batches(lines, _MOST_CHECKED if desk.dry_run else BATCH, stores=not desk.dry_run):
            if desk.dry_run and count:
                raise FormatError(f"more than {_MOST_CHECKED} records, which are too many to check without storing them")
            submissions = [submission for _, submission in batch]
            try:
                already = _already(ledger, submissions, desk.dry_run)
            except OnRecordError as error:
                error.message = _at_line(batch, error.message)
                raise
            count += len(batch)
            new += len(batch) - already
            tell(count)
    if desk.as_json:
        output.print_json({"records": count, "new": new, "already_on_record": count - new})
        return
    output.data(f"{output.plural(count, 'record')}, {new} new")
    if desk.dry_run:
        output.prose("dry run: nothing was stored")


def _already(ledger: Operations, submissions: list[Submission], dry_run: bool) -> int:
    """Adds the batch, or only checks it; how many of its records were on record before."""
    if dry_run:
        return len(ledger.check(submissions).already_on_record)
    return sum(receipt.already_on_record for receipt in ledger.add(submissions))


def _batches(lines: Iterator[bytes], most: int, *, stores: bool) -> Iterator[list[tuple[int, Submission]]]:
    """Up to so many records at a time, each with its line's number. FormatError at the first line that is no record."""
    batch: list[tuple[int, Submission]] = []
    stored = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            batch.append((number, _submission(line)))
        except FormatError as error:
            hint = f"lines 1 to {stored} are stored; mend this one and run it again" if stored and stores else None
            raise FormatError(f"line {number}: {error.message}", pointer=error.pointer, hint=hint) from None
        if len(batch) == most:
            yield batch
            batch, stored = [], number
    if batch:
        yield batch


def _at_line(batch: list[tuple[int, Submission]], message: str) -> str:
    """The message with the line's number in place of the record's place in its batch."""
    found = _PLACE.match(message)
    if found is None or int(found.group(1)) >= len(batch):
        return f"lines {batch[0][0]} to {batch[-1][0]}: {message}"
    return f"line {batch[int(found.group(1))][0]}: {message[found.end() :]}"


def _submission(line: bytes) -> Submission:
    """A line is an envelope, or an envelope with its openings."""
    from pydantic import ValidationError

    from ledger.core.canonical import parse_json
    from schemas.envelope import Envelope, Submission

    value = parse_json(line.rstrip(b"\r\n"), max_bytes=_MAX_LINE)
    if not isinstance(value, dict):
        raise FormatError("found no JSON object, wanted a signed record")
    try:
        if "envelope" in value:
            return Submission.model_validate(value)
        return Submission(envelope=Envelope.model_validate(value))
    except ValidationError as error:
        fault = error.errors()[0]
        where = "".join(f"/{part}" for part in fault["loc"])
        raise FormatError(f"no signed record: {where} {fault['msg']}", pointer=where) from None


@contextmanager
def _open_lines(file: str) -> Iterator[Iterator[bytes]]:
    if file == "-":
        yield _bounded(sys.stdin.buffer)
        return
    try:
        source = open(file, "rb")  # noqa: SIM115  closed by the with below
    except FileNotFoundError:
        raise NotFoundError(f"no file {file}") from None
    with source:
        yield _bounded(source)


def _bounded(source: IO[bytes]) -> Iterator[bytes]:
    """Lines, each of bounded length: a file without line ends is refused, not read into memory."""
    while line := source.readline(_MAX_LINE + 1):
        if len(line) > _MAX_LINE:
            raise FormatError(f"a line of more than {_MAX_LINE} bytes is no signed record")
        yield line


@contextmanager
def _waiting(what: str) -> Iterator[None]:
    """A line on the terminal while it takes; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(output.safe(what)):
        yield


@contextmanager
def _progress() -> Iterator[_Tell]:
    """Counts on the terminal as batches land."""
    shown = sys.stderr.isatty()
    started = time.monotonic()

    def tell(count: int) -> None:
        if shown:
            rate = count / max(time.monotonic() - started, 0.001)
            typer.echo(f"\r{count} records, {rate:.0f} a second", err=True, nl=False)

    yield tell
    if shown:
        typer.echo("", err=True)


if TYPE_CHECKING:
    from collections.abc import Callable

    _Tell = Callable[[int], None]
