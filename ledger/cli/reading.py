"""What a command is given to read: a file, or stdin where it says `-`."""

from __future__ import annotations

import sys
from pathlib import Path

from ledger.errors import FormatError, NotFoundError, TooLargeError

MAX_INPUT_BYTES = 64 << 20


def read_bytes(name: str, *, most: int = MAX_INPUT_BYTES) -> bytes:
    """The whole input, of bounded size."""
    if name == "-":
        found = sys.stdin.buffer.read(most + 1)
    else:
        found = _read_file(Path(name), most + 1)
    if len(found) > most:
        raise TooLargeError(f"{_title(name)} has more than {most} bytes")
    return found


def read_text(name: str) -> str:
    try:
        return read_bytes(name).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"{_title(name)} is not UTF-8 at byte {error.start}") from None


def _read_file(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except FileNotFoundError:
        raise NotFoundError(f"no file {path}") from None
    except IsADirectoryError:
        raise FormatError(f"{path} is a folder, wanted a file") from None


def _title(name: str) -> str:
    return "the input" if name == "-" else name
