"""`onrecord timestamp ...`: an outside authority's word that a log, a bundle or a capture was there by a moment (RFC 3161,
OpenTimestamps)."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import output
from ledger.cli.desk import Desk, command, group
from ledger.errors import OnRecordError, StoreError, UsageError, VerificationError

if TYPE_CHECKING:
    from ledger.core.ots import Told
    from ledger.core.stamps import Authority, Stamp
    from ledger.service.calendars import Calendar
    from ledger.service.stamping import Stamped, Tokens

app = group("timestamp", "Time stamps: log, file, complete, list, verify.")

AuthoritiesOption = Annotated[
    Path | None,
    typer.Option(
        "--authorities",
        metavar="FILE",
        help="Lines `authority NAME URL CERTIFICATES` and `calendar NAME URL`. [env: ONRECORD_AUTHORITIES]",
    ),
]
HeadersOption = Annotated[
    Path | None,
    typer.Option("--block-headers", metavar="FILE", help="Lines `HEIGHT HEADER`: headers of Bitcoin's blocks, from elsewhere."),
]
FolderOption = Annotated[
    Path | None,
    typer.Option("--tokens", metavar="DIR", help="Where tokens are kept. [env: ONRECORD_TOKENS; else <ledger>.tokens]"),
]


def log(
    desk: Desk,
    authorities: AuthoritiesOption = None,
    tokens: FolderOption = None,
    every: Annotated[
        int | None, typer.Option("--every", metavar="SECONDS", min=1, help="Go on until stopped, as often as that.")
    ] = None,
) -> None:
    """Have the newest checkpoint stamped by each authority, and keep the tokens. What is stamped already is not asked again.

    Calendars of OpenTimestamps promise at first; what they promised is asked for each time, until it is kept.
    """
    known, calendars, folder = read(authorities), calendars_of(authorities), tokens_of(desk, tokens)
    while True:
        failed = _round(desk, folder, known, calendars)
        if every is None:
            break
        wait(every)
    if failed is not None:
        raise failed


def _round(desk: Desk, folder: Tokens, known: Sequence[Authority], calendars: Sequence[Calendar]) -> OnRecordError | None:
    """What went wrong first, if anything did; the others were asked all the same."""
    from ledger.core.stamps import checkpoint_text
    from ledger.service.calendars import complete_all
    from ledger.service.stamping import stamp

    try:
        with desk.ledger(reading=True) as ledger:
            text = checkpoint_text(ledger.checkpoint().note.encode("utf-8"))
    except OnRecordError as error:
        output.warn(error.message)
        return error
    troubles = complete_all(folder, calendars)
    for trouble in troubles:
        output.warn(trouble.message)
    found = [*stamp(folder, text, known), *_promises(folder, text, calendars)]
    for one in found:
        if one.trouble is not None:
            output.warn(f"{one.authority}: {one.trouble.message}")
    rows = [_row(one.said) | {"new": one.new, "token": str(one.path)} for one in found if one.said is not None]
    _print(desk, {"checkpoint": text.decode("utf-8"), "tokens": rows}, [line(row) for row in rows])
    return next((one.trouble for one in found if one.trouble is not None), None) or next(iter(troubles), None)


def _promises(folder: Tokens, text: bytes, calendars: Sequence[Calendar]) -> list[Stamped]:
    from ledger.service import calendars as service

    return service.stamp(folder, text, calendars)


def wait(seconds: int) -> None:
    time.sleep(seconds)


def file(
    desk: Desk,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="What is stamped: a bundle, a capture, anything.")],
    authorities: AuthoritiesOption = None,
) -> None:
    """Have files stamped. Each token is put beside its file, as FILE.NAME.tsr; only a hash leaves this machine."""
    from ledger.cli.reading import read_bytes
    from ledger.core.stamps import digest_of
    from ledger.service.calendars import promised
    from ledger.service.stamping import ask

    known, calendars = read(authorities), calendars_of(authorities)
    rows = []
    for path in files:
        digest = digest_of(read_bytes(str(path), most=1 << 31))
        for one in known:
            token, said = ask(one, digest)
            into = path.with_name(f"{path.name}.{one.name}.tsr")
            _write(into, token)
            rows.append(_row(said) | {"file": str(path), "token": str(into)})
        for calendar in calendars:
            proof, told = promised(calendar, digest)
            into = path.with_name(f"{path.name}.{calendar.name}.ots")
            _write(into, proof)
            rows.append(_row(told) | {"file": str(path), "token": str(into)})
    _print(desk, {"tokens": rows}, [line(row) for row in rows])


def complete(
    desk: Desk,
    proofs: Annotated[list[Path], typer.Argument(metavar="FILE.NAME.ots", help="Proofs that are promises yet.")],
    authorities: AuthoritiesOption = None,
) -> None:
    """Ask calendars for the blocks that keep what they promised; each proof is written anew where there is one."""
    from ledger.cli.reading import read_bytes
    from ledger.core.ots import check_proof, parse_proof
    from ledger.service.calendars import completed_by

    by_name = {one.name: one for one in calendars_of(authorities)}
    rows = []
    for path in proofs:
        content, name = read_bytes(str(path)), path.name.removesuffix(".ots").rpartition(".")[2]
        if name not in by_name:
            raise UsageError(
                f"{path} is of no calendar that is named", hint="FILE.NAME.ots: NAME is that of a line `calendar NAME URL`"
            )
        whole = completed_by(by_name[name], content)
        if whole is not None:
            _write(path, whole)
        told = check_proof(whole or content, parse_proof(content).digest, {})
        rows.append(_row(told) | {"new": whole is not None, "token": str(path)})
    _print(desk, {"tokens": rows}, [line(row) for row in rows])


def list_(
    desk: Desk, authorities: AuthoritiesOption = None, tokens: FolderOption = None, block_headers: HeadersOption = None
) -> None:
    """The tokens that are kept of this log, each checked."""
    from ledger.core.stamps import digest_of

    known, headers = read(authorities), read_headers(block_headers)
    rows: list[dict[str, Any]] = []
    bad = False
    for kept in tokens_of(desk, tokens).all():
        row: dict[str, Any] = {"size": kept.size, "token": str(kept.path)}
        try:
            row |= _row(_said(kept.token, digest_of(kept.text.read_bytes()), known, headers))
        except (OnRecordError, OSError) as error:
            bad = True
            row |= {"authority": kept.authority, "wrong": error.message if isinstance(error, OnRecordError) else "no text"}
        rows.append(row)
    _print(desk, {"tokens": rows}, [line(row) for row in rows])
    if not rows:
        output.prose("no tokens are kept; `onrecord timestamp log` gets some")
    if bad:
        raise VerificationError("not every token holds", step="timestamp")


def verify(
    desk: Desk,
    what: Annotated[str, typer.Argument(metavar="FILE|-", help="What was stamped; or a bundle, or a checkpoint.")],
    tokens: Annotated[list[Path], typer.Option("--token", metavar="FILE", help="A token over it; may be repeated.")],
    authorities: AuthoritiesOption = None,
    block_headers: HeadersOption = None,
) -> None:
    """Check tokens offline: over the file's own bytes, or over the checkpoint that the file is, or holds."""
    from ledger.cli.reading import read_bytes

    rows = stamped(read_bytes(what, most=1 << 31), tokens, known_for(tokens, authorities), read_headers(block_headers))
    _print(desk, {"tokens": rows}, [line(row) for row in rows])


