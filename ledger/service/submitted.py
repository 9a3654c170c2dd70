"""What is handed in, opened: right bytes, right shape, right signatures, right openings. Nothing here asks the store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ledger.core.canonical import canonical_bytes, digest
from ledger.core.dsse import OpenedEnvelope, check_signatures, parse_envelope
from ledger.core.project import Findable, findable
from ledger.core.protecting import check_protected_openings
from ledger.core.records import check_opened, parse_record, sealed_in
from ledger.core.sealing import check_opening
from ledger.errors import FormatError, NotFoundError, OnRecordError, RuleError, TooLargeError, VerificationError
from ledger.service.facts import Draft
from ledger.store.words import Words
from schemas.envelope import RECORD_TYPE, Submission
from schemas.ids import Opening

MAX_BATCH = 10_000
_NO_WORDS = Words("")
MAX_RAW_BYTES = 65_535
Name = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Opened:
    """A submission that holds by itself: right bytes, right shape, right signatures, right openings."""

    draft: Draft
    payload: bytes
    envelope: bytes
    openings: Mapping[str, Opening]
    findable: Findable | None = None
    """By what it is looked for, if that was worked out already."""

    @property
    def size(self) -> int:
        """About how many bytes it holds while it waits."""
        openings = sum(len(name) + len(one.value) for name, one in self.openings.items())
        return len(self.payload) + len(self.envelope) + openings

    @property
    def name(self) -> Name:
        """What exact deduplication goes by."""
        return self.draft.id, self.draft.keys


Submitted = Sequence[Opened]
"""One record, or a list of which all are added or none."""


def open_all(submissions: Sequence[Submission]) -> list[Opened]:
    if not submissions:
        raise FormatError("no record in the list")
    if len(submissions) > MAX_BATCH:
        raise TooLargeError(f"{len(submissions)} records at once, at most {MAX_BATCH} are taken")
    opened = []
    for number, submission in enumerate(submissions):
        with naming(number, len(submissions)):
            opened.append(open_submission(submission))
    return opened


def open_submission(submission: Submission) -> Opened:
    """The record of a submission.

    1. The envelope is in its one spelling.
    2. Its payload is the canonical bytes of a record.
    3. Every signature holds.
    4. Every opening is that of a sealed value in the record.
    """
    data = canonical_bytes(submission.envelope.model_dump(mode="json"))
    return open_envelope(parse_envelope(data, payload_type=RECORD_TYPE), submission.openings or {})  # 1


def open_envelope(envelope: OpenedEnvelope, openings: Mapping[str, Opening]) -> Opened:
    record = parse_record(envelope.payload)  # 2
    check_signatures(envelope)  # 3
    if openings:
        _check_openings(sealed_in(record), openings)  # 4
        check_protected_openings(record, openings)
        check_opened(record, {name: opening.value for name, opening in openings.items()})
    return Opened(Draft(digest(envelope.payload), record, envelope.keyids), envelope.payload, envelope.data, openings)


def findable_if_plain(opened: Opened) -> Opened:
    """The same, and by what it is looked for where it seals nothing: then no opening can change that."""
    if b'"sealed"' in opened.payload:
        return opened
    terms, languages = findable(opened.draft.record, {})
    found = Findable(Words.of(terms) if terms else _NO_WORDS, languages)
    # Not dataclasses.replace, which takes as long as what was found.
    return Opened(opened.draft, opened.payload, opened.envelope, opened.openings, found)


def _check_openings(sealed: Sequence[str], openings: Mapping[str, Opening]) -> None:
    for name, opening in openings.items():
        if name not in sealed:
            raise RuleError(f"the opening of {name} opens nothing in the record", pointer=f"/openings/{name}")
        try:
            check_opening(name, bytes.fromhex(opening.salt), opening.value)
        except VerificationError as error:
            raise RuleError(error.message, pointer=f"/openings/{name}") from None


@contextmanager
def naming(number: int, count: int) -> Iterator[None]:
    """An error says which record of a list it is about, counted from 0; of a single one there is nothing to say."""
    try:
        yield
    except OnRecordError as error:
        if count > 1:
            _name(error, number)
        raise


_NAMED = re.compile(r"record ([0-9]+): ")


def named_in(message: str) -> tuple[int, str] | None:
    """Which record of a list an error of `naming` is about, and what it says of it."""
    found = _NAMED.match(message)
    return None if found is None else (int(found[1]), message[found.end() :])


def _name(error: OnRecordError, number: int) -> None:
    error.message = f"record {number}: {error.message}"
    error.args = (error.message,)
    if isinstance(error, FormatError | NotFoundError):
        error.pointer = f"/{number}{error.pointer or ''}"


def check_raw(data: bytes) -> None:
    if not 1 <= len(data) <= MAX_RAW_BYTES:
        raise (TooLargeError if data else FormatError)(f"{len(data)} bytes, an entry has 1 to {MAX_RAW_BYTES}")
