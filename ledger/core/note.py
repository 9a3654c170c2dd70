"""Signed notes (C2SP signed-note) and signed checkpoints: print, parse, sign, open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.core.checkpoint import Checkpoint, parse_checkpoint, print_checkpoint
from ledger.core.encoding import parse_base64, parse_utf8, print_base64
from ledger.core.vkey import (
    ED25519,
    MLDSA44,
    TIMED,
    NoteSignature,
    Signer,
    VerifierKey,
    check_key_name,
    check_text,
    sign_text,
)
from ledger.errors import FormatError, TooLargeError, UnverifiableError, VerificationError

MAX_NOTE_BYTES = 1 << 20
MAX_NOTE_SIGNATURES = 100
_DASH = "\u2014 "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True)
class Note:
    """A text that ends in a newline, and the signatures under it, none of them checked."""

    text: str
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True)
class HeldSignature:
    """A signature that holds, and the time it names, if its kind names one."""

    key: VerifierKey
    time: int | None


@dataclass(frozen=True)
class OpenedNote:
    """A note with at least one signature that holds under a known key."""

    text: str
    held: tuple[HeldSignature, ...]


@dataclass(frozen=True)
class Cosignature:
    """A witness saw this checkpoint and found it consistent, at that time."""

    key: VerifierKey
    time: int

    @property
    def name(self) -> str:
        return self.key.name


@dataclass(frozen=True)
class OpenedCheckpoint:
    """A checkpoint signed by its log. `time` is the log's own, where it signs with a timed key."""

    checkpoint: Checkpoint
    time: int | None
    log_keys: tuple[VerifierKey, ...]
    cosignatures: tuple[Cosignature, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of all keys whose signatures hold."""
        return frozenset(key.name for key in self.log_keys) | frozenset(one.name for one in self.cosignatures)


def parse_note(data: bytes) -> Note:
    """The text and signature lines of a note with 1 to 100 signatures."""
    if len(data) > MAX_NOTE_BYTES:
        raise TooLargeError(f"a note of {len(data)} bytes, at most {MAX_NOTE_BYTES} are taken")
    whole = parse_utf8(data, what="a note")
    if _CONTROL.search(whole):
        raise FormatError("a note holds a control character")
    head, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise FormatError("a note is a text, an empty line and signature lines, each ended")
    signatures = parse_signature_lines(lines)
    return Note(head + "\n", signatures)


def parse_signature_lines(lines: str) -> tuple[NoteSignature, ...]:
    """1 to 100 signature lines, each ended: what a witness answers with, too."""
    if lines.count("\n") > MAX_NOTE_SIGNATURES:
        raise TooLargeError(f"a note has at most {MAX_NOTE_SIGNATURES} signatures")
    if not lines.endswith("\n"):
        raise FormatError("the last signature line is not ended")
    return tuple(_parse_signature(line) for line in lines[:-1].split("\n"))


def print_note(note: Note) -> bytes:
    """The note's bytes, that `parse_note` reads back."""
    try:
        data = f"{note.text}\n{print_signature_lines(note.signatures)}".encode()
    except UnicodeEncodeError:
        raise FormatError("a note holds half a surrogate pair") from None
    if parse_note(data) != note:
        raise FormatError("a note that cannot be printed and read again")
    return data


def print_signature_lines(signatures: Iterable[NoteSignature]) -> str:
    return "".join(f"{_DASH}{one.name} {print_base64(one.key_id + one.signature)}\n" for one in signatures)


def _parse_signature(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise FormatError("a signature line is an em dash, a name and base64")
    check_key_name(name)
    raw = parse_base64(encoded, what="a note signature")
    if len(raw) < 5:
        raise FormatError("a note signature is shorter than its key id")
    return NoteSignature(name, raw[:4], raw[4:])


def sign_note(text: str, signers: Sequence[Signer], time: int | None = None) -> bytes:
    """The text with a signature of each signer under it; `time` is what the timed kinds of key put in theirs."""
    _check_text(text)
    signatures = tuple(sign_text(signer, text, time if signer.kind in TIMED else None) for signer in signers)
    return print_note(Note(text, signatures))


def add_signatures(data: bytes, signatures: Sequence[NoteSignature]) -> bytes:
    """The note with these signatures after its own. A line that is there already is not added again."""
    note = parse_note(data)
    new = [one for one in dict.fromkeys(signatures) if one not in note.signatures]
    return print_note(Note(note.text, (*note.signatures, *new)))


def open_note(data: bytes, verifiers: Iterable[VerifierKey]) -> OpenedNote:
    """The note, if a known key signed it and no signature of a known key fails. Unknown keys are ignored."""
    note = parse_note(data)
    known = _by_name_and_id(verifiers)
    held = []
    for one in note.signatures:
        key = known.get((one.name, one.key_id))
        if key is not None:
            held.append(HeldSignature(key, check_text(key, note.text, one.signature)))
    if not held:
        raise UnverifiableError("no signature is by a known key", step="note signature")
    return OpenedNote(note.text, tuple(dict.fromkeys(held)))


def _by_name_and_id(verifiers: Iterable[VerifierKey]) -> dict[tuple[str, bytes], VerifierKey]:
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in verifiers:
        # Four bytes of id: two keys can be made to share them, and then neither may speak for the other.
        if known.setdefault((key.name, key.key_id), key) != key:
            raise FormatError(f"two known keys share the name {key.name} and an id")
    return known


def sign_checkpoint(checkpoint: Checkpoint, ed25519_key: Ed25519PrivateKey, mldsa_key: MLDSA44PrivateKey, time: int) -> bytes:
    """The checkpoint as a note under the log's two signatures, the second with the log's time (POSIX seconds)."""
    signers = [Signer(checkpoint.origin, ED25519, ed25519_key), Signer(checkpoint.origin, MLDSA44, mldsa_key)]
    return sign_checkpoint_by(checkpoint, signers, time)


def sign_checkpoint_by(checkpoint: Checkpoint, signers: Sequence[Signer], time: int) -> bytes:
    """The same under the signatures of all these keys of the log, as between two of its pairs."""
    if checkpoint.extensions:
        raise FormatError("the ML-DSA-44 signature would not cover extension lines")
    return sign_note(print_checkpoint(checkpoint), signers, time)


def cosign(data: bytes, signer: Signer, time: int) -> NoteSignature:
    """A witness's signature (type 04 or 06) for the checkpoint in this note. It checks nothing itself."""
    text = parse_note(data).text
    if parse_checkpoint(text).extensions and signer.kind == MLDSA44:
        raise FormatError("an ML-DSA-44 cosignature would not cover extension lines")
    return sign_text(signer, text, time)


def open_checkpoint(
    data: bytes, vkeys: Iterable[VerifierKey], *, witnesses: Iterable[VerifierKey] = (), origin: str | None = None
) -> OpenedCheckpoint:
    """The checkpoint, if its log signed it.

    1. The note opens: no signature of a known key fails.
    2. The body is a checkpoint, of `origin` if one is asked for.
    3. A key of `vkeys` that is named like the origin signed it; other timed signatures are cosignatures.
       A key of `witnesses` never speaks for the log.
    4. Extension lines are covered by a signature of the log: type 06 leaves them out.
    """
    logs = frozenset(vkeys)
    opened = open_note(data, logs.union(witnesses))  # 1
    checkpoint = _checkpoint_of(opened.text, origin)  # 2
    own = [one for one in opened.held if one.key in logs and one.key.name == checkpoint.origin]  # 3
    if not own:
        raise UnverifiableError("no known key of the log signed the checkpoint", step="checkpoint")
    if checkpoint.extensions and all(one.key.kind == MLDSA44 for one in own):  # 4
        raise UnverifiableError("the checkpoint's extension lines are not signed", step="checkpoint")
    cosigned = [Cosignature(one.key, one.time) for one in opened.held if one.time is not None and one not in own]
    # Two signatures with two times can be put under one note: it existed at the earlier one already.
    times = [one.time for one in own if one.time is not None]
    log_keys = tuple(dict.fromkeys(one.key for one in own))
    return OpenedCheckpoint(checkpoint, min(times, default=None), log_keys, tuple(cosigned))


def _checkpoint_of(text: str, origin: str | None) -> Checkpoint:
    checkpoint = parse_checkpoint(text)
    if origin is not None and checkpoint.origin != origin:
        raise VerificationError(f"a checkpoint of {checkpoint.origin!r}, wanted {origin!r}", step="checkpoint")
    return checkpoint


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text) or not _encodes(text):
        raise FormatError("a note's text is UTF-8, ends in a newline and holds no other control character")


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
