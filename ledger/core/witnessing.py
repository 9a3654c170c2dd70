"""What a witness is asked and how it decides (C2SP tlog-witness, `add-checkpoint`), without a network or a disk.

A witness signs a checkpoint only if it is of a log that it knows, signed by that log, and the tree only grew since the last
one that it signed. Whoever asks names the size of that last one; if it is another, the witness tells which, and is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.encoding import parse_decimal, parse_hash, parse_utf8, print_base64
from ledger.core.merkle import EMPTY_ROOT, check_consistency
from ledger.core.note import Note, open_checkpoint, parse_note, print_note
from ledger.core.quorum import parse_policy
from ledger.core.vkey import ED25519, MLDSA44, NoteSignature, VerifierKey, check_text, parse_vkey
from ledger.errors import FormatError, TooLargeError, UnverifiableError, VerificationError

MAX_REQUEST_BYTES = 16 << 10
"""No real witness reads more."""
MAX_PROOF_HASHES = 63
SIZE_TYPE = "text/x.tlog.size"
_OLD = "old "


class Verdict(IntEnum):
    """What a witness answers; the numbers are the statuses that tlog-witness gives them."""

    COSIGNED = 200
    MALFORMED = 400
    NOT_SIGNED = 403
    UNKNOWN_LOG = 404
    OTHER_SIZE = 409
    CONTRADICTS = 422


@dataclass(frozen=True)
class Judged:
    """`why` is for people. `size` stands beside OTHER_SIZE: that of the last checkpoint that was signed."""

    verdict: Verdict
    why: str = ""
    size: int | None = None


@dataclass(frozen=True)
class WitnessRequest:
    """Somebody says: the last you signed had size `old`, and these hashes lead from there to this checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        return parse_checkpoint(parse_note(self.note).text)


Logs = Mapping[str, tuple[VerifierKey, ...]]
"""The logs that a witness signs for: the keys of each by its origin."""


# What is asked


def parse_request(data: bytes) -> WitnessRequest:
    """The size line, 0 to 63 hashes, an empty line, a note whose text is a checkpoint; nothing else."""
    if len(data) > MAX_REQUEST_BYTES:
        raise TooLargeError(f"a request of {len(data)} bytes, at most {MAX_REQUEST_BYTES} are read")
    head, blank, note = data.partition(b"\n\n")
    if not blank:
        raise FormatError("a request is a size, hashes, an empty line and a checkpoint")
    first, *hashes = parse_utf8(head, what="a request").split("\n")
    if not first.startswith(_OLD):
        raise FormatError(f"a request begins with 'old ' and a size, not with {first[:40]!r}")
    if len(hashes) > MAX_PROOF_HASHES:
        raise TooLargeError(f"a proof of {len(hashes)} hashes, at most {MAX_PROOF_HASHES} are read")
    old = parse_decimal(first.removeprefix(_OLD), what="the old size")
    parse_checkpoint(parse_note(note).text)
    return WitnessRequest(old, tuple(parse_hash(one, what="a hash of the proof") for one in hashes), note)


def print_request(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """The request's bytes, that `parse_request` reads back."""
    head = "".join([f"{_OLD}{old}\n", *(print_base64(one) + "\n" for one in proof)])
    data = head.encode() + b"\n" + note
    if parse_request(data) != WitnessRequest(old, tuple(proof), note):
        raise FormatError("a request that cannot be printed and read again")
    return data


def parse_size(body: bytes) -> int:
    """The size that a witness answers beside OTHER_SIZE: a decimal number and a newline."""
    text = parse_utf8(body, what="a size")
    if not text.endswith("\n"):
        raise FormatError("a size whose line is not ended")
    return parse_decimal(text[:-1], what="size")


def print_size(size: int) -> bytes:
    return f"{size}\n".encode()


# How it is decided


def judge_signature(request: WitnessRequest, logs: Logs) -> Judged:
    """Whether a log that is known signed the checkpoint. One failing signature of a known key spoils the whole note."""
    origin = request.checkpoint.origin
    keys = logs.get(origin)
    if keys is None:
        return Judged(Verdict.UNKNOWN_LOG, "this witness does not know that log")
    try:
        open_checkpoint(request.note, keys, origin=origin)
    except (VerificationError, UnverifiableError) as error:
        return Judged(Verdict.NOT_SIGNED, error.message)
    return Judged(Verdict.COSIGNED)


def judge_growth(request: WitnessRequest, held: Checkpoint | None) -> Judged:
    """Whether the tree of a rightly signed checkpoint only grew since the one that was signed last, if there was one."""
    new = request.checkpoint
    size = held.size if held else 0
    if request.old > new.size:
        return Judged(Verdict.MALFORMED, f"the old size {request.old} is past the checkpoint's {new.size}")
    if request.old != size:
        return Judged(Verdict.OTHER_SIZE, f"the last checkpoint that was signed has size {size}", size)
    try:
        _check_growth(held or Checkpoint(new.origin, 0, EMPTY_ROOT), new, request.proof)
    except VerificationError as error:
        return Judged(Verdict.CONTRADICTS, error.message)
    return Judged(Verdict.COSIGNED)


def are_two_histories(new: Checkpoint, held: Checkpoint | None) -> bool:
    """Whether these rightly signed checkpoints prove by themselves that the log has two histories, whatever was asked."""
    return held is not None and new.size == held.size and new.root != held.root


def _check_growth(held: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> None:
    if held.size:
        check_consistency(held.size, new.size, held.root, new.root, proof)
    elif proof:
        raise VerificationError("a proof from the empty tree has no hashes", step="consistency")
    elif new.size == 0 and new.root != held.root:
        raise VerificationError("another root than the empty tree's for the size 0", step="consistency")


def signed_part(note: bytes, keys: Sequence[VerifierKey]) -> bytes:
    """The note with those of its signatures that these keys made, and no others: all that a witness needs, and keeps."""
    parsed = parse_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    held = tuple(one for one in parsed.signatures if _holds(known, parsed.text, one))
    return print_note(Note(parsed.text, tuple(dict.fromkeys(held))))


def _holds(known: Mapping[tuple[str, bytes], VerifierKey], text: str, one: NoteSignature) -> bool:
    key = known.get((one.name, one.key_id))
    if key is None:
        return False
    check_text(key, text, one.signature)
    return True


# Which logs


def parse_logs(data: bytes) -> tuple[VerifierKey, ...]:
    """Keys of logs: the `log` lines of a tlog-policy, or verifier keys, one a line, as `onrecord log keys` prints them.

    The issuer's did:key, which stands beside them there, signs no checkpoint and is passed over."""
    lines = [line.strip() for line in parse_utf8(data, what="a list of logs").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if any(" " in line or "\t" in line for line in lines):
        return parse_policy(data).log_keys
    return tuple(parse_vkey(line) for line in lines if not line.startswith("did:key:"))


def logs_of(keys: Sequence[VerifierKey]) -> dict[str, tuple[VerifierKey, ...]]:
    """The logs whose keys these are. FormatError for a key that signs no checkpoints, or two that cannot be told apart."""
    logs: dict[str, tuple[VerifierKey, ...]] = {}
    for key in dict.fromkeys(keys):
        if key.kind not in (ED25519, MLDSA44):
            raise FormatError(f"the key of {key.name!r} is a witness's: a log's has type 01 or 06")
        held = logs.get(key.name, ())
        if any(one.key_id == key.key_id for one in held):
            raise FormatError(f"two keys of {key.name!r} share an id")
        logs[key.name] = (*held, key)
    return logs