command(app, "log")(log)
command(app, "file")(file)
command(app, "complete")(complete)
command(app, "list")(list_)
command(app, "verify")(verify)


def stamped(
    data: bytes, tokens: Sequence[Path], authorities: Sequence[Authority], headers: Mapping[int, bytes]
) -> list[dict[str, Any]]:
    """What each token says of the bytes, or of their checkpoint; VerificationError for the first that does not hold."""
    from ledger.cli.reading import read_bytes
    from ledger.core.stamps import digest_of

    rows = []
    for path in tokens:
        token, wrong = read_bytes(str(path)), None
        for over, content in _stampable(data):
            try:
                rows.append(_row(_said(token, digest_of(content), authorities, headers)) | {"over": over, "token": str(path)})
                break
            except VerificationError as error:
                wrong = wrong if wrong is not None and "other bytes" in error.message else error
        else:
            assert wrong is not None
            raise VerificationError(f"{path}: {wrong.message}", step="timestamp")
    return rows


def _said(token: bytes, digest: bytes, authorities: Sequence[Authority], headers: Mapping[int, bytes]) -> Stamp | Told:
    """What a token of an authority, or a proof of a calendar, says of a SHA-256."""
    from ledger.core.ots import MAGIC, check_proof
    from ledger.core.stamps import check_token

    return check_proof(token, digest, headers) if token.startswith(MAGIC) else check_token(token, digest, authorities)


def _stampable(data: bytes) -> list[tuple[str, bytes]]:
    """The bytes themselves, and the text of the checkpoint that they are or hold."""
    import base64
    import json

    from ledger.core.checkpoint import parse_checkpoint
    from ledger.core.stamps import checkpoint_text

    found = [("the file", data)]
    note: object = None
    try:
        note = json.loads(base64.b64decode(json.loads(data)["payload"]))["predicate"]["checkpoint"]
    except (ValueError, KeyError, TypeError, RecursionError):
        note = data.decode("utf-8", "replace") if len(data) < 100_000 else None
    if isinstance(note, str):
        try:
            text = checkpoint_text(note.encode("utf-8"))
            size = parse_checkpoint(text.decode("utf-8")).size
            found.append((f"the checkpoint of size {size}", text))
        except (OnRecordError, ValueError):
            pass
    return found


