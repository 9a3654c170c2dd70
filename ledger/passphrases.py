"""Where a passphrase comes from when nobody is asked: a variable, or a file that a service manager hands over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ledger.errors import KeyMissingError

VARIABLE, FILE = "ONRECORD_PASSPHRASE", "ONRECORD_PASSPHRASE_FILE"
WANTED = f"set {VARIABLE}, or {FILE} to a file that holds it; on a terminal it is asked for"
ONE_FOR_ALL = (
    "a command has one passphrase for all keys: where yours is not the log's, write to its server's address, "
    "or sign with --key agent:..."
)
_MAX_BYTES = 4_096


def at_hand(environ: Mapping[str, str] = os.environ) -> str | None:
    """What the variable says, else the first line of the file that the other one names; None where neither is set.

    KeyMissingError for a file that cannot be read or says nothing: a service is not to go on as if no key had a passphrase.
    """
    if environ.get(VARIABLE):
        return environ[VARIABLE]
    return read_file(Path(environ[FILE])) if environ.get(FILE) else None


def read_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            line = file.read(_MAX_BYTES).partition(b"\n")[0].removesuffix(b"\r")
        found = line.decode("utf-8")
    except OSError as error:
        raise KeyMissingError(f"the file of the passphrase, {path}, cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeyMissingError(f"the file of the passphrase, {path}, is no text") from None
    if not found:
        raise KeyMissingError(f"the file of the passphrase, {path}, has an empty first line")
    return found
