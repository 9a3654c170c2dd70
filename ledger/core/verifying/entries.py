"""Signed records at their index: read from their bytes, and held against the keys below them."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Sequence
from contextlib import suppress

from ledger.core.canonical import canonical_bytes
from ledger.core.dsse import RECORD_TYPE, check_signatures, parse_envelope
from ledger.core.encoding import parse_hash
from ledger.core.evidence import Logged
from ledger.core.keyring import KeyRing
from ledger.core.logkeys import is_log_word
from ledger.core.merkle import leaf_hash
from ledger.core.records import read_entry
from ledger.errors import FormatError, OnRecordError, UnauthenticatedError, VerificationError
from schemas.bundle import BundledEntry

_LOG_WORD = b'"mldsa44":"'


def check_order(entries: Sequence[BundledEntry], size: int) -> None:
    """There are some, in order of index, each once, below the tree's size."""
    indexes = [entry.index for entry in entries]
    if not indexes:
        raise VerificationError("a file without entries proves nothing", step="entries")
    if indexes != sorted(set(indexes)) or indexes[-1] >= size:
        raise VerificationError("the entries are not in order, each once, below the tree's size", step="entries")


def read_shown(entry: BundledEntry) -> tuple[bytes, Logged | None]:
    """The entry's leaf hash, and its record unless it is withheld."""
    if (entry.envelope is None) == (entry.withheld is None):
        raise VerificationError(f"entry {entry.index} is not either shown or withheld", step="entries")
    if entry.withheld is not None:
        return parse_hash(entry.withheld, what="a hash"), None
    assert entry.envelope is not None, "one of them is there"
    data = canonical_bytes(entry.envelope.model_dump(mode="json"))
    return leaf_hash(data), read_signed(entry.index, data)


Shown = tuple[bytes, Logged | None]
ReadAll = Callable[[Sequence[BundledEntry]], Sequence[Shown]]


def read_until_refused(entries: Sequence[BundledEntry]) -> list[Shown]:
    """What `read_shown` gives for each of these entries, up to the first that is refused."""
    found = []
    try:
        for entry in entries:
            found.append(read_shown(entry))
    except OnRecordError:
        pass  # whoever finds the list short reads that entry for itself, to say what is wrong
    return found


def read_signed(index: int, data: bytes) -> Logged:
    """The record of an entry that is the one spelling of an envelope and of a record, every signature of which holds."""
    try:
        check_signatures(parse_envelope(data, payload_type=RECORD_TYPE))
        return read_entry(index, data)
    except (FormatError, UnauthenticatedError) as error:
        raise VerificationError(f"entry {index}: {error.message}", step="entries") from None


def log_words_in(entries: Sequence[BundledEntry]) -> list[Logged]:
    """Those of these entries that are signed words on the log's keys; the others, and what cannot be read, are passed over."""
    found = []
    for entry in entries:
        if entry.envelope is None or _LOG_WORD not in b64decode(entry.envelope.payload):
            continue
        with suppress(OnRecordError):  # whoever reads all entries says what is wrong with it
            logged = read_shown(entry)[1]
            if logged is not None and is_log_word(logged.record):
                found.append(logged)
    return found


def ring_of(origin: str, logged: Sequence[Logged]) -> KeyRing:
    """The keys by these entries, from 0 and 1 on; each signer was allowed to sign by entries below its own."""
    if [entry.index for entry in logged[:2]] != [0, 1]:
        raise VerificationError("entries 0 and 1, from which all authority comes, are missing", step="keys")
    ring = KeyRing(origin)
    for entry in logged:
        try:
            ring.take(entry)
        except OnRecordError as error:
            raise VerificationError(f"entry {entry.index}: {error.message}", step="keys") from None
    return ring