@dataclass(frozen=True)
class OfCheckpoint:
    """The time stamps of the checkpoint that a file holds: kept ones, or new ones, and what went wrong with the others."""

    text: bytes
    found: Sequence[Stamped]

    def tokens(self) -> dict[str, bytes]:
        """By authority."""
        return {one.authority: one.path.read_bytes() for one in self.found if one.path is not None}

    def put_beside(self, file: Path) -> None:
        """As files beside it, with the text that they are over."""
        from ledger.core.ots import MAGIC

        _write(file.with_name(f"{file.name}.checkpoint"), self.text)
        for name, token in self.tokens().items():
            _write(file.with_name(f"{file.name}.{name}.{'ots' if token.startswith(MAGIC) else 'tsr'}"), token)

    def conclude(self) -> None:
        """Each is told, on stderr; an error for the first that could not be had."""
        for one in self.found:
            if one.said is not None:
                row = _row(one.said)
                output.prose(f"time stamp: {row.get('told') or f'{one.said.time} by {one.authority}'}")
            else:
                output.warn(f"{one.authority}: {one.trouble.message if one.trouble else 'no token'}")
        for one in self.found:
            if one.trouble is not None:
                raise one.trouble


def of_checkpoint(desk: Desk, content: bytes, authorities: Path | None, tokens: Path | None) -> OfCheckpoint:
    """Each authority is asked about the checkpoint that the bundle or score holds, unless its token is kept."""
    from ledger.service.stamping import stamp

    text = _stampable(content)[-1][1]
    folder = tokens_of(desk, tokens)
    found = [*stamp(folder, text, read(authorities)), *_promises(folder, text, calendars_of(authorities))]
    return OfCheckpoint(text, found)


def named(authorities: Path | None) -> Path | None:
    """The file of authorities that was named, or that the environment names."""
    return authorities or (Path(given) if (given := os.environ.get("ONRECORD_AUTHORITIES")) else None)


def read(authorities: Path | None) -> list[Authority]:
    """The authorities of that file. UsageError where none is named."""
    from ledger.service.stamping import read_authorities

    file = named(authorities)
    if file is None:
        hint = "a file of lines: authority freetsa https://freetsa.org/tsr freetsa.pem"
        raise UsageError("no authorities are named: --authorities FILE", hint=hint)
    return read_authorities(file)


def known_for(tokens: Sequence[Path], authorities: Path | None) -> list[Authority]:
    """The authorities that are named; proofs of calendars alone need none."""
    return [] if named(authorities) is None and all(one.suffix == ".ots" for one in tokens) else read(authorities)


def calendars_of(authorities: Path | None) -> list[Calendar]:
    """The calendars of the file of authorities."""
    from ledger.service.calendars import read_calendars

    file = named(authorities)
    return read_calendars(file) if file is not None else []


def read_headers(file: Path | None) -> dict[int, bytes]:
    from ledger.cli.reading import read_text
    from ledger.core.ots import parse_headers

    return parse_headers(read_text(str(file))) if file is not None else {}


def tokens_of(desk: Desk, folder: Path | None) -> Tokens:
    """The folder that was named, or the one beside the ledger's file."""
    from ledger.keys import ledger_path
    from ledger.service.stamping import Tokens

    named = folder or (Path(given) if (given := os.environ.get("ONRECORD_TOKENS")) else None)
    if named is None:
        path = ledger_path(desk.ledger_name)
        if path is None:
            raise UsageError("say where tokens are kept: --tokens DIR, or ONRECORD_TOKENS")
        named = path.with_name(path.name + ".tokens")
    return Tokens(named)


def _row(said: Stamp | Told) -> dict[str, Any]:
    from ledger.core.ots import Told, told

    if isinstance(said, Told):
        return {"block": said.height, "time": said.time, "calendar": said.calendar, "told": told(said)}
    return {"authority": said.authority, "time": said.time, "serial": said.serial, "policy": said.policy}


def line(row: dict[str, Any]) -> str:
    over = f", over {row['over']}" if "over" in row else f", over the checkpoint of size {row['size']}" if "size" in row else ""
    if "wrong" in row:
        return f"{row['authority']}: {row['wrong']}{over}: {row['token']}"
    if "told" in row:
        return f"{row['told']}{over}: {row['token']}"
    return f"{row['time']} by {row['authority']}{over}: {row['token']}"


def _print(desk: Desk, shape: dict[str, Any], lines: list[str]) -> None:
    if desk.as_json:
        output.print_json(shape)
    else:
        output.data(*lines)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from None
