"""The witness itself: one file for each log, replaced before anybody gets a signature for what is in it.

`<state>/logs/<hex sha256 of the origin>/checkpoint` is the newest checkpoint that was signed, with the log's signatures and
the witness's own. Under `evidence/` beside it is what a log signed that cannot be true together. Requests about one log take
turns, threads and processes alike, so the size never goes back and one size never gets two roots.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger import logs as log_lines
from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.note import add_signatures, cosign, open_note, print_signature_lines
from ledger.core.vkey import MLDSA44, NoteSignature, VerifierKey
from ledger.core.witnessing import (
    SIZE_TYPE,
    Judged,
    Logs,
    Verdict,
    WitnessRequest,
    are_two_histories,
    judge_growth,
    judge_signature,
    logs_of,
    parse_request,
    print_size,
    signed_part,
)
from ledger.errors import CorruptError, FormatError, OnRecordError
from ledger.points import reached
from ledger.signing.pemfile import make_place
from ledger.store.headfile import HeadFile
from ledger.witness.keys import WitnessKeys

CHECKPOINT, EVIDENCE = "checkpoint", "evidence"
MOST_KEPT = 1_000
"""Of the evidence on one log. The first is worth more than the last."""
_TEXT = "text/plain; charset=utf-8"
_LOST = "nothing was signed: the witness signs what it can remember, and nothing else"


@dataclass(frozen=True)
class Reply:
    """What goes back: a status of tlog-witness, and a body of that type."""

    status: int
    body: bytes
    media_type: str = _TEXT


@dataclass(frozen=True)
class Held:
    """The newest checkpoint of a log that was signed here."""

    checkpoint: Checkpoint
    note: bytes


class Witness:
    """Signs for the logs whose keys these are. Threads may share it, and processes its folder. `clock` gives POSIX seconds."""

    def __init__(self, place: Path, keys: WitnessKeys, log_keys: Sequence[VerifierKey], clock: Callable[[], int]) -> None:
        self._place, self._keys, self._clock = place / "logs", keys, clock
        self._logs: Logs = logs_of(log_keys)
        self._by_hash = {name_of(origin): origin for origin in self._logs}
        for own in self._by_hash:
            make_place(self._place / own / EVIDENCE)

    @property
    def origins(self) -> list[str]:
        return sorted(self._logs)

    def add(self, body: bytes) -> Reply:
        """`add-checkpoint`. What is signed is on disk before this returns."""
        try:
            request = parse_request(body)
        except FormatError as error:
            return _refusal(Judged(Verdict.MALFORMED, error.message))
        judged = judge_signature(request, self._logs)
        if judged.verdict is not Verdict.COSIGNED:
            return _refusal(judged)
        origin = request.checkpoint.origin
        file = self._file(origin)
        with file.turn():
            held = self._held(origin, file.read())
            judged = judge_growth(request, held.checkpoint if held else None)
            if judged.verdict is Verdict.COSIGNED:
                reached("growth judged")
                note, signatures = self._cosigned(request)
                file.replace(note)
                return Reply(Verdict.COSIGNED, print_signature_lines(signatures).encode())
            if judged.verdict is Verdict.CONTRADICTS or are_two_histories(
                request.checkpoint, held.checkpoint if held else None
            ):
                self._keep_evidence(origin, held, request, body)
        return _refusal(judged)

    def newest(self, name: str) -> bytes | None:
        """The newest checkpoint that was signed of the log of that name (hex SHA-256 of its origin), cosigned."""
        origin = self._by_hash.get(name)
        held = self._held(origin, self._file(origin).read()) if origin is not None else None
        return held.note if held else None

    def held(self, origin: str) -> Held | None:
        return self._held(origin, self._file(origin).read())

    def evidence(self, origin: str) -> list[Path]:
        """What the log showed that contradicts what was signed before, a file each: `roots-...` is proof by itself, of
        `proof-...` only if the proof in the `.asked` beside it is the right one."""
        return sorted((self._place / name_of(origin) / EVIDENCE).glob("*.now"))

    def _file(self, origin: str) -> HeadFile:
        return HeadFile(self._place / name_of(origin) / CHECKPOINT, _LOST)

    def _held(self, origin: str, note: bytes | None) -> Held | None:
        """CorruptError for a file that is not as it was written: nothing is signed on top of it."""
        if note is None:
            return None
        try:
            # By its own keys, or by the log's if those here are new ones.
            checkpoint = parse_checkpoint(open_note(note, [*self._keys.vkeys, *self._logs[origin]]).text)
        except OnRecordError as error:
            raise CorruptError(f"what was kept of {origin} is damaged: {error.message}") from None
        if checkpoint.origin != origin:
            raise CorruptError(f"what was kept of {origin} is a checkpoint of {checkpoint.origin}")
        return Held(checkpoint, note)

    def _cosigned(self, request: WitnessRequest) -> tuple[bytes, list[NoteSignature]]:
        """The checkpoint under the log's signatures and ours, and ours alone."""
        note = signed_part(request.note, self._logs[request.checkpoint.origin])
        moment = self._clock()
        # ML-DSA-44 (06) does not cover extension lines, so it says nothing of a checkpoint that has some.
        able = [one for one in self._keys.signers if one.kind != MLDSA44 or not request.checkpoint.extensions]
        signatures = [cosign(note, signer, moment) for signer in able]
        return add_signatures(note, signatures), signatures

    def _keep_evidence(self, origin: str, held: Held | None, request: WitnessRequest, body: bytes) -> None:
        """Two roots of one size are proof of two histories. Where a proof failed, what was asked is kept with it: the proof may
        be what is wrong."""
        new = request.checkpoint
        size = held.checkpoint.size if held else 0
        kind = "roots" if size == new.size else "proof"
        log_lines.trouble("witness_refused_contradiction", log=name_of(origin), held=size, shown=new.size, kind=kind)
        place = self._place / name_of(origin) / EVIDENCE
        if len([one for one in place.iterdir() if one.name.startswith(kind)]) >= 3 * MOST_KEPT:
            return
        name = f"{kind}-{size}-{new.size}-{new.root.hex()[:16]}"
        before = [("before", held.note)] if held else []
        for end, content in (*before, ("now", request.note), ("asked", body)):
            HeadFile(place / f"{name}.{end}", _LOST).replace(content)


def name_of(origin: str) -> str:
    """How a log is named in addresses and folders."""
    return hashlib.sha256(origin.encode("utf-8")).hexdigest()


def _refusal(judged: Judged) -> Reply:
    if judged.size is not None:
        return Reply(judged.verdict, print_size(judged.size), SIZE_TYPE)
    return Reply(judged.verdict, judged.why.encode() + b"\n")
