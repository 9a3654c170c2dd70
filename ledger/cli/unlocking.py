"""Passphrases at a terminal: asked for where no variable and no file says them, or where these do not fit."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from typing import TypeVar

from ledger import passphrases
from ledger.errors import FormatError, KeyMissingError

Loaded = TypeVar("Loaded")
_TRIES = 3
NEW_VARIABLE = "ONRECORD_NEW_PASSPHRASE"


def unlocked(load: Callable[[], Loaded]) -> Loaded:
    """What `load` gives, once the passphrases that it wants have been typed; three times at most for one key.

    What was typed stands in this process's environment from then on, as if it had been set: what the key's owner keeps beside
    it opens too, and so does the key in the processes of a server with workers.
    """
    tried: dict[str, int] = {}
    while True:
        try:
            return load()
        except KeyMissingError as error:
            where = error.locked
            if where is None or not can_ask() or tried.get(where, 0) == _TRIES:
                raise
            tried[where] = tried.get(where, 0) + 1
            os.environ[passphrases.VARIABLE] = _ask(f"passphrase of {where}: ")


def can_ask() -> bool:
    """Whether somebody reads what is asked; the answer comes from the terminal, wherever standard input comes from."""
    return sys.stderr.isatty()


def chosen(what: str) -> str | None:
    """A passphrase of somebody's choice for a new key: the one at hand, else typed twice; none where nothing is typed, or
    nobody can be asked."""
    found = passphrases.at_hand()
    if found is not None or not can_ask():
        return found
    return _twice(f"passphrase for {what} (empty for none): ")


def another() -> str:
    """The passphrase that is to take an old one's place."""
    found = os.environ.get(NEW_VARIABLE) or (_twice("new passphrase: ") if can_ask() else None)
    if not found:
        raise KeyMissingError("no new passphrase", hint=f"set {NEW_VARIABLE}, or --none to take the passphrase away")
    return found


def _twice(question: str) -> str | None:
    first = _ask(question)
    if first and _ask("once more: ") != first:
        raise FormatError("the two are not the same")
    return first or None


def _ask(question: str) -> str:
    try:
        return getpass.getpass(question)
    except EOFError:
        raise KeyMissingError("no passphrase was typed") from None
