"""The body of a checkpoint (C2SP tlog-checkpoint): origin, size and root, each on its line."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.core.encoding import parse_decimal, parse_hash, print_base64
from ledger.errors import FormatError


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself. Extension lines are carried, and mean nothing to us."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def print_checkpoint(checkpoint: Checkpoint) -> str:
    """The body's text, that `parse_checkpoint` reads back."""
    text = _print_lines(checkpoint)
    if parse_checkpoint(text) != checkpoint:
        raise FormatError("a checkpoint that cannot be printed and read again")
    return text


def parse_checkpoint(text: str) -> Checkpoint:
    if not text.endswith("\n"):
        raise FormatError("a checkpoint's last line is not ended")
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise FormatError("a checkpoint has an origin, a size and a root, and no empty line")
    size = parse_decimal(lines[1], what="tree size")
    return Checkpoint(lines[0], size, parse_hash(lines[2], what="root hash"), tuple(lines[3:]))


def _print_lines(checkpoint: Checkpoint) -> str:
    lines = [checkpoint.origin, str(checkpoint.size), print_base64(checkpoint.root), *checkpoint.extensions]
    return "".join(line + "\n" for line in lines)
