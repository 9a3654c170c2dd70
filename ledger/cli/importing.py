"""`import` and `commit`: many records at once, from a file."""

from __future__ import annotations

import math
import os
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Annotated, Literal

import typer

from ledger.cli import drafting, output, tables
from ledger.cli.capturing import EvidenceOption
from ledger.cli.desk import Desk, command
from ledger.cli.reading import read_text
from ledger.cli.stamping import AuthoritiesOption
from ledger.cli.waiting import few_collections
from ledger.errors import FormatError, NotFoundError, OnRecordError

if TYPE_CHECKING:
    from ledger.operations import Operations
    from schemas.envelope import Submission

_MOST_CHECKED = 10_000

FileArgument = Annotated[str, typer.Argument(metavar="FILE|-", help="A file, or - for stdin.")]


def register(app: typer.Typer) -> None:
    command(app, "import", writes=True)(import_)
    command(app, "commit", writes=True)(commit)


def import_(
    desk: Desk,
    file: FileArgument,
    format: Annotated[
        Literal["dossier", "jsonl", "csv", "owners", "ucdp", "claimreview", "auto-archiver", "wacz"],
        typer.Option(
            "--format",
            help="dossier: YAML by hand; jsonl: signed records, one to a line; csv: one report a row; "
            "owners: who owns whom; ucdp: conflict events; claimreview: fact-checks in JSON-LD, or pages that hold them; "
            "auto-archiver: what Bellingcat's archiver kept; wacz: pages of a web archive, which are kept as evidence.",
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
    evidence: EvidenceOption = None,
    trust_certificates: Annotated[
        str | None,
        typer.Option("--trust-certificates", metavar="FILE", help="wacz: who may say whose a domain's key is (PEM)."),
    ] = None,
    authorities: AuthoritiesOption = None,
) -> None:
    """Add what a file says. A file of up to 10,000 records is added whole or not at all; importing it again adds nothing.

    A file whose name ends in .wacz is taken for a web archive: its hashes and its signature are verified first.
    """
    if format == "wacz" or (format == "dossier" and file.endswith(".wacz")):
        if skip_bad or default:
            raise FormatError("an archive is taken as it is: neither --skip-bad nor --default belongs to wacz")
        from ledger.cli import archives

        archives.import_archive(desk, file, evidence, trust_certificates, authorities)
        return
    if trust_certificates or authorities:
        raise FormatError(f"--trust-certificates and --authorities belong to wacz, not to {format}")
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
    from ledger import wiring

    with desk.ledger() as ledger, _open_lines(file) as lines, _progress(file) as tell, few_collections():
        done = None if desk.dry_run else wiring.import_lines(ledger, lines, tell)
        if done is None:
            done = _import_lists(ledger, lines, tell, dry_run=desk.dry_run)
    if desk.as_json:
        output.print_json({"records": done.records, "new": done.new, "already_on_record": done.records - done.new})
        return
    output.data(f"{output.plural(done.records, 'record')}, {done.new} new")
    if desk.dry_run:
        output.prose("dry run: nothing was stored")


def _import_lists(ledger: Operations, lines: Iterator[bytes], tell: _Tell, *, dry_run: bool) -> Imported:
    """The same by way of lists: where the ledger is elsewhere, or for one that is only checked."""
    from ledger.service.batches import Imported
    from ledger.service.lines import BATCH, batches, name_line, submission_of

    done, stored = Imported(), 0
    for batch in batches(lines, _MOST_CHECKED if dry_run else BATCH):
        if dry_run and done.records:
            raise FormatError(f"more than {_MOST_CHECKED} records, which are too many to check without storing them")
        submissions = []
        for number, line in zip(batch.numbers, batch.lines, strict=True):
            try:
                submissions.append(submission_of(line))
            except FormatError as error:
                name_line(error, number, stored)
                raise
        try:
            already = _already(ledger, submissions, dry_run)
        except OnRecordError as error:
            error.message = _at_line(batch.numbers, error.message)
            raise
        done.records += len(submissions)
        done.new += len(submissions) - already
        done.read = batch.read
        stored = 0 if dry_run else batch.numbers[-1]
        tell(done)
    return done


def _already(ledger: Operations, submissions: list[Submission], dry_run: bool) -> int:
    """Adds the batch, or only checks it; how many of its records were on record before."""
    if dry_run:
        return len(ledger.check(submissions).already_on_record)
    return sum(receipt.already_on_record for receipt in ledger.add(submissions))


def _at_line(numbers: list[int], message: str) -> str:
    """The message with the line's number in place of the record's place in its batch."""
    from ledger.service.submitted import named_in

    found = named_in(message)
    if found is None or found[0] >= len(numbers):
        return f"lines {numbers[0]} to {numbers[-1]}: {message}"
    return f"line {numbers[found[0]]}: {found[1]}"


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
    from ledger.service.lines import MAX_LINE

    while line := source.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise FormatError(f"a line of more than {MAX_LINE} bytes is no signed record")
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
def _progress(file: str) -> Iterator[_Tell]:
    """One line on the terminal as batches land: how many, how fast, how much there is still to do."""
    shown = sys.stderr.isatty()
    started, size = time.monotonic(), _size_of(file)

    def tell(done: Imported) -> None:
        if shown:
            seconds = max(time.monotonic() - started, 0.001)
            typer.echo("\r" + progress_line(done.records, done.read, size, seconds).ljust(78), err=True, nl=False)

    yield tell
    if shown:
        typer.echo("", err=True)


def progress_line(records: int, read: int, size: int | None, seconds: float) -> str:
    """At most 78 columns. Without the file's size nobody can say how long it takes."""
    line = f"{records:,} records, {records / seconds:,.0f} a second"
    if size is None or not read:
        return line
    left = max(0, size - read) * seconds / read
    return f"{line}, {100 * read // max(size, 1)} %, {_duration(left)} left"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} min" if seconds < 6_000 else f"{seconds / 3_600:.1f} h"


def _size_of(file: str) -> int | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_size if file != "-" and stat.S_ISREG(found.st_mode) else None


if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.service.batches import Imported

    _Tell = Callable[[Imported], None]
