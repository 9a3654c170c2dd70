"""`export` and `verify`: what leaves the ledger, and whether to believe it elsewhere."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import asking, naming, output, stamping
from ledger.cli.asking import AsOfOption, BaseRateOption, ClaimArgument, ClockOption, PolicyOption, UntilOption, WithoutOption
from ledger.cli.capturing import EvidenceOption
from ledger.cli.desk import Desk, command
from ledger.cli.reading import MAX_INPUT_BYTES, read_bytes
from ledger.cli.stamping import AuthoritiesOption, FolderOption, HeadersOption
from ledger.cli.trusting import trust_of
from ledger.errors import FormatError, NotFoundError, UsageError
from schemas.exports import EXPORT_FORMATS

if TYPE_CHECKING:
    from ledger.core.trust import Trust
    from ledger.core.verifying.behind import Records
    from ledger.core.verifying.entries import ReadAll
    from schemas.bundle import Verification

EXIT_CODES = {"ok": 0, "failed": 6, "unverifiable": 7, "malformed": 5}
_WORTH_HELP = 4 << 20
"""Bytes of a file whose entries one process has read before others are ready to help."""
ZIP = b"PK\x03\x04"
MAX_ZIP_BYTES = 1 << 30
_ISSUED = ("bundle", "score", "vc")
"""Formats that the issuer signs: the others are made without any key."""
_MARKS = {"ok": "ok", "failed": "FAILED", "not_checked": "not checked"}


def register(app: typer.Typer) -> None:
    command(app, "export", epilog=_formats())(export)
    command(app, "verify", brief="Check a file that was exported, offline.", soon_over=True)(verify)


def export(
    desk: Desk,
    claim: ClaimArgument,
    format: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="One of those below. [default: what FILE ends in, else bundle]"),
    ] = None,
    to: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to; else stdout.")] = None,
    until: UntilOption = None,
    clock: ClockOption = "said",
    as_of: AsOfOption = None,
    without: WithoutOption = None,
    base_rate: BaseRateOption = None,
    policy: PolicyOption = "olo-1",
    timestamp: Annotated[
        bool, typer.Option("--timestamp", help="Time stamps of its checkpoint, beside the file or in the zip.")
    ] = False,
    authorities: AuthoritiesOption = None,
    tokens: FolderOption = None,
    with_evidence: Annotated[
        bool, typer.Option("--with-evidence", help="One zip: the bundle, what was seen of its documents, a page to open.")
    ] = False,
    evidence: EvidenceOption = None,
) -> None:
    """A claim with all it rests on, as a file. The bundle is signed and complete: whoever has only the file can verify it.

    `--format score` is the signed report alone, without its records. `verify` says who signed it and of which state of the log,
    and computes it again from the log (--log) or from a bundle of the same state (--with). What each other format proves and
    does not is told in docs/exports.md.
    """
    asked = asking.question(until, clock, as_of, without, base_rate, policy)
    into = None if to is None or str(to) == "-" else to
    wanted = format or (format_of(into.name) if into else "bundle")
    if with_evidence:
        if format not in (None, "bundle"):
            raise UsageError(f"--with-evidence packs the bundle, not {format}")
        wanted = "bundle"
    elif timestamp and (into is None or wanted not in ("bundle", "score")):
        raise UsageError("--timestamp puts tokens beside a bundle or a score that is written to a file", hint="-o FILE")
    with desk.ledger(reading=wanted not in _ISSUED) as ledger:
        content = ledger.export(naming.claim_id(ledger, claim), wanted, asked)
    stamps = stamping.of_checkpoint(desk, content, authorities, tokens) if timestamp else None
    if with_evidence:
        content = _with_evidence(desk, content, evidence, {} if stamps is None else stamps.tokens())
    if into is None:
        _show_whole(content)
    else:
        write_whole(into, content)
        output.prose(f"{into}: {wanted}, {len(content)} bytes" + _how_to_verify(into, wanted))
        if stamps is not None and not with_evidence:
            stamps.put_beside(into)
    if stamps is not None:
        stamps.conclude()


def _with_evidence(desk: Desk, bundle: bytes, evidence: str | None, stamps: Mapping[str, bytes]) -> bytes:
    """The zip; what it leaves out is told."""
    from ledger.cli.capturing import store_of
    from ledger.evidence.zipping import left_out, print_zip

    content = print_zip(bundle, store_of(desk, evidence), stamps)
    for told in left_out(content):
        output.prose(told)
    return content


def _formats() -> str:
    """The formats, one to a line, for the end of the help. The mark keeps its lines as they are."""
    column = max(map(len, EXPORT_FORMATS)) + 2
    return "\b\n" + "\n".join(["Formats:", *(f"  {one.name:<{column}}{one.says}" for one in EXPORT_FORMATS.values())])


def format_of(name: str) -> str:
    """The format whose files end like this one, be it only in the last part where no other does so; else the bundle."""
    if (named := Path(name).suffix.removeprefix(".")) in EXPORT_FORMATS:
        return named
    whole = [one for one in EXPORT_FORMATS.values() if name.endswith(one.suffix)]
    if whole:
        return max(whole, key=lambda one: len(one.suffix)).name
    last = [one for one in EXPORT_FORMATS.values() if Path("claim" + one.suffix).suffix == Path(name).suffix]
    return last[0].name if len(last) == 1 else "bundle"


def _show_whole(content: bytes) -> None:
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
    if sys.stdout.isatty():
        output.prose(("" if content.endswith(b"\n") else "\n") + "-o FILE writes it to a file")


def _how_to_verify(file: Path, format: str) -> str:
    if format == "tlog-proof":
        return (
            "; any reader of C2SP tlog-proof files checks it, with a key of `onrecord log keys` and the entry's bytes: "
            "`envelope` in `onrecord show ID --json`, canonical (docs/format.md §11.2)"
        )
    if format not in ("bundle", "score", "vc"):
        return ""
    needs = f"onrecord verify {file} --trust KEY" + ("" if format == "bundle" else " --log URL")
    return f"; `onrecord log keys` prints the keys that `{needs}` needs"


def verify(
    desk: Desk,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A bundle, alone or zipped with evidence, a score, a credential (vc), a revealed record, or -."
        ),
    ],
    policy: Annotated[
        str | None, typer.Option("--policy", metavar="FILE", help="A tlog-policy: logs, witnesses, quorum.")
    ] = None,
    issuer_only: Annotated[
        bool, typer.Option("--issuer-only", help="Trust in the issuer's did:key is enough; the log is not verified.")
    ] = False,
    log: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="URL",
            help="Replay that ledger's log: recompute a score or credential, report what a bundle leaves out.",
        ),
    ] = None,
    beside: Annotated[
        str | None,
        typer.Option(
            "--with", metavar="BUNDLE", help="Recompute a score or credential from a bundle of the same claim and state."
        ),
    ] = None,
    max_age: Annotated[
        int | None,
        typer.Option("--max-age", metavar="SECONDS", min=1, help="What was so longer ago than that is not verified (exit 7)."),
    ] = None,
    signature_only: Annotated[
        bool,
        typer.Option(
            "--signature-only", help="The issuer's signature on a score or credential is enough; it is not recomputed."
        ),
    ] = False,
    token: Annotated[
        list[Path] | None,
        typer.Option("--token", metavar="FILE", help="A time stamp of it (onrecord timestamp); may be repeated."),
    ] = None,
    authorities: AuthoritiesOption = None,
    block_headers: HeadersOption = None,
) -> None:
    """Check a bundle, score, credential or revealed record: every hash, signature, proof and score, by keys you trust."""
    from ledger.core.verify import verify

    content, trust, headers = _read(file), trust_of(desk.trust, policy), stamping.read_headers(block_headers)
    records = _records(desk, trust, log, beside, issuer_only)
    with _reader(len(content)) as read_all:

        def check(bundle: bytes) -> Verification:
            return verify(
                bundle, trust, issuer_only=issuer_only, signature_only=signature_only, records=records, read_all=read_all
            )

        found = _verify_zip(content, check, authorities, headers) if content.startswith(ZIP) else check(content)
    if found.kind == "bundle" and beside is not None:
        raise UsageError("--with is for a score: a bundle holds its records itself")
    if token and found.result == "ok":
        known = stamping.known_for(token, authorities)
        lines = [f"time stamp: {stamping.line(row)}" for row in stamping.stamped(content, token, known, headers)]
        found = found.model_copy(update={"notes": [*found.notes, *lines]})
    if desk.as_json:
        output.print_shape(found)
    else:
        _show(found)
    code = _conclude(found, bool(desk.trust or policy))
    if code == 0 and max_age is not None:
        _refuse_old(found.time, max_age)
    raise typer.Exit(code)


def _read(file: str) -> bytes:
    """What is to be verified; a zip of evidence may be larger than anything else."""
    try:
        with Path(file).open("rb") as opened:
            most = MAX_ZIP_BYTES if opened.read(len(ZIP)) == ZIP else MAX_INPUT_BYTES
    except OSError:  # stdin, or what the reader tells of better
        most = MAX_INPUT_BYTES
    return read_bytes(file, most=most)


def _verify_zip(
    content: bytes, check: Callable[[bytes], Verification], authorities: Path | None, headers: Mapping[int, bytes]
) -> Verification:
    from ledger.evidence.checking import verify_zip

    return verify_zip(content, check, stamping.read(authorities) if stamping.named(authorities) else (), headers)


@contextmanager
def _reader(size: int) -> Iterator[ReadAll]:
    """How entries of a file of so many bytes are read: by helpers too, where they are many enough to wait for these."""
    if size < _WORTH_HELP or os.cpu_count() == 1:
        from ledger.core.verifying.entries import read_until_refused

        yield read_until_refused
        return
    from ledger.service.bundled import Readers

    with Readers() as readers:
        yield readers.read


def _refuse_old(time: str | None, max_age: int) -> None:
    """UnverifiableError for what is right, and may not be so any more: whoever keeps an old file from growing tells no lie."""
    from ledger import wiring
    from ledger.errors import UnverifiableError
    from schemas.dates import seconds_of

    age = None if time is None else wiring.now() - seconds_of(time)
    if age is None or age > max_age:
        told = "of a time that nobody signed" if age is None else f"{age} seconds old"
        raise UnverifiableError(
            f"what the file shows is {told}, wanted at most {max_age} seconds",
            step="freshness",
            hint="ask the ledger for a new file",
        )


def _records(desk: Desk, trust: Trust, log: str | None, beside: str | None, issuer_only: bool) -> Records | None:
    """Where the records behind a score are to be had; nothing is fetched before they are needed."""
    if log is not None and beside is not None:
        raise UsageError("--log and --with both give the records, one is enough", hint="--log shows also what is left out")
    if log is not None:
        from ledger.cli.replay import log_at

        gc.enable()  # a log may be long
        return log_at(log, desk.trust)
    if beside is not None:
        from ledger.core.verifying.beside import of_bundle

        return of_bundle(read_bytes(beside), trust, issuer_only=issuer_only)
    return None


def _show(found: Verification) -> None:
    from ledger.cli.note import shown

    for step in found.steps:
        mark = _MARKS[step.result]
        lines = output.wrapped(f"{step.number}. {step.name}: {step.detail}", columns=output.width() - 13, hang=4)
        output.data(f"{mark:<13}{lines[0]}", *(" " * 13 + line for line in lines[1:]))
    output.data("")
    if found.kind == "reveal" and found.origin is not None:
        output.data(*output.members([("ledger", found.origin), ("size", found.size), ("time", found.time)]), "")
    if found.claim is not None:
        facts = [("claim", output.short(found.claim)), ("ledger", found.origin), ("size", found.size), ("time", found.time)]
        if found.result == "ok":
            # What could not be verified is nothing to quote a score from.
            number = None if found.probability is None else shown(found.probability)
            facts += [("headline", (found.headline or "").replace("_", " ")), ("probability", number)]
        output.data(*output.members(facts), "")
    for note in found.notes:
        output.data(*output.wrapped(f"note: {note}", hang=6))
    output.data(output.bold(f"result: {found.result}"))


def _conclude(found: Verification, trusted: bool) -> int:
    """The exit code; what went wrong is said on stderr in the form of every other error."""
    if found.result == "ok":
        return 0
    step = next((step for step in found.steps if step.result == "failed"), None)
    step = step or next((step for step in found.steps if step.result == "not_checked"), None)
    where = f"step {step.number}, {step.name}: {step.detail}" if step else "no step could be made"
    said = {
        "failed": "verification failed, do not trust it",
        "unverifiable": "could not be verified",
        "malformed": "no bundle, score, credential or revealed record",
    }[found.result]
    output.prose(f"error: {said}: {where}")
    if found.result == "unverifiable" and not trusted:
        output.prose("hint: --trust takes a key of the ledger (`onrecord log keys` there), from somewhere other than this file")
    return EXIT_CODES[found.result]


def write_whole(path: Path, content: bytes) -> None:
    """The file holds all of it or is not changed at all."""
    if path.is_dir():
        raise FormatError(f"{path} is a folder, wanted a file")
    if not path.parent.is_dir():
        raise NotFoundError(f"no folder {path.parent} for {path.name}", hint="make it first, or name another file with -o")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            umask = os.umask(0)
            os.umask(umask)
            os.fchmod(file.fileno(), 0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
