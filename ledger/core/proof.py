"""Inclusion proof files (C2SP tlog-proof): index, hashes and checkpoint of one entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.core.checkpoint import parse_checkpoint
from ledger.core.encoding import parse_base64, parse_decimal, parse_hash, parse_utf8, print_base64
from ledger.core.merkle import check_inclusion, leaf_hash
from ledger.core.note import MAX_NOTE_BYTES, OpenedCheckpoint, open_checkpoint, parse_note
from ledger.core.vkey import VerifierKey
from ledger.errors import FormatError, TooLargeError

HEADER = "c2sp.org/tlog-proof@v1"
MAX_EXTRA_BYTES = 48_000
MAX_PROOF_HASHES = 63
_MAX_HEAD_BYTES = 72 * 1024  # header, extra in base64, index and hashes


@dataclass(frozen=True)
class TlogProof:
    """`extra` is under no signature: never trust it."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint_note: bytes
    extra: bytes | None = None


def print_tlog_proof(index: int, proof: Sequence[bytes], checkpoint_note: bytes, extra: bytes | None = None) -> bytes:
    """The proof file's bytes, that `parse_tlog_proof` reads back."""
    lines = [HEADER]
    if extra is not None:
        lines.append("extra " + print_base64(extra))
    lines += [f"index {index}", *map(print_base64, proof)]
    data = "".join(line + "\n" for line in lines).encode() + b"\n" + checkpoint_note
    if parse_tlog_proof(data) != TlogProof(index, tuple(proof), checkpoint_note, extra):
        raise FormatError("a proof that cannot be printed and read again")
    return data


def parse_tlog_proof(data: bytes) -> TlogProof:
    """The parts of a proof file. The note in it is a checkpoint by its form; no signature is checked."""
    if len(data) > _MAX_HEAD_BYTES + MAX_NOTE_BYTES:
        raise TooLargeError(f"a proof file of {len(data)} bytes")
    head, blank, note = data.partition(b"\n\n")
    if not blank:
        raise FormatError("a proof file has an empty line before its checkpoint")
    lines = parse_utf8(head, what="a proof file").split("\n")
    if lines.pop(0) != HEADER:
        raise FormatError(f"not a proof file: its first line is not {HEADER}")
    extra = _parse_extra(lines.pop(0)) if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index "):
        raise FormatError("a proof file has an index line")
    index = parse_decimal(lines.pop(0).removeprefix("index "), what="index")
    if len(lines) > MAX_PROOF_HASHES:
        raise TooLargeError(f"an inclusion proof of {len(lines)} hashes, at most {MAX_PROOF_HASHES} are needed")
    hashes = tuple(parse_hash(line, what="a proof's hash") for line in lines)
    parse_checkpoint(parse_note(note).text)
    return TlogProof(index, hashes, note, extra)


def check_tlog_proof(
    proof: TlogProof, entry: bytes, vkeys: Sequence[VerifierKey], *, witnesses: Sequence[VerifierKey] = ()
) -> OpenedCheckpoint:
    """The entry is in the log that signed the proof's checkpoint, at the proof's index."""
    opened = open_checkpoint(proof.checkpoint_note, vkeys, witnesses=witnesses)
    checkpoint = opened.checkpoint
    check_inclusion(proof.index, checkpoint.size, leaf_hash(entry), proof.hashes, checkpoint.root)
    return opened


def _parse_extra(line: str) -> bytes:
    extra = parse_base64(line.removeprefix("extra "), what="extra")
    if not 1 <= len(extra) <= MAX_EXTRA_BYTES:
        raise FormatError(f"extra has {len(extra)} bytes, wanted 1 to {MAX_EXTRA_BYTES}")
    return extra
