"""`--hold` and `onrecord approve`: one person signs now, another one later, and only then is it sent."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import output
from ledger.cli.desk import Desk, command
from ledger.errors import ConflictError, FormatError, StoreError

if TYPE_CHECKING:
    from ledger.keys import Signer
    from schemas.envelope import Submission
    from schemas.records import Record

_MOST_BYTES = 1 << 25


def register(app: typer.Typer) -> None:
    command(app, "approve", writes=True)(approve)


def hold(desk: Desk, file: Path, submissions: Sequence[Submission]) -> None:
    """A new file with what is to be approved: signed records, one a line, as `import --format jsonl` reads them."""
    lines = "".join(f"{one.model_dump_json(exclude_none=True)}\n" for one in submissions)
    try:
        # 0600: what is sealed is open in it.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(lines)
    except FileExistsError:
        raise ConflictError(f"{file} is there already", hint="name another file") from None
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}") from None
    if desk.as_json:
        output.print_json({"held": str(file), "records": len(submissions)})
    output.prose(f"{output.plural(len(submissions), 'record')} in {file}, signed by you and not sent")
    output.prose(f"somebody else signs and sends: onrecord approve {file}{desk.same_place}")


def approve(
    desk: Desk,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What somebody else signed with --hold.")],
) -> None:
    """Sign what somebody else has signed, and send it. With --hold it goes to a third person."""
    from ledger.cli import drafting

    with desk.ledger() as ledger:
        held = [(record, sent) for line in _lines(file) for record, sent in [_opened(line)]]
        _show(held)
        signer = desk.signer()
        if any(signer.did in {one.keyid for one in sent.envelope.signatures} for _, sent in held):
            raise ConflictError("this key has signed it already", hint="somebody else approves; --key names their key")
        if output.on_terminal() and not desk.dry_run and not typer.confirm("sign this?", err=True):
            raise typer.Exit(1)
        records = [record for record, _ in held]
        drafting.add_draft(desk, ledger, drafting.Draft(records, [_signed_too(sent, signer) for _, sent in held], records))


def _lines(file: Path) -> list[bytes]:
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FormatError(f"{file} cannot be read: {error.strerror}") from None
    lines = content.splitlines()
    if len(content) > _MOST_BYTES or not lines:
        raise FormatError(f"{file} holds nothing to approve, or more than {_MOST_BYTES} bytes")
    return lines


def _opened(line: bytes) -> tuple[Record, Submission]:
    """The record, every signature of which holds."""
    from pydantic import ValidationError

    from ledger.core.canonical import canonical_bytes
    from ledger.core.dsse import RECORD_TYPE, check_signatures, parse_envelope
    from ledger.core.records import parse_record
    from schemas.envelope import Submission

    try:
        sent = Submission.model_validate_json(line)
    except ValidationError as error:
        raise FormatError(f"no signed record: {error.errors()[0]['msg']}") from None
    envelope = parse_envelope(canonical_bytes(sent.envelope.model_dump(mode="json")), payload_type=RECORD_TYPE)
    check_signatures(envelope)
    return parse_record(envelope.payload), sent


def _show(held: Sequence[tuple[Record, Submission]]) -> None:
    from ledger.core.records import open_values, record_id, record_json

    for record, sent in held:
        words = {digest: opening.value for digest, opening in (sent.openings or {}).items()}
        signers = ", ".join(one.keyid for one in sent.envelope.signatures)
        output.prose(f"{record.kind} {output.short(record_id(record))}, signed by {signers}")
        for line in output.record_members(open_values(record_json(record), words)):
            output.prose(f"  {line}")


def _signed_too(sent: Submission, signer: Signer) -> Submission:
    from base64 import b64decode

    from ledger.core.canonical import parse_json
    from ledger.core.dsse import RECORD_TYPE, sign_envelope
    from schemas.envelope import Envelope

    data = sign_envelope(b64decode(sent.envelope.payload), RECORD_TYPE, [signer.private_key])
    mine = Envelope.model_validate(parse_json(data, max_bytes=len(data)))
    both = sorted([*sent.envelope.signatures, *mine.signatures], key=lambda one: one.keyid)
    return sent.model_copy(update={"envelope": sent.envelope.model_copy(update={"signatures": tuple(both)})})
