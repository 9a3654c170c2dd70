"""The time stamps in a zip of evidence: which file each is over is said by its name.

`tokens/<64 hex>.warc.gz.NAME.tsr` is over that capture, `tokens/checkpoint.NAME.tsr` over the text of the bundle's checkpoint,
which lies beside it as `tokens/checkpoint.txt`, for whoever checks it with other tools. OpenTimestamps proofs end in `.ots`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.core.ots import MAGIC, check_proof, told
from ledger.core.stamps import Authority, check_token, checkpoint_text, digest_of
from ledger.errors import VerificationError

FOLDER = "tokens/"
TEXT = "tokens/checkpoint.txt"
_TOKEN = re.compile(r"tokens/(checkpoint|[0-9a-f]{64}\.warc\.gz)\.(?:[^/]*\.)?(tsr|ots)")


@dataclass(frozen=True)
class Stamps:
    """What each time stamp says, a line each; or how many there are that nobody could check."""

    said: tuple[str, ...]
    unchecked: int
    proofs: tuple[str, ...] = ()
    """What OpenTimestamps proofs come to, a line each; most of it is no proof of a time yet."""


def of_checkpoint(note: str, tokens: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a checkpoint's tokens, which come by the names of their authorities; none where there are none."""
    if not tokens:
        return {}
    text = {TEXT: checkpoint_text(note.encode("utf-8"))}
    ends = {name: "ots" if token.startswith(MAGIC) else "tsr" for name, token in tokens.items()}
    return text | {f"tokens/checkpoint.{name}.{ends[name]}": token for name, token in tokens.items()}


def stamps_in(paths: Iterable[str]) -> list[str]:
    """The files of the checkpoint's time stamps, as they are listed on the page."""
    return sorted(path for path in paths if path.startswith("tokens/checkpoint."))


def check_stamps(
    files: Mapping[str, bytes], note: str, authorities: Sequence[Authority], headers: Mapping[int, bytes]
) -> Stamps:
    """VerificationError, with its name, for a token over other bytes, by nobody who is named, or over nothing in the zip; and
    for a proof that is none, or not what a given block header says."""
    text = checkpoint_text(note.encode("utf-8"))
    paths = sorted(path for path in files if path.startswith(FOLDER) and path != TEXT)
    over = {path: _over(path, files, text) for path in paths}
    if files.get(TEXT, text) != text:
        raise VerificationError(f"{TEXT} is not the text of the bundle's checkpoint", step="time stamps")
    proofs = [path for path in paths if path.endswith(".ots")]
    told = tuple(_proven(path, files[path], *over[path], headers) for path in proofs)
    tokens = [path for path in paths if path not in proofs]
    if not authorities:
        return Stamps((), len(tokens), told)
    return Stamps(tuple(_said(path, files[path], *over[path], authorities) for path in tokens), 0, told)


def _over(path: str, files: Mapping[str, bytes], text: bytes) -> tuple[str, bytes]:
    """What the token is to be over: in words, and its bytes."""
    found = _TOKEN.fullmatch(path)
    if found is not None and found[1] == "checkpoint":
        return "the bundle's checkpoint", text
    if found is None or (capture := f"warc/{found[1]}") not in files:
        raise VerificationError(f"{path} is over nothing that is in the zip", step="time stamps")
    return capture, files[capture]


def _proven(path: str, proof: bytes, name: str, content: bytes, headers: Mapping[int, bytes]) -> str:
    try:
        return f"{told(check_proof(proof, digest_of(content), headers))}, over {name}: {path}"
    except VerificationError as error:
        raise VerificationError(f"{path}: {error.message}", step="time stamps") from None


def _said(path: str, token: bytes, name: str, content: bytes, authorities: Sequence[Authority]) -> str:
    try:
        stamp = check_token(token, digest_of(content), authorities)
    except VerificationError as error:
        raise VerificationError(f"{path}: {error.message}", step="time stamps") from None
    return f"{stamp.time} by {stamp.authority}, over {name}: {path}"
