"""Signed records as lines of a file, in batches of bounded size: what a line holds, and which lines are one batch."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import ValidationError

from ledger.core.canonical import canonical_bytes, digest, parse_json
from ledger.core.dsse import RECORD_TYPE, parse_envelope
from ledger.errors import FormatError, OnRecordError
from ledger.service.submitted import Opened, findable_if_plain, open_envelope, open_submission
from schemas.envelope import Envelope, Submission

BATCH = 1_000
BATCH_BYTES = 4 << 20
"""A batch ends with the line that reaches one of these: memory is bounded, whatever the file's lines are like."""
MAX_LINE = 1 << 20
_ENVELOPE = b'{"payload":"'


@dataclass
class Batch:
    """Lines that are added together or not at all, with their numbers in the file. `read` is how many bytes of the file have
    been read once it is complete."""

    numbers: list[int] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    bytes: int = 0
    read: int = 0


def batches(lines: Iterable[bytes], most: int = BATCH) -> Iterator[Batch]:
    """The lines that are not blank, in order."""
    batch, read = Batch(), 0
    for number, line in enumerate(lines, 1):
        read += len(line)
        if not line.strip():
            continue
        batch.numbers.append(number)
        batch.lines.append(line)
        batch.bytes += len(line)
        if len(batch.lines) == most or (most == BATCH and batch.bytes >= BATCH_BYTES):
            batch.read = read
            yield batch
            batch = Batch()
    if batch.lines:
        batch.read = read
        yield batch


def submission_of(line: bytes) -> Submission:
    """A line is an envelope, or an envelope with its openings."""
    value = parse_json(line.rstrip(b"\r\n"), max_bytes=MAX_LINE)
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


def open_line(line: bytes) -> Opened:
    """The record in a line, held against all that can be said of it without the log."""
    data = line.rstrip(b"\r\n")
    if data.startswith(_ENVELOPE):
        try:
            return open_envelope(parse_envelope(data, payload_type=RECORD_TYPE), {})
        except FormatError:
            pass  # an envelope in another spelling is taken too, and put into its one
    return open_submission(submission_of(line))


def open_lines(lines: Sequence[bytes]) -> list[Opened]:
    """The records in these lines, up to the first that is refused; with what they are found by, as far as that is plain."""
    found = []
    try:
        for line in lines:
            found.append(findable_if_plain(open_line(line)))
    except OnRecordError:
        pass  # whoever reads the list finds it short, and opens that line for itself to say what is wrong
    return found


def envelopes_of(lines: Sequence[bytes]) -> dict[str, tuple[int, bytes]]:
    """By record id the place and the envelope of each line that holds one as it would be stored; no check is made of any."""
    found: dict[str, tuple[int, bytes]] = {}
    for place, line in enumerate(lines):
        try:
            data = line.rstrip(b"\r\n")
            if not data.startswith(_ENVELOPE):
                data = canonical_bytes(parse_json(data, max_bytes=MAX_LINE)["envelope"])
            end = data.index(b'"', len(_ENVELOPE))
            found[digest(base64.b64decode(data[len(_ENVELOPE) : end]))] = place, data
        except (OnRecordError, KeyError, TypeError, ValueError, binascii.Error):
            continue
    return found


@contextmanager
def at_line(number: int, stored: int) -> Iterator[None]:
    """An error says in which line it is, and how many of the file's lines went in before its batch."""
    try:
        yield
    except OnRecordError as error:
        name_line(error, number, stored)
        raise


def name_line(error: OnRecordError, number: int, stored: int) -> None:
    error.message = f"line {number}: {error.message}"
    error.args = (error.message,)
    if error.hint is None and stored:
        error.hint = f"lines 1 to {stored} are stored; mend this one and run it again"
