"""A witness as the settings name it."""

from __future__ import annotations

import time
from pathlib import Path

from ledger.config import Settings
from ledger.core.vkey import VerifierKey, parse_vkey
from ledger.core.witnessing import parse_logs
from ledger.errors import NotFoundError, UsageError
from ledger.witness.keys import load_witness_keys
from ledger.witness.witness import Witness

DEFAULT_PLACE = Path("onrecord.witness")


def open_witness(settings: Settings) -> Witness:
    """The witness in the folder that the settings name, for the logs that they list."""
    place = settings.witness or DEFAULT_PLACE
    keys = load_witness_keys(place, settings.passphrase_text())
    logs = known_logs(settings.witness_logs.split("\n"))
    if not logs:
        raise UsageError("a witness of no log", hint="--log names a log's key, or a file of them; it may be repeated")
    return Witness(place, keys, logs, lambda: int(time.time()))


def known_logs(named: list[str]) -> list[VerifierKey]:
    """Keys of logs: each name is a verifier key, or a file of them (a tlog-policy, or what `onrecord log keys` prints)."""
    return [key for name in named if name.strip() for key in _keys(name.strip())]


def _keys(name: str) -> tuple[VerifierKey, ...]:
    if "+" in name and not Path(name).exists():
        return (parse_vkey(name),)
    try:
        return parse_logs(Path(name).read_bytes())
    except OSError as error:
        raise NotFoundError(f"the list of logs {name} cannot be read: {error.strerror}") from None
